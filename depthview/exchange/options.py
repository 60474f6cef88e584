"""What an exchange can be told, and the one place where that is checked."""

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
"""A side. The snapshot of such a book takes 12 MB, which a connection's queue still holds."""
MAX_RATE: Final = 5_000
"""Changes a second a product."""


class AuthPolicy(StrEnum):
    """What becomes of a message without a token. A bad token is refused either way."""

    OPTIONAL = "optional"
    """It is obeyed: what the venue does for market data (documented, observed)."""
    REQUIRED = "required"
    """It is refused."""


class NoncePolicy(StrEnum):
    """What becomes of a nonce that was seen before. Documented as random; what the venue does is not known."""

    ANY = "any"
    STRICT = "strict"
    """A token whose nonce was in an accepted token that has not expired yet is refused."""


class ClaimsPolicy(StrEnum):
    """What becomes of claims that differ from the guide's. What the venue does is not known."""

    DOCUMENTED = "documented"
    """Only the claims that say who and when are judged: ``sub``, ``nbf``, ``exp``."""
    STRICT = "strict"
    """``iss`` must be ``cdp``, ``aud`` and ``uri`` must be absent, and a life may last 120 s at most."""


class NumberingPolicy(StrEnum):
    """What ``sequence_num`` counts."""

    CONNECTION = "connection"
    """Everything with an envelope, from 0 for each connection (observed)."""
    PRODUCT = "product"
    """The messages of one product across its channels, from 0; messages of no product have none (documented)."""


class EnvelopePolicy(StrEnum):
    """What is in the envelope of a frame besides channel, timestamp, number and events."""

    DOCUMENTED = "documented"
    """``"client_id": ""``, without which coinbase-advanced-py 1.8.4 cannot parse a message (documented)."""
    OBSERVED = "observed"
    """Nothing (observed in 2026-08)."""


@dataclass(frozen=True, slots=True)
class ExchangeOptions:
    """An exchange's settings; the defaults are what the venue does.

    Raises:
        UsageError: A number is out of its range. (Product names are checked where the market is made.)
    """

    port: int = 0
    """TCP port on loopback; 0 takes a free one."""
    products: tuple[str, ...] = ()
    """Products to trade; none means all that the exchange knows."""
    seed: int = 1
    """Same seed, same products and same number of steps make the same books."""
    levels: int | None = None
    """Levels a side of a deep product's book; None leaves each product its own."""
    rate: int | None = None
    """Book changes a second of every product; None leaves each product its own."""
    quiet_after_seconds: float | None = None
    """Market time after which nothing trades or moves any more; heartbeats go on. None: never."""
    auth: AuthPolicy = AuthPolicy.OPTIONAL
    nonce: NoncePolicy = NoncePolicy.ANY
    claims: ClaimsPolicy = ClaimsPolicy.DOCUMENTED
    numbering: NumberingPolicy = NumberingPolicy.CONNECTION
    envelope: EnvelopePolicy = EnvelopePolicy.DOCUMENTED
    faults: tuple[str, ...] = ()
    """Faults to provoke, each ``NAME[:KEY=VALUE,...]``. (What is wrong with one is said where the exchange is made.)"""
    injected: Path | None = None
    """A new file for what was injected, as JSON Lines."""
    keys: Mapping[str, PublicKey] = field(default_factory=dict)
    """Known public keys by key name. A token of any other key is refused."""
    subscribe_within_seconds: float = 5.0
    """A connection that has sent nothing by then is closed (documented)."""
    complain_every_seconds: float = 15.0
    """How often a connection that only ever sent malformed requests is told so (reported)."""
    queue_bytes: int = 32 << 20
    """What may wait for a client that reads slowly before its connection is dropped."""

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
                "auth required without a key would refuse everybody: make one with --key-out, "
                "or give one with --public-key and --key-name"
            )
