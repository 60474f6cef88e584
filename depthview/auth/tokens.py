"""Tokens for the WebSocket: one for each message, signed at the moment of sending."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from depthview.auth.credentials import Credentials
    from depthview.clock import Clock

TOKEN_LIFE_SECONDS: Final = 120
"""From ``nbf`` to ``exp``: the most that the venue documents."""
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


class Signer:
    """Signs tokens with one key.

    Args:
        credentials: The key.
        clock: Its wall time goes into the claims, because the venue judges them by its own.
    """

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        # Here, not at the module's head: jwt costs 170 ms, which a public feed need not pay; and not in sign(), where
        # the event loop would pay it between connecting and the first message.
        from jwt import encode

        self._encode = encode
        self._credentials = credentials
        self._clock = clock

    @property
    def credentials(self) -> Credentials:
        """The key that signs."""
        return self._credentials

    def sign(self) -> Token:
        """A fresh token with a nonce of its own, good for ``TOKEN_LIFE_SECONDS`` from now.

        Header ``alg``, ``kid``, ``nonce``, ``typ``; claims ``sub``, ``iss``, and ``nbf`` and ``exp`` as whole numbers;
        neither ``uri`` nor ``aud`` (documented).
        """
        now = self._clock.unix()
        not_before = math.floor(now)  # never later than now: a clock that leads by under a second is refused (reported)
        expires = not_before + TOKEN_LIFE_SECONDS
        nonce = secrets.token_hex(_NONCE_BYTES)
        name = self._credentials.key_name
        text = self._encode(
            {"sub": name, "iss": "cdp", "nbf": not_before, "exp": expires},
            self._credentials.private_key.reveal(),
            algorithm=self._credentials.algorithm,
            headers={"kid": name, "nonce": nonce},
        )
        return Token(text, now, float(expires), nonce)
