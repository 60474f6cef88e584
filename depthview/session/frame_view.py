"""The frame log as rows: channel, products, event type and number of rows of each frame, decoded when first shown.

No call takes long, whatever is in the log: each decodes a bounded number of frames and bytes, the newest first, and the
next call goes on from there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from depthview.coinbase import messages as wire
from depthview.coinbase.requests import LEVEL2, encode
from depthview.core.sequence import Kind
from depthview.core.text import plain_text
from depthview.errors import MalformedFrame
from depthview.session.frame_log import ConnectionEvent, FrameReceived, RequestSent
from depthview.views.frames import Direction, FrameFilter, FrameLogRow, FrameLogView, LoggedFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from depthview.coinbase.subscriptions import Subscriptions
    from depthview.core.sequence import Observation
    from depthview.session.frame_log import FrameLog, LogEntry
    from depthview.views.frames import FrameLogRequest

ERRORS: Final = "(error)"
UNREADABLE: Final = "(unreadable)"
_WORD: Final = 24
_SAID: Final = 200
_MOST_PRODUCTS: Final = 100
_MOST_KINDS: Final = 3
_MOST_BYTES: Final = 8 << 20
"""Of a frame that is decoded; the largest snapshot has 5 MB (observed)."""


class FrameShape(NamedTuple):
    """A frame in a line."""

    channel: str
    products: tuple[str, ...]
    number: int | None
    what: str
    fault: str = ""
    """``error`` for an error frame, ``bad`` for one that cannot be decoded; else empty."""


class _Named(msgspec.Struct, gc=False):
    product_id: Any = ""
    id: Any = ""


class _Event(msgspec.Struct, gc=False):
    type: Any = ""
    product_id: Any = ""
    updates: list[msgspec.Raw] | None = None
    trades: list[_Named] | None = None
    tickers: list[_Named] | None = None
    candles: list[_Named] | None = None
    products: list[_Named] | None = None
    subscriptions: dict[str, list[str]] | None = None
    heartbeat_counter: Any = None


class _Frame(msgspec.Struct, gc=False):
    channel: str
    events: list[_Event]
    sequence_num: int | None = None


_decode: Final = msgspec.json.Decoder(_Frame).decode


def shape_of(raw: bytes, *, binary: bool) -> FrameShape:
    """What ``raw`` is, whatever it is; never raises. A snapshot of 46,000 rows takes 12 ms (measured)."""
    if binary:
        return FrameShape(UNREADABLE, (), None, "no text", "bad")
    if len(raw) > _MOST_BYTES:
        return FrameShape(_channel(raw), (), None, "too large to decode")
    try:
        frame = _decode(raw)
    except (ValueError, RecursionError):
        return _unusual(raw)
    products: dict[str, None] = {}
    kinds: Counter[str] = Counter()
    for event in frame.events:
        kind, rows = _rows(event)
        kinds[kind] += rows
        names = [event.product_id, *(row.product_id or row.id for row in _lists(event))]
        for name in names:
            if isinstance(name, str) and name and len(products) < _MOST_PRODUCTS:
                products[plain_text(name, _WORD)] = None
    told = [f"{kind} {rows:,}".strip() if rows else kind for kind, rows in list(kinds.items())[:_MOST_KINDS]]
    more = "" if len(kinds) <= _MOST_KINDS else " …"
    return FrameShape(plain_text(frame.channel, _WORD), tuple(products), frame.sequence_num, ", ".join(told) + more)


def _rows(event: _Event) -> tuple[str, int]:
    kind = plain_text(event.type, _WORD) if isinstance(event.type, str) else ""
    if event.subscriptions is not None:
        return kind or "subscriptions", sum(map(len, event.subscriptions.values()))
    if event.heartbeat_counter is not None:
        return kind or f"counter {plain_text(str(event.heartbeat_counter), _WORD)}", 0
    if event.updates is not None:
        return kind, len(event.updates)
    return kind, len(_lists(event))


def _lists(event: _Event) -> list[_Named]:
    return event.trades or event.tickers or event.candles or event.products or []


def _unusual(raw: bytes) -> FrameShape:
    """A frame of an unusual shape: an error, or what the session decodes it to."""
    try:
        message = wire.decode(raw)
    except MalformedFrame as fault:
        return FrameShape(
            UNREADABLE, (fault.product,) if fault.product else (), fault.sequence, str(fault)[:_SAID], "bad"
        )
    if isinstance(message, wire.ErrorMessage):
        return FrameShape(ERRORS, (), None, message.message, "error")
    product = wire.product_of(message)
    return FrameShape(_channel(raw), (product,) if product else (), message.sequence_num, "unusual shape")


class _Channel(msgspec.Struct, gc=False):
    channel: str = ""


_decode_channel: Final = msgspec.json.Decoder(_Channel).decode


def _channel(raw: bytes) -> str:
    try:
        return plain_text(_decode_channel(raw).channel, _WORD) or UNREADABLE
    except (ValueError, RecursionError):
        return UNREADABLE


MOST_SHOWN: Final = 1 << 20
"""Bytes of a frame that can be shown; a snapshot has five times as many."""
_ERROR_CHARS: Final = 4_000
_AT_ONCE: Final = 400
"""Frames decoded in one call."""
_BYTES_AT_ONCE: Final = 6 << 20
_MOST_CHANNELS: Final = 30
"""Offered as a filter; the venue has ten."""
_SPARE: Final = 1_000
"""Decoded rows that may be kept beyond those of the log."""
_ON_THE_WIRE: Final = {LEVEL2: "l2_data"}
"""Channels whose frames have another name than the subscription (documented)."""


class FrameRows:
    """See :class:`depthview.views.frames.FrameLogViews`.

    Args:
        log: The log.
        subscriptions: What is subscribed to.
        passive: Whether it is a replay, in which nothing is requested.
        follow: Brings the log to the place of a replay.
    """

    def __init__(
        self,
        log: FrameLog,
        subscriptions: Callable[[], Subscriptions],
        *,
        passive: bool = False,
        follow: Callable[[], None] = lambda: None,
    ) -> None:
        self._log = log
        self._subscriptions = subscriptions
        self._passive = passive
        self._follow = follow
        self._known: dict[int, FrameLogRow] = {}
        self._channels: set[str] = set()
        self._products: set[str] = set()
        self._left = 0
        self._left_bytes = 0
        self._remarked = log.remarked

    def rest(self) -> None:
        self._known.clear()

    def view(self, request: FrameLogRequest) -> FrameLogView:
        self._follow()
        log, subscriptions = self._log, self._subscriptions()
        entries = list(log.entries)
        self._forget(entries[0].serial if entries else log.last)
        self._left, self._left_bytes = _AT_ONCE, _BYTES_AT_ONCE
        end = len(entries)
        if request.anchor is not None:
            end = min(end, bisect_left(entries, request.anchor, key=lambda entry: entry.serial) + 1)
        before, whole = self._collect(entries, range(end - 1, -1, -1), request)
        behind: list[FrameLogRow] = []
        if request.anchor is not None:
            behind, _ = self._collect(entries, range(end, len(entries)), request)
        rows = (*reversed(before), *behind)
        return FrameLogView(
            rows=rows,
            newest=entries[-1].serial if entries else 0,
            kept=len(entries),
            kept_bytes=log.bytes,
            kept_seconds=entries[-1].at - entries[0].at if entries else 0.0,
            channels=tuple(sorted(self._channels)),
            products=tuple(sorted(self._products)),
            error=None if log.error is None else self._row(log.error, None),
            error_text="" if log.error is None else _text_of(log.error.raw[:_ERROR_CHARS]),
            asked=subscriptions.confirmations.confirmed() if self._passive else subscriptions.confirmations.asked(),
            missing=() if self._passive else subscriptions.confirmations.missing(),
            searching=not whole,
        )

    def frame(self, serial: int) -> LoggedFrame | None:
        entries = list(self._log.entries)
        at = bisect_left(entries, serial, key=lambda entry: entry.serial)
        if at == len(entries) or entries[at].serial != serial:
            return None
        entry = entries[at]
        row = self._row(entry, _frame_before(entries, at))
        match entry:
            case FrameReceived(raw=raw):
                return LoggedFrame(row, _text_of(raw[:MOST_SHOWN]), len(raw) > MOST_SHOWN)
            case RequestSent(request=request):
                return LoggedFrame(row, encode(request, None).decode(), cut=False)
            case ConnectionEvent():
                return LoggedFrame(row, row.what, cut=False)

    def _collect(
        self, entries: Sequence[LogEntry], places: Iterable[int], request: FrameLogRequest
    ) -> tuple[list[FrameLogRow], bool]:
        """Rows of entries that pass the filter, and whether as many entries as needed have been decoded."""
        found: list[FrameLogRow] = []
        for place in places:
            if len(found) == request.rows:
                break
            entry = entries[place]
            row = self._known.get(entry.serial)
            if row is None:
                if self._left <= 0 or self._left_bytes <= 0:
                    return found, False
                row = self._row(entry, _frame_before(entries, place))
                self._known[entry.serial] = row
                self._see(row)
            if _is_sought(row, request.sought):
                found.append(row)
        return found, True

    def _row(self, entry: LogEntry, before: LogEntry | None) -> FrameLogRow:
        match entry:
            case FrameReceived():
                return self._arrived(entry, before)
            case RequestSent(request=request):
                return FrameLogRow(
                    entry.serial, entry.at, Direction.OUT, channel=request.channel, products=request.products,
                    bytes=len(encode(request, None)), what=request.action.value, token_life=entry.token_life,
                )  # fmt: skip
            case ConnectionEvent(name=name, detail=detail):
                what = f"{name}: {detail}" if detail else name
                bad = name in {"closed", "crashed", "incident"}
                return FrameLogRow(
                    entry.serial, entry.at, Direction.NOTE, what=plain_text(what, 300), level="warn" if bad else "note"
                )

    def _arrived(self, entry: FrameReceived, before: LogEntry | None) -> FrameLogRow:
        shape = shape_of(entry.raw, binary=entry.binary)
        self._left -= 1
        self._left_bytes -= len(entry.raw)
        mark, level = "", ""
        if shape.fault:
            mark, level = ("error", "bad") if shape.fault == "error" else ("cannot be read", "warn")
        seen = self._log.judgement(entry)
        if seen is not None:
            mark, level = _numbered(seen)
        return FrameLogRow(
            entry.serial,
            entry.at,
            Direction.IN,
            None if before is None else max(0.0, entry.now - before.now),
            shape.number,
            shape.channel,
            shape.products,
            len(entry.raw),
            shape.what,
            mark,
            level,
        )

    def _see(self, row: FrameLogRow) -> None:
        if row.direction is Direction.IN:
            if len(self._channels) < _MOST_CHANNELS:
                self._channels.add(row.channel)
            if len(self._products) < _AT_ONCE:
                self._products.update(row.products)

    def _forget(self, oldest: int) -> None:
        """Drop rows that the log no longer has, and all of them where a finding concerns an earlier frame."""
        if self._remarked != self._log.remarked:
            self._remarked = self._log.remarked
            self._known.clear()
        elif len(self._known) > len(self._log.entries) + _SPARE:
            self._known = {serial: row for serial, row in self._known.items() if serial >= oldest}


def _frame_before(entries: Sequence[LogEntry], place: int) -> FrameReceived | None:
    for at in range(place - 1, max(-1, place - _SPARE), -1):
        if isinstance(entry := entries[at], FrameReceived):
            return entry
    return None


def _is_sought(row: FrameLogRow, sought: FrameFilter) -> bool:
    if row.direction is Direction.NOTE:
        return True
    if sought.channel and _ON_THE_WIRE.get(row.channel, row.channel) != sought.channel:
        return False
    return not sought.product or sought.product in row.products


def _numbered(seen: Observation) -> tuple[str, str]:
    match seen.kind:
        case Kind.GAP:
            return f"gap of {seen.missed:,}", "warn"
        case Kind.RESET:
            return "numbers fell back", "warn"
        case kind:
            return kind.value, "note"


def _text_of(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
