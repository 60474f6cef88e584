"""How trust is lost and regained: the facts that a verdict rests on, and what is done when they do not hold.

A book that is no longer proved is in doubt until its own new snapshot. One incident covers all the books that one cause
has hurt, and is one entry of the log from its beginning to its end; one resync requests all their snapshots, that of
the product in front first.

Two repeats are bounded. A fault that comes back with every snapshot (a row that cannot be applied, a crossed book, a
ticker that contradicts it) is asked about again after 5, 15 and then every 60 s. For all others a snapshot is requested
every 2 to 5 s, and where the numbers keep jumping while nothing else is wrong, the log says that the numbering may have
changed; that alone brings no new connection.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Final

from depthview.core.sequence import Scope
from depthview.core.text import duration, plural
from depthview.core.verdict import CROSSED, SILENCE, Facts, Proof, judge, late_words
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from depthview.coinbase.subscriptions import Subscriptions
    from depthview.core.sequence import SequenceMonitor
    from depthview.core.verdict import Finding
    from depthview.session.connection import Connection
    from depthview.session.events import EventLog
    from depthview.session.liveness import Instant, Vigil
    from depthview.session.products import ProductMarket, Roster
    from depthview.session.statistics import TrustAccount

AGAIN_AFTER: Final = (5.0, 15.0, 60.0)
WITH_ITS_SNAPSHOT: Final = 6.0
"""A doubt that a snapshot should have cured came with it, if it is back within so many seconds; the ticker needs three
and a half to contradict a book."""
STORM_JUMPS: Final = 6
STORM_SECONDS: Final = 10.0
SPACING: Final = (2.0, 2.0, 2.0, 3.0, 5.0)
"""Seconds between two requests, by how often in a row the snapshot was doubted soon after it came."""
SOON: Final = 0.3
"""Seconds after its snapshot. With 35 gaps a minute books were trusted 65 % of the time; 57 % with 1 s here."""


@dataclass(slots=True)
class Incident:
    """Lost trust that waits for new snapshots."""

    event_id: int
    cause: str
    began: float
    """Monotonic seconds."""
    waiting: set[str] = field(default_factory=set)
    """Products whose new snapshot has not come, by the name that their data carries."""
    books: int = 0
    """How many books it concerned."""
    is_fault: bool = True
    """False where a person has asked for new snapshots."""


@dataclass(slots=True)
class _Relapse:
    """How often a doubt that a snapshot should have cured has come back with it."""

    times: int = 0
    treated: bool = False
    """Whether a snapshot is on its way because of such a doubt."""
    cured_at: float | None = None
    """Monotonic seconds of the snapshot that should have cured the last one."""


class Healing:
    """Keeps the incidents, and decides when snapshots are asked for.

    Args:
        events: The log.
        account: Told how long things took.
        ask: Asks for new snapshots of markets, all in one go.
        passive: A replay: nothing can be asked for.
    """

    def __init__(
        self,
        events: EventLog,
        account: TrustAccount,
        ask: Callable[[list[ProductMarket]], None],
        *,
        passive: bool,
    ) -> None:
        self._events = events
        self._account = account
        self._ask = ask
        self._passive: Final = passive
        self._incidents: list[Incident] = []
        self._relapses: dict[str, _Relapse] = {}
        self._later: dict[str, float] = {}
        self._jumps: deque[float] = deque(maxlen=STORM_JUMPS)
        self._storm: int | None = None
        self._storm_event = 0
        self._soon = 0
        """Times in a row that a snapshot was doubted soon after it came."""
        self._asked_at = -inf
        self._snapshot_at = -inf

    def jumped(self, now: float, unix: float) -> None:
        """The numbers have jumped or fallen back."""
        self._jumps.append(now)
        if self._storm is not None:
            self._storm += 1
            return
        if len(self._jumps) == STORM_JUMPS and now - self._jumps[0] <= STORM_SECONDS:
            self._storm = STORM_JUMPS
            self._storm_event = self._events.add(
                unix,
                "bad",
                f"{STORM_JUMPS} jumps within {STORM_SECONDS:.0f} s while messages come steadily: the venue's numbering "
                "may have changed; a new snapshot is requested every "
                f"{SPACING[0]:.0f} to {SPACING[-1]:.0f} s",
                is_open=True,
            )

    def doubt(
        self,
        markets: list[ProductMarket],
        cause: str,
        level: str,
        *,
        now: float,
        unix: float,
        recurring: bool = False,
        entry: int | None = None,
        asked: str = "",
    ) -> list[ProductMarket]:
        """Take the trust from books.

        Args:
            markets: Those concerned. Such as have no book stay as they are; such as are in doubt already are asked for
                again if no snapshot comes soon.
            cause: In words.
            level: Of the log's entry.
            now: Monotonic seconds.
            unix: Unix seconds.
            recurring: A snapshot should have cured it, so that it must not be asked for at once again and again.
            entry: Of the log, where the incident has one already.
            asked: What is done about it already, in words; empty to have new snapshots asked for.

        Returns:
            The books that were trusted until now.
        """
        fresh = [market for market in markets if market.has_book and not market.doubt]
        if level != "note" and not (self._passive or asked):
            # The snapshot that they wait for may be among what was lost.
            for market in markets:
                if market.has_book and market.doubt:
                    self._later.setdefault(market.name, max(now, self._asked_at + SPACING[0]))
        if not fresh:
            return []
        wait = 0.0 if asked else self._wait(fresh, now, recurring=recurring)
        if asked:
            doing = asked
        elif self._passive:
            doing = "waiting for the recording's next snapshot"
        elif wait:
            doing = f"it keeps coming back; asking for a new snapshot in {max(1.0, wait):.0f} s"
        else:
            doing = "asking for a new snapshot"
        for market in fresh:
            market.doubt = f"{cause}; {doing}"
        waiting = {market.name for market in fresh}
        whose = fresh[0].name if len(fresh) == 1 else ""
        text = f"{cause}: {doing}{'' if whose else ' of each book'}"
        event_id = self._events.add(unix, level, text, whose, is_open=True) if entry is None else entry
        self._events.rewrite(event_id, level, text)
        self._incidents.append(Incident(event_id, cause, now, waiting, len(waiting), is_fault=level != "note"))
        if self._passive or asked:
            return fresh
        if wait:
            self._later.update(dict.fromkeys(waiting, now + wait))
        else:
            self._asked_at = now
            self._ask(fresh)
        return fresh

    def cause_of(self, event_id: int) -> str:
        """The cause of the incident that has this entry of the log and is not over; empty where there is none."""
        return next((incident.cause for incident in self._incidents if incident.event_id == event_id), "")

    def snapshot(self, label: str, now: float) -> None:
        """A book's own new snapshot has come."""
        relapse = self._relapses.get(label)
        if relapse is not None and relapse.treated:
            relapse.treated, relapse.cured_at = False, now
        self._snapshot_at = now
        self._later.pop(label, None)
        self._settle(label, now, "")

    @property
    def in_storm(self) -> bool:
        """Whether the numbers keep jumping."""
        return self._storm is not None

    def removed(self, label: str, now: float) -> None:
        """A product was taken off show."""
        self._later.pop(label, None)
        self._relapses.pop(label, None)
        self._settle(label, now, f"{label} was removed")

    def closed(self) -> None:
        """The connection has ended, and with it everything that was waited for on it."""
        for incident in self._incidents:
            self._events.close(incident.event_id, f"{incident.cause}: the connection ended first")
        self._incidents.clear()
        self._later.clear()
        self._relapses.clear()
        self._jumps.clear()
        self._end_storm("the connection ended")

    def hasten(self) -> bool:
        """Ask for everything that was put off at the next tick; whether there was anything."""
        self._later = dict.fromkeys(self._later, 0.0)
        return bool(self._later)

    def due(self, now: float) -> list[str]:
        """Books whose snapshot was put off until now, by the names that their data carries."""
        if self._storm is not None and self._jumps and now - self._jumps[-1] > STORM_SECONDS:
            self._end_storm("the numbers are steady again")
        found = [label for label, at in self._later.items() if at <= now]
        if found:
            self._asked_at = now
        for label in found:
            del self._later[label]
        return found

    def _wait(self, markets: list[ProductMarket], now: float, *, recurring: bool) -> float:
        """Seconds to wait before asking for their snapshots."""
        if not recurring:
            self._soon = self._soon + 1 if now - self._snapshot_at < SOON else 0
            # The least of them is kept by whoever sends the request.
            wait = self._asked_at + SPACING[min(self._soon, len(SPACING) - 1)] - now
            return wait if self._soon and wait > 0.0 else 0.0
        times = 0
        for market in markets:
            relapse = self._relapses.setdefault(market.name, _Relapse())
            came_with_it = relapse.cured_at is not None and now - relapse.cured_at < WITH_ITS_SNAPSHOT
            relapse.treated = True
            relapse.times = relapse.times + 1 if came_with_it else 0
            times = max(times, relapse.times)
        return AGAIN_AFTER[min(times, len(AGAIN_AFTER)) - 1] if times else 0.0

    def _settle(self, label: str, now: float, outcome: str) -> None:
        for incident in self._incidents:
            if label not in incident.waiting:
                continue
            incident.waiting.discard(label)
            if incident.waiting:
                continue
            took = now - incident.began
            if not outcome:
                self._account.resynced(took)
            books = plural(incident.books, "book")
            word = "healed" if incident.is_fault else "resynced"
            done = outcome or f"{word} in {took * 1000:,.0f} ms, {books}"
            self._events.close(incident.event_id, f"{incident.cause}: {done}")
        self._incidents = [incident for incident in self._incidents if incident.waiting]

    def _end_storm(self, how: str) -> None:
        if self._storm is not None:
            self._events.close(self._storm_event, f"the numbers jumped {self._storm} times: {how}")
            self._storm = None


class Verdicts:
    """Judges every market after whatever may have changed what it is worth."""

    def __init__(
        self,
        instant: Instant,
        connection: Connection,
        subscriptions: Subscriptions,
        roster: Roster,
        monitor: SequenceMonitor,
        vigil: Vigil,
        healing: Healing,
    ) -> None:
        self._instant = instant
        self._connection = connection
        self._subscriptions = subscriptions
        self._roster = roster
        self._monitor = monitor
        self._vigil = vigil
        self._healing = healing
        self.changes = 0
        """Times that a verdict has become another, or has got another cause, since the start."""

    def doubt(
        self,
        markets: Iterable[ProductMarket],
        cause: str,
        level: str,
        *,
        recurring: bool = False,
        entry: int | None = None,
        asked: str = "",
    ) -> bool:
        """Take the trust from books; whether there was any to take. See :meth:`Healing.doubt`."""
        instant = self._instant
        hurt = self._healing.doubt(
            list(markets),
            cause,
            level,
            now=instant.now,
            unix=instant.unix,
            recurring=recurring,
            entry=entry,
            asked=asked,
        )
        for market in hurt:
            self.judge(market)
        return bool(hurt)

    def judge_all(self) -> None:
        """Judge every market."""
        for market in self._roster.markets():
            self.judge(market)

    def judge(self, market: ProductMarket) -> None:
        """Give a market the verdict that the facts allow."""
        now = self._instant.now
        self.changes += market.stand(self.finding(market, now), now)

    def finding(self, market: ProductMarket, now: float) -> Finding:
        """The verdict that the facts allow at ``now`` (monotonic seconds); looking changes nothing."""
        names = self._roster.names_of(market)
        want = self._subscriptions.wants.get(names[0]) if names else None
        since = None if want is None else want.since
        return judge(Facts(
            connected=self._connection.is_open,
            connection=self._connection.words(now),
            asked_age=_age(None if since is None else max(since, self._vigil.busy_until(now)), now),
            confirmed=want is not None and want.confirmed,
            refusal=want.refusal if want is not None else "",
            subscribed=want is None or not want.dropped,
            acknowledgement_missed=want is not None and want.may_be_dropped and not market.verdict.trusted,
            unsubscribed=want is not None and want.unsubscribed,
            unlisted=bool(names) and self._roster.is_unlisted(names[0]),
            identity=self._why_none(market),
            has_book=market.has_book,
            undecided=market.snapshot_frame is not None
            and self._monitor.unsure(market.feed_product, market.snapshot_frame, proved=market.proved),
            doubt=market.doubt,
            message_age=_age(self._vigil.message_at, now),
            part_bytes=self._vigil.part_bytes(now),
            crossed_age=_age(market.crossed_since, now),
            heartbeat_age=_age(self._vigil.heartbeat_at, now),
            change_age=_age(market.changes.at, now) if market.has_book else None,
            usual_interval=market.changes.usual(),
            lag=self._vigil.age.lag,
            queued=self._vigil.age.queued(now),
            was_late=self._vigil.age.late,
            paused=self._vigil.paused,
            proof=Proof.PARTIAL if self._monitor.scope is Scope.NONE else Proof.FULL,
        ))  # fmt: skip

    def _why_none(self, market: ProductMarket) -> str:
        """Why no book will come for a market that has none; empty where one may."""
        if not market.ever_had_book and self._connection.state is ConnectionState.ENDED:
            return "the recording has no snapshot of it"
        return ""


def _age(at: float | None, now: float) -> float | None:
    return None if at is None else max(0.0, now - at)


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
