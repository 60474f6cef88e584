"""How many terminal columns the numbers of a ladder need."""

from __future__ import annotations

from dataclasses import dataclass

from depthview.preferences.display import Form, Unit
from depthview.ui.formats import quote_decimals
from depthview.ui.ladder.scale import Reserve
from depthview.views.depth import DepthView


def number_width(digits: int, decimals: int) -> int:
    """Columns of a number with so many digits before and after the point."""
    return digits + (1 + decimals if decimals else 0)


@dataclass(frozen=True, slots=True)
class Needs:
    """What the columns of a ladder need, and what has been decided so far."""

    depth: DepthView
    reserve: Reserve
    form: Form
    unit: Unit
    roomy: bool
    has_total: bool = False

    @property
    def decimals(self) -> int:
        """Decimals of a size in full."""
        return self.depth.size_decimals if self.unit is Unit.BASE else quote_decimals(self.depth.quote)

    @property
    def has_value(self) -> bool:
        return self.unit is Unit.BASE and self.depth.multiplier is not None

    @property
    def _currency(self) -> str:
        return self.depth.base if self.unit is Unit.BASE else self.depth.quote

    def size(self, decimals: int) -> int:
        """Columns of a size; in the DOM of a sum too, which stands in the same column."""
        base, dom = self.unit is Unit.BASE, self.form is Form.DOM
        digits = self.reserve.size if base else self.reserve.notional
        if dom:
            digits = max(digits, self.reserve.total if base else self.reserve.worth)
        heading = f"BID / Σ {self._currency}" if dom else f"SIZE {self._currency}"
        return max(number_width(digits, decimals), len(heading) if self.roomy else 0)

    def total(self, decimals: int) -> int:
        digits = self.reserve.total if self.unit is Unit.BASE else self.reserve.worth
        return max(number_width(digits, decimals), len(f"Σ {self._currency}") if self.roomy else 0)

    @property
    def notional(self) -> int:
        """Columns of a value; in the DOM of a sum of them too."""
        digits = self.reserve.notional
        if self.form is Form.DOM:
            digits = max(digits, self.reserve.worth)
        return max(number_width(digits, quote_decimals(self.depth.quote)), len(self.depth.quote) + 6)
