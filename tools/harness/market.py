"""One market of the simulated venue: its true book, and every state that it has ever published.

Each state carries its version three times: as the size of the lowest bid, and in the last four decimals of both best
sizes. So no two states of a run are alike, a book put together from two states is none of them, and a line of the
viewer tells which moment it claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_encode: Final = msgspec.json.encode
_UNITS: Final = 10_000
"""Units of size in 1."""
Rows = list[list[str]]
Change = tuple[str, str, str]
"""Side as the wire has it, price, new quantity."""


@dataclass(slots=True)
class State:
    """One published state of a book."""

    version: int
    since: float
    """When it was published, in seconds of the world's clock."""
    until: float | None = None
    """When the next one was; None for the newest."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of book it is."""

    price: int
    """Of the middle, in ticks."""
    decimals: int
    """Of a price."""
    levels: int
    """A side, about."""
    interval: float
    """Mean seconds between two updates."""


class Market:
    """A book that moves at random.

    Args:
        name: The name that its data carries.
        shape: What kind of book.
        random: Moves it.
        now: When it begins.
    """

    def __init__(self, name: str, shape: Shape, random: Random, now: float) -> None:
        self.name: Final = name
        self.shape: Final = shape
        self.version = 0
        self._random = random
        self._anchor: Final = 1 + random.randrange(9)
        spread = random.randint(1, 4)
        self._bids = {shape.price - step * random.randint(1, 3): self._size() for step in range(shape.levels)}
        self._asks = {shape.price + spread + step * random.randint(1, 3): self._size() for step in range(shape.levels)}
        self._states: dict[bytes, State] = {}
        self._history: list[tuple[bytes, bytes, State]] = []
        self._changed: dict[tuple[str, int], int] = {}
        self._sign()
        self._changed.clear()
        self._publish(now)

    # --- the book ---------------------------------------------------------------------------------------------

    def move(self, now: float) -> list[Change]:
        """Change the book at random and publish it; returns the changes, bids first."""
        self.version += 1
        self._changed = {}
        for _ in range(self._random.choice((1, 1, 2, 2, 3, 5, 8))):
            self._step()
        self._sign()
        self._publish(now)
        changes = [(side, self._price(price), text_of_units(units)) for (side, price), units in self._changed.items()]
        changes.sort(key=lambda change: change[0])
        return changes

    def rows(self) -> tuple[Rows, Rows]:
        """The present bids and asks, best first."""
        bids = [[self._price(price), text_of_units(self._bids[price])] for price in sorted(self._bids, reverse=True)]
        asks = [[self._price(price), text_of_units(self._asks[price])] for price in sorted(self._asks)]
        return bids, asks

    def best(self) -> tuple[str, str]:
        """The best bid and ask."""
        return self._price(max(self._bids)), self._price(min(self._asks))

    # --- what was true when -----------------------------------------------------------------------------------

    def state_of(self, bids: bytes, asks: bytes) -> State | None:
        """The state with exactly these rows, as JSON of the viewer's; None where there never was one."""
        known = self._states.get(bids + asks)
        if known is None:
            known = self._states.get(_canonical(bids) + _canonical(asks))
        return known

    def recent(self, since: float) -> Iterator[tuple[Rows, Rows, State]]:
        """The states that were current at ``since`` or later, newest first."""
        for bids, asks, state in reversed(self._history):
            if state.until is not None and state.until < since:
                return
            yield msgspec.json.decode(bids), msgspec.json.decode(asks), state

    # --- inside -----------------------------------------------------------------------------------------------

    def _publish(self, now: float) -> None:
        bids, asks = map(_encode, self.rows())
        state = State(self.version, now)
        if self._history:
            self._history[-1][2].until = now
        self._history.append((bids, asks, state))
        self._states[bids + asks] = state

    def _step(self) -> None:
        random = self._random
        is_bid = random.random() < 0.5
        side, book, outwards = ("bid", self._bids, -1) if is_bid else ("offer", self._asks, 1)
        best_bid, best_ask = max(self._bids), min(self._asks)
        best = best_bid if is_bid else best_ask
        drawn = random.random()
        few, many = self.shape.levels // 2 + 2, self.shape.levels * 3 // 2 + 2
        if drawn < 0.12 and len(book) > few:
            self._set(side, best, 0)
        elif drawn < 0.26 and best_ask - best_bid > 1:
            self._set(side, best - outwards * random.randint(1, min(5, best_ask - best_bid - 1)), self._size())
        else:
            price = best + outwards * min(
                int(random.expovariate(3.0 / self.shape.levels)) * random.randint(1, 2), self.shape.levels * 4
            )
            if price in book and len(book) > few and (random.random() < 0.45 or len(book) > many):
                self._set(side, price, 0)
            elif price in book or len(book) <= many:
                self._set(side, price, self._size())
            else:
                worst = max(book) if outwards > 0 else sorted(book)[1]
                self._set(side, worst, 0)

    def _sign(self) -> None:
        """Write the version into the book."""
        self._set("bid", self._anchor, (self.version + 1) * _UNITS)
        for side, best in (("bid", max(self._bids)), ("offer", min(self._asks))):
            self._set(side, best, self._random.randint(1, 9) * _UNITS + (self.version + 1) % _UNITS)

    def _set(self, side: str, price: int, units: int) -> None:
        book = self._bids if side == "bid" else self._asks
        if units:
            book[price] = units
        else:
            book.pop(price, None)
        self._changed[side, price] = units

    def _size(self) -> int:
        return self._random.choice((_UNITS, 10, 1)) * self._random.randint(1, 999)

    def _price(self, ticks: int) -> str:
        whole, part = divmod(ticks, 10**self.shape.decimals)
        return f"{whole}.{part:0{self.shape.decimals}d}".rstrip("0").rstrip(".")


def text_of_units(units: int) -> str:
    """A size as the wire spells it, trailing zeros trimmed (observed)."""
    whole, part = divmod(units, _UNITS)
    return f"{whole}.{part:04d}".rstrip("0").rstrip(".") if part else str(whole)


def _canonical(rows: bytes) -> bytes:
    """Rows with their numbers as :meth:`Market.rows` spells them."""
    return _encode([[_plain(price), _plain(size)] for price, size in msgspec.json.decode(rows)])


def _plain(number: str) -> str:
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
