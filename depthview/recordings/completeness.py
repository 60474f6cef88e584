"""Whether a recording holds everything that arrived on its connection, so that its sequence numbers prove something.

The venue numbers every message of a connection, whatever its channel or product (observed). A recording of level2
alone, or of one product of several, has gaps that the venue did not make. A recording that depthview wrote is whole. Of
any other the first frames decide, up to ``MOST_FRAMES`` or ``MOST_BYTES``, so that the answer does not depend on the
position of a replay. docs/recordings.md has the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from depthview.core.sequence import Kind, NumberRun, Scope, Tally
from depthview.core.sockets import Sockets
from depthview.core.text import is_product_id
from depthview.errors import RecordingError
from depthview.recordings.reader import RecordedFrame, RecordingForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.recordings.reader import Recording

MOST_FRAMES: Final = 10_000
MOST_BYTES: Final = 64 << 20
_SHOWN_BY: Final = {
    "level2": "l2_data",
    "market_trades": "market_trades",
    "ticker": "ticker",
    "ticker_batch": "ticker_batch",
    "candles": "candles",
    "heartbeats": "heartbeats",
    "status": "status",
}
"""Channels that send soon after they are subscribed (observed): name in an acknowledgement, name in frames."""
_DENSE_GAPS: Final = 20
_DENSE_SHARE: Final = 0.1
"""Gaps, and their share of the frames, beyond which they are no losses."""
_BEATS_WITHIN: Final = 10.0
"""Seconds within which a heartbeat comes, if they are subscribed: there is one per second."""
_ACKNOWLEDGED_WITHIN: Final = 10.0
"""Seconds from the first frame within which subscriptions are acknowledged, in messages one or two at a time."""
_INTERLEAVED: Final = 3
"""Frames of each connection, and changes from one to another, that show two of them in one file."""
_MOST_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Completeness:
    """What a recording's sequence numbers prove."""

    left_out: tuple[str, ...] = ()
    """Channels and products that were subscribed and not recorded; empty for a whole recording."""
    numbered: bool = True
    """Whether any frame has a number."""
    sockets: int = 1
    """Connections that it holds at once."""
    first_at: float = field(default=0.0, compare=False)
    """Unix seconds of the first entry, if it is partial."""

    def scope(self, asked: Scope) -> Scope:
        """The scope for a session that the recording drives, given the one that the user chose."""
        return Scope.NONE if asked is Scope.AUTO and self.partial else asked

    @property
    def partial(self) -> bool:
        return bool(self.left_out) or not self.numbered

    @property
    def words(self) -> str:
        """A sentence on a partial recording; empty for a whole one."""
        if not self.partial:
            return ""
        if not self.numbered:
            return "partial recording (left out: sequence numbers): they prove nothing here"
        named = ", ".join(self.left_out[:_MOST_NAMED]) + (", ..." if len(self.left_out) > _MOST_NAMED else "")
        return f"partial recording (left out: {named}): sequence numbers prove nothing here"


WHOLE: Final = Completeness()


class _Row(msgspec.Struct, gc=False):
    product_id: Any = ""


class _Event(msgspec.Struct, gc=False):
    product_id: Any = ""
    trades: list[_Row] | None = None
    tickers: list[_Row] | None = None
    candles: list[_Row] | None = None
    subscriptions: dict[str, list[str]] | None = None


class _Frame(msgspec.Struct, gc=False):
    channel: Any = ""
    sequence_num: Any = None
    events: list[_Event] = msgspec.field(default_factory=list)


_decode: Final = msgspec.json.Decoder(_Frame).decode


@dataclass(slots=True)
class _Found:
    numbers: list[tuple[int, str, float]] = field(default_factory=list)
    """Of each numbered frame, with its product and the unix seconds of its arrival."""
    frames: int = 0
    first_at: float = 0.0
    """Unix seconds of the first entry."""
    channels: set[str] = field(default_factory=set)
    products: set[str] = field(default_factory=set)
    subscribed: dict[str, set[str]] = field(default_factory=dict)
    """Products by channel, over all acknowledgements."""

    def add(self, frame: _Frame, at: float) -> None:
        self.frames += 1
        names: set[str] = set()
        for event in frame.events:
            rows = event.trades or event.tickers or event.candles or ()
            names.update(
                name for name in (event.product_id, *(row.product_id for row in rows)) if isinstance(name, str)
            )
            for channel, products in (event.subscriptions or {}).items():
                if channel in _SHOWN_BY:
                    self.subscribed.setdefault(channel, set()).update(filter(is_product_id, products))
        names.discard("")
        self.products |= names
        if isinstance(frame.channel, str):
            self.channels.add(frame.channel)
        number = frame.sequence_num
        if isinstance(number, int) and not isinstance(number, bool):
            self.numbers.append((number, names.pop() if len(names) == 1 else "", at))


def completeness_of(recording: Recording) -> Completeness:
    """Judge a recording by its first frames, in 0.1 s for 10,000 small ones.

    A record that cannot be read ends this without an error: reading the recording reports it.
    """
    own = recording.form is RecordingForm.OWN
    found = _found(recording, until_numbered=own)
    if not found.numbers:
        return Completeness(numbered=not found.frames, first_at=found.first_at)
    return WHOLE if own else _judged(found)


def _found(recording: Recording, *, until_numbered: bool) -> _Found:
    found, size, entries = _Found(), 0, 0
    try:
        for entry in recording:
            found.first_at = found.first_at or entry.at
            entries += 1
            if isinstance(entry, RecordedFrame):
                size += len(entry.frame)
                _add(found, entry)
            if entries >= MOST_FRAMES or size > MOST_BYTES or (until_numbered and found.numbers):
                break
    except RecordingError:
        pass
    return found


def _add(found: _Found, entry: RecordedFrame) -> None:
    if entry.binary or entry.made:
        return
    try:
        found.add(_decode(entry.frame), entry.at)
    except (ValueError, RecursionError):
        found.frames += 1


def _judged(found: _Found) -> Completeness:
    whole = _read(("", number, at) for number, _, at in found.numbers)
    single = _read((product, number, at) for number, product, at in found.numbers)
    best = min(whole, single, key=lambda reading: reading.breaks)
    if not best.breaks:
        return WHOLE
    sockets = _sockets(found, best)
    if sockets > 1:
        return Completeness(sockets=sockets)
    return Completeness(_left_out(found, best), first_at=found.first_at) if best.tally.gaps else WHOLE


@dataclass(slots=True)
class _Reading:
    tally: Tally = field(default_factory=Tally)
    longest: float = 0.0
    """Seconds of the longest time without a break."""
    widest: int = 0
    """Numbers that are missing in the widest gap."""
    last_gap_at: float = 0.0
    """Unix seconds."""

    @property
    def breaks(self) -> int:
        tally = self.tally
        return tally.gaps + tally.duplicates + tally.out_of_order + tally.resets


def _read(numbers: Iterable[tuple[str, int, float]]) -> _Reading:
    runs: dict[str, NumberRun] = {}
    reading, since = _Reading(), None
    for run, number, at in numbers:
        seen = runs.setdefault(run, NumberRun()).observe(number)
        reading.tally.add(seen)
        if seen.kind is Kind.GAP:
            reading.widest, reading.last_gap_at = max(reading.widest, seen.missed), at
        since = at if since is None or not seen.in_sequence else since
        reading.longest = max(reading.longest, at - since)
    return reading


def _sockets(found: _Found, best: _Reading) -> int:
    """Connections whose interleaved runs explain the numbers; 1 where they do not."""
    if best.breaks - best.tally.gaps < _INTERLEAVED:
        return 1
    sockets, breaks, changes, before = Sockets(), 0, 0, None
    for number, product, _ in found.numbers:
        run, seen = sockets.observe(number, product)
        breaks += not seen.in_sequence
        changes += before is not None and run is not before
        before = run
    runs = sockets.runs
    if len(runs) < 2 or breaks * 50 > len(found.numbers):
        return 1
    return len(runs) if min(changes, *(run.frames for run in runs)) >= _INTERLEAVED else 1


def _left_out(found: _Found, best: _Reading) -> tuple[str, ...]:
    """What was not recorded; empty where the gaps are losses."""
    subscribed = found.subscribed
    absent = {name for name, shown in _SHOWN_BY.items() if name in subscribed and shown not in found.channels}
    if not subscribed and "heartbeats" not in found.channels:
        # Acknowledgements and heartbeats have numbers too: a file with neither may hold a part of what came.
        absent.add("heartbeats")
    if best.longest > _BEATS_WITHIN:
        # They would have interrupted it.
        absent.discard("heartbeats")
    channels = sorted(absent, key=lambda name: (name != "heartbeats", name))
    products = sorted(set().union(*subscribed.values()) - found.products)
    if channels or products:
        return (*channels, *products)
    at_the_start = best.last_gap_at - found.first_at <= _ACKNOWLEDGED_WITHIN
    if not subscribed and found.numbers[0][0] == 0 and at_the_start and best.tally.missed > 1 and best.widest <= 2:
        # Every connection begins with acknowledgements (observed): those of this one are what is missing.
        return ("subscriptions",)
    if best.tally.gaps >= _DENSE_GAPS and best.tally.gaps >= _DENSE_SHARE * len(found.numbers):
        return ("other channels or products",)
    return ()
