"""Where a replay stands, and what can be wished of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReplayView:
    """Where a replay stands."""

    file: str
    position: float
    """Seconds from the first frame."""
    duration: float | None
    """Seconds from first to last frame; None while unknown."""
    speed: float | None
    """1 is real time, None is as fast as it goes."""
    ended: bool
    paused: bool = False
    frame: int = 0
    """Frames handed over so far."""
    frames: int | None = None
    """In the whole recording; None while unknown."""
    first_at: float | None = None
    """Unix seconds of the first entry; None before it."""
    indexed: float = 0.0
    """Share of the recording that has been gone through ahead, so that going to any place there is quick; 0 to 1."""
    indexing: bool = False
    """Whether that is being done just now."""
    seeking: str = ""
    """Where it is going, in words; empty while it stays or plays."""
    progress: float | None = None
    """Of the way there, 0 to 1; None while not known."""
    marks: tuple[ReplayMark, ...] = ()
    """Incidents as far as the recording has been gone through, the earliest first."""
    note: str = ""
    """What the last wish has come to, where that is not to be seen anyway."""


@dataclass(frozen=True, slots=True)
class ReplayMark:
    """An incident of a recording."""

    position: float
    """Seconds from the first entry."""
    level: str
    """``warn`` or ``bad``."""


class ReplayControls(Protocol):
    """What may be asked of a replay. Calls return at once; what comes of them is seen in :class:`ReplayView`."""

    def pause_or_play(self) -> None:
        """Stand still, or go on; from the end, play again from the start."""

    def step(self, entries: int) -> None:
        """Stand still so many frames or recorded events further on, or further back where below 0."""

    def step_change(self, product: str, direction: int) -> None:
        """Stand still at the next change of a book, or at the previous one where ``direction`` is below 0."""

    def change_speed(self, direction: int) -> None:
        """Play one step faster, or slower where ``direction`` is below 0."""

    def seek_by(self, seconds: float) -> None:
        """Go on or back by so much of the recording's time."""

    def seek_to(self, seconds: float) -> None:
        """Go to a place, in seconds from the first entry."""

    def seek_number(self, number: int) -> None:
        """Stand still at the next frame with this sequence number, or at the first one where none follows."""

    def seek_incident(self, direction: int) -> None:
        """Stand still at the next incident, or at the previous one where ``direction`` is below 0."""

    def stop_work(self) -> bool:
        """Give up the way to another place, or else the going through the recording ahead; whether there was any."""
