"""The state of the connection, and its outages in the event log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from depthview.core.text import duration
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from depthview.session.events import EventLog, Instant


@dataclass(frozen=True, slots=True)
class Outage:
    event_id: int
    began: float
    """Monotonic seconds."""
    cause: str


@dataclass(slots=True)
class Connection:
    """The state of the connection, since when, and why."""

    state: ConnectionState = ConnectionState.CONNECTING
    since: float = 0.0
    """Monotonic seconds."""
    detail: str = ""
    next_try_at: float | None = None
    """Monotonic seconds; set while WAITING."""
    opened: int = 0
    """Connections opened since the start."""
    outage: Outage | None = None
    longest_outage: float | None = None
    """Seconds without a connection, of the outages that ended."""

    @property
    def is_open(self) -> bool:
        """Whether frames may come; a replay that has ended keeps what it showed."""
        return self.state in (ConnectionState.OPEN, ConnectionState.ENDED)

    def become(self, state: ConnectionState, now: float, detail: str = "", next_try_at: float | None = None) -> None:
        if state is ConnectionState.OPEN:
            self.opened += 1
        self.state, self.since, self.detail, self.next_try_at = state, now, detail, next_try_at

    def words(self, now: float) -> str:
        """Why there is no connection, for a verdict's reason."""
        match self.state:
            case ConnectionState.CONNECTING:
                return f"connecting; {self.detail}" if self.detail else "connecting"
            case ConnectionState.WAITING if self.next_try_at is not None:
                return f"{self.detail}; next try in {max(0.0, self.next_try_at - now):.0f} s"
            case _:
                return self.detail or self.state.value

    def log_outage(self, events: EventLog, at: Instant, step: str, event_id: int | None) -> None:
        """Log that the connection was lost, or could not be made once more.

        Args:
            events: The log.
            at: The present.
            step: What is done about it, in words.
            event_id: The log entry of what has led to it, where there is one.
        """
        why = self.detail
        level = "bad" if self.state is ConnectionState.FAILED else "warn"
        if self.outage is None:
            text = f"{why}{step}"
            if event_id is None:
                event_id = events.add(at.unix, level, text, is_open=True)
            events.rewrite(event_id, level, text)
            self.outage = Outage(event_id, at.now, why)
            return
        first = "" if why == self.outage.cause else f", first: {self.outage.cause}"
        text = f"{why}{step} (down for {duration(at.now - self.outage.began)}{first})"
        events.rewrite(self.outage.event_id, level, text)

    def log_open(self, events: EventLog, at: Instant) -> None:
        if self.outage is None:
            events.add(at.unix, "good", "connected")
            return
        took, again = at.now - self.outage.began, self.opened > 1
        if again:
            self.longest_outage = max(took, self.longest_outage or 0.0)
        connected = "connected again" if again else "connected"
        events.close(self.outage.event_id, f"{self.outage.cause}: {connected} after {duration(took)}")
        self.outage = None
