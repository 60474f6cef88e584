"""The settings of an exchange, and their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from depthview.errors import UsageError

if TYPE_CHECKING:
    from depthview.exchange.keys import PublicKey  # noqa: TC004  # an annotation only, and it loads cryptography

MAX_LEVELS: Final = 50_000
"""Per side. A snapshot of such a book takes 12 MB, which the queue of a connection can hold."""
MAX_RATE: Final = 5_000
"""Changes per second and product."""


class AuthPolicy(StrEnum):
    """How a message without a token is treated. A bad token is refused either way."""

    OPTIONAL = "optional"
    """It is accepted, as by the venue for market data (documented, observed)."""
    REQUIRED = "required"
    """It is refused."""


class NoncePolicy(StrEnum):
    """How a repeated nonce is treated. Documented as random; what the venue does is unknown."""

    ANY = "any"
    STRICT = "strict"
    """A nonce of an accepted token that has not expired yet is refused."""


class ClaimsPolicy(StrEnum):
    """How claims that differ from the guide are treated. What the venue does is unknown."""

    DOCUMENTED = "documented"
    """Only ``sub``, ``nbf`` and ``exp`` are checked."""
    STRICT = "strict"
    """``iss`` must be ``cdp``, ``aud`` and ``uri`` must be absent, and the lifetime is at most 120 s."""


class NumberingPolicy(StrEnum):
    """What ``sequence_num`` counts."""

    CONNECTION = "connection"
    """Everything with an envelope, from 0 on each connection (observed)."""
    PRODUCT = "product"
    """The messages of one product across its channels, from 0; others have no number (documented)."""


class EnvelopePolicy(StrEnum):
    """What the envelope holds besides channel, timestamp, number and events."""

    DOCUMENTED = "documented"
    """``"client_id": ""``, without which coinbase-advanced-py 1.8.4 cannot parse a message (documented)."""
    OBSERVED = "observed"
    """Nothing (observed in 2026-08)."""


@dataclass(frozen=True, slots=True)
class ExchangeOptions:
    """An exchange's settings; the defaults are the venue's behavior.

    Raises:
        UsageError: A number is out of its range. (Product names are checked where the market is made.)
    """

    port: int = 0
    """TCP port on loopback; 0 takes a free one."""
    products: tuple[str, ...] = ()
    """Products to trade; empty for all."""
    seed: int = 1
    """The same seed, products and number of steps make the same books."""
    levels: int | None = None
    """Levels per side of a deep product's book; None for each product's own."""
    rate: int | None = None
    """Book changes per second of every product; None for each product's own."""
    quiet_after_seconds: float | None = None
    """Market time after which the market stops; heartbeats continue. None: never."""
    auth: AuthPolicy = AuthPolicy.OPTIONAL
    nonce: NoncePolicy = NoncePolicy.ANY
    claims: ClaimsPolicy = ClaimsPolicy.DOCUMENTED
    numbering: NumberingPolicy = NumberingPolicy.CONNECTION
    envelope: EnvelopePolicy = EnvelopePolicy.DOCUMENTED
    faults: tuple[str, ...] = ()
    """Faults to inject, each ``NAME[:KEY=VALUE,...]``; checked where the exchange is created."""
    injected: Path | None = None
    """A new file for the injection log, as JSON Lines."""
    keys: Mapping[str, PublicKey] = field(default_factory=dict)
    """Known public keys by key name. A token of any other key is refused."""
    subscribe_within_seconds: float = 5.0
    """A connection that has sent nothing by then is closed (documented)."""
    complain_every_seconds: float = 15.0
    """How often a connection that has sent malformed requests only is told so (reported)."""
    queue_bytes: int = 32 << 20
    """How much may wait for a slow reader before its connection is dropped."""

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("port", self.port, 0, 65_535),
            ("levels", self.levels, 1, MAX_LEVELS),
            ("rate", self.rate, 1, MAX_RATE),
            ("quiet-after", self.quiet_after_seconds, 0, 86_400_000),
        ):
            if value is not None and not least <= value <= most:
                raise UsageError(f"{name} {value} is out of range: give {least} to {most}")
        if self.auth is AuthPolicy.REQUIRED and not self.keys:
            raise UsageError(
                "auth required without a key would refuse every request: make one with --key-out, "
                "or give one with --public-key and --key-name"
            )
