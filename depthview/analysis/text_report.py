"""The report of ``inspect`` as text for 80 columns, laid out from its JSON document."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from depthview.analysis.report import PERCENTILES
from depthview.analysis.statistics import MOST_BOOKS
from depthview.core.sequence import Scope
from depthview.core.text import duration, plain_text, plural
from depthview.core.verdict import Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from depthview.analysis.playback import Playback

_WIDTH: Final = 80
"""Columns of the narrowest terminal that the text is made for; a longer line is cut."""
_COLUMN_GAP: Final = "  "
_UNITS: Final = ("kB", "MB", "GB", "TB")
_LISTED: Final = 20
_LONGEST_WHAT: Final = 60
_LONGEST_INCIDENT: Final = 110
_LONGEST_NAME: Final = 18
_LABEL: Final = 11


def as_text(document: dict[str, Any], playback: Playback) -> str:
    """The whole report.

    Args:
        document: See :func:`depthview.analysis.report.document_of`.
        playback: Through the recording, at its end.
    """
    time = _time_format(document)
    seconds = document["seconds"]
    sections = [
        _verdict(document, playback),
        _list(
            document,
            "incidents",
            ["incident", "after frame", "what"],
            "<><",
            lambda i: [time(i["at"]), f"{i['frame']:,}", plain_text(i["what"], _LONGEST_INCIDENT)],
        ),
        _overview(document, playback, time),
        _sequence(document, playback, time),
        _volumes(document["channels"], "channel", seconds),
        _products(document),
        *_lists(document, time),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _verdict(document: dict[str, Any], playback: Playback) -> str:
    how = f"{document['form']}{', gzip' if document['compressed'] else ''}, {_sized(document['size'])}"
    lines = [f"{plain_text(document['file'], 60)}  ({how})", ""]
    better = document["sequence"]["better"]
    if document["proof"] == Proof.PARTIAL:
        words = playback.completeness.words.replace("partial recording", "PARTIAL", 1)
        lines += wrap(words, _WIDTH, subsequent_indent="  ")
    elif document["clean"]:
        lines.append(f"CLEAN: no fault; numbered per {better}")
    else:
        lines.append(f"FAULTS; numbered per {better}")
    return "\n".join([*lines, *(f"  {fault['what']}" for fault in document["faults"])])


def _overview(document: dict[str, Any], playback: Playback, time: Callable[[float], str]) -> str:
    state = document["damage"] or f"whole, {playback.entries:,} records"
    if document["from"] is None:
        return _facts({"file": state})
    seconds, rate, silence = document["seconds"], document["rate"], document["largest_silence"]
    per_second = f" ({document['frames'] / seconds:,.1f} a second" if seconds else " ("
    made = f", and {document['made_frames']:,} that depthview made" if document["made_frames"] else ""
    connections, resyncs = plural(document["connections"], "connection"), plural(document["resyncs"], "resync")
    volume = _sized(document["bytes"])
    return _facts(
        {
            "from": f"{_day_and_time(document['from'])} UTC",
            "to": f"{_day_and_time(document['to'])} UTC",
            "duration": f"{duration(seconds)}, {connections}, {resyncs}",
            "frames": f"{document['frames']:,}{per_second}, {rate['busiest_second']:,} in the busiest){made}",
            "volume": f"{volume}, {_sized(document['bytes'] / seconds)} a second" if seconds else volume,
            "latency": _latency(document["latency_ms"]),
            "silence": "-" if silence is None else _longest(silence, time),
            "heartbeats": f"{document['heartbeats_missed']:,} missed, by their counter",
            "file": state,
        }
    )


def _longest(silence: dict[str, Any], time: Callable[[float], str]) -> str:
    return f"{duration(silence['seconds'])} at most, after frame {silence['after_frame']:,} at {time(silence['at'])}"


def _facts(facts: dict[str, str]) -> str:
    return "\n".join(f"{label:<{_LABEL}} {text}" for label, text in facts.items())


def _latency(figures: dict[str, Any] | None) -> str:
    if figures is None:
        return "-"
    text = "  ".join(f"{name} {figures[name]:,.1f}" for name in ("least", *PERCENTILES, "most"))
    return f"{text} ms\n{'':{_LABEL}} arrival less the venue's timestamp, clock offset included"


def _sequence(document: dict[str, Any], playback: Playback, time: Callable[[float], str]) -> str:
    sequence = document["sequence"]
    better, sockets = sequence["better"], playback.completeness.sockets
    counts = ("gaps", "missed", "duplicates", "out_of_order", "resets")
    rows = [
        [f"{'>' if scope == better else ' '} per {scope.value}", *(f"{sequence[scope.value][key]:,}" for key in counts)]
        for scope in (Scope.CONNECTION, Scope.PRODUCT)
    ]
    if better == Scope.NONE:
        why = "neither proves anything: the recording lacks messages"
    elif sockets > 1:
        why = f"> holds: {sockets} connections at once, told apart by their numbers"
    elif sequence["decided"]:
        why = "> fits better"
    else:
        why = "> assumed: the numbers do not tell which"
    head = _table(["numbers", *(key.replace("_", " ") for key in counts)], rows, "<>>>>>")
    breaks = [] if better == Scope.NONE else sequence[better]["breaks"]
    if not breaks:
        return f"{head}\n{why}"
    rows = [
        [
            found["kind"],
            f"{found['frame']:,}",
            time(found["at"]),
            "-" if found["from"] is None else str(found["from"]),
            str(found["to"]),
            f"{found['missed']:,}" if found["missed"] else "-",
            plain_text(f"{found['channel']} {found['product'] or ''}".strip(), 26),
        ]
        for found in breaks[:_LISTED]
    ]
    headings = ["break", "frame", "time", "from", "to", "missed", "where"]
    rest = _rest(len(breaks) + sequence[better]["breaks_left_out"])
    return f"{head}\n{why}\n\n{_table(headings, rows, '<><>>><')}{rest}"


def _volumes(volumes: dict[str, dict[str, Any]], what: str, seconds: float) -> str:
    rows = [
        [
            plain_text(name, _LONGEST_NAME),
            f"{volume['frames']:,}",
            _sized(volume["bytes"]),
            f"{volume['frames'] / seconds:,.1f}" if seconds else "-",
            _sized(volume["bytes"] / seconds) if seconds else "-",
        ]
        for name, volume in islice(volumes.items(), _LISTED)
    ]
    return _table([what, "frames", "volume", "frames/s", "volume/s"], rows, "<>>>>") + _more(volumes, rows)


def _products(document: dict[str, Any]) -> str:
    products = document["products"]
    counts = ("snapshots", "updates", "trades", "bad_rows", "crossed")
    rows = [
        [
            plain_text(name, _LONGEST_NAME),
            f"{found['frames']:,}",
            _sized(found["bytes"]),
            *(f"{found[key]:,}" if key in found else "-" for key in counts),
        ]
        for name, found in islice(products.items(), MOST_BOOKS)
    ]
    headings = ["product", "frames", "volume", *(key.replace("_", " ") for key in counts)]
    return _table(headings, rows, "<>>>>>>>") + _more(products, rows)


def _lists(document: dict[str, Any], time: Callable[[float], str]) -> list[str]:
    def place(found: dict[str, Any]) -> list[str]:
        return [f"{found['frame']:,}", time(found["at"]), plain_text(found.get("product", ""), _LONGEST_NAME) or "-"]

    def snapshot(found: dict[str, Any]) -> list[str]:
        rows = [f"{found['bids']:,}", f"{found['asks']:,}"]
        return [*place(found), *rows, _sized(found["bytes"]), "made" if found["made"] else ""]

    def crossing(found: dict[str, Any]) -> list[str]:
        return [*place(found), found["bid"], found["ask"], duration(found["seconds"])]

    def silence(found: dict[str, Any]) -> list[str]:
        return [f"{found['after_frame']:,}", time(found["at"]), duration(found["seconds"])]

    def note(found: dict[str, Any]) -> list[str]:
        said = f"{found['what']}: {found['detail']}" if "detail" in found else found["what"]
        return [*place(found)[:2], plain_text(said, _LONGEST_WHAT)]

    headings = ["snapshot", "time", "product", "bids", "asks", "volume", ""]
    return [
        _list(document, "snapshots", headings, "><<>>><", snapshot),
        _list(document, "crossed", ["crossed", "time", "product", "bid", "ask", "for"], "><<>>>", crossing),
        _list(document, "contradicted_by_ticker", ["ticker", "time", "product"], "><<", place),
        _list(document, "silences", ["silence", "time", "for"], "><>", silence),
        _list(document, "heartbeats_late", ["heartbeats", "time"], "><", lambda found: place(found)[:2]),
        _list(document, "bad_frames", ["bad frame", "time", "why"], "><<", note),
        _list(document, "errors", ["error", "time", "message"], "><<", note),
        _list(document, "events", ["event", "time", "what"], "><<", note),
    ]


def _list(
    document: dict[str, Any],
    key: str,
    headings: Sequence[str],
    alignments: str,
    cells: Callable[[dict[str, Any]], list[str]],
) -> str:
    """A list of the document; the first column is the frame's number, or for events that of the frame before."""
    things = document[key]
    total = len(things) + document["left_out"].get(key, 0)
    return _table(headings, [cells(thing) for thing in things[:_LISTED]], alignments) + _rest(total)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], alignments: str) -> str:
    """Headings and rows, each column as wide as its widest cell; empty without rows.

    Args:
        headings: One per column.
        rows: Each with as many cells.
        alignments: ``<`` or ``>`` per column.
    """
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = [
        _COLUMN_GAP.join(
            f"{cell:{alignment}{width}}" for cell, alignment, width in zip(row, alignments, widths, strict=True)
        ).rstrip()
        for row in (headings, *rows)
    ]
    return "\n".join(line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…" for line in lines)


def _rest(total: int) -> str:
    return f"\n  and {total - _LISTED:,} more; --json lists up to a thousand" if total > _LISTED else ""


def _more(named: dict[str, Any], rows: Sequence[object]) -> str:
    left = len(named) - len(rows)
    return f"\n  and {left:,} more" if left else ""


def _sized(count: float) -> str:
    """So many bytes, such as ``412 B``, ``8.4 MB`` or ``1.02 GB``."""
    if count < 1_000:
        return f"{count:.0f} B"
    for unit in _UNITS:
        count /= 1_000
        if count < 999.5 or unit == _UNITS[-1]:
            break
    return f"{count:,.2f} {unit}" if count < 10 else f"{count:,.1f} {unit}" if count < 100 else f"{count:,.0f} {unit}"


def _time_format(document: dict[str, Any]) -> Callable[[float], str]:
    """Tells times: without the day where all are of one day, else without the year."""
    first, last = (datetime.fromtimestamp(document[key] or 0.0, UTC).date() for key in ("from", "to"))
    separator = " " if first == last else "-"
    return lambda unix: _day_and_time(unix).partition(separator)[2]


def _day_and_time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
