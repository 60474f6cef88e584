"""What an export is asked for, and the rules for reading it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from depthview.config.options import parse_depth, parse_products, parse_seconds
from depthview.errors import UsageError

if TYPE_CHECKING:
    import argparse

_PLAIN: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
DEFAULT_LEVELS: Final = "10"
DEFAULT_EVERY: Final = "1"


class What(StrEnum):
    """What a table is of."""

    TRADES = "trades"
    TOP = "top"
    DEPTH = "depth"


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """One export."""

    what: What
    format: Format = Format.CSV
    products: tuple[str, ...] = ()
    """Empty for all that the recording holds."""
    every: Decimal = Decimal(1)
    """Seconds between two samples, of which each lies on a whole multiple."""
    levels: int = 10
    """Of a side; 0 for all."""
    include_untrusted: bool = False
    """Give the prices of books that are not trusted too."""


def options_from(args: argparse.Namespace) -> ExportOptions:
    """The options of a command line.

    Raises:
        UsageError: They cannot be obeyed, or do not go together.
    """
    what = What(args.what)
    if what is What.TRADES and args.every is not None:
        raise UsageError("--every goes with --what top or --what depth: trades are written one by one")
    if what is not What.DEPTH and args.levels is not None:
        raise UsageError("--levels goes with --what depth")
    if what is What.TRADES and args.include_untrusted:
        raise UsageError("--include-untrusted goes with --what top or --what depth: trades are never left out")
    every = args.every or DEFAULT_EVERY
    parse_seconds("--every", every)
    if not _PLAIN.fullmatch(every.strip()):
        raise UsageError(f"--every {every!r} is finer than a microsecond, or longer than any recording")
    if args.format is not None:
        chosen = Format(args.format)
    else:
        chosen = Format.JSONL if (args.output or "").endswith((".jsonl", ".ndjson")) else Format.CSV
    return ExportOptions(
        what,
        chosen,
        parse_products(args.product or ()),
        Decimal(every.strip()),
        _levels(args.levels or DEFAULT_LEVELS),
        args.include_untrusted,
    )


def _levels(text: str) -> int:
    try:
        return parse_depth(text)
    except UsageError as fault:
        raise UsageError(str(fault).replace("--depth", "--levels", 1)) from None
