"""What the wire view is told: the last frames and messages as they came and went, frozen.

Text in here came off the wire and was made plain, but for :attr:`WireFrame.text`, which is what came: whoever shows it
cleans it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Travel(StrEnum):
    """Which way something went."""

    IN = "in"
    """A frame from the venue."""
    OUT = "out"
    """A message of ours."""
    NOTE = "note"
    """No frame: the connection opened or closed."""


@dataclass(frozen=True, slots=True)
class WireRow:
    """One frame, one message, or what became of the connection."""

    serial: int
    """Its place in the log; rises."""
    at: float
    """Unix seconds."""
    travel: Travel
    delay: float | None = None
    """Seconds since the frame before, of whatever channel; None for the first one kept, and for what is no frame."""
    number: int | None = None
    """``sequence_num``."""
    channel: str = ""
    products: tuple[str, ...] = ()
    bytes: int = 0
    """Of the text of a frame; of a message without its token."""
    what: str = ""
    """Event type and number of rows, or what else there is to say."""
    mark: str = ""
    """What is wrong with it: a gap before it, a duplicate, an error; empty for nothing."""
    level: str = ""
    """``note``, ``warn`` or ``bad`` where there is a mark."""
    token_life: float | None = None
    """Seconds that the token had which a message was sent with; None without one."""


@dataclass(frozen=True, slots=True)
class WireFilter:
    """What is looked for; empty for everything. What became of the connection is shown in any case."""

    channel: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """The part of the log that is wanted."""

    rows: int
    """As many before the anchor, with it, and as many behind it."""
    anchor: int | None = None
    """A serial number; None for the newest."""
    sought: WireFilter = field(default_factory=WireFilter)


@dataclass(frozen=True, slots=True)
class WireView:
    """Some of the log, and what there is to know of all of it."""

    rows: tuple[WireRow, ...]
    """Oldest first."""
    newest: int
    """Serial number of the newest entry, whatever it is of; 0 for none."""
    kept: int
    """Entries in the log."""
    kept_bytes: int
    """Of their frames."""
    kept_seconds: float
    """From the oldest to the newest."""
    channels: tuple[str, ...]
    """That have been seen, sorted."""
    products: tuple[str, ...]
    error: WireRow | None
    """The last error frame since the start, whether the log still has it or not."""
    error_text: str = field(default="", repr=False)
    """The same, as it came, cut to some thousand characters."""
    asked: tuple[str, ...] = ()
    """Subscriptions asked for: ``channel PRODUCT`` or ``channel``, sorted."""
    missing: tuple[str, ...] = ()
    """Those of them that the venue has not confirmed."""
    searching: bool = False
    """Whether older entries have not been looked at yet: the next call goes on with them."""


@dataclass(frozen=True, slots=True)
class WireFrame:
    """One entry whole, or its beginning where it is too long to be looked at whole."""

    row: WireRow
    text: str = field(repr=False)
    """As it came; what is no UTF-8 is replaced."""
    cut: bool
    """Whether this is its beginning only."""


class Wire(Protocol):
    """What a screen may ask of the log."""

    def view(self, request: WireRequest) -> WireView:
        """Some of the log, as of now."""

    def frame(self, serial: int) -> WireFrame | None:
        """One entry; None where it is kept no more."""

    def rest(self) -> None:
        """Nobody looks any more: what was worked out for looking may go."""
