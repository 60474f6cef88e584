"""The JSON document that ``inspect`` reports, and the faults that its exit code rests on.

Times are unix seconds; frames are counted from 1. The text for a terminal is laid out from the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depthview.core.fixed_point import text_of
from depthview.core.text import plain_text, plural
from depthview.core.verdict import CROSSED, SILENCE, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from depthview.analysis.inspect import Inspection, Note
    from depthview.analysis.playback import Playback
    from depthview.analysis.statistics import BoundedList, Break, Moment, Reading, Volume

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def document_of(playback: Playback, inspection: Inspection, faults: Iterable[Fault]) -> dict[str, Any]:
    timing, books, sequence = inspection.timing, inspection.books, inspection.sequence
    seconds = timing.seconds
    lists: dict[str, tuple[BoundedList[Any], Callable[[Any], dict[str, Any]]]] = {
        "incidents": (inspection.incidents, lambda i: {**_moment(i.moment), "what": i.detail}),
        "snapshots": (
            books.snapshots,
            lambda s: {**_moment(s.moment), "bids": s.bids, "asks": s.asks, "bytes": s.size, "made": s.made},
        ),
        "crossed": (
            books.crossings,
            lambda c: {
                **_moment(c.moment),
                "seconds": _rounded(c.seconds),
                "bid": text_of(c.bid),
                "ask": text_of(c.ask),
            },
        ),
        "contradicted_by_ticker": (books.contradictions, _moment),
        "silences": (
            timing.long_silences,
            lambda s: {"after_frame": s.frame, "at": _rounded(s.at), "seconds": _rounded(s.seconds)},
        ),
        "heartbeats_late": (inspection.late_heartbeats, _moment),
        "bad_frames": (inspection.bad_frames, _note),
        "errors": (inspection.refusals, _note),
        "events": (inspection.events, _note),
    }
    return {
        "file": plain_text(playback.recording.path.name, 255),
        "form": playback.recording.form.value,
        "compressed": playback.recording.compressed,
        "size": playback.size,
        "damage": playback.damage or None,
        "clean": not faults,
        "proof": (Proof.PARTIAL if inspection.completeness.partial else Proof.FULL).value,
        "not_recorded": list(map(plain_text, inspection.completeness.left_out)),
        "faults": [{"kind": fault.kind, "count": fault.count, "what": fault.what} for fault in faults],
        "frames": inspection.frames,
        "made_frames": inspection.made.frames,
        "bytes": inspection.volume.bytes,
        "seconds": _rounded(seconds),
        "from": None if timing.first_at is None else _rounded(timing.first_at),
        "to": None if timing.first_at is None else _rounded(timing.last_at),
        "connections": inspection.connections,
        "resyncs": inspection.resyncs,
        "rate": {**_rate(inspection.volume, seconds), "busiest_second": timing.busiest},
        "sequence": {
            "better": sequence.better.value,
            "decided": sequence.decided,
            "numbered": sequence.numbered,
            "connection": _reading(sequence.connection),
            "product": _reading(sequence.product),
        },
        "channels": {name: _volume(volume, seconds) for name, volume in inspection.channels.by_name().items()},
        "products": _products(inspection, seconds),
        "latency_ms": _latencies(inspection),
        "largest_silence": None
        if timing.largest is None
        else {
            "seconds": _rounded(timing.largest.seconds),
            "after_frame": timing.largest.frame,
            "at": _rounded(timing.largest.at),
        },
        "bad_rows": inspection.session.statistics.bad_rows,
        "heartbeats_missed": inspection.heartbeats_missed,
        **{name: [fields(item) for item in items] for name, (items, fields) in lists.items()},
        "left_out": {name: items.left_out for name, (items, _) in lists.items() if items.left_out},
    }


def _products(inspection: Inspection, seconds: float) -> dict[str, dict[str, Any]]:
    by_product = inspection.books.by_product()
    found: dict[str, dict[str, Any]] = {}
    for name, volume in inspection.products.by_name().items():
        found[name] = _volume(volume, seconds)
        statistics = by_product.get(name)
        if statistics is not None:
            found[name] |= {
                "snapshots": statistics.snapshots,
                "updates": statistics.updates,
                "trades": statistics.trades,
                "bad_rows": statistics.bad_rows,
                "crossed": statistics.crossings,
                "contradicted_by_ticker": statistics.contradictions,
                "unknown_removals": statistics.unknown_removals,
            }
    return found


def _reading(reading: Reading) -> dict[str, Any]:
    tally = reading.tally
    return {
        "gaps": tally.gaps,
        "missed": tally.missed,
        "duplicates": tally.duplicates,
        "out_of_order": tally.out_of_order,
        "resets": tally.resets,
        "breaks": [_break(found) for found in reading.breaks],
        "breaks_left_out": reading.breaks.left_out,
    }


def _break(found: Break) -> dict[str, Any]:
    return {
        "kind": found.kind.value,
        "frame": found.frame,
        "at": _rounded(found.at),
        "from": found.before,
        "to": found.number,
        "missed": found.missed,
        "channel": found.channel,
        "product": plain_text(found.product) or None,
    }


def _volume(volume: Volume, seconds: float) -> dict[str, Any]:
    return {"frames": volume.frames, "bytes": volume.bytes, **_rate(volume, seconds)}


def _rate(volume: Volume, seconds: float) -> dict[str, Any]:
    return {
        "frames_per_second": round(volume.frames / seconds, 3) if seconds else None,
        "bytes_per_second": round(volume.bytes / seconds) if seconds else None,
    }


def _latencies(inspection: Inspection) -> dict[str, Any] | None:
    found = inspection.latencies.percentiles(0.0, *PERCENTILES.values(), 1.0)
    if found is None:
        return None
    figures = dict(zip(("least", *PERCENTILES, "most"), (round(ms, 1) for ms in found), strict=True))
    return {"frames": inspection.latencies.count, **figures}


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "frame": moment.frame,
        "at": _rounded(moment.at),
        **({"product": plain_text(moment.product)} if moment.product else {}),
    }


def _note(note: Note) -> dict[str, Any]:
    return {**_moment(note.moment), "what": note.what, **({"detail": note.detail} if note.detail else {})}


def _rounded(seconds: float) -> float:
    return round(seconds, 6)


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
    tally, counts = session.monitor.total(), session.statistics
    bookless = bool(inspection.completeness.left_out) and not books.snapshots
    silences = inspection.timing.long_silences
    missed = plural(tally.missed, "message")
    found = [
        Fault("gap", tally.gaps, f"{plural(tally.gaps, 'gap')} ({missed} missed)"),
        Fault("reset", tally.resets, plural(tally.resets, "reset")),
        Fault("out of order", tally.out_of_order, f"{tally.out_of_order:,} out of order"),
        Fault("duplicate", tally.duplicates, plural(tally.duplicates, "duplicate")),
        Fault("bad frame", inspection.bad_frames.count, plural(inspection.bad_frames.count, "bad frame")),
        Fault("bad row", counts.bad_rows, plural(counts.bad_rows, "bad row")),
        Fault("crossed", counts.crossings, f"crossed {_times(counts.crossings)} over {CROSSED:g} s"),
        Fault("ticker", books.contradictions.count, f"contradicted by the ticker {_times(books.contradictions.count)}"),
        Fault("silence", silences.count, f"{plural(silences.count, 'silence')} over {SILENCE:g} s"),
        Fault(
            "heartbeats",
            inspection.late_heartbeats.count,
            f"heartbeats late {_times(inspection.late_heartbeats.count)}",
        ),
        Fault("refusal", inspection.refusals.count, plural(inspection.refusals.count, "error") + " from the venue"),
        Fault("connection lost", inspection.lost.count, f"connection lost {_times(inspection.lost.count)}"),
        Fault("damage", int(bool(damage)), f"the file: {damage}"),
        Fault("no snapshot", int(bookless), "no snapshot of a book"),
        Fault("empty", int(not inspection.frames), "no frame"),
    ]
    return [fault for fault in found if fault.count]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
