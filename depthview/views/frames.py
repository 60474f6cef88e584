"""The frame log as a screen sees it: the last frames and messages in both directions, frozen.

Text here is sanitised, except :attr:`LoggedFrame.text`, which is as received: whoever shows it sanitises it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Direction(StrEnum):
    """Of an entry."""

    IN = "in"
    """A frame from the venue."""
    OUT = "out"
    """A message that was sent."""
    NOTE = "note"
    """An event of the connection."""


@dataclass(frozen=True, slots=True)
class FrameLogRow:
    """One frame, one message, or one event of the connection."""

    serial: int
    """Rises with every entry."""
    at: float
    """Unix seconds."""
    direction: Direction
    delay: float | None = None
    """Seconds since the previous frame of any channel; None for the first one kept, and for other entries."""
    number: int | None = None
    """``sequence_num``."""
    channel: str = ""
    products: tuple[str, ...] = ()
    bytes: int = 0
    """Of a frame's text, or of a message without its token."""
    what: str = ""
    """Event type and number of rows, or the event in words."""
    mark: str = ""
    """A fault: a gap before it, a duplicate, an error; empty for none."""
    level: str = ""
    """``note``, ``warn`` or ``bad`` where there is a mark."""
    token_life: float | None = None
    """Seconds that the message's token had left; None without a token."""


@dataclass(frozen=True, slots=True)
class FrameFilter:
    """Which frames are shown; empty for all. Events of the connection are always shown."""

    channel: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class FrameLogRequest:
    """A part of the log."""

    rows: int
    """So many up to the anchor, with it, and so many after it."""
    anchor: int | None = None
    """A serial number; None for the newest."""
    sought: FrameFilter = field(default_factory=FrameFilter)


@dataclass(frozen=True, slots=True)
class FrameLogView:
    """A part of the log, and figures of all of it."""

    rows: tuple[FrameLogRow, ...]
    """Oldest first."""
    newest: int
    """Serial number of the newest entry; 0 for none."""
    kept: int
    """Entries in the log."""
    kept_bytes: int
    """Of their frames."""
    kept_seconds: float
    """From the oldest to the newest."""
    channels: tuple[str, ...]
    """Seen so far, sorted."""
    products: tuple[str, ...]
    error: FrameLogRow | None
    """The last error frame since the start, even if the log no longer has it."""
    error_text: str = field(default="", repr=False)
    """Of that frame as received, cut to some thousand characters."""
    asked: tuple[str, ...] = ()
    """Requested subscriptions: ``channel PRODUCT`` or ``channel``, sorted."""
    missing: tuple[str, ...] = ()
    """Those that the venue has not confirmed."""
    searching: bool = False
    """Whether older entries have not been decoded yet; the next call goes on with them."""


@dataclass(frozen=True, slots=True)
class LoggedFrame:
    """One entry in full, or its beginning where it is too long."""

    row: FrameLogRow
    text: str = field(repr=False)
    """As received; bytes that are not UTF-8 are replaced."""
    cut: bool
    """Whether this is only its beginning."""


class FrameLogViews(Protocol):
    """What a screen reads of the log."""

    def view(self, request: FrameLogRequest) -> FrameLogView:
        """A part of the log."""

    def frame(self, serial: int) -> LoggedFrame | None:
        """One entry; None where it is no longer kept."""

    def rest(self) -> None:
        """Free what was decoded: nobody reads it now."""
