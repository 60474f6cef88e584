"""How the market is put on the screen: one ladder, several, or the grid; with the tape or without. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from depthview.preferences.display import Share, Sieve


@dataclass(slots=True)
class Stage:
    """What a person has chosen, however much of it there is room for at the moment."""

    ladders: int = 1
    """Side by side, 1 to 4."""
    grid: bool = False
    """Small ladders of all products instead."""
    tape: bool | None = None
    """Whether the trades are shown; None shows them where they take nothing from the ladder."""
    sieve: Sieve = Share.ALL
    """Which trades the tape shows."""
    zoomed: bool = False
    """Whether the one ladder was opened from the grid, and the way back leads there."""

    def forth(self, *, shown: int, fit: int, products: int) -> None:
        """The next arrangement: one ladder more, two, as many as fit, the grid, one again.

        Args:
            shown: Ladders side by side now.
            fit: Ladders that there is room for.
            products: On show.
        """
        if self.grid:
            self.ladders, self.grid = 1, False
        elif self.zoomed:
            self.back()
        else:
            wider = sorted({2, fit}) if fit > 1 else []
            self.ladders = next((count for count in wider if count > shown), 1)
            self.grid = self.ladders == 1 and products > 1
        self.zoomed = False

    def sift(self) -> None:
        """The next smaller share of the trades, after the smallest all again; a size that was set makes way."""
        self.sieve = self.sieve.next if isinstance(self.sieve, Share) else Share.ALL

    def zoom(self) -> None:
        """From the grid to the one ladder."""
        if self.grid:
            self.ladders, self.grid, self.zoomed = 1, False, True

    def back(self) -> bool:
        """Where one came from: from a zoomed ladder to the grid, from the grid to the ladder; False at home."""
        if self.zoomed:
            self.grid, self.zoomed = True, False
        elif self.grid:
            self.ladders, self.grid = 1, False
        else:
            return False
        return True
