"""``depthview exchange``: the embedded exchange as a server."""

from __future__ import annotations

import argparse
import math
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from depthview.errors import UsageError
from depthview.exchange.options import (
    AuthPolicy,
    ClaimsPolicy,
    EnvelopePolicy,
    ExchangeOptions,
    NoncePolicy,
    NumberingPolicy,
)
from depthview.system.os_errors import os_reason, too_many_files
from depthview.system.stdout import standard_output, write_text

if TYPE_CHECKING:
    import asyncio

    from depthview.exchange.keys import PublicKey, ThrowAwayKey

_ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_BETWEEN_REPORTS: Final = 60.0
"""Seconds between two lines about the same limit, which is hit again every second."""


_FAULTS: Final = "faults"
"""Stands for what :class:`_HelpWithFaults` puts in its place."""


class _HelpWithFaults(argparse.RawDescriptionHelpFormatter):
    """Loads the faults, which takes as long as all the rest, only for a help text that lists them."""

    def add_text(self, text: str | None) -> None:
        if text is _FAULTS:
            from depthview.exchange.faults.catalogue import help_text

            text = help_text()
        super().add_text(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser; :func:`run` takes what they parse to."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--products", default="", metavar="A,B", help="products to trade (default: all)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="the same seed makes the same market (default: 1)"
    )
    parser.add_argument("--levels", type=int, metavar="N", help="levels per side of the deep books")
    parser.add_argument("--rate", type=int, metavar="N", help="book changes per second of every product")
    parser.add_argument(
        "--quiet-after", type=_seconds, metavar="SECONDS", help="stop the market after this time; heartbeats continue"
    )
    parser.add_argument("--for", type=_seconds, dest="for_seconds", metavar="SECONDS", help="exit after this time")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="write the true books to a new file at the end")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME[:KEY=VALUE,...]", help="inject a fault; may be repeated"
    )
    parser.add_argument(
        "--injected", type=Path, metavar="FILE", help="log what faults do, and when, to a new file (JSON Lines)"
    )
    parser.epilog = _FAULTS
    parser.formatter_class = _HelpWithFaults
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--key-out", type=Path, metavar="FILE", help="generate a key and write it as a CDP key file")
    keys.add_argument("--public-key", type=Path, metavar="PEM", help="accept tokens of this public key")
    parser.add_argument("--key-name", metavar="NAME", help="name of the --public-key")
    for flag, policy, help_text in (
        ("--auth", AuthPolicy, "whether requests need a token"),
        ("--nonce", NoncePolicy, "whether a nonce may be repeated"),
        ("--claims", ClaimsPolicy, "how strictly claims are checked"),
        ("--numbering", NumberingPolicy, "what sequence_num counts"),
        ("--envelope", EnvelopePolicy, "frames with client_id, which Coinbase's SDK needs, or as recorded in 2026-08"),
    ):
        choices = [choice.value for choice in policy]
        parser.add_argument(flag, choices=choices, default=choices[0], help=f"{help_text} (default: {choices[0]})")


def run(args: argparse.Namespace, stdout: TextIO | None = None) -> int:
    """Serve until the time is up or a signal comes.

    Args:
        args: What the arguments of :func:`add_arguments` parsed to.
        stdout: Where the one JSON line is written; the standard output by default.

    Returns:
        The exit code: 0 after the time given, 128 plus the number of the signal otherwise.

    Raises:
        UsageError: Arguments that contradict each other or are out of range.
        ConfigurationError: A file or the port cannot be opened, or a key cannot be used.
    """
    from depthview.system.event_loop import run as run_on_loop

    keys, made = _keys(args)
    options = _options(args, keys)
    return run_on_loop(_serve(args, options, made, stdout or standard_output()))


def _keys(args: argparse.Namespace) -> tuple[dict[str, PublicKey], ThrowAwayKey | None]:
    if (args.public_key is None) != (args.key_name is None):
        raise UsageError("--public-key and --key-name go together: give both")
    if args.public_key is None and args.key_out is None:
        return {}, None
    from depthview.exchange.keys import load_public_key, make_key

    if args.public_key is not None:
        return {args.key_name: load_public_key(args.public_key)}, None
    made = make_key()
    return {made.name: made.public_key}, made


def _options(args: argparse.Namespace, keys: dict[str, PublicKey]) -> ExchangeOptions:
    return ExchangeOptions(
        port=args.port,
        products=tuple(args.products.replace(",", " ").upper().split()),
        seed=args.seed,
        levels=args.levels,
        rate=args.rate,
        quiet_after_seconds=args.quiet_after,
        auth=AuthPolicy(args.auth),
        nonce=NoncePolicy(args.nonce),
        claims=ClaimsPolicy(args.claims),
        numbering=NumberingPolicy(args.numbering),
        envelope=EnvelopePolicy(args.envelope),
        keys=keys,
        faults=tuple(args.fault),
        injected=args.injected,
    )


async def _serve(args: argparse.Namespace, options: ExchangeOptions, made: ThrowAwayKey | None, stdout: TextIO) -> int:
    import asyncio
    import json
    from contextlib import ExitStack

    from depthview.clock import SystemClock
    from depthview.exchange.keys import write_key_file
    from depthview.exchange.server import Exchange
    from depthview.system.files import NewFile

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_LimitReport())
    ended: asyncio.Future[int] = loop.create_future()
    for number in _ENDING_SIGNALS:
        loop.add_signal_handler(number, _settle, ended, 128 + number)
    exchange = Exchange(options, SystemClock())
    with ExitStack() as files:
        async with exchange:
            truth = files.enter_context(NewFile(args.truth)) if args.truth is not None else None
            if made is not None:
                write_key_file(args.key_out, made)
            key_file = None if made is None else str(args.key_out)
            write_text(stdout, json.dumps({"url": exchange.url, "key_file": key_file}) + "\n")
            if args.for_seconds is not None:
                loop.call_later(args.for_seconds, _settle, ended, 0)
            code = await ended
        if truth is not None:
            truth.append(json.dumps(exchange.truth()) + "\n")
    return code


class _LimitReport:
    """The event loop's exception handler, for a server that hits the limit of open files.

    asyncio then stops accepting for a second, tries again, and reports each time with a traceback.
    """

    def __init__(self) -> None:
        self._told_at = -math.inf

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Report the limit rarely and in one line, everything else as asyncio does."""
        fault = context.get("exception")
        limit = too_many_files(fault) if isinstance(fault, OSError) else None
        if limit is None:
            loop.default_exception_handler(context)
        elif loop.time() - self._told_at > _BETWEEN_REPORTS:
            self._told_at = loop.time()
            print(f"depthview: cannot take new connections: {os_reason(limit)}", file=sys.stderr)  # noqa: T201  # why


def _settle(ended: asyncio.Future[int], code: int) -> None:
    if not ended.done():
        ended.set_result(code)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise argparse.ArgumentTypeError(f"{text!a} is not a number of seconds from 0")
    return seconds
