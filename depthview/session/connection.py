"""The transport's state as the screen tells it, and its outages as the log does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from depthview.core.text import duration
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from depthview.session.events import EventLog
    from depthview.session.liveness import Instant
    from depthview.session.statistics import TrustAccount


@dataclass(slots=True)
class Connection:
    """Where the connection stands, since when, and why."""

    state: ConnectionState = ConnectionState.CONNECTING
    since: float = 0.0
    """Monotonic seconds."""
    detail: str = ""
    next_try_at: float | None = None
    """Monotonic seconds; set while WAITING."""
    opened: int = 0
    """Connections opened since the start."""

    @property
    def is_open(self) -> bool:
        """Whether frames may come; a replay that has ended keeps what it showed."""
        return self.state in (ConnectionState.OPEN, ConnectionState.ENDED)

    def become(self, state: ConnectionState, now: float, detail: str = "", next_try_at: float | None = None) -> None:
        """Enter a state."""
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


class Outages:
    """Keeps each time without a connection as one entry of the log, from its beginning to its end."""

    def __init__(self, instant: Instant, events: EventLog, account: TrustAccount) -> None:
        self._instant = instant
        self._events = events
        self._account = account
        self._lasting: tuple[int, float, str] | None = None

    def lasts(
        self, why: str, next_try_at: float | None, *, final: bool, passive: bool, entry: int | None = None
    ) -> None:
        """The connection is gone, or could not be made once more.

        Args:
            why: In words, safe to show.
            next_try_at: Monotonic seconds of the next try; None where there will be none.
            final: It is not waited for either.
            passive: A replay, in which nothing is tried.
            entry: Of the log, where what has led to it has one.
        """
        now = self._instant.now
        step = "" if passive else "; not trying again"
        if next_try_at is not None:
            step = f"; next try in {next_try_at - now:.1f} s"
        level = "bad" if final else "warn"
        if self._lasting is None:
            text = f"{why}{step}"
            event_id = self._events.add(self._instant.unix, level, text, is_open=True) if entry is None else entry
            self._events.rewrite(event_id, level, text)
            self._lasting = (event_id, now, why)
            return
        event_id, began, cause = self._lasting
        first = "" if why == cause else f", first: {cause}"
        self._events.rewrite(event_id, level, f"{why}{step} (down for {duration(now - began)}{first})")

    def over(self, *, again: bool) -> None:
        """A connection is open; ``again`` when it is not the first."""
        if self._lasting is None:
            self._events.add(self._instant.unix, "good", "connected")
            return
        event_id, began, cause = self._lasting
        took = self._instant.now - began
        if again:
            self._account.connected_again(took)
        self._events.close(event_id, f"{cause}: connected {'again ' if again else ''}after {duration(took)}")
        self._lasting = None
