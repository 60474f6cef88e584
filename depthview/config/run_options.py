"""What one run of a command does, from the command line and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from depthview.config.options import DEFAULT_PRODUCTS
from depthview.core.sequence import Scope
from depthview.errors import UsageError


@dataclass(frozen=True, slots=True)
class LiveSource:
    url: str | None = None
    """None for Coinbase."""


@dataclass(frozen=True, slots=True)
class DemoSource:
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplaySource:
    file: Path
    speed: float | None = 1.0
    """Times real time; None is as fast as possible."""


FeedSource = LiveSource | DemoSource | ReplaySource


@dataclass(frozen=True, slots=True)
class CredentialOptions:
    """What the command line says of keys and tokens; argparse ensures that it names one key at most.

    Raises:
        UsageError: A key's name without its file.
    """

    key_file: Path | None = None
    env_key: bool = False
    public: bool = False
    allow_loose_permissions: bool = False
    env_file: Path | None = None
    key_name: str = ""
    configured_file: Path | None = None
    """The key file of the configuration: used where the command names none, and only for Coinbase."""
    jwt_from_env: bool = False

    def __post_init__(self) -> None:
        if self.key_name and self.key_file is None:
            raise UsageError("--key-name requires --key-file PEM")

    @property
    def explicit(self) -> bool:
        """Whether the command itself names the key. Only such a key may be used with ``--url``."""
        return bool(self.key_file or self.env_key or self.env_file or self.jwt_from_env)


@dataclass(frozen=True, slots=True)
class StreamOptions:
    depth: int = 10
    """Levels per side; 0 for all."""
    every_seconds: float = 1.0
    for_seconds: float | None = None
    count: int | None = None
    """Samples after which to stop."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One run of the viewer or the stream.

    Raises:
        UsageError: Options that contradict each other.
    """

    source: FeedSource = field(default_factory=LiveSource)
    products: tuple[str, ...] = DEFAULT_PRODUCTS
    """Upper case, distinct. Empty for all products of a replay."""
    credentials: CredentialOptions = field(default_factory=CredentialOptions)
    record: Path | None = None
    dump_book: Path | None = None
    include_untrusted: bool = False
    force: bool = False
    group: Decimal | None = None
    """Row width in quote currency; None for one row per price."""
    log_file: Path | None = None
    sequence_scope: Scope = Scope.AUTO
    renew: bool = True
    rest: bool = True
    correct_clock: bool = False
    report: bool = False
    stream: StreamOptions = field(default_factory=StreamOptions)
    watched: bool = False
    """Whether there is a screen, for which the last frames are kept."""
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
