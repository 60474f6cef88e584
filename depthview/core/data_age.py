"""How old the data is when it is read, by the venue's timestamps. Pure.

The venue stamps each frame by its clock; arrival is measured by this machine's monotonic clock. The lag of a frame is
its arrival minus its stamp minus the difference of the two clocks. That difference is not known, but bounded:

* No frame comes before it was stamped, so it is at most the lowest "arrival minus stamp" of the connection. The first
  frame counts from its first bytes: it is usually a snapshot, and may take long to arrive.
* The ``Date`` of the handshake bounds it from both sides, to half a second and half the round trip. This is the only
  evidence about a connection whose frames are all late.
* The fastest frame is hardly slower than the round trip of the handshake, or than the first frame's answer to the
  request for it.

Two clocks may drift apart, so the bounds widen by 100 ppm. Neither an offset of a clock nor a step of the wall clock
changes a lag. Stamps need not be read from every frame: on one connection they do not decrease, so a lag rises at most
as fast as time passes, and reading one stamp in 50 ms is wrong by at most 50 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core import verdict

if TYPE_CHECKING:
    from depthview.core.clock_offset import Offset

DRIFT: Final = 100e-6
"""Seconds per second by which two clocks may drift apart."""
SAMPLE_EVERY: Final = 0.05
QUEUED_AFTER: Final = 0.5
"""Seconds for which frames must have waited in our own queue before a lag counts as ours."""
_LEAST_TRIP: Final = 0.02
_LEAST_LAG_AT_MOST: Final = 0.5
"""Seconds by which caution may make the fastest frame seem late."""
_DATE_STEP: Final = 0.5
"""Half of the second that a ``Date`` is cut to."""


class DataAge:
    """Measures one connection at a time. All times are monotonic seconds unless a name says otherwise.

    Args:
        recorded: Frames come from a recording. A stamp that repeats the one before is then ignored, since recordings
            made by hand carry the same stamp throughout.
    """

    def __init__(self, *, recorded: bool = False) -> None:
        self._recorded: Final = recorded
        self.lag: float | None = None
        """Seconds by which the newest stamped frame came late; None before the first one."""
        self.late = False
        """Whether the lag is a reason for doubt: from 2 s until it falls below 1 s."""
        self.fell = 0.0
        """Seconds by which the newest stamp is lower than the one before it, as after a step of the venue's clock."""
        self.most_behind = 0.0
        """The maximum of :meth:`behind` when a frame was read, since the start."""
        self._date: tuple[float, float] | None = None
        self._trip: float | None = None
        self._opened_at = 0.0
        self._sampled_at: float | None = None
        self._lowest: float | None = None
        self._lowest_at = 0.0
        self._stamp = self._raw = 0.0
        self._usual: float | None = None
        self._caught_up_at: float | None = None
        self._queued = False

    def opened(self, now: float, unix: float, offset: Offset | None) -> None:
        """Begin a new connection.

        Args:
            now: When it was opened.
            unix: The same moment in unix seconds of this machine.
            offset: By how much this machine's wall clock is ahead of the venue's, by the handshake; None if the
                handshake carried no date.
        """
        self.restart()
        self._opened_at = self._caught_up_at = now
        self._queued = False
        self._trip = None
        if offset is not None:
            middle = offset.ahead + now - unix
            self._date = (middle - offset.uncertainty, middle + offset.uncertainty)
            self._trip = 2 * max(0.0, offset.uncertainty - _DATE_STEP)

    def restart(self) -> None:
        """Forget what was measured, as a clock was stepped or stood still."""
        self.lag, self.late = None, False
        self._date = self._lowest = self._usual = self._sampled_at = None
        self._stamp = 0.0

    def closed(self) -> None:
        """The connection is gone, and with it what was waiting."""
        self.restart()
        self._caught_up_at, self._queued = None, False

    def wants(self, now: float) -> bool:
        """Whether to read the stamp of a frame that is read now."""
        return self.late or self._sampled_at is None or now - self._sampled_at >= SAMPLE_EVERY

    def taken(self, stamp: float, now: float, begun: float | None = None) -> bool:
        """A stamped frame was read; True if :attr:`late` has changed.

        Args:
            stamp: Unix seconds by the venue's clock.
            now: When it had come.
            begun: When its first bytes came, if that was long before; counts only for the first frame.
        """
        self._sampled_at = now
        if self._recorded and stamp == self._stamp:
            return False
        self.fell = max(0.0, self._stamp - stamp)
        self._stamp, raw = stamp, now - stamp
        self._raw = raw
        if self._lowest is None:
            first = now if begun is None else begun
            self._lowest, self._lowest_at, self._usual = first - stamp, now, raw
            wait = max(0.0, first - self._opened_at)
            self._trip = wait if self._trip is None else min(self._trip, wait)
        elif raw < self._lowest + DRIFT * (now - self._lowest_at):
            self._lowest, self._lowest_at = raw, now
        self.lag = max(0.0, raw - self._reference(now))
        self.most_behind = max(self.most_behind, self.behind(now))
        was, self.late = self.late, self.lag >= (verdict.LATE_NO_MORE if self.late else verdict.LATE)
        return self.late is not was

    def received(self) -> None:
        """A frame was read, and more may be waiting."""
        self._queued = True

    def caught_up(self, now: float) -> None:
        """Nothing more is waiting, in our own queue or in the system's."""
        if self._caught_up_at is not None:
            self._caught_up_at, self._queued = now, False
            self._usual = None if self._usual is None else self._raw

    def queued(self, now: float) -> bool:
        """Whether frames have waited to be read for so long that a lag is ours."""
        return self._queued and self._caught_up_at is not None and now - self._caught_up_at >= QUEUED_AFTER

    def behind(self, now: float) -> float:
        """Seconds by which what was read last is behind what has come.

        How much longer frames take than when nothing was waiting, and no more than the time since then.
        """
        if self._caught_up_at is None or self._usual is None:
            return 0.0
        return max(0.0, min(now - self._caught_up_at, self._raw - self._usual))

    def proved(self, now: float) -> bool:
        """Whether the lag is known absolutely: the handshake carried the venue's time, and the stamps agree with it."""
        if self._date is None or self._lowest is None or self._trip is None or self._trip > verdict.LATE:
            return False
        earliest = self._date[0] - DRIFT * (now - self._opened_at)
        return self._lowest + DRIFT * (now - self._lowest_at) >= earliest

    def _reference(self, now: float) -> float:
        """The least difference of the clocks, or the best estimate if the least would make a usual path late.

        The least makes the lag no lower than it is. It also makes the fastest frame seem late by up to a whole round
        trip, and if that exceeded the limit of doubt, no frame could end the doubt.
        """
        assert self._lowest is not None  # noqa: S101  # the caller has set it
        assert self._trip is not None  # noqa: S101  # the caller has set it
        upper = self._lowest + DRIFT * (now - self._lowest_at)
        if self._date is None:
            return upper
        lower, drift = upper - max(_LEAST_TRIP, self._trip), DRIFT * (now - self._opened_at)
        earliest, latest = self._date[0] - drift, self._date[1] + drift
        if upper < earliest:
            # Stamped in the future of that Date, which is then of another clock.
            return upper
        if lower > latest:
            # Even the fastest frame was late.
            return sum(self._date) / 2 + drift
        least, most = max(lower, earliest), min(upper, latest)
        return max(least, min((least + most) / 2, upper - _LEAST_LAG_AT_MOST))
