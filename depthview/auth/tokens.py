"""Tokens for the WebSocket: one per message, signed when it is sent."""

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
"""How far ``nbf`` is before the time of signing.

A clock less than a second ahead of the venue's is enough for a refusal (reported), so users set ``nbf`` back. As the
life from ``nbf`` to ``exp`` stays at 120 s, a token is valid for ``TOKEN_LIFE_SECONDS - BACKDATED_SECONDS`` after it is
signed.
"""
_NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Token:
    """A signed JWT. Whoever receives it can use it, since it names no host."""

    text: str = field(repr=False)
    """The compact form; a credential until it expires."""
    issued_at: float
    """Unix seconds by this machine's clock."""
    expires_at: float
    """Unix seconds: the claim ``exp``."""
    nonce: str = field(repr=False)


class TokenSource(Protocol):
    """Makes tokens with a key, or hands out one that was made elsewhere."""

    def sign(self) -> Token | None:
        """A token for the next message; None when there are no more.

        Raises:
            SigningFailed: The key does not sign.
        """


class Signer:
    """Signs tokens with one key.

    Args:
        credentials: The key.
        clock: Its wall time goes into the claims.
    """

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        # Imported here, not at the top: jwt takes 170 ms to load, which a public feed does not need; and not in
        # sign(), where it would delay the event loop between connecting and the first message.
        from cryptography.exceptions import InternalError, UnsupportedAlgorithm
        from jwt import PyJWTError, encode

        self._encode = encode
        self._failures = (PyJWTError, InternalError, UnsupportedAlgorithm, ValueError)
        self._credentials = credentials
        self._clock = clock

    def sign(self) -> Token:
        """A new token with a nonce of its own: ``nbf`` ``BACKDATED_SECONDS`` ago, ``exp`` 120 s after that.

        Header ``alg``, ``kid``, ``nonce``, ``typ``; claims ``sub``, ``iss``, and ``nbf`` and ``exp`` as whole numbers;
        neither ``uri`` nor ``aud`` (documented).

        Raises:
            SigningFailed: The cryptographic library refuses.
        """
        return self.sign_from(None)

    def sign_rest(self, method: str, host: str, path: str) -> Token:
        """A token for one REST address, as the venue's own Python client makes it.

        Args:
            method: Such as ``GET``.
            host: Host, with its port where that is not the default.
            path: Without a query.

        Raises:
            SigningFailed: The cryptographic library refuses.
        """
        return self.sign_from(None, uri=f"{method} {host}{path}")

    def sign_from(self, not_before: int | None, *, nonce: str = "", uri: str = "") -> Token:
        """A token with a given ``nbf`` or nonce; with both it is reproducible where the algorithm is.

        Args:
            not_before: Unix seconds, which also count as the time of signing; by default ``BACKDATED_SECONDS`` ago.
            nonce: A new one where empty.
            uri: The claim of a REST token: method, space, host and path. Empty for the WebSocket (documented).

        Raises:
            SigningFailed: The cryptographic library refuses.
        """
        issued_at = self._clock.unix() if not_before is None else float(not_before)
        if not_before is None:
            not_before = math.floor(issued_at) - BACKDATED_SECONDS
        expires = not_before + TOKEN_LIFE_SECONDS
        nonce = nonce or secrets.token_hex(_NONCE_BYTES)
        name = self._credentials.key_name
        claims: dict[str, str | int] = {"sub": name, "iss": "cdp", "nbf": not_before, "exp": expires}
        if uri:
            claims["uri"] = uri
        text = self._compact(claims, {"kid": name, "nonce": nonce})
        if text is None:
            # Raised here and not where it happened, so that no traceback has the key among its locals.
            algorithm = self._credentials.algorithm
            raise SigningFailed(f"the key does not sign: check that OpenSSL on this machine permits {algorithm}")
        return Token(text, issued_at, float(expires), nonce)

    def _compact(self, claims: dict[str, str | int], header: dict[str, str]) -> str | None:
        key, algorithm = self._credentials.private_key.reveal(), self._credentials.algorithm
        try:
            return self._encode(claims, key, algorithm=algorithm, headers=header)
        except self._failures:
            return None
