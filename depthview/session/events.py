"""The event log: what happened and what was done about it, one entry per incident."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Final, NamedTuple

from depthview.views.market import EventView

_KEPT: Final = 500
_ONE_ENTRY: Final = 10.0
"""Seconds during which events of one kind share an entry."""


class Instant(NamedTuple):
    """One moment by both clocks."""

    now: float
    """Monotonic seconds."""
    unix: float
    """Unix seconds."""


NEVER: Final = Instant(0.0, 0.0)


class EventLog:
    """Bounded; entries can be rewritten while their incident lasts."""

    def __init__(self) -> None:
        self._entries: OrderedDict[int, EventView] = OrderedDict()
        self._next_id = 1
        self._repeated: dict[str, tuple[int, float, int]] = {}

    def add(self, unix: float, level: str, text: str, product: str = "", *, is_open: bool = False) -> int:
        """Add an entry.

        Args:
            unix: Unix seconds.
            level: ``good``, ``note``, ``warn`` or ``bad``.
            text: Safe to show.
            product: Empty for the connection.
            is_open: The incident lasts until :meth:`close`.

        Returns:
            Its id, for :meth:`rewrite` and :meth:`close`.
        """
        event_id = self._next_id
        self._next_id += 1
        self._entries[event_id] = EventView(event_id, unix, level, product, text, is_open)
        while len(self._entries) > _KEPT:
            self._entries.popitem(last=False)
        return event_id

    def rewrite(self, event_id: int, level: str, text: str) -> None:
        """Replace the text of an entry, if it is still kept."""
        entry = self._entries.get(event_id)
        if entry is not None:
            self._entries[event_id] = replace(entry, level=level, text=text)

    def close(self, event_id: int, text: str) -> None:
        """End an incident, which keeps its level, so that it can still be distinguished from good news."""
        entry = self._entries.get(event_id)
        if entry is not None:
            level = entry.level if entry.is_incident else "good"
            self._entries[event_id] = replace(entry, level=level, text=text, is_open=False)

    def recorded(self, event_id: int, words: str) -> None:
        """Note where an incident was recorded, or why it could not be; safe to show."""
        entry = self._entries.get(event_id)
        if entry is not None:
            self._entries[event_id] = replace(entry, recording=words)

    def say(self, kind: str, level: str, text: str, at: Instant) -> None:
        """Log an event that may be frequent: those of one ``kind`` in quick succession share an entry with a count.

        Args:
            kind: Never shown.
            level: As in :meth:`add`.
            text: The newest one's; safe to show.
            at: When it happened.
        """
        event_id, began, times = self._repeated.get(kind, (0, 0.0, 0))
        if times and at.now - began < _ONE_ENTRY:
            self._repeated[kind] = (event_id, began, times + 1)
            self.rewrite(event_id, level, f"{text} ({times + 1} times)")
            return
        self._repeated[kind] = (self.add(at.unix, level, text), at.now, 1)

    @property
    def last_id(self) -> int:
        """The newest entry's id; 0 before the first."""
        return self._next_id - 1

    def since(self, event_id: int) -> tuple[EventView, ...]:
        """The entries after one, oldest first, as far as they are still kept."""
        return tuple(self._entries[n] for n in range(event_id + 1, self._next_id) if n in self._entries)

    def newest(self, count: int) -> tuple[EventView, ...]:
        return tuple(self._entries.values())[-count:]
