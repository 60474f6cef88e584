"""How far this machine's clock is from the venue's, and how sure that is. Pure.

Both measurements are intervals that the true offset lies in:

* The handshake's ``Date`` is cut to whole seconds, and was written between the request and its answer.
* A frame's timestamp is from when the venue sent it, so it is older than its arrival. By how much at most is not known,
  but the fastest of many frames is hardly slower than the handshake's round trip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_UNCERTAINTY: Final = 0.01
_DETAIL: Final = re.compile(r"clock ([+-][0-9]{1,12}\.[0-9]{6}) ([0-9]{1,6}\.[0-9]{6})")


@dataclass(frozen=True, slots=True)
class Offset:
    ahead: float
    """Seconds by which this machine's clock is ahead of the venue's; below 0 where it is behind."""
    uncertainty: float
    """By how much that may be wrong, in seconds."""
    source: str
    """How it was measured."""


def from_date(venue: float | None, sent_at: float, answered_at: float) -> Offset | None:
    """The offset by a handshake's ``Date``; None where there was none.

    Args:
        venue: Unix seconds that it says, cut to whole ones.
        sent_at: Unix seconds of this machine when the handshake began.
        answered_at: The same when it was answered.
    """
    if venue is None:
        return None
    trip = max(0.0, answered_at - sent_at)
    return Offset((sent_at + answered_at) / 2 - (venue + 0.5), trip / 2 + 0.5, "the handshake's Date")


def from_frames(ages: Sequence[float], trip: float) -> Offset | None:
    """The offset by frames' timestamps; None where there were none.

    Args:
        ages: Arrival by this machine's clock less the frame's timestamp, in seconds.
        trip: Round trip of the handshake in seconds.
    """
    if not ages:
        return None
    half = max(_LEAST_UNCERTAINTY, trip / 2)
    return Offset(min(ages) - half, half, "frame timestamps")


def combined(date: Offset | None, frames: Offset | None) -> Offset | None:
    """What both measurements agree on; if they do not, the frames', since a Date may come from a host in between."""
    if date is None or frames is None:
        return frames or date
    least = max(date.ahead - date.uncertainty, frames.ahead - frames.uncertainty)
    most = min(date.ahead + date.uncertainty, frames.ahead + frames.uncertainty)
    if least > most:
        return frames
    return Offset((least + most) / 2, (most - least) / 2, f"{date.source} and {frames.source}")


def to_detail(offset: Offset) -> str:
    """As a recording keeps it with the connection's opening: ``clock +0.012345 0.513000``."""
    return f"clock {offset.ahead:+.6f} {offset.uncertainty:.6f}"


def from_detail(detail: str) -> Offset | None:
    """What :func:`to_detail` wrote; None for any other text."""
    found = _DETAIL.fullmatch(detail)
    return None if found is None else Offset(float(found[1]), float(found[2]), "the recorded handshake")


def in_words(offset: Offset) -> str:
    """Such as ``0.02 s ahead of the venue, to within 0.51 s``."""
    side = "ahead of" if offset.ahead >= 0 else "behind"
    return f"{abs(offset.ahead):,.2f} s {side} the venue, to within {offset.uncertainty:.2f} s"
