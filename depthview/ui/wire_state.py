"""Where somebody stands in the wire view: following, or held at an entry, and what is looked for. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from depthview.views.frames import WireFilter, WireRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.frames import WireRow, WireView


class WireState:
    """Changed by keys, and brought to what the log still has by every look."""

    def __init__(self) -> None:
        self.sought = WireFilter()
        self.cursor: int | None = None
        """Serial number of the entry that is held; None while the newest are followed."""
        self._place = 0
        self._rows: tuple[WireRow, ...] = ()
        self._height = 1

    @property
    def held(self) -> bool:
        """Whether an entry is held."""
        return self.cursor is not None

    def request(self, most: int) -> WireRequest:
        """What to ask for to fill so many rows at most, and to be able to move by as many."""
        return WireRequest(2 * max(1, most), self.cursor, self.sought)

    def window(self, view: WireView, height: int) -> tuple[Sequence[WireRow], int | None]:
        """The rows to show in ``height``, and the place of the cursor among them; None while following."""
        self._height = max(1, height)
        rows = self._rows = view.rows
        if self.cursor is None or not rows:
            return rows[-self._height :], None
        at = self._at()
        self.cursor = rows[at].serial
        top = max(0, min(at - self._place, len(rows) - self._height))
        self._place = at - top
        return rows[top : top + self._height], self._place

    def move(self, by: int) -> None:
        """Hold the entry so many rows further down, or further up where below 0."""
        if not self._rows:
            return
        if self.cursor is None:
            at, self._place = len(self._rows) - 1, min(self._height, len(self._rows)) - 1
        else:
            at = self._at()
        to = max(0, min(len(self._rows) - 1, at + by))
        if abs(by) == 1:
            self._place = max(0, min(self._height - 1, self._place + to - at))
        self.cursor = self._rows[to].serial

    def page(self, direction: int) -> None:
        """Hold what lies a page further down, or up."""
        self.move(direction * max(2, self._height - 1))

    def point(self, place: int) -> None:
        """Hold the entry in a row of what is shown."""
        shown = self._shown()
        if 0 <= place < len(shown):
            self.cursor, self._place = shown[place].serial, place

    def follow(self) -> None:
        """Follow the newest again."""
        self.cursor = None

    def next_channel(self, view: WireView, step: int) -> None:
        """Look for the next channel only, or for all again after the last."""
        self.sought = replace(self.sought, channel=_next(self.sought.channel, view.channels, step))

    def next_product(self, view: WireView, step: int) -> None:
        """Look for the next product only."""
        self.sought = replace(self.sought, product=_next(self.sought.product, view.products, step))

    def chosen(self) -> int | None:
        """The entry under the cursor, or the newest one that is shown."""
        if self.cursor is not None:
            return self.cursor
        return self._rows[-1].serial if self._rows else None

    def _at(self) -> int:
        cursor = self.cursor or 0
        return next((at for at, row in enumerate(self._rows) if row.serial >= cursor), len(self._rows) - 1)

    def _shown(self) -> Sequence[WireRow]:
        if self.cursor is None:
            return self._rows[-self._height :]
        top = max(0, self._at() - self._place)
        return self._rows[top : top + self._height]


def _next(present: str, among: Sequence[str], step: int) -> str:
    choices = ["", *among]
    at = choices.index(present) if present in choices else 0
    return choices[(at + step) % len(choices)]
