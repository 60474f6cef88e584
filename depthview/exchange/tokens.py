"""Verifies the tokens of requests, in code that the viewer's signer does not share.

The venue answers every defect with the same two words; the reason is kept in the exchange's own record.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeGuard

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from depthview.exchange.options import ClaimsPolicy, ExchangeOptions, NoncePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from jwt.types import Options

    from depthview.clock import Clock
    from depthview.exchange.keys import PublicKey

LONGEST_LIFE_SECONDS: Final = 120
"""From ``nbf`` to ``exp`` (documented)."""

_SIGNATURE_ONLY: Final[Options] = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
"""PyJWT reads a clock of its own and accepts numbers in strings, so claims are checked here."""


class RefusalReason(StrEnum):
    """Why a message was refused as unauthenticated."""

    NO_TOKEN = "no token"  # noqa: S105  # reasons, not tokens
    MALFORMED = "not a token"
    ALGORITHM = "alg is not the key's"
    NO_KEY_NAME = "no kid"
    UNKNOWN_KEY = "unknown key"
    SIGNATURE = "signature not valid"
    SUBJECT = "sub is not kid"
    NOT_BEFORE = "nbf is not an integer"
    NOT_YET_VALID = "nbf is in the future"
    EXPIRY = "exp is not an integer"
    EXPIRED = "exp is past"
    NO_NONCE = "no nonce"
    NONCE_REUSED = "nonce seen before"
    ISSUER = "iss is not cdp"
    AUDIENCE = "aud is present"
    URI = "uri is present"
    OTHER_URI = "uri is not what was asked for"
    LIFE = "valid for over 120 s"
    CHANNEL = "unknown channel"
    COMMAND = "refused on command"


class TokenRefused(Exception):
    """A token that is not accepted.

    Attributes:
        reason: The first defect that was found.
    """

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class TokenVerifier:
    """Accepts or refuses tokens by the keys and policies of one exchange.

    Args:
        options: Keys, and the policies for claims and nonces.
        clock: The venue's time; ``nbf`` and ``exp`` are compared with it without leeway, in whole seconds (a token
            from the same second is accepted, one from the next is not: reported).
    """

    def __init__(self, options: ExchangeOptions, clock: Clock) -> None:
        self._keys = options.keys
        self._claims = options.claims
        self._nonces = options.nonce
        self._clock = clock
        self._seen: dict[str, int] = {}
        self.refuses_all: Callable[[], bool] | None = None
        """Called for every token; true to refuse it whatever it is."""
        self.longest_life_seconds: int | None = None
        """Counted from ``nbf``, for tokens that expire early."""

    def accept(self, token: str, uris: Collection[str] | None = None) -> None:
        """Return where the token is valid.

        Args:
            token: A JWT.
            uris: What its ``uri`` claim may be; None for a token of the WebSocket, which has none (documented).

        Raises:
            TokenRefused: It is not valid.
        """
        if self.refuses_all is not None and self.refuses_all():
            raise TokenRefused(RefusalReason.COMMAND)
        header = _header(token)
        name = header.get("kid")
        if not isinstance(name, str):
            raise TokenRefused(RefusalReason.NO_KEY_NAME)
        key = self._keys.get(name)
        if key is None:
            raise TokenRefused(RefusalReason.UNKNOWN_KEY)
        claims = _claims(token, header.get("alg"), key)
        if claims.get("sub") != name:
            raise TokenRefused(RefusalReason.SUBJECT)
        expires_at = self._check_times(claims)
        nonce = header.get("nonce")
        if not isinstance(nonce, str) or not nonce:
            raise TokenRefused(RefusalReason.NO_NONCE)
        if self._claims is ClaimsPolicy.STRICT:
            _check_strictly(claims)
            if uris is None and "uri" in claims:
                raise TokenRefused(RefusalReason.URI)
        if uris is not None and not any(claims.get("uri") == uri for uri in uris):
            raise TokenRefused(RefusalReason.OTHER_URI)
        if self._nonces is NoncePolicy.STRICT:
            self._spend(nonce, expires_at)

    def _check_times(self, claims: Mapping[str, object]) -> int:
        now = int(self._clock.unix())
        not_before, expires_at = claims.get("nbf"), claims.get("exp")
        if not _is_integer(not_before):
            raise TokenRefused(RefusalReason.NOT_BEFORE)
        if not _is_integer(expires_at):
            raise TokenRefused(RefusalReason.EXPIRY)
        if not_before > now:
            raise TokenRefused(RefusalReason.NOT_YET_VALID)
        if self.longest_life_seconds is not None:
            expires_at = min(expires_at, not_before + self.longest_life_seconds)
        if expires_at <= now:
            raise TokenRefused(RefusalReason.EXPIRED)
        return expires_at

    def _spend(self, nonce: str, expires_at: int) -> None:
        now = self._clock.unix()
        self._seen = {seen: until for seen, until in self._seen.items() if until > now}
        if nonce in self._seen:
            raise TokenRefused(RefusalReason.NONCE_REUSED)
        self._seen[nonce] = expires_at


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _header(token: str) -> Mapping[str, object]:
    try:
        header: Mapping[str, object] = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenRefused(RefusalReason.MALFORMED) from None
    return header


def _claims(token: str, algorithm: object, key: PublicKey) -> Mapping[str, object]:
    expected = "ES256" if isinstance(key, EllipticCurvePublicKey) else "EdDSA"
    if algorithm != expected:
        raise TokenRefused(RefusalReason.ALGORITHM)
    try:
        claims: Mapping[str, object] = jwt.decode(token, key, algorithms=[expected], options=_SIGNATURE_ONLY)
    except jwt.InvalidSignatureError:
        raise TokenRefused(RefusalReason.SIGNATURE) from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenRefused(RefusalReason.MALFORMED) from None
    return claims


def _check_strictly(claims: Mapping[str, object]) -> None:
    if claims.get("iss") != "cdp":
        raise TokenRefused(RefusalReason.ISSUER)
    if "aud" in claims:
        raise TokenRefused(RefusalReason.AUDIENCE)
    not_before, expires_at = claims["nbf"], claims["exp"]
    if _is_integer(not_before) and _is_integer(expires_at) and expires_at - not_before > LONGEST_LIFE_SECONDS:
        raise TokenRefused(RefusalReason.LIFE)
