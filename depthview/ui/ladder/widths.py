"""How many terminal columns the numbers of a product need: a reserve that only grows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from depthview.preferences.display import Choices, Form, Unit
from depthview.ui.formats import quote_decimals
from depthview.views.depth import DepthView

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.views.depth import LevelRow


def number_width(digits: int, decimals: int) -> int:
    """Columns of a number with so many digits before and after the point."""
    return digits + (1 + decimals if decimals else 0)


def showable(depth: DepthView, choices: Choices) -> Choices:
    """``choices``, with sizes instead of values where the product's values are unknown."""
    return choices if depth.multiplier is not None else replace(choices, unit=Unit.BASE)


@dataclass(frozen=True, slots=True)
class Reserve:
    """Characters kept for the part before the point, separators included, by column."""

    price: int = 1
    size: int = 3
    total: int = 4
    notional: int = 5
    worth: int = 6
    """Of summed notionals."""

    def grown(self, depth: DepthView) -> Reserve:
        """This reserve, or a larger one where ``depth`` needs it."""
        rows = depth.bids + depth.asks
        if not rows:
            return self
        prices = [depth.asks[-1].price] if depth.asks else [depth.bids[0].price]
        if depth.last_trade is not None:
            prices.append(depth.last_trade.price)
        ends = [side[-1] for side in (depth.bids, depth.asks) if side]
        larger = Reserve(
            price=max(self.price, len(f"{int(max(prices)):,}")),
            size=max(self.size, _digits(max(row.size for row in rows))),
            total=max(self.total, _digits(max(row.cumulative for row in ends))),
            notional=max(self.notional, *(_digits(row.notional) for row in rows if row.notional is not None), 0),
            worth=max(self.worth, *(_digits(_worth(row)) for row in ends)),
        )
        return self if larger == self else larger


def _worth(row: LevelRow) -> Decimal:
    return row.cumulative if row.cumulative_notional is None else row.cumulative_notional


def _digits(value: Decimal) -> int:
    return max(1, value.adjusted() + 1) if value else 1


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
        """Of a size, in full."""
        return self.depth.size_decimals if self.unit is Unit.BASE else quote_decimals(self.depth.quote)

    @property
    def has_value(self) -> bool:
        """Whether values are known, and not shown in place of the sizes."""
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
        """Columns of a sum."""
        digits = self.reserve.total if self.unit is Unit.BASE else self.reserve.worth
        return max(number_width(digits, decimals), len(f"Σ {self._currency}") if self.roomy else 0)

    @property
    def notional(self) -> int:
        """Columns of a value; in the DOM of a sum of them too."""
        digits = self.reserve.notional
        if self.form is Form.DOM:
            digits = max(digits, self.reserve.worth)
        return max(number_width(digits, quote_decimals(self.depth.quote)), len(self.depth.quote) + 6)
