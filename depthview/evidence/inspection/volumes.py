"""How much came, by channel and by product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from depthview.core.text import plain_text

_MOST_NAMES: Final = 1_000
OTHERS: Final = "(others)"
"""What names beyond those that are kept are counted under."""


@dataclass(slots=True)
class Volume:
    """So much of one kind."""

    frames: int = 0
    bytes: int = 0
    """Of the frames' text, as it came off the wire."""

    def add(self, size: int) -> None:
        """One frame of ``size`` bytes."""
        self.frames += 1
        self.bytes += size


class Volumes:
    """Volumes by name, of which a hostile recording may have any number."""

    def __init__(self) -> None:
        self._by_name: dict[str, Volume] = {}

    def add(self, name: str, size: int) -> None:
        """One frame of ``size`` bytes under ``name``."""
        volume = self._by_name.get(name)
        if volume is None:
            shown = plain_text(name) if len(self._by_name) < _MOST_NAMES else OTHERS
            volume = self._by_name.setdefault(shown, Volume())
        volume.add(size)

    def by_name(self) -> dict[str, Volume]:
        """The largest first, by bytes; names are safe to show."""
        return dict(sorted(self._by_name.items(), key=lambda item: (-item[1].bytes, item[0])))
