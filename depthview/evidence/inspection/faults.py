"""What is wrong with a recording, by kind: what its exit code rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from depthview.core.verdict import CROSSED, SILENCE
from depthview.evidence.inspection.tables import counted

if TYPE_CHECKING:
    from depthview.evidence.inspection.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Fault:
    """So many faults of one kind."""

    kind: str
    count: int
    what: str
    """The kind and the number in words."""


def faults_of(inspection: Inspection, damage: str) -> list[Fault]:
    """The faults of a finished inspection, the worst first; those of the numbers as the session counts them.

    Args:
        inspection: At its end.
        damage: What cut the recording short; empty where nothing did.
    """
    books, session = inspection.books, inspection.session
    tally = session.monitor.total()
    bookless = bool(inspection.completeness.left_out) and not books.snapshots
    silences = inspection.timing.long_silences
    missed = counted(tally.missed, "message")
    found = [
        Fault("gap", tally.gaps, f"{counted(tally.gaps, 'gap')} ({missed} missed)"),
        Fault("reset", tally.resets, counted(tally.resets, "reset")),
        Fault("out of order", tally.out_of_order, f"{tally.out_of_order:,} out of order"),
        Fault("duplicate", tally.duplicates, counted(tally.duplicates, "duplicate")),
        Fault("bad frame", inspection.bad_frames.count, counted(inspection.bad_frames.count, "bad frame")),
        Fault("bad row", session.bad_rows, counted(session.bad_rows, "bad row")),
        Fault("crossed", session.crossings, f"crossed {_times(session.crossings)} over {CROSSED:g} s"),
        Fault("ticker", books.contradictions.count, f"contradicted by the ticker {_times(books.contradictions.count)}"),
        Fault("silence", silences.count, f"{counted(silences.count, 'silence')} over {SILENCE:g} s"),
        Fault(
            "heartbeats",
            inspection.late_heartbeats.count,
            f"heartbeats late {_times(inspection.late_heartbeats.count)}",
        ),
        Fault("refusal", inspection.refusals.count, counted(inspection.refusals.count, "error") + " of the venue's"),
        Fault("connection lost", inspection.lost.count, f"connection lost {_times(inspection.lost.count)}"),
        Fault("damage", int(bool(damage)), f"the file: {damage}"),
        Fault("no snapshot", int(bookless), "no snapshot of a book in it"),
        Fault("empty", int(not inspection.frames), "no frame in it"),
    ]
    return [fault for fault in found if fault.count]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
