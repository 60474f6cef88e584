"""Stands between a feed and its session, and keeps what passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from depthview.core.clock_offset import to_detail

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock
    from depthview.coinbase.messages import Message
    from depthview.coinbase.requests import Request
    from depthview.core.clock_offset import Offset
    from depthview.session.session import MarketSession
    from depthview.wire_log import Logged, WireLog


class Witness(Protocol):
    """Is told of everything that passed, once the session has taken it in."""

    def passed(self, entry: Logged) -> None:
        """Something came, went or happened."""

    def ticked(self, now: float, unix: float) -> None:
        """Time has passed."""


class WireTap:
    """Hands everything on to the session, and then to the log. See :class:`depthview.wire_log.FrameSink`.

    Args:
        session: Takes frames in and says what to send.
        log: Keeps them.
        witness: Told of them too; None for nobody.
        place: In a replay, how many entries of the recording have been handed over, the present one with them.
        clock: In a replay, the recording's.
    """

    def __init__(
        self,
        session: MarketSession,
        log: WireLog,
        witness: Witness | None = None,
        place: Callable[[], int] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._session = session
        self._log = log
        self._witness = witness
        self._place = place
        self._now = self._unix = 0.0
        self._clock = clock
        self._elsewhere = False
        self._offset: Offset | None = None
        self._receiving = False
        self._meanwhile: list[str] = []
        """What the session has done while it took in a frame, which comes first."""

    def restored(self) -> None:
        """The session is as it was elsewhere in the recording: the log has to follow."""
        self._elsewhere = True

    def follow(self) -> None:
        """Have in the log what belongs before the place where a replay stands."""
        if self._elsewhere and self._place is not None:
            self._elsewhere = False
            self._log.stand_at(self._place())

    def connecting(self, now: float) -> None:
        """See :meth:`MarketSession.connecting`."""
        self._session.connecting(now)

    def clock_measured(self, offset: Offset | None) -> None:
        """See :meth:`MarketSession.clock_measured`."""
        self._offset = offset
        self._session.clock_measured(offset)

    def opened(self, now: float, unix: float) -> None:
        """A connection is open."""
        self._session.opened(now, unix)
        self._happened("opened", now, unix, "" if self._offset is None else to_detail(self._offset))

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """The connection is gone, or could not be made."""
        was_open = self._session.connection.is_open
        self._session.closed(now, unix, why, next_try_at)
        if was_open or self._place is not None:
            self._happened("closed", now, unix, why)
        elif self._witness is not None:
            self._witness.ticked(now, unix)

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """A recording is over."""
        self._session.ended(now, unix, detail)
        self._happened("end of the recording", now, unix, detail)

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed by a fault of ours."""
        self._session.crashed(now, unix, what)
        self._happened("crashed", now, unix, what)

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        """A frame came; ``message`` is what was read in it already, if anything."""
        self._now, self._unix = now, unix
        monitor = self._session.monitor
        before = monitor.frame
        self._receiving = True
        try:
            self._session.receive(raw, now, unix, binary=binary, message=message)
        finally:
            self._receiving = False
            # Where that has failed by a fault of ours, this frame is the one to look at.
            numbered = monitor.frame != before
            log = self._log
            place = monitor.frame if numbered else -1
            entry = log.arrived(raw, now, unix, place, binary=binary, stand=self._stand())
            if numbered:
                log.judged(self._session.findings, place)
            if self._witness is not None:
                self._witness.passed(entry)
            while self._meanwhile:
                self._happened(self._meanwhile.pop(0), now, unix)

    def caught_up(self, now: float) -> None:
        """See :meth:`MarketSession.caught_up`."""
        self._session.caught_up(now)

    def part_came(self, size: int, now: float) -> None:
        """See :meth:`MarketSession.part_came`."""
        self._session.part_came(size, now)

    def replayed(self, event: str) -> None:
        """A recording has an event here that is no frame."""
        self._session.replayed(event)
        now, unix = (self._now, self._unix) if self._clock is None else (self._clock.monotonic(), self._clock.unix())
        self._happened(event, now, unix)

    def tick(self, now: float, unix: float) -> None:
        """Time has passed."""
        self._now, self._unix = now, unix
        before = self._session.findings
        self._session.tick(now, unix)
        if self._session.findings is not before:
            self._log.judged(self._session.findings, self._session.monitor.frame)
        if self._witness is not None:
            self._witness.ticked(now, unix)

    def drain(self, now: float) -> list[Request]:
        """What to send now."""
        return self._session.drain(now)

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """It has been sent, with a token of so many seconds left and so many in all."""
        self._session.sent(request, now, token)
        at = self._unix + max(0.0, now - self._now)
        entry = self._log.sent(request, now, at, None if token is None else token[0])
        if self._witness is not None:
            self._witness.passed(entry)

    def happened(self, event: str) -> None:
        """The session has done something that recordings tell of, such as ``resync``."""
        if self._receiving:
            self._meanwhile.append(event)
        else:
            self._happened(event, self._now, self._unix)

    def good_for(self) -> float:
        """See :meth:`MarketSession.good_for`."""
        return self._session.good_for()

    def take_reconnect(self) -> str:
        """See :meth:`MarketSession.take_reconnect`."""
        return self._session.take_reconnect()

    def _stand(self) -> int:
        if self._place is None:
            return 0
        stand = self._place()
        if self._elsewhere:
            self._elsewhere = False
            self._log.stand_at(stand - 1)
        return stand

    def _happened(self, name: str, now: float, unix: float, detail: str = "") -> None:
        self._now, self._unix = now, unix
        entry = self._log.happened(name, now, unix, detail, stand=self._stand())
        if self._witness is not None:
            self._witness.passed(entry)
