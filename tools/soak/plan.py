"""Which faults strike, drawn by a seed: every name of the catalogue, with keys that vary."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

Draw = Callable[[random.Random, float], str]
"""The keys of a fault, given the longest that it may last in seconds."""


def _whole(name: str, least: int, most: int) -> Draw:
    return lambda draw, _: f"{name}={draw.randint(least, most)}"


def _one(*texts: str) -> Draw:
    return lambda draw, _: draw.choice(texts)


def _lasting(least: float, most: float, more: str = "") -> Draw:
    def draw_it(draw: random.Random, longest: float) -> str:
        return f"seconds={draw.uniform(min(least, longest), min(most, longest)):.2f}{',' if more else ''}{more}"

    return draw_it


FAULTS: Final[dict[str, tuple[Draw, ...]]] = {
    "gap": (_whole("count", 1, 20),),
    "duplicate": (_whole("copies", 1, 3),),
    "out_of_order": (_whole("by", 1, 5),),
    "reset": (_one(""),),
    "renumber": (_lasting(0.1, 2.0),),
    "repeated_number": (_whole("count", 1, 3),),
    "bad_number": (
        _one("kind=missing", "kind=negative", "kind=huge", "kind=text", "kind=null", "kind=list,counted=1"),
    ),
    "omit": (_lasting(0.2, 3.0, "channel=ticker"), _lasting(0.2, 2.0, "channel=market_trades")),
    "stall": (_lasting(0.2, 12.0), _lasting(0.2, 2.0, "lose=1")),
    "half_open": (_lasting(0.5, 12.0),),
    "heartbeat_stop": (_lasting(0.5, 6.0), _lasting(0.5, 14.0, "resubscribe=0")),
    "pings": (_lasting(0.2, 2.0, "rate=25"), _lasting(0.2, 1.0, "rate=20000")),
    "bad_heartbeat": (_one("kind=huge,count=3"),),
    "delay": (_lasting(0.5, 5.0, "by=1"), _lasting(0.5, 5.0, "by=3")),
    "old_stamps": (_lasting(0.5, 5.0, "by=3600"),),
    "close": (
        _one("code=1006", "code=1000", "code=1001", "code=1011", "code=1012", "code=4000", "mid_snapshot=1"),
        _one("code=1013", "code=1008", "code=1009"),
    ),
    "truncated": (_one(""),),
    "slow_drip": (_lasting(0.2, 3.0), _lasting(0.2, 4.0, "snapshot=1")),
    "flood": (_lasting(0.5, 3.0, "rate=1500"),),
    "no_ack": (_lasting(0.5, 3.0),),
    "no_snapshot": (_lasting(0.5, 8.0),),
    "refuse_auth": (_one("times=1", "times=2"), _lasting(0.5, 4.0)),
    "expire": (_lasting(0.5, 3.0, "life=0"),),
    "clock": (_lasting(0.5, 3.0, "offset=-400"), _lasting(0.5, 3.0, "offset=400")),
    "rate_limit": (_lasting(0.2, 2.0), _one("http=1,retry_after=1")),
    "handshake": (_one("status=503", "status=502,times=2", "status=500", "status=403", "status=404,drop=1"),),
    "hang": (_lasting(0.2, 11.0),),
    "redirect": (_one(""),),
    "garbage": (_one("", "instead=1", "kind=deep", "kind=binary,instead=1"),),
    "bad_utf8": (_one("", "instead=1"),),
    "hostile_text": (_lasting(0.2, 2.0),),
    "hostile_numbers": (_one("", "kind=side", "where=price", "kind=nan"),),
    "odd_sizes": (_lasting(0.2, 2.0),),
    "crossed": (_one("seconds=0"), _lasting(0.2, 3.0), _lasting(0.2, 2.0, "locked=1")),
    "wrong_ticker": (_lasting(0.5, 5.0),),
    "early_update": (_one(""),),
    "second_snapshot": (_one("", "unsubscribe=1"),),
    "drop_subscription": (_one("", "data=1", "channel=ticker", "channel=heartbeats"),),
    "refuse_subscribe": (_lasting(0.2, 4.0), _one("seconds=0,times=1", "seconds=0,times=3")),
    "stale_ack": (_one("", "count=3"),),
    "split_snapshot": (_one(""),),
    "bad_updates": (_one("kind=null", "kind=missing", "kind=text", "kind=object", "kind=row"),),
    "misnamed": (_one("form=lower", "form=before", "form=behind"),),
    "bare_ticker": (_one("kind=missing", "kind=null", "kind=empty", "kind=none"),),
    "empty_snapshot": (_lasting(0.2, 2.0),),
    "one_sided": (_lasting(0.2, 2.0, "missing=bid"), _lasting(0.2, 2.0, "missing=offer")),
    "huge_snapshot": (_lasting(0.2, 2.0, "levels=20000"),),
    "delist": (_lasting(0.2, 2.0),),
    "unknown_channel": (_one(""),),
    "unknown_event": (_one("", "on=ticker", "on=heartbeats"),),
    "late_frames": (_lasting(0.2, 2.0),),
    "product_error": (_lasting(0.5, 2.0),),
    "alias": (_lasting(0.3, 3.0, "which=all"), _lasting(0.3, 2.0, "which=all,where=ack")),
    "permissions": (_one("trade=1", "trade=0"),),
}
"""All of them."""

WAITING: Final = frozenset({"refuse_auth", "early_update", "late_frames", "no_ack", "no_snapshot", "expire"})
"""Faults that wait for a request of the client's; a gap brings one about."""


class Plan:
    """What strikes next.

    Args:
        seed: The same seed makes the same plan.
        longest: Seconds that a fault lasts at most.
    """

    def __init__(self, seed: int, longest: float) -> None:
        self._draw = random.Random(seed)  # noqa: S311  # a plan that can be made again
        self._longest = longest
        self._deck: list[str] = []

    def round(self) -> list[str]:
        """The faults of a round: one alone, or up to three that overlap."""
        count = self._draw.choice((1, 1, 2, 3))
        names = [self._next() for _ in range(count)]
        faults = [self._written(name) for name in names]
        if WAITING.intersection(names):
            faults.append("gap")
        return faults

    def pause(self) -> float:
        """Seconds until the next fault of a round."""
        return self._draw.uniform(0.0, 0.4)

    def _next(self) -> str:
        """Each name once before any comes again."""
        if not self._deck:
            self._deck = list(FAULTS)
            self._draw.shuffle(self._deck)
        return self._deck.pop()

    def _written(self, name: str) -> str:
        keys = self._draw.choice(FAULTS[name])(self._draw, self._longest)
        return f"{name}:{keys}" if keys else name
