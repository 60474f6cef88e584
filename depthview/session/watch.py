"""What the passing of time asks for while a connection is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.core.verdict import CROSSED, SILENCE, late_words
from depthview.session.account import duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.coinbase.subscriptions import Subscriptions
    from depthview.session.events import EventLog
    from depthview.session.instant import Instant
    from depthview.session.market import ProductMarket
    from depthview.session.products import Roster
    from depthview.session.recovery import Healing
    from depthview.session.verdicts import Verdicts
    from depthview.session.vigil import Vigil

CROSSED_RESYNC: Final = 1.0
"""Seconds that a book may stay crossed before a new snapshot is asked for."""
STAMPS_FELL: Final = 1.0
"""Seconds by which a stamp is lower than the one before it when the venue's clock was stepped."""
_CROSSED: Final = "best bid above best ask"


@dataclass(frozen=True, slots=True)
class _Open:
    """Something that is wrong by the passing of time alone, and its entry of the log."""

    entry: int
    began: float
    """Monotonic seconds."""


class Watch:
    """Looks at books and connection several times a second, and does what their state asks for."""

    def __init__(
        self,
        instant: Instant,
        subscriptions: Subscriptions,
        roster: Roster,
        vigil: Vigil,
        verdicts: Verdicts,
        healing: Healing,
        events: EventLog,
    ) -> None:
        self._instant = instant
        self._subscriptions = subscriptions
        self._roster = roster
        self._vigil = vigil
        self._verdicts = verdicts
        self._healing = healing
        self._events = events
        self._late: _Open | None = None
        self._oldest = 0.0
        self._reconnect = ""
        self._silence: _Open | None = None
        self._late_beats: _Open | None = None
        self._crossed: dict[str, _Open] = {}
        self.crossings = 0
        """Times that a book was crossed for so long that it was doubted, since the start."""

    def opened(self) -> None:
        """A new connection, on which nothing is wrong yet."""
        self._vigil.opened(self._instant.now, self._instant.unix)
        self._reconnect = ""

    def closed(self) -> int | None:
        """The connection is gone; the log's entry of what has led to it, where there is one."""
        self._vigil.closed()
        self._in_time("until the connection ended")
        leading = self._silence or self._late_beats
        self._silence = self._late_beats = None
        for label in tuple(self._crossed):
            self._uncrossed(label, "until the connection ended")
        return None if leading is None else leading.entry

    def message(self) -> None:
        """A message has come."""
        now = self._instant.now
        if self._silence is not None:
            took = duration(self._vigil.silent_for(now))
            self._events.close(self._silence.entry, f"no message for {took}: they come again")
            self._silence = None
        self._vigil.message(now)

    @property
    def lag(self) -> float:
        """Seconds by which the newest data came late; 0 where that is not known."""
        return self._vigil.age.lag or 0.0

    @property
    def undated(self) -> bool:
        """Whether what is taken in may have waited through a pause, and no measure of the clocks tells how long."""
        return self._vigil.undated

    def wants_stamp(self) -> bool:
        """Whether the stamp of the message that has come is to be read."""
        return not self._vigil.undated and self._vigil.age.wants(self._instant.now)

    def stamped(self, stamp: float) -> None:
        """The message that has come bears this stamp, unix seconds by the venue's clock."""
        age = self._vigil.age
        changed = age.taken(stamp, self._instant.now, self._vigil.begun_at)
        if age.fell > STAMPS_FELL:
            # The venue's clock was set back, or what it sends is old: the next handshake and its frames tell which.
            self._reconnect = f"the venue's timestamps fell back by {age.fell:.0f} s"
        if changed:
            # At once: what the message changes must not be shown under the verdict from before it.
            self.age()
            self._verdicts.judge_all()

    def silence(self) -> None:
        """Have it logged that nothing comes."""
        now = self._instant.now
        if self._silence is None and not self._vigil.paused and self._vigil.silent_for(now) > SILENCE:
            text = f"no message for {SILENCE:.0f} s: books are in doubt until one comes"
            self._silence = _Open(self._events.add(self._instant.unix, "warn", text, is_open=True), now)

    def age(self) -> None:
        """Have it logged that data comes late; the verdict follows from :class:`DataAge`."""
        now, age = self._instant.now, self._vigil.age
        if not age.late or age.lag is None:
            if self._late is not None:
                self._in_time(f"in time again after {duration(now - self._late.began)}")
            return
        self._oldest = max(self._oldest, age.lag)
        text = f"{late_words(self._oldest, queued=age.queued(now))}; books are in doubt, nothing is left out"
        if self._late is None:
            self._late = _Open(self._events.add(self._instant.unix, "warn", text, is_open=True), now)
        else:
            self._events.rewrite(self._late.entry, "warn", text)

    def _in_time(self, how: str) -> None:
        if self._late is not None:
            text = f"data was up to {self._oldest:.1f} s old: {how}, nothing was left out"
            self._events.close(self._late.entry, text)
            self._late, self._oldest = None, 0.0

    def books(self) -> None:
        """Doubt books that stay crossed or that the ticker contradicts."""
        now = self._instant.now
        for market in self._roster.markets():
            self.crossing(market)
            if market.has_book and not market.doubt and market.proof.disagrees(now):
                market.contradictions += 1
                self._verdicts.doubt([market], "the ticker shows another top of the book", "warn", recurring=True)
        for label in self._crossed.keys() - {market.name for market in self._roster.markets()}:
            self._uncrossed(label, "until it was removed")

    def crossings_end(self) -> None:
        """The connection, or the recording, is about to end: judge what is crossed by its age now."""
        for market in self._roster.markets():
            if market.crossed_since is not None:
                self.crossing(market)

    def crossing(self, market: ProductMarket) -> None:
        """Count, log and doubt a crossing by its age now: at a tick, and at whatever may end it."""
        now, label, since = self._instant.now, market.name, market.crossed_since
        known = self._crossed.get(label)
        if since is None or market.doubt:
            if known is not None:
                self._uncrossed(label, f"over after {duration(now - known.began)}")
            return
        if known is None and now - since > CROSSED:
            self.crossings += 1
            market.crossings += 1
            self._verdicts.judge(market)
            entry = self._events.add(self._instant.unix, "warn", _CROSSED, label, is_open=True)
            known = self._crossed[label] = _Open(entry, since)
        if known is not None and now - since > CROSSED_RESYNC:
            del self._crossed[label]
            self._verdicts.doubt([market], _CROSSED, "warn", recurring=True, entry=known.entry)

    def _uncrossed(self, label: str, how: str) -> None:
        self._events.close(self._crossed.pop(label).entry, f"{_CROSSED}: {how}")

    def connection(self) -> None:
        """Subscribe heartbeats again that have stopped, and give up a connection that is not worth keeping."""
        now = self._instant.now
        alarm = self._vigil.watch(now)
        if alarm is not None and alarm.heartbeats_late:
            text = "heartbeats have stopped while data flows: subscribed again"
            self._late_beats = _Open(self._events.add(self._instant.unix, "warn", text, is_open=True), now)
            self._subscriptions.renew_heartbeats()
        overdue = self._subscriptions.overdue(now, self._vigil.busy_until(now))
        if alarm is not None and alarm.reconnect:
            self._reconnect = alarm.reconnect
        elif overdue and self._healing.in_storm:
            # What has been lost is the snapshot itself: a new connection would lose no less.
            self._subscriptions.resync(overdue, anew=True)
        elif overdue:
            self._reconnect = f"no new snapshot of {', '.join(overdue)} within 5 s"

    def heartbeat(self, counters: Iterable[int | None]) -> None:
        """A heartbeat has come."""
        now = self._instant.now
        if self._vigil.heartbeat(counters, now) and self._late_beats is not None:
            took = duration(now - self._late_beats.began)
            text = f"heartbeats stopped while data flowed: subscribed again, they have come back after {took}"
            self._events.close(self._late_beats.entry, text)
            self._late_beats = None

    def take_reconnect(self) -> str:
        """Why the connection must be made anew; empty while it need not. Asking takes the wish back."""
        why, self._reconnect = self._reconnect, ""
        return why
