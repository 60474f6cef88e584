"""One recording under the eye: takes its entries in order and knows at the end what there is to say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from depthview.core.plaintext import plain_text
from depthview.errors import MalformedFrame
from depthview.evidence.inspection.books import Books, Moment
from depthview.evidence.inspection.few import Few
from depthview.evidence.inspection.numbering import Numbering
from depthview.evidence.inspection.timing import Latencies, Timing
from depthview.evidence.inspection.volumes import Volume, Volumes
from depthview.evidence.passage import TICK_SECONDS
from depthview.feed.recording import Form, RecordedEvent, RecordedFrame
from depthview.protocol import decode as wire
from depthview.session.vigil import Vigil

if TYPE_CHECKING:
    from depthview.evidence.passage import Passage
    from depthview.evidence.progress import ProgressLine
    from depthview.feed.recording import Entry

UNREADABLE: Final = "(unreadable)"
ERRORS: Final = "(errors)"
_CHANNELS: Final[dict[type[object], str]] = {
    wire.Book: "l2_data",
    wire.Trades: "market_trades",
    wire.Ticker: "ticker",
    wire.Status: "status",
    wire.Heartbeat: "heartbeats",
    wire.Subscribed: "subscriptions",
    wire.Refusal: ERRORS,
}
_LONGEST_DETAIL: Final = 120


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was said in a recording, or must be said of a frame."""

    moment: Moment
    what: str
    """One line, safe to show."""
    detail: str = ""
    """The same."""


class _Channel(msgspec.Struct):
    channel: str = ""


_channel_of: Final = msgspec.json.Decoder(_Channel).decode


class Inspection:
    """Judges a recording while its entries pass.

    Args:
        form: How it is laid out; bare frames have no times of their own, so that nothing is late in them.
    """

    def __init__(self, form: Form) -> None:
        self.frames = 0
        """That came off the wire; those that were made are apart."""
        self.made = Volume()
        self.volume = Volume()
        self.channels: Final = Volumes()
        self.products: Final = Volumes()
        self.numbering: Final = Numbering()
        self.timing: Final = Timing()
        self.latencies: Final = Latencies()
        self.books: Final = Books()
        self.events: Final[Few[Note]] = Few()
        self.bad_frames: Final[Few[Note]] = Few()
        self.refusals: Final[Few[Note]] = Few()
        self.late_heartbeats: Final[Few[Moment]] = Few()
        self.lost: Final[Few[Note]] = Few()
        """Connections that ended before the recording did."""
        self.incidents: Final[Few[Note]] = Few()
        """That the flight recorder has marked."""
        self.connections = 0
        self.resyncs = 0
        self._timed: Final = form is not Form.BARE
        self._vigil = Vigil()
        self._open = False
        self._closing: Note | None = None
        self._ticked_at = 0.0

    @property
    def heartbeats_missed(self) -> int:
        """By the steps of their counter."""
        return self._vigil.heartbeats_missed

    def take(self, entry: Entry) -> None:
        """The next entry."""
        self.timing.entry(entry.at)
        if isinstance(entry, RecordedEvent):
            self._take_event(entry)
            return
        if not self._open:
            # Foreign recordings do not say when the connection opened; that there are frames says it.
            self._opened(entry.at)
        if entry.at - self._ticked_at >= TICK_SECONDS:
            self._tick(entry.at)
        if entry.made:
            self._take_made(entry)
        else:
            self._take_frame(entry)

    def finish(self) -> None:
        """There is no more to come."""
        self.books.finish(self.timing.last_at)
        self.numbering.finish()

    def _take_event(self, event: RecordedEvent) -> None:
        what, detail = plain_text(event.name), plain_text(event.detail, _LONGEST_DETAIL)
        note = Note(Moment(self.frames, event.at), what, detail)
        self.events.add(note)
        match event.name:
            case "opened":
                self._opened(event.at)
            case "closed":
                self._closing = note
                self._open = False
                self.timing.closed(self.frames, event.at)
                self.books.forget(event.at)
            case "resync":
                self.resyncs += 1
            case "incident":
                self.incidents.add(note)
            case _:
                pass

    def _opened(self, at: float) -> None:
        if self._closing is not None:
            self.lost.add(self._closing)
            self._closing = None
        self._open = True
        self.connections += 1
        self.numbering.opened()
        self.timing.opened(at)
        self._vigil.opened(at)
        self.books.forget(at)

    def _take_made(self, entry: RecordedFrame) -> None:
        """A snapshot of depthview's own, without a number and no message of the venue's."""
        self.made.add(len(entry.frame))
        try:
            message = wire.decode(entry.frame)
        except MalformedFrame as fault:
            self.bad_frames.add(Note(Moment(self.frames, entry.at), f"made frame: {fault}"))
            return
        if isinstance(message, wire.Book):
            for event in message.events:
                self.books.take(event, self.frames, entry.at, len(entry.frame), made=True)

    def _take_frame(self, entry: RecordedFrame) -> None:
        self.frames += 1
        frame, at, raw = self.frames, entry.at, entry.frame
        size = len(raw)
        self.volume.add(size)
        self.timing.message(frame, at)
        self._vigil.message(at)
        if entry.binary:
            self._bad(frame, at, size, "not text")
            return
        try:
            message = wire.decode(raw)
        except MalformedFrame as fault:
            self._bad(frame, at, size, str(fault))
            if fault.sequence is not None:
                self.numbering.observe(fault.sequence, frame, at, UNREADABLE, fault.product)
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
        if number is None or self.numbering.observe(number, frame, at, channel, product):
            self._take_content(message, frame, at, size)

    def _take_content(self, message: wire.Message, frame: int, at: float, size: int) -> None:
        match message:
            case wire.Book(events=events):
                for event in events:
                    self.books.take(event, frame, at, size, made=False)
            case wire.Trades(events=trade_events):
                for trades in trade_events:
                    self.books.trades(trades.trades)
            case wire.Ticker(events=ticker_events):
                for tickers in ticker_events:
                    for row in tickers.tickers:
                        self.books.ticker(row, at)
            case wire.Heartbeat(events=beats):
                self._vigil.heartbeat((beat.counter for beat in beats), at)
            case wire.Refusal(message=words):
                self.refusals.add(Note(Moment(frame, at), words))
            case _:
                pass

    def _bad(self, frame: int, at: float, size: int, why: str) -> None:
        self.channels.add(UNREADABLE, size)
        self.bad_frames.add(Note(Moment(frame, at), why))

    def _tick(self, at: float) -> None:
        self._ticked_at = at
        self.books.tick(self.frames, at)
        # A recording without the heartbeats channel misses none.
        if self._open and self._vigil.heartbeat_at is not None:
            alarm = self._vigil.watch(at)
            if alarm is not None and alarm.heartbeats_late:
                self.late_heartbeats.add(Moment(self.frames, at))


def inspect(passage: Passage, progress: ProgressLine) -> Inspection:
    """Go through a recording once, in memory that does not grow with its length.

    Args:
        passage: Through the recording.
        progress: Shown meanwhile, and gone at the end.

    Raises:
        RecordingError: Not one entry can be read.
    """
    inspection = Inspection(passage.recording.form)
    try:
        for entry in passage.read(progress):
            inspection.take(entry)
    finally:
        progress.clear()
    inspection.finish()
    return inspection


def _named_channel(raw: bytes) -> str:
    """The name of a channel that depthview has no use for."""
    try:
        return plain_text(_channel_of(raw).channel, 32) or UNREADABLE
    except (ValueError, RecursionError):
        return UNREADABLE
