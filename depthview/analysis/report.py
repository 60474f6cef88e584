"""An inspection as text for 80 columns and as one JSON document, and the faults that its exit code rests on.

Times in the JSON are unix seconds; frames are counted from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import msgspec

from depthview.analysis.statistics import MOST_BOOKS
from depthview.core.fixed_point import text_of
from depthview.core.sequence import Scope
from depthview.core.text import duration, plain_text, plural
from depthview.core.verdict import CROSSED, SILENCE, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from depthview.analysis.inspect import Inspection, Note
    from depthview.analysis.output import Passage
    from depthview.analysis.statistics import Break, Few, Moment, Reading, T, Volume

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
        "bad_rows": inspection.session.statistics.bad_rows,
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


WIDTH: Final = 80
"""Columns of the narrowest terminal that the text is made for; what does not fit there is cut, last column first."""
_APART: Final = "  "
_UNITS: Final = ("kB", "MB", "GB", "TB")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> str:
    """Headings and rows, each column as wide as its widest cell.

    Args:
        headings: One a column.
        rows: As many cells each.
        sides: ``<`` or ``>`` a column: on which side its cells stand.
    """
    columns = list(zip(headings, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    lines = [
        _APART.join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in (headings, *rows)
    ]
    return "\n".join(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in lines)


def sized(count: float) -> str:
    """So many bytes, such as ``412 B``, ``8.4 MB`` or ``1.02 GB``."""
    if count < 1_000:
        return f"{count:.0f} B"
    for unit in _UNITS:
        count /= 1_000
        if count < 999.5 or unit == _UNITS[-1]:
            break
    return f"{count:,.2f} {unit}" if count < 10 else f"{count:,.1f} {unit}" if count < 100 else f"{count:,.0f} {unit}"


_LISTED: Final = 20
_LONGEST_WHAT: Final = 60
_LONGEST_INCIDENT: Final = 110
_LONGEST_NAME: Final = 18
_LABEL: Final = 11


def as_text(passage: Passage, inspection: Inspection, faults: Sequence[Fault]) -> str:
    """The whole report.

    Args:
        passage: Through the recording, at its end.
        inspection: Of the same, finished.
        faults: Of the same.
    """
    timing = inspection.timing
    face = _Face(timing.first_at or 0.0, timing.last_at)
    sections = [
        _verdict(passage, inspection, faults),
        _incidents(inspection, face),
        _overview(passage, inspection, face),
        _numbers(inspection, face),
        _volumes("channel", inspection.channels.by_name(), timing.seconds),
        _product_lines(inspection),
        _lists(inspection, face),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _verdict(passage: Passage, inspection: Inspection, faults: Sequence[Fault]) -> str:
    sequence = inspection.sequence
    name = plain_text(passage.recording.path.name, 60)
    how = f"{passage.recording.form.value}{', gzip' if passage.recording.compressed else ''}, {sized(passage.size)}"
    lines = [f"{name}  ({how})", ""]
    completeness = inspection.completeness
    if completeness.partial:
        lines += wrap(completeness.words.replace("partial recording", "PARTIAL", 1), WIDTH, subsequent_indent="  ")
    elif not faults:
        lines.append(f"CLEAN: no fault; its numbers count per {sequence.better.value}")
    else:
        lines.append(f"FAULTS; its numbers count per {sequence.better.value}")
    return "\n".join([*lines, *(f"  {fault.what}" for fault in faults)])


def _incidents(inspection: Inspection, face: _Face) -> str:
    """What a flight recording was made for."""
    few = inspection.incidents
    listed = islice(few, _LISTED)
    rows = [
        [face.at(note.moment.at), f"{note.moment.frame:,}", plain_text(note.detail, _LONGEST_INCIDENT)]
        for note in listed
    ]
    return table(["incident", "after frame", "what"], rows, "<><") + _rest(few) if rows else ""


def _overview(passage: Passage, inspection: Inspection, face: _Face) -> str:
    timing, seconds = inspection.timing, inspection.timing.seconds
    if timing.first_at is None:
        return _facts({"file": _file_state(passage)})
    rate = f" ({inspection.volume.frames / seconds:,.1f} a second" if seconds else " ("
    made = f", and {inspection.made.frames:,} that depthview made" if inspection.made.frames else ""
    connections = plural(inspection.connections, "connection")
    resyncs = plural(inspection.resyncs, "resync")
    facts = {
        "from": f"{_day_and_time(timing.first_at)} UTC",
        "to": f"{_day_and_time(timing.last_at)} UTC",
        "duration": f"{duration(seconds)}, {connections}, {resyncs}",
        "frames": f"{inspection.frames:,}{rate}, {timing.busiest:,} in the busiest){made}",
        "volume": f"{sized(inspection.volume.bytes)}"
        + (f", {sized(inspection.volume.bytes / seconds)} a second" if seconds else ""),
        "latency": _latency(inspection),
        "silence": "-"
        if timing.largest is None
        else f"{duration(timing.largest.seconds)} at most, after frame {timing.largest.frame:,} "
        f"at {face.at(timing.largest.at)}",
        "heartbeats": f"{inspection.heartbeats_missed:,} missed, by their counter",
        "file": _file_state(passage),
    }
    return _facts(facts)


def _facts(facts: dict[str, str]) -> str:
    return "\n".join(f"{label:<{_LABEL}} {text}" for label, text in facts.items())


def _file_state(passage: Passage) -> str:
    return passage.damage or f"whole, {passage.entries:,} records"


def _latency(inspection: Inspection) -> str:
    found = inspection.latencies.percentiles(0.0, *PERCENTILES.values(), 1.0)
    if found is None:
        return "-"
    parts = zip(("least", *PERCENTILES, "most"), found, strict=True)
    figures = "  ".join(f"{name} {ms:,.1f}" for name, ms in parts)
    return f"{figures} ms\n{'':{_LABEL}} arrival less the venue's stamp; the offset of the clocks is in it"


def _numbers(inspection: Inspection, face: _Face) -> str:
    sequence = inspection.sequence
    rows = []
    for scope, reading in ((Scope.CONNECTION, sequence.connection), (Scope.PRODUCT, sequence.product)):
        tally = reading.tally
        mark = "> " if scope is sequence.better else "  "
        counts = (tally.gaps, tally.missed, tally.duplicates, tally.out_of_order, tally.resets)
        rows.append([f"{mark}per {scope.value}", *(f"{count:,}" for count in counts)])
    why = "> holds better: taken, because the numbers do not tell"
    if sequence.better is Scope.NONE:
        why = "neither proves anything: the recording left messages out"
    elif inspection.completeness.sockets > 1:
        why = f"> holds: {inspection.completeness.sockets} connections at once, told apart by their numbers"
    elif sequence.decided:
        why = "> holds better: the numbers tell so"
    head = table(["numbers", "gaps", "missed", "duplicates", "out of order", "resets"], rows, "<>>>>>")
    breaks = sequence.best.breaks
    text = f"{head}\n{why}"
    if breaks and sequence.better is not Scope.NONE:
        listed = [
            [
                found.kind.value,
                f"{found.frame:,}",
                face.at(found.at),
                "-" if found.before is None else str(found.before),
                str(found.number),
                f"{found.missed:,}" if found.missed else "-",
                plain_text(f"{found.channel} {found.product}".strip(), 26),
            ]
            for found in islice(breaks, _LISTED)
        ]
        headings = ["break", "frame", "time", "from", "to", "missed", "where"]
        text += f"\n\n{table(headings, listed, '<><>>><')}{_rest(breaks)}"
    return text


def _volumes(what: str, volumes: dict[str, Volume], seconds: float) -> str:
    rows = [
        [
            plain_text(name, _LONGEST_NAME),
            f"{volume.frames:,}",
            sized(volume.bytes),
            f"{volume.frames / seconds:,.1f}" if seconds else "-",
            f"{sized(volume.bytes / seconds)}" if seconds else "-",
        ]
        for name, volume in islice(volumes.items(), _LISTED)
    ]
    left = len(volumes) - len(rows)
    more = f"\n  and {left:,} more" if left else ""
    return table([what, "frames", "volume", "frames/s", "volume/s"], rows, "<>>>>") + more if rows else ""


def _product_lines(inspection: Inspection) -> str:
    accounts, volumes = inspection.books.accounts(), inspection.products.by_name()
    rows = []
    for name, volume in islice(volumes.items(), MOST_BOOKS):
        account = accounts.get(name)
        counts = (
            ["-"] * 5
            if account is None
            else [
                f"{count:,}"
                for count in (
                    account.snapshots, account.updates, account.trades, account.bad_rows, account.crossings,
                )
            ]
        )  # fmt: skip
        rows.append([plain_text(name, _LONGEST_NAME), f"{volume.frames:,}", sized(volume.bytes), *counts])
    left = len(volumes) - len(rows)
    more = f"\n  and {left:,} more" if left else ""
    headings = ["product", "frames", "volume", "snapshots", "updates", "trades", "bad rows", "crossed"]
    return table(headings, rows, "<>>>>>>>") + more if rows else ""


def _lists(inspection: Inspection, face: _Face) -> str:
    books, timing = inspection.books, inspection.timing

    def place(moment: Moment) -> list[str]:
        return [f"{moment.frame:,}", face.at(moment.at), plain_text(moment.product, _LONGEST_NAME) or "-"]

    def noted(note: Note) -> list[str]:
        said = f"{note.what}: {note.detail}" if note.detail else note.what
        return [*place(note.moment)[:2], plain_text(said, _LONGEST_WHAT)]

    parts = [
        _list(
            books.snapshots,
            ["snapshot", "time", "product", "bids", "asks", "volume", ""],
            "><<>>><",
            lambda s: [*place(s.moment), f"{s.bids:,}", f"{s.asks:,}", sized(s.size), "made" if s.made else ""],
        ),
        _list(
            books.crossings,
            ["crossed", "time", "product", "bid", "ask", "for"],
            "><<>>>",
            lambda c: [*place(c.moment), text_of(c.bid), text_of(c.ask), duration(c.seconds)],
        ),
        _list(books.contradictions, ["ticker", "time", "product"], "><<", place),
        _list(
            timing.long_silences,
            ["silence", "time", "for"],
            "><>",
            lambda s: [f"{s.frame:,}", face.at(s.at), duration(s.seconds)],
        ),
        _list(inspection.late_heartbeats, ["heartbeats", "time"], "><", lambda m: place(m)[:2]),
        _list(inspection.bad_frames, ["bad frame", "time", "why"], "><<", noted),
        _list(inspection.refusals, ["error", "time", "the venue's words"], "><<", noted),
        _list(inspection.events, ["event", "time", "what"], "><<", noted),
    ]
    return "\n\n".join(part for part in parts if part)


def _list(few: Few[T], headings: Sequence[str], sides: str, row: Callable[[T], list[str]]) -> str:
    """The first column is a frame's number, under the name of what happened at it or, for events, after it."""
    return table(headings, [row(thing) for thing in islice(few, _LISTED)], sides) + _rest(few) if few else ""


def _rest(few: Few[T]) -> str:
    left = few.count - _LISTED
    return f"\n  and {left:,} more; --json lists up to a thousand" if left > 0 else ""


def _day_and_time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


@dataclass(frozen=True, slots=True)
class _Face:
    """Tells times: those of one day without the day, others without the year."""

    first: float
    """Unix seconds."""
    last: float

    def at(self, unix: float) -> str:
        text = _day_and_time(unix)
        same = datetime.fromtimestamp(self.first, UTC).date() == datetime.fromtimestamp(self.last, UTC).date()
        return text.partition(" ")[2] if same else text.partition("-")[2]


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
        Fault("refusal", inspection.refusals.count, plural(inspection.refusals.count, "error") + " of the venue's"),
        Fault("connection lost", inspection.lost.count, f"connection lost {_times(inspection.lost.count)}"),
        Fault("damage", int(bool(damage)), f"the file: {damage}"),
        Fault("no snapshot", int(bookless), "no snapshot of a book in it"),
        Fault("empty", int(not inspection.frames), "no frame in it"),
    ]
    return [fault for fault in found if fault.count]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
