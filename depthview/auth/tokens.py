"""Tokens for the WebSocket: one for each message, signed at the moment of sending."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from depthview.errors import SigningFailed

if TYPE_CHECKING:
    from depthview.auth.credentials import Credentials
    from depthview.clock import Clock

TOKEN_LIFE_SECONDS: Final = 120
"""From ``nbf`` to ``exp``: the most that the venue documents."""
BACKDATED_SECONDS: Final = 5
"""How far ``nbf`` lies before the moment of signing.

A clock that leads the venue's by under a second is enough for a refusal (reported), so users set ``nbf`` back. As the
life from ``nbf`` to ``exp`` stays at 120 s, a token is good for ``TOKEN_LIFE_SECONDS - BACKDATED_SECONDS`` from when it
is signed.
"""
_NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Token:
    """A signed JWT. Whoever receives it can use it, since it names no host."""

    text: str = field(repr=False)
    """The compact form; a credential while it lives."""
    issued_at: float
    """Unix seconds by this machine's clock when it was signed."""
    expires_at: float
    """Unix seconds: the claim ``exp``."""
    nonce: str = field(repr=False)


class TokenSource(Protocol):
    """Where tokens come from: a key that signs, or one that was signed elsewhere."""

    def sign(self) -> Token | None:
        """A token for the next message; None where there is none any more.

        Raises:
            SigningFailed: There is a key, and it does not sign.
        """


class Signer:
    """Signs tokens with one key.

    Args:
        credentials: The key.
        clock: Its wall time goes into the claims, because the venue judges them by its own.
    """

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        # Here, not at the module's head: jwt costs 170 ms, which a public feed need not pay; and not in sign(), where
        # the event loop would pay it between connecting and the first message.
        from cryptography.exceptions import InternalError, UnsupportedAlgorithm
        from jwt import PyJWTError, encode

        self._encode = encode
        self._failures = (PyJWTError, InternalError, UnsupportedAlgorithm, ValueError)
        self._credentials = credentials
        self._clock = clock

    @property
    def credentials(self) -> Credentials:
        """The key that signs."""
        return self._credentials

    def sign(self) -> Token:
        """A fresh token with a nonce of its own: ``nbf`` ``BACKDATED_SECONDS`` ago, ``exp`` 120 s after that.

        Header ``alg``, ``kid``, ``nonce``, ``typ``; claims ``sub``, ``iss``, and ``nbf`` and ``exp`` as whole numbers;
        neither ``uri`` nor ``aud`` (documented).

        Raises:
            SigningFailed: The cryptographic library would not.
        """
        now = self._clock.unix()
        return self.sign_from(math.floor(now) - BACKDATED_SECONDS, issued_at=now)

    def sign_from(
        self, not_before: int, *, nonce: str = "", issued_at: float | None = None, uri: str | None = None
    ) -> Token:
        """A token whose ``nbf`` is given, and its nonce too where it shall come out the same every time.

        Args:
            not_before: Unix seconds.
            nonce: A fresh one where empty.
            issued_at: When it counts as signed, in unix seconds; by default at ``not_before``.
            uri: Method, space, host and path, as a REST token names them; None for the WebSocket (documented).

        Raises:
            SigningFailed: The cryptographic library would not.
        """
        expires = not_before + TOKEN_LIFE_SECONDS
        nonce = nonce or secrets.token_hex(_NONCE_BYTES)
        name = self._credentials.key_name
        claims: dict[str, str | int] = {"sub": name, "iss": "cdp", "nbf": not_before, "exp": expires}
        if uri is not None:
            claims["uri"] = uri
        text = self._compact(claims, {"kid": name, "nonce": nonce})
        if text is None:
            # Raised here and not where it happened, so that no traceback has the key among its locals.
            algorithm = self._credentials.algorithm
            raise SigningFailed(f"the key does not sign ({algorithm}): see whether OpenSSL here permits {algorithm}")
        return Token(text, float(not_before) if issued_at is None else issued_at, float(expires), nonce)

    def _compact(self, claims: dict[str, str | int], header: dict[str, str]) -> str | None:
        key, algorithm = self._credentials.private_key.reveal(), self._credentials.algorithm
        try:
            return self._encode(claims, key, algorithm=algorithm, headers=header)
        except self._failures:
            return None

    def sign_rest(self, method: str, host: str, path: str) -> Token:
        """A token for one REST address (section "uri" of the venue's own Python client).

        Args:
            method: Such as ``GET``.
            host: Host, with its port where that is not the usual one.
            path: Without a query.
        """
        now = self._clock.unix()
        return self.sign_from(math.floor(now) - BACKDATED_SECONDS, issued_at=now, uri=f"{method} {host}{path}")
