"""The moment at which the session is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Instant:
    """When what is being taken in came; one for all the rooms of a session, moved by the session alone."""

    now: float = 0.0
    """Monotonic seconds."""
    unix: float = 0.0
    """Unix seconds."""
