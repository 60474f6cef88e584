"""Which trades the tape shows. Apart from the tape, since settings name it and start sooner without the rest. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

from depthview.ui.ladder.choices import Threshold


class Share(IntEnum):
    """Which trades the tape shows: the largest of so many."""

    ALL = 1
    HALF = 2
    QUARTER = 4
    TENTH = 10

    @property
    def next(self) -> Share:
        """The next smaller share; after the smallest, all again."""
        return next((share for share in Share if share > self), Share.ALL)


Sieve: TypeAlias = Share | Threshold
"""Which trades the tape shows: the largest of so many, or those from a size on that a person has set."""
