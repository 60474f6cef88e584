"""The transport's state as the screen tells it."""

from __future__ import annotations

from dataclasses import dataclass

from depthview.view import ConnectionState


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
