"""Judges a recording by the session that it drives, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from depthview.analysis.statistics import Books, BoundedList, Latencies, Moment, SequenceReport, Timing, Volume, Volumes
from depthview.coinbase import messages as wire
from depthview.core.sequence import Scope
from depthview.core.text import plain_text
from depthview.errors import MalformedFrame
from depthview.recordings.completeness import WHOLE, Completeness
from depthview.recordings.cursor import RecordedEnd
from depthview.recordings.reader import RecordedEvent, RecordedFrame, RecordingForm
from depthview.session.session import MarketSession

if TYPE_CHECKING:
    from depthview.analysis.output import ProgressLine
    from depthview.analysis.playback import Playback
    from depthview.recordings.cursor import Record

UNREADABLE: Final = "(unreadable)"
ERRORS: Final = "(errors)"
_CHANNELS: Final[dict[type[object], str]] = {
    wire.Book: "l2_data",
    wire.Trades: "market_trades",
    wire.Ticker: "ticker",
    wire.Status: "status",
    wire.Heartbeat: "heartbeats",
    wire.Subscribed: "subscriptions",
    wire.ErrorMessage: ERRORS,
}
_LONGEST_DETAIL: Final = 120


@dataclass(frozen=True, slots=True)
class Note:
    """An event of a recording, or a remark on a frame."""

    moment: Moment
    what: str
    """One line, safe to show."""
    detail: str = ""
    """One line, safe to show."""


class _Channel(msgspec.Struct):
    channel: str = ""


_channel_of: Final = msgspec.json.Decoder(_Channel).decode


class _DecodedSession(MarketSession):
    """A session that keeps the last decoded message, so that it is not decoded twice."""

    message: wire.Message | None = None
    fault: MalformedFrame | None = None
    """Of the last frame, where it cannot be read."""

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: wire.Message | None = None
    ) -> None:
        self.message, self.fault = message, None
        if not binary and message is None:
            try:
                self.message = wire.decode(raw)
            except MalformedFrame as fault:
                self.fault = fault
        super().receive(raw, now, unix, binary=binary, message=self.message)


class Inspection:
    """Judges a recording while it drives :attr:`session`.

    Args:
        form: Bare frames have no time of arrival, and so no latency.
        completeness: What its sequence numbers prove.
    """

    def __init__(self, form: RecordingForm, completeness: Completeness = WHOLE) -> None:
        self.completeness: Final = completeness
        self.session: Final = _DecodedSession(
            (), scope=completeness.scope(Scope.AUTO), sockets=completeness.sockets, passive=True, follow=True
        )
        self.frames = 0
        """Of the venue's; those that depthview made are counted apart."""
        self.made = Volume()
        self.volume = Volume()
        self.channels: Final = Volumes()
        self.products: Final = Volumes()
        self.sequence: Final = SequenceReport(sockets=completeness.sockets, partial=completeness.partial)
        self.timing: Final = Timing()
        self.latencies: Final = Latencies()
        self.books: Final = Books(self.session)
        self.events: Final[BoundedList[Note]] = BoundedList()
        self.bad_frames: Final[BoundedList[Note]] = BoundedList()
        self.refusals: Final[BoundedList[Note]] = BoundedList()
        self.late_heartbeats: Final[BoundedList[Moment]] = BoundedList()
        self.lost: Final[BoundedList[Note]] = BoundedList()
        """Connections that ended before the recording did."""
        self.incidents: Final[BoundedList[Note]] = BoundedList()
        """Marked by the flight recorder."""
        self._timed: Final = form is not RecordingForm.BARE
        self._opened = 0
        self._closing: Note | None = None
        self._late_since: float | None = None

    @property
    def connections(self) -> int:
        """Opened over the recording."""
        return self.session.connection.opened * self.completeness.sockets

    @property
    def resyncs(self) -> int:
        """Recorded requests for new snapshots."""
        return self.session.subscriptions.resyncs

    @property
    def heartbeats_missed(self) -> int:
        """By the steps of their counter."""
        return self.session.liveness.heartbeats_missed

    def stepped(self, record: Record | None, unix: float) -> None:
        """The session has been driven one step.

        Args:
            record: What was handed over; None for a tick.
            unix: Unix seconds of the step.
        """
        if record is None:
            self._ticked(unix)
            return
        if isinstance(record, RecordedEnd):
            self.books.passed(self.frames, unix)
            self.books.finish(self.timing.last_at)
            return
        self.timing.entry(record.at)
        if self.session.connection.opened != self._opened:
            self._begin(record.at)
        if isinstance(record, RecordedEvent):
            self._take_event(record)
        elif record.made:
            self._take_made(record)
        else:
            self._take_frame(record)

    def _take_event(self, event: RecordedEvent) -> None:
        what, detail = plain_text(event.name), plain_text(event.detail, _LONGEST_DETAIL)
        note = Note(Moment(self.frames, event.at), what, detail)
        self.events.add(note)
        if event.name == "closed":
            self._closing = note
            self.timing.closed(self.frames, event.at)
            self.books.passed(self.frames, event.at)
        elif event.name == "incident":
            self.incidents.add(note)

    def _begin(self, at: float) -> None:
        self._opened = self.session.connection.opened
        if self._closing is not None:
            self.lost.add(self._closing)
            self._closing = None
        self._late_since = None
        self.sequence.opened()
        self.timing.opened(at)
        self.books.passed(self.frames, at)

    def _take_made(self, entry: RecordedFrame) -> None:
        """A snapshot that depthview made: without a number, and not counted as the venue's."""
        self.made.add(len(entry.frame))
        message, fault = self.session.message, self.session.fault
        if fault is not None:
            self.bad_frames.add(Note(Moment(self.frames, entry.at), f"made frame: {fault}"))
        elif isinstance(message, wire.Book):
            self.books.taken(message.events, self.frames, entry.at, len(entry.frame), made=True)

    def _take_frame(self, entry: RecordedFrame) -> None:
        self.frames += 1
        frame, at, raw = self.frames, entry.at, entry.frame
        size = len(raw)
        self.volume.add(size)
        self.timing.message(frame, at)
        if entry.binary:
            self._bad(frame, at, size, "not text")
            return
        message, fault = self.session.message, self.session.fault
        if message is None:
            assert fault is not None  # noqa: S101  # it is one or the other
            self._bad(frame, at, size, str(fault))
            if fault.sequence is not None:
                self._number(fault.sequence, frame, at, UNREADABLE, fault.product, None)
            return
        channel = _CHANNELS.get(type(message)) or _named_channel(raw)
        product = wire.product_of(message)
        self.channels.add(channel, size)
        if product:
            self.products.add(product, size)
        if message.timestamp and self._timed:
            published = wire.unix_time(message.timestamp)
            if published is not None:
                self.latencies.add((at - published) * 1000.0)
        number = message.sequence_num
        if number is None or self._number(number, frame, at, channel, product, hash(raw)):
            self._take_content(message, frame, at, size)

    def _number(self, number: int, frame: int, at: float, channel: str, product: str, text: int | None) -> bool:
        """Report a frame's number; returns whether the session has used its content."""
        monitor = self.session.monitor
        self.sequence.observe(number, frame, at, channel, product, text, self.session.findings)
        self.sequence.chosen(Scope.AUTO if monitor.settled else monitor.scope)
        return monitor.applies

    def _take_content(self, message: wire.Message, frame: int, at: float, size: int) -> None:
        match message:
            case wire.Book(events=events):
                self.books.taken(events, frame, at, size, made=False)
            case wire.Trades(events=trade_events):
                for trades in trade_events:
                    self.books.trades(trades.trades)
            case wire.ErrorMessage(message=words):
                self.refusals.add(Note(Moment(frame, at), words))
            case _:
                pass

    def _bad(self, frame: int, at: float, size: int, why: str) -> None:
        self.channels.add(UNREADABLE, size)
        self.bad_frames.add(Note(Moment(frame, at), why))

    def _ticked(self, at: float) -> None:
        self.books.passed(self.frames, at)
        liveness, connection = self.session.liveness, self.session.connection
        # A recording without the heartbeats channel misses none.
        if not connection.is_open or liveness.heartbeat_at is None or liveness.heartbeat_at == self._late_since:
            return
        assert liveness.message_at is not None  # noqa: S101  # it is open
        if liveness.heartbeats_overdue(liveness.message_at):
            self._late_since = liveness.heartbeat_at
            self.late_heartbeats.add(Moment(self.frames, at))


def inspect(playback: Playback, progress: ProgressLine) -> Inspection:
    """Play a recording and judge it.

    Args:
        playback: At its start.
        progress: Cleared at the end.

    Raises:
        RecordingError: Not one entry can be read.
    """
    inspection = Inspection(playback.recording.form, playback.completeness)
    for driver, record in playback.drive(inspection.session, progress):
        inspection.stepped(record, driver.at)
    return inspection


def _named_channel(raw: bytes) -> str:
    """The name of a channel that depthview does not decode."""
    try:
        return plain_text(_channel_of(raw).channel, 32) or UNREADABLE
    except (ValueError, RecursionError):
        return UNREADABLE
