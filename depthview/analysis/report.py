"""An inspection as text for a person at a terminal of 80 columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from depthview.analysis.statistics import MOST_BOOKS
from depthview.core.fixed_point import text_of
from depthview.core.sequence import Scope
from depthview.core.text import plain_text
from depthview.evidence.inspection.as_json import PERCENTILES
from depthview.evidence.inspection.tables import WIDTH, counted, sized, table
from depthview.session.statistics import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from depthview.analysis.statistics import Moment
    from depthview.evidence.inspection.faults import Fault
    from depthview.evidence.inspection.few import Few, T
    from depthview.evidence.inspection.inspection import Inspection, Note
    from depthview.evidence.inspection.volumes import Volume
    from depthview.evidence.passage import Passage

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
        _products(inspection),
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
    connections = counted(inspection.connections, "connection")
    resyncs = counted(inspection.resyncs, "resync")
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


def _products(inspection: Inspection) -> str:
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
