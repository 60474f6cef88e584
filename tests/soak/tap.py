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
        self._low: list[int] = []
        self._known: set[int] = set()
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
        if isinstance(number, int):
            self._judge(number)

    def _judge(self, number: int) -> None:
        expected = self._expected
        if expected is None or number >= expected:
            if expected is not None and number > expected:
                self.counts["gaps"] += 1
                self.counts["missed"] += number - expected
                self.jumped.update(range(expected, number))
            self._advance(number)
            return
        self._low = [*[low for low in self._low[-2:] if low < number], number] if self._rises(number) else [number]
        if (number == 0 and expected > 1) or len(self._low) == 3:
            self.counts["resets"] += 1
            self._known.clear()
            self._order.clear()
            self._advance(number)
            return
        self.counts["duplicates" if number in self._known else "out_of_order"] += 1
        self._remember(number)

    def _rises(self, number: int) -> bool:
        return bool(self._low) and number > self._low[-1]

    def _advance(self, number: int) -> None:
        self._low = []
        self._expected = number + 1
        self.in_order.add(number)
        self._remember(number)

    def _remember(self, number: int) -> None:
        if len(self._order) >= _REMEMBERED:
            self._known.discard(self._order.popleft())
        self._known.add(number)
        self._order.append(number)
