"""A second opinion on the numbers: counts what arrived, knowing nothing of the viewer's code."""

from __future__ import annotations

import json
from collections import Counter, deque

_REMEMBERED = 8192


class Tap:
    """Sees every frame before the session does."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """Gaps, missed, duplicates, out_of_order and resets since the start."""
        self.jumped: set[int] = set()
        """Numbers that were passed over, since :meth:`forget`."""
        self.in_order: set[int] = set()
        """Numbers that came when they were due or after a jump, since :meth:`forget`."""
        self.began()

    def began(self) -> None:
        """A new connection: numbers begin anew."""
        self._expected: int | None = None
        self._low: int | None = None
        self._known: dict[int, int] = {}
        self._order: deque[int] = deque()

    def forget(self) -> None:
        """Begin a new round."""
        self.jumped.clear()
        self.in_order.clear()

    def arrived(self, raw: bytes) -> None:
        """A frame came."""
        try:
            whole = json.loads(raw)
        except (ValueError, RecursionError):
            return
        number = whole.get("sequence_num") if isinstance(whole, dict) else None
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63:
            self._judge(number, raw)

    def _judge(self, number: int, raw: bytes) -> None:
        expected = self._expected
        if expected is None or number >= expected:
            if expected is not None and number > expected:
                self.counts["gaps"] += 1
                self.counts["missed"] += number - expected
                self.jumped.update(range(expected, number))
            self._advance(number, raw)
            return
        if self._known.get(number) == hash(raw):
            self.counts["duplicates"] += 1
            return
        rises, self._low = self._low is not None and number > self._low, number
        if (number == 0 and expected > 1) or rises:
            self.counts["resets"] += 1
            self._known.clear()
            self._order.clear()
            self._advance(number, raw)
            return
        if number in self._known:
            self.counts["duplicates"] += 1
            return
        self.counts["out_of_order"] += 1
        self._remember(number, raw)

    def _advance(self, number: int, raw: bytes) -> None:
        self._low = None
        self._expected = number + 1
        self.in_order.add(number)
        self._remember(number, raw)

    def _remember(self, number: int, raw: bytes) -> None:
        if len(self._order) >= _REMEMBERED:
            del self._known[self._order.popleft()]
        self._known[number] = hash(raw)
        self._order.append(number)
