"""The event log: what happened, and what was done about it, one entry an incident."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from depthview.view import EventView

_KEPT: Final = 500


class EventLog:
    """Bounded; entries can be rewritten while their incident lasts."""

    def __init__(self) -> None:
        self._entries: OrderedDict[int, EventView] = OrderedDict()
        self._next_id = 1

    def add(self, at: float, level: str, text: str, product: str = "") -> int:
        """A new entry.

        Args:
            at: Unix seconds.
            level: ``good``, ``note``, ``warn`` or ``bad``.
            text: Safe to show.
            product: Whom it concerns; empty for the connection.

        Returns:
            Its id, for :meth:`rewrite`.
        """
        event_id = self._next_id
        self._next_id += 1
        self._entries[event_id] = EventView(event_id, at, level, product, text)
        while len(self._entries) > _KEPT:
            self._entries.popitem(last=False)
        return event_id

    def rewrite(self, event_id: int, level: str, text: str) -> None:
        """Say how an incident went on; nothing happens where the entry has been pushed out."""
        entry = self._entries.get(event_id)
        if entry is not None:
            self._entries[event_id] = EventView(event_id, entry.at, level, entry.product, text)

    def newest(self, count: int) -> tuple[EventView, ...]:
        """The last ``count`` entries, newest last."""
        return tuple(self._entries.values())[-count:]


@dataclass(slots=True)
class Incident:
    """Lost trust that waits for new snapshots."""

    event_id: int
    cause: str
    began: float
    """Monotonic seconds."""
    waiting: set[str] = field(default_factory=set)
    """Products whose new snapshot has not come."""
    books: int = 0
    """How many books it concerned."""
