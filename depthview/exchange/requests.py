"""Requests of clients, read leniently where the venue is lenient and refused where it refuses."""

from __future__ import annotations

from typing import Final, Literal

import msgspec


class ClientRequest(msgspec.Struct, frozen=True):
    """A subscribe or unsubscribe message; fields that are not named here are tolerated."""

    type: Literal["subscribe", "unsubscribe"]
    channel: str
    product_ids: tuple[str, ...] | None = None
    jwt: object = None
    """Anything that is not a string or null is a bad token, not a malformed request."""


_decoder: Final = msgspec.json.Decoder(ClientRequest)


def parse(message: str | bytes) -> ClientRequest | None:
    """The request in a message; None for a binary message and for anything that is not a request."""
    if isinstance(message, bytes):
        return None
    try:
        return _decoder.decode(message)
    except (msgspec.DecodeError, RecursionError):
        return None
