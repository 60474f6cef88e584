"""Hundreds of thousands of damaged frames into the session, against the model of a venue that the suite keeps.

The model is that of ``tests/session/test_fuzz.py``, driven by plain chance instead of by hypothesis, which is a hundred
times faster and cannot shrink what it finds; the seed makes it again.
"""

from __future__ import annotations

import random
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category

from depthview.clock import SystemClock
from depthview.core.sequence import Scope
from tests.session.bench import ASKS, BIDS, Bench
from tests.session.test_fuzz import PRODUCTS, SIZES, UNNUMBERED, B, E, GuessedVenue, ProductVenue, Venue
from tests.support import frames
from tests.support.frames import wire

if TYPE_CHECKING:
    from tests.support.frames import Frame

_HARMFUL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that a terminal might obey."""
_EPISODE: Final = 120
"""Rules between two calms."""
_WORDS: Final = ("l2_data", "snapshot", "update", B, E, "bid", "offer", "5", "0", "NaN", "1e9", "1\n2", "\ud800", "")
_KEYS: Final = ("channel", "events", "type", "updates", "product_id", "sequence_num", "side", "price_level", "message")
_SHAPES: Final[tuple[Frame, ...]] = (
    frames.snapshot(3, B, BIDS, ASKS),
    frames.update(4, B, [("99", "5")]),
    frames.update(5, E, [("98", "0")], [("101", "7")]),
    frames.heartbeat(6),
    frames.trades(7, frames.trade(B, "1", "100")),
    frames.ticker(8, E),
    frames.error("authentication failure"),
    frames.acknowledgement(9, level2=[B, E]),
    frames.status(10, {"id": B, "quote_increment": "0.01"}),
    frames.candles(11, B),
)


@dataclass
class Fuzzed:
    """What came of it."""

    frames: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    trusted: int = 0
    """How often a trusted book was compared with the venue's."""
    seconds: float = 0.0


class Chance:
    """Draws what hypothesis would draw; stands in for its ``data``, whose strategies it makes by hand.

    Args:
        seed: The same seed draws the same.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  # damage that can be done again
        self._damage: Frame | None = None

    def json(self, depth: int = 3) -> Any:  # noqa: ANN401  # JSON is anything
        """Any JSON value."""
        draw = self.random
        kind = draw.randrange(8 if depth else 6)
        if kind < 6:
            plain: tuple[object, ...] = (None, True, draw.randint(-(2**70), 2**70), draw.uniform(-1e300, 1e300))
            return draw.choice((*plain, draw.choice(_WORDS), "".join(chr(draw.randrange(0xD7FF)) for _ in range(5))))
        if kind == 6:
            return [self.json(depth - 1) for _ in range(draw.randrange(4))]
        return {draw.choice(_KEYS): self.json(depth - 1) for _ in range(draw.randrange(5))}

    def damaged(self, whole: Frame) -> bytes:
        """A frame with parts changed or removed, then perhaps bytes changed, or its end cut off."""
        draw, holder = self.random, deepcopy(whole)
        for _ in range(draw.randrange(3)):
            self._change(holder)
        raw = bytearray(wire(holder))
        for _ in range(draw.choice((0, 0, 1, 2))):
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        return bytes(raw[: draw.choice((len(raw), len(raw), len(raw) // 2))])

    def _change(self, holder: Any) -> None:  # noqa: ANN401  # JSON is anything
        draw = self.random
        while isinstance(holder, (dict, list)) and holder:
            key = draw.choice(list(holder)) if isinstance(holder, dict) else draw.randrange(len(holder))
            if isinstance(holder[key], (dict, list)) and holder[key] and draw.random() < 0.5:
                holder = holder[key]
            elif draw.random() < 0.5:
                del holder[key]
                return
            else:
                holder[key] = self.json()
                return

    def line(self) -> list[tuple[int, str]]:
        """Levels by their place in the model's price list, and their new sizes."""
        draw = self.random
        return [(draw.randrange(14), draw.choice(SIZES)) for _ in range(draw.randrange(5))]


def fuzz(count: int, seed: int) -> Fuzzed:
    """Feed so many frames, half of them to the model of each numbering and half with no rules at all.

    Raises:
        AssertionError: A trusted book was not the venue's, a counter went down, or a terminal might obey a text.
        Exception: Whatever the session let out.
    """
    chance, done, clock = Chance(seed), Fuzzed(), SystemClock()
    began = clock.monotonic()
    machines = (Venue, ProductVenue, GuessedVenue)
    episode = 0
    while done.frames < count:
        done.frames += _by_the_model(machines[episode % 3], chance, done)
        if done.frames < count:
            done.frames += _without_rules(chance)
        episode += 1
    done.seconds = clock.monotonic() - began
    return done


def _by_the_model(machine: type[Venue], chance: Chance, done: Fuzzed) -> int:
    """An episode of the model; returns its frames."""
    venue, draw = machine(), chance.random
    venue.begin()
    for _ in range(_EPISODE):
        product = draw.choice(PRODUCTS)
        name = draw.choices(tuple(_RULES), tuple(_RULES.values()))[0]
        done.rules[name] += 1
        match name:
            case "change":
                venue.change(product, chance.line(), chance.line())
            case "lose":
                venue.lose(product, draw.randint(1, 3))
            case "hold back":
                venue.hold_back(product)
            case "come late":
                venue.come_late()
            case "repeat":
                venue.repeat()
            case "garbage":
                venue.garbage(chance.damaged(draw.choice(UNNUMBERED)), cut=draw.random() < 0.5)
            case "damage":
                venue.damage_by(product, chance.damaged)
            case "other":
                venue.other(chance.json())
            case "wait":
                venue.wait(draw.choice((0.1, 0.25, 1.0, 2.5, 6.0)))
            case "answer":
                venue.answer()
            case "reconnect":
                venue.reconnect()
            case "wish":
                venue.wish()
        venue.a_trusted_book_is_the_venues()
        venue.counters_never_go_down()
        done.trusted += sum(venue.bench.verdict(product).trusted for product in PRODUCTS)
    venue.teardown()
    return venue.bench.session.rates.frames


_RULES: Final = {
    "change": 40, "damage": 14, "garbage": 10, "repeat": 6, "lose": 6, "hold back": 4, "come late": 4, "other": 4,
    "wait": 8, "answer": 6, "reconnect": 1, "wish": 1,
}  # fmt: skip
"""How often each, out of all."""


def _without_rules(chance: Chance) -> int:
    """Frames of any kind and any damage in any order; returns how many."""
    draw = chance.random
    scope = draw.choice(tuple(Scope))
    bench = Bench(B, "ETH-USDC", scope=scope, signed=draw.random() < 0.5)
    bench.open()
    for place in range(_EPISODE):
        raw = draw.randbytes(draw.randrange(40)) if draw.random() < 0.1 else chance.damaged(draw.choice(_SHAPES))
        bench.feed(raw, binary=place % 17 == 16)
        if place % 10 == 9:
            bench.wait(0.5, step=0.5)
            _assert_sound(bench)
    return bench.session.rates.frames


def _assert_sound(bench: Bench) -> None:
    for depth in bench.view(levels=3).depths:
        assert depth.top is None or depth.verdict.trusted
        assert all(row.price > 0 and row.size > 0 for row in (*depth.bids, *depth.asks))
    for text in bench.log():
        assert not [char for char in text if category(char) in _HARMFUL], text
