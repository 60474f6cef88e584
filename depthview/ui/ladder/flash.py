"""Which sizes have just changed, and for how long that stands out. Pure: the time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

SECONDS: Final = 0.3
"""How long a change stands out."""
APART: Final = 1.0
"""Seconds at least between the beginnings of two flashes of one row: one that changes all the time must not stand out
all the time, and three flashes a second are the most that eyes should be given (WCAG 2.3.1)."""

RowKey = tuple[str, str]
"""Side, and price as text."""


class _Flash(NamedTuple):
    sign: str
    at: float


class Flashes:
    """Sizes of one ladder from one draw to the next.

    A price that comes into sight has no change to show: only one that lies within what was shown before has.
    """

    def __init__(self) -> None:
        self._sizes: dict[RowKey, Decimal] = {}
        self._ends: dict[str, tuple[Decimal, Decimal]] = {}
        self._flashes: dict[RowKey, _Flash] = {}

    def forget(self) -> None:
        """Begin anew: another product, another row width, another book."""
        self._sizes, self._ends, self._flashes = {}, {}, {}

    def seen(self, rows: Iterable[tuple[str, str, Decimal, Decimal]], now: float) -> Mapping[RowKey, str]:
        """Note what is shown now.

        Args:
            rows: Side, price as text, price and size of each row on show.
            now: Monotonic seconds.

        Returns:
            ``+`` or ``-`` for the rows that stand out.
        """
        sizes: dict[RowKey, Decimal] = {}
        ends: dict[str, tuple[Decimal, Decimal]] = {}
        before, was_shown, flashes = self._sizes, self._ends, self._flashes
        for side, text, price, size in rows:
            key = (side, text)
            sizes[key] = size
            low, high = ends.get(side, (price, price))
            ends[side] = (price if price < low else low, price if price > high else high)
            former = before.get(key)
            if former is None:
                if side not in was_shown or not was_shown[side][0] <= price <= was_shown[side][1]:
                    continue
                sign = "+"
            elif former == size:
                continue
            else:
                sign = "+" if size > former else "-"
            last = flashes.get(key)
            if last is None or now - last.at >= APART:
                flashes[key] = _Flash(sign, now)
        self._sizes, self._ends = sizes, ends
        if not flashes:
            return {}
        self._flashes = {key: flash for key, flash in flashes.items() if now - flash.at < APART and key in sizes}
        return {key: flash.sign for key, flash in self._flashes.items() if now - flash.at < SECONDS}
