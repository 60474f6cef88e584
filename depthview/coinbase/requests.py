"""What is sent: subscriptions and nothing else, field for field as the venue's guide has them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec


class Action(StrEnum):
    """The two things that depthview ever asks of a venue."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


HEARTBEATS: Final = "heartbeats"
LEVEL2: Final = "level2"
PRODUCT_CHANNELS: Final = (LEVEL2, "market_trades", "ticker", "status")
"""What is subscribed for every product; level2 first, because the ladder waits for it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One message to the venue: one channel, any number of products (documented)."""

    action: Action
    channel: str
    products: tuple[str, ...] = ()
    """Empty for heartbeats, which are of no product."""
    signed: bool = True
    """Whether it shall carry a token, where there is a key."""
    attempt: int = 0
    """How often it has been refused before."""


def encode(request: Request, token: str | None) -> bytes:
    """The request as a text frame's bytes; the token, if any, goes into the body (documented), nowhere else."""
    body: dict[str, object] = {"type": request.action.value}
    if request.products:
        body["product_ids"] = list(request.products)
    body["channel"] = request.channel
    if token is not None:
        body["jwt"] = token
    return msgspec.json.encode(body)
