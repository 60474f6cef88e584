"""What one run of a command is to do, as the command line and the settings say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from depthview.config.options import DEFAULT_PRODUCTS
from depthview.core.sequence import Scope
from depthview.errors import UsageError


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


FeedSource = LiveSource | DemoSource | ReplaySource


@dataclass(frozen=True, slots=True)
class CredentialOptions:
    """What the command line says of keys and tokens; argparse has seen to it that it names one key at most.

    Raises:
        UsageError: A key's name without its file.
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
        if self.key_name and self.key_file is None:
            raise UsageError("--key-name requires --key-file PEM")

    @property
    def explicit(self) -> bool:
        """Whether this very command names the key. Only such a key may go to a ``--url``."""
        return bool(self.key_file or self.env_key or self.env_file or self.jwt_from_env)


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
class RunOptions:
    """One run of the viewer or the stream.

    Raises:
        UsageError: Options that make no sense together.
    """

    source: FeedSource = field(default_factory=LiveSource)
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
    sequence_scope: Scope = Scope.AUTO
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
        if self.sequence_scope is Scope.NONE and not isinstance(self.source, ReplaySource):
            raise UsageError(
                "--sequence-scope none is for recordings: in a live feed sequence numbers are always checked"
            )
        if self.credentials.explicit and not isinstance(self.source, LiveSource):
            raise UsageError("--demo and --replay do not use your key: remove the options that name one")
        if self.include_untrusted and self.dump_book is None:
            raise UsageError("--include-untrusted requires --dump-book FILE")
