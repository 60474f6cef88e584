"""Events as lines. Pure. All times are by one clock, which the headings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.ui.cells import Line, cut, wrap
from depthview.ui.sections import title
from depthview.ui.words import EVENT_MARKS, clock_text, zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.market import EventView


def event_line(event: EventView, width: int, *, local: bool, named_zone: bool) -> Line:
    """One event in one row; ``named_zone`` says the zone in the row itself."""
    clock = clock_text(event.at, local=local) + (f" {zone(local=local)}" if named_zone else "")
    mark, style = EVENT_MARKS.get(event.level, EVENT_MARKS["note"])
    product = f"{cut(event.product, 18)}: " if event.product else ""
    room = max(0, width - len(clock) - len(mark) - 5 - len(product))
    return (
        (f" {clock}  ", "muted"),
        (mark, style),
        (f"  {product}", "strong"),
        (cut(_text(event), room), _style(event)),
    )


def _text(event: EventView) -> str:
    return f"{event.text}; {event.recording}" if event.recording else event.text


def _style(event: EventView) -> str:
    """Of the text: while an incident lasts its whole line has the colour of its mark, afterwards the mark alone."""
    return EVENT_MARKS[event.level][1] if event.is_open and event.level in EVENT_MARKS else "text"


def event_lines(events: Sequence[EventView], width: int, height: int, *, local: bool) -> list[Line]:
    """The newest events that fit, newest last; a single row has no heading and names its zone itself."""
    if height <= 1:
        return [event_line(event, width, local=local, named_zone=True) for event in events[-1:]]
    shown = events[-(height - 1) :]
    return [
        title("EVENTS", f"newest last, times {zone(local=local)}", width),
        *(event_line(event, width, local=local, named_zone=False) for event in shown),
    ]


def event_column(events: Sequence[EventView], width: int, height: int, *, local: bool) -> list[Line]:
    """The newest events that fit a narrow column, newest first, each in full."""
    newest = events[-max(1, height) :]
    heading = title("EVENTS", f"newest first, times {zone(local=local)}", width)
    return [heading, *event_page(newest, width, local=local)][:height]


def event_page(events: Sequence[EventView], width: int, *, local: bool) -> list[Line]:
    """Every event in full, newest first, long ones on several rows."""
    lines: list[Line] = []
    for event in reversed(events):
        head = event_line(event, width, local=local, named_zone=False)
        indent = sum(len(text) for text, _ in head[:3])
        rows = wrap(_text(event), max(10, width - indent - 1)) or [""]
        lines.append((*head[:3], (rows[0], _style(event))))
        lines += [((" " * indent + row, _style(event)),) for row in rows[1:]]
    return lines or [((" nothing has happened yet", "muted"),)]
