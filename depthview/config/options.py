"""What the command line asked for, as frozen values, and the rules for reading them.

Every rule raises :class:`~depthview.errors.UsageError` with one line that names what was said and what would do.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from depthview.core.text import is_product_id
from depthview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_PRODUCTS: Final = ("BTC-USD", "ETH-USD", "SOL-USD")
MAX_PRODUCTS: Final = 30
"""Products on level2 that one connection takes (reported: 30 pass, the 31st is refused)."""
DEFAULT_FPS: Final = 10
MAX_FPS: Final = 30

SequenceScope = Literal["auto", "connection", "product", "none"]

_PLAIN_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A venue over the network."""

    url: str | None = None
    """The address that was given with ``--url``; None for Coinbase."""


@dataclass(frozen=True, slots=True)
class DemoSource:
    """The embedded exchange, started for the occasion."""

    faults: tuple[str, ...] = ()
    """Faults to provoke, in the exchange's spelling."""


@dataclass(frozen=True, slots=True)
class ReplaySource:
    """A recording."""

    file: Path
    speed: float | None = 1.0
    """1 is real time, None is as fast as it goes."""


Source = LiveSource | DemoSource | ReplaySource


@dataclass(frozen=True, slots=True)
class CredentialOptions:
    """What the command line says of keys and tokens.

    Raises:
        UsageError: Two of the options contradict each other.
    """

    key_file: Path | None = None
    env_key: bool = False
    """Take the key from ``COINBASE_API_KEY`` and ``COINBASE_API_SECRET``."""
    public: bool = False
    """Use no key, even if there is one."""
    allow_loose_permissions: bool = False
    """Take a key file that others may read, as mounted secrets are."""
    env_file: Path | None = None
    """A ``.env`` file with NAME and PRIVATE_KEY."""
    key_name: str = ""
    """The name of a key whose file is a bare PEM."""
    configured_file: Path | None = None
    """The key file that the configuration names: used where nothing else is said, and never as one that was named."""
    jwt_from_env: bool = False
    """Use the ready-made token in the variable JWT instead of a key."""

    def __post_init__(self) -> None:
        named = self._named()
        if len(named) > 1:
            raise UsageError(f"{' and '.join(named)} name several keys: give one of them")
        if self.public and named:
            raise UsageError(f"--public means no key: leave it out, or leave out {named[0]}")
        if self.key_name and self.key_file is None:
            raise UsageError("--key-name goes with --key-file PEM")

    @property
    def explicit(self) -> bool:
        """Whether this very command names the key. Only such a key may go to a ``--url``."""
        return bool(self._named())

    def _named(self) -> list[str]:
        given = {
            "--key-file": self.key_file is not None,
            "--env-key": self.env_key,
            "--env-file": self.env_file is not None,
            "--jwt-from-env": self.jwt_from_env,
        }
        return [option for option, is_given in given.items() if is_given]


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What ``depthview stream`` prints, and for how long."""

    depth: int = 10
    """Levels a side; 0 for all."""
    every_seconds: float = 1.0
    for_seconds: float | None = None
    count: int | None = None
    """Samples after which to end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the viewer or the stream.

    Raises:
        UsageError: Options that make no sense together.
    """

    source: Source = field(default_factory=LiveSource)
    products: tuple[str, ...] = DEFAULT_PRODUCTS
    """Upper case, no two alike. Empty on a replay: whatever it holds."""
    credentials: CredentialOptions = field(default_factory=CredentialOptions)
    record: Path | None = None
    dump_book: Path | None = None
    include_untrusted: bool = False
    """Dump books that are not trusted too, marked as such."""
    force: bool = False
    """Replace files that exist."""
    group: Decimal | None = None
    """Row width in quote currency; None for one row a price."""
    log_file: Path | None = None
    sequence_scope: SequenceScope = "auto"
    renew: bool = True
    """Send the heartbeats subscription again before a token expires."""
    rest: bool = True
    """Ask the public product list over HTTPS where the feed brings none."""
    correct_clock: bool = False
    """Sign tokens with the venue's time instead of this machine's."""
    report: bool = False
    """Print an account of the session at its end."""
    stream: StreamOptions = field(default_factory=StreamOptions)
    watched: bool = False
    """Whether there is a screen, so that the last frames are kept to be looked at."""
    flights: Path | None = None
    """The folder of the flight recorder; None for none."""

    def __post_init__(self) -> None:
        if isinstance(self.source, ReplaySource) and self.record is not None:
            raise UsageError("--record records a live source: a replay is a recording already")
        if self.sequence_scope == "none" and not isinstance(self.source, ReplaySource):
            raise UsageError("--sequence-scope none is for recordings; live, the numbers are evidence")
        if self.credentials.explicit and not isinstance(self.source, LiveSource):
            raise UsageError("--demo and --replay use no key of yours: leave out the options that name one")
        if self.include_untrusted and self.dump_book is None:
            raise UsageError("--include-untrusted goes with --dump-book FILE")


def parse_products(words: Iterable[str]) -> tuple[str, ...]:
    """Product names in the order given, upper case, each once; empty where none were given.

    Args:
        words: Names separated by spaces or commas, in any case.

    Raises:
        UsageError: A word that no product can be called, or more than ``MAX_PRODUCTS``.
    """
    found: dict[str, None] = {}
    for word in words:
        for name in re.split(r"[\s,]+", word):
            if not name:
                continue
            # ASCII is asked for before upper(), which would make letters of others: "ß".upper() is "SS".
            if not name.isascii() or not is_product_id(name.upper()):
                raise UsageError(f"{_shown(name)} is no product name: they look like BTC-USD")
            found[name.upper()] = None
    if len(found) > MAX_PRODUCTS:
        raise UsageError(f"{len(found)} products were named: one connection takes {MAX_PRODUCTS} at most")
    return tuple(found)


def parse_speed(text: str) -> float | None:
    """Replay speed: ``10`` and ``0.5x`` are times real time; None for ``max``, as fast as it goes.

    Raises:
        UsageError: Anything else.
    """
    if text.strip().lower() == "max":
        return None
    number = text.strip().lower().removesuffix("x")
    if not _PLAIN_NUMBER.fullmatch(number) or float(number) <= 0:
        raise UsageError(f"--speed {_shown(text)} is neither a number above 0, such as 1, 10 or 0.5x, nor max")
    return float(number)


def parse_group(text: str) -> Decimal:
    """Row width in quote currency, exactly as written.

    Raises:
        UsageError: Not a plain decimal number above 0.
    """
    if not _PLAIN_NUMBER.fullmatch(text.strip()) or not (width := Decimal(text.strip())):
        raise UsageError(f"--group {_shown(text)} is not a price step above 0, such as 0.5 or 10")
    return width


def parse_depth(text: str) -> int:
    """Levels a side, 0 for all.

    Raises:
        UsageError: Not a whole number from 0 to a million.
    """
    return _whole_number("--depth", text, least=0, most=1_000_000)


def parse_count(text: str) -> int:
    """Samples after which to end.

    Raises:
        UsageError: Not a whole number from 1 to a thousand million.
    """
    return _whole_number("--count", text, least=1, most=1_000_000_000)


def parse_seconds(option: str, text: str) -> float:
    """A span of time above 0.

    Args:
        option: The option that it was given to, for the message.
        text: Seconds, as a plain decimal number.

    Raises:
        UsageError: Not a plain decimal number above 0.
    """
    if not _PLAIN_NUMBER.fullmatch(text.strip()):
        raise UsageError(f"{option} {_shown(text)} is not a number of seconds")
    seconds = float(text)
    if not math.isfinite(seconds) or seconds <= 0:
        raise UsageError(f"{option} {_shown(text)} is not above 0")
    return seconds


def _whole_number(option: str, text: str, *, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text.strip()) or not least <= int(text) <= most:
        raise UsageError(f"{option} {_shown(text)} is not a whole number from {least} to {most:,}")
    return int(text)


def _shown(text: str) -> str:
    """What was typed, in quotes, cut short, with everything escaped that a terminal might obey."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
