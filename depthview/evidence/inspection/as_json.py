"""An inspection as one JSON document, for scripts. Times are unix seconds, frames are counted from 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from depthview.core.fixed_point import text_of
from depthview.core.text import plain_text
from depthview.core.verdict import Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from depthview.analysis.statistics import Moment
    from depthview.evidence.inspection.faults import Fault
    from depthview.evidence.inspection.few import Few
    from depthview.evidence.inspection.inspection import Inspection, Note
    from depthview.evidence.inspection.sequence import Break, Reading
    from depthview.evidence.inspection.volumes import Volume
    from depthview.evidence.passage import Passage

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def as_json(passage: Passage, inspection: Inspection, faults: Iterable[Fault]) -> str:
    """The document, on one line.

    Args:
        passage: Through the recording, at its end.
        inspection: Of the same, finished.
        faults: Of the same.
    """
    timing, books, sequence = inspection.timing, inspection.books, inspection.sequence
    seconds = timing.seconds
    lists: dict[str, tuple[Few[Any], Callable[[Any], dict[str, Any]]]] = {
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
    document = {
        "file": plain_text(passage.recording.path.name, 255),
        "form": passage.recording.form.value,
        "compressed": passage.recording.compressed,
        "size": passage.size,
        "damage": passage.damage or None,
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
        "bad_rows": inspection.session.bad_rows,
        "heartbeats_missed": inspection.heartbeats_missed,
        **{name: [told(thing) for thing in few] for name, (few, told) in lists.items()},
        "left_out": {name: few.left_out for name, (few, _) in lists.items() if few.left_out},
    }
    return msgspec.json.encode(document).decode() + "\n"


def _products(inspection: Inspection, seconds: float) -> dict[str, dict[str, Any]]:
    accounts = inspection.books.accounts()
    found: dict[str, dict[str, Any]] = {}
    for name, volume in inspection.products.by_name().items():
        found[name] = _volume(volume, seconds)
        account = accounts.get(name)
        if account is not None:
            found[name] |= {
                "snapshots": account.snapshots,
                "updates": account.updates,
                "trades": account.trades,
                "bad_rows": account.bad_rows,
                "crossed": account.crossings,
                "contradicted_by_ticker": account.contradictions,
                "unknown_removals": account.unknown_removals,
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
