"""How trust is lost and won back.

A book that has lost its proof is in doubt until its own new snapshot. One incident covers all the books that one cause
has hurt, and is one entry of the log from its beginning to its end; one resync fetches all their snapshots, that of the
product in front first.

Two things must not become endless. A fault that comes back with every snapshot (a row that cannot be applied, a crossed
book, a ticker that contradicts it) is asked about again after 5, 15 and then every 60 s. For all others a snapshot is
requested every 2 to 5 s, and where the numbers keep jumping while nothing else is wrong, it is said that it may be the
numbering that has changed; there is no new connection for it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.session.account import TrustAccount
    from depthview.session.events import EventLog
    from depthview.session.market import ProductMarket

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
            books = "1 book" if incident.books == 1 else f"{incident.books} books"
            word = "healed" if incident.is_fault else "resynced"
            done = outcome or f"{word} in {took * 1000:,.0f} ms, {books}"
            self._events.close(incident.event_id, f"{incident.cause}: {done}")
        self._incidents = [incident for incident in self._incidents if incident.waiting]

    def _end_storm(self, how: str) -> None:
        if self._storm is not None:
            self._events.close(self._storm_event, f"the numbers jumped {self._storm} times: {how}")
            self._storm = None
