"""What a recording is played on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from depthview.clock import ManualClock
from depthview.session.frame_log import FrameSink

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.views.market import EventView


class Rewindable(Protocol):
    """A session whose state can be kept and brought back."""

    def checkpoint(self) -> bytes:
        """The state as it is now."""

    def restore(self, state: bytes) -> None:
        """Be as this session, or one made like it, was."""

    def changes(self) -> Mapping[str, int]:
        """A number for each book on show, by the name asked for, that rises with its changes."""

    def changes_of(self, product: str) -> int:
        """That number for one of them; 0 where it is not on show."""

    def last_event(self) -> int:
        """The newest log entry's id."""

    def incidents_since(self, event_id: int) -> tuple[EventView, ...]:
        """Log entries that tell of something wrong and came after one."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A session, its clock, and its memory."""

    sink: FrameSink
    memory: Rewindable
    clock: ManualClock
