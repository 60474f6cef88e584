"""How a person has arranged the screen: what a session begins with, and what the next one may begin with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from depthview.ui.ladder.choices import Choices
from depthview.ui.sieve import Share, Sieve
from depthview.ui.theme_names import DARK_NAME


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Everything that keys change and that is worth keeping."""

    choices: Choices = field(default_factory=Choices)
    """How ladders are drawn."""
    groups: Mapping[str, Decimal] = field(default_factory=dict)
    """Row widths in quote currency by product."""
    theme: str = DARK_NAME
    ladders: int = 1
    """Side by side, 1 to 4, where there is room for them."""
    grid: bool = False
    """Small ladders of all products instead."""
    tape: bool | None = None
    """Whether the trades are shown; None shows them where they take nothing from the ladder."""
    tape_filter: Sieve = Share.ALL
    """Which trades the tape shows."""
