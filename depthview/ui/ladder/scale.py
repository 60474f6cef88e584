"""What sizes on a ladder are measured by: bar scale, marks, recent changes, and amounts as a user types them. Pure.

Amounts: ``5``, ``0.5 BTC``, ``250k``, ``$250k``, ``1.5m USD``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from depthview.core.fixed_point import ONE, notional
from depthview.preferences.display import Unit
from depthview.ui.formats import bar_scale, nice_ceiling, nice_floor
from depthview.views.depth import Impact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from depthview.preferences.display import Choices
    from depthview.views.depth import DepthView, LevelRow

_TIMES: Final = 3
"""A level is large when it is so many times the upper quartile of those around it."""
_FEW: Final = 8
"""Fewer levels than this say nothing of what is usual."""
_STEPS: Final = (1, 2, 5)


def showable(depth: DepthView, choices: Choices) -> Choices:
    """``choices``, with sizes instead of values where the product's values are unknown."""
    return choices if depth.multiplier is not None else replace(choices, unit=Unit.BASE)


@dataclass(frozen=True, slots=True)
class Reserve:
    """Integer digits to reserve per column, thousands separators included."""

    price: int = 1
    size: int = 3
    total: int = 4
    notional: int = 5
    worth: int = 6
    """Of summed notionals."""

    def grown(self, depth: DepthView) -> Reserve:
        """This reserve, or a larger one if ``depth`` needs it."""
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


_NO_RESERVE: Final = Reserve()


@dataclass(frozen=True, slots=True)
class LadderMemory:
    """What is kept between draws, so that columns and bars do not jump."""

    reserve: Reserve = _NO_RESERVE
    scale: Decimal | None = None
    """The amount at which a bar is full."""
    total: Decimal | None = None
    """The sum at which its bar is full."""
    group: Decimal = Decimal(0)
    unit: Unit = Unit.BASE

    def grown(self, depth: DepthView, amounts: Sequence[Decimal], unit: Unit) -> LadderMemory:
        """This, or what ``depth`` needs.

        Args:
            depth: What is to be drawn.
            amounts: From :func:`amounts_of`.
            unit: What they are in. A scale for rows of one width, or in one currency, says nothing of others.
        """
        same = (self.group, self.unit) == (depth.group, unit)
        scale, total = (self.scale, self.total) if same else (None, None)
        ends = [_sum(side[-1], unit) for side in (depth.bids, depth.asks) if side]
        largest = max((end for end in ends if end is not None), default=None)
        if largest and (total is None or largest > total or largest * 5 < total):
            total = nice_ceiling(largest)
        return LadderMemory(self.reserve.grown(depth), bar_scale(amounts, scale), total, depth.group, unit)

    def grown_small(self, depth: DepthView) -> LadderMemory:
        """The same for a small ladder: at most one of its few rows may exceed the scale."""
        sizes = sorted(row.size for row in (*depth.bids, *depth.asks))
        if not sizes:
            return self
        found = self.grown(depth, sizes, Unit.BASE)
        second = sizes[-2:][0]
        if found.scale is not None and second > found.scale:
            return replace(found, scale=nice_ceiling(second))
        return found


SMALL_MEMORY: Final = LadderMemory(Reserve(size=1))


def _sum(row: LevelRow, unit: Unit) -> Decimal | None:
    return row.cumulative if unit is Unit.BASE else row.cumulative_notional


def amounts_of(depth: DepthView, choices: Choices) -> list[Decimal]:
    rows = (*depth.bids, *depth.asks)
    if choices.unit is Unit.BASE:
        return sorted(row.size for row in rows)
    return sorted(row.notional for row in rows if row.notional is not None)


def large_from(depth: DepthView, choices: Choices, amounts: Sequence[Decimal]) -> Decimal | None:
    """The amount from which a level is marked, in the unit shown; None where nothing is.

    A size that a person set in the other unit than the one that is shown is taken at the price of the touch.

    Args:
        depth: For that price.
        choices: What a person set.
        amounts: From :func:`amounts_of`.
    """
    if choices.large is not None:
        near, size = (*depth.asks[:1], *depth.bids[:1]), choices.large.size
        if choices.large.in_quote is (choices.unit is Unit.QUOTE):
            return size
        of_one = notional(near[0].price, ONE, depth.multiplier) if near else None
        if of_one is None:
            return None
        return size / of_one if choices.large.in_quote else size * of_one
    if len(amounts) < _FEW:
        return None
    quartile = amounts[len(amounts) * 3 // 4]
    return quartile * _TIMES if quartile else None


def next_dust(depth: DepthView, dust: Decimal | None, step: int) -> Decimal | None:
    """The size under which levels are hidden, one step of 1, 2, 5 up (1) or down (-1); None hides none.

    The first step is the largest that hides less than about a quarter of what is on show.
    """
    sizes = sorted(row.size for row in (*depth.bids, *depth.asks) if row.size)
    if not sizes:
        return dust
    if dust is None:
        return nice_floor(sizes[len(sizes) // 4]) if step > 0 else None
    power = Decimal((0, (1,), dust.adjusted()))
    steps = [power / 10 * factor for factor in _STEPS] + [power * factor for factor in (*_STEPS, 10)]
    beyond = [size for size in steps if (size > dust if step > 0 else size < dust)]
    chosen = min(beyond) if step > 0 else max(beyond)
    if step < 0 and chosen < sizes[0]:
        return None
    return chosen if chosen <= sizes[-1] else dust


FLASH_SECONDS: Final = 0.3
"""How long a change stands out."""
FLASH_INTERVAL: Final = 1.0
"""Seconds at least between the beginnings of two flashes of one row: one that changes all the time must not stand out
all the time, and three flashes a second are the most that eyes should be given (WCAG 2.3.1)."""

RowKey: TypeAlias = tuple[str, str]
"""Side, and price as text."""


class _Flash(NamedTuple):
    sign: str
    at: float


class Flashes:
    """Sizes of one ladder from one draw to the next.

    A price that comes into sight has no change to show: only one that lies within what was shown before has.
    """

    def __init__(self) -> None:
        self._sizes: dict[RowKey, Decimal] = {}
        self._ends: dict[str, tuple[Decimal, Decimal]] = {}
        self._flashes: dict[RowKey, _Flash] = {}

    def forget(self) -> None:
        """Start over: the product, the row width or the book changed."""
        self._sizes, self._ends, self._flashes = {}, {}, {}

    def seen(self, rows: Iterable[tuple[str, str, Decimal, Decimal]], now: float) -> Mapping[RowKey, str]:
        """Note what is shown now.

        Args:
            rows: Side, price as text, price and size of each row on show.
            now: Monotonic seconds.

        Returns:
            ``+`` or ``-`` for the rows that stand out.
        """
        sizes: dict[RowKey, Decimal] = {}
        ends: dict[str, tuple[Decimal, Decimal]] = {}
        before, was_shown, flashes = self._sizes, self._ends, self._flashes
        for side, text, price, size in rows:
            key = (side, text)
            sizes[key] = size
            low, high = ends.get(side, (price, price))
            ends[side] = (price if price < low else low, price if price > high else high)
            former = before.get(key)
            if former is None:
                if side not in was_shown or not was_shown[side][0] <= price <= was_shown[side][1]:
                    continue
                sign = "+"
            elif former == size:
                continue
            else:
                sign = "+" if size > former else "-"
            last = flashes.get(key)
            if last is None or now - last.at >= FLASH_INTERVAL:
                flashes[key] = _Flash(sign, now)
        self._sizes, self._ends = sizes, ends
        if not flashes:
            return {}
        self._flashes = {
            key: flash for key, flash in flashes.items() if now - flash.at < FLASH_INTERVAL and key in sizes
        }
        return {key: flash.sign for key, flash in self._flashes.items() if now - flash.at < FLASH_SECONDS}


_AMOUNT: Final = re.compile(
    r"(?P<sign>[$€£]?)\s*(?P<number>[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)\s*(?P<power>[kKmMbB]?)\s*(?P<unit>[A-Za-z0-9]*)"
)
_POWERS: Final = {"": 0, "k": 3, "m": 6, "b": 9}
_SIGNS: Final = {"$": ("USD", "USDC", "USDT"), "€": ("EUR", "EURC"), "£": ("GBP",)}
_LONGEST: Final = 15
"""Digits before the point, and decimals up to the eighteen that the venue's numbers have."""
_DECIMALS: Final = 18


class NotAnAmountError(ValueError):
    """The text is not an amount; the message says why."""


def parse_amount(text: str, base: str, quote: str, *, in_quote: bool = False) -> Impact:
    """The size that ``text`` asks the price of.

    Args:
        text: As typed; k, m and b stand for thousands, millions and billions.
        base: Name of the product's base currency.
        quote: Name of its quote currency.
        in_quote: What a number without a currency is counted in.

    Raises:
        NotAnAmountError: It is no number above 0, too long a one, or of another currency.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise NotAnAmountError(f"type a number, e.g. 5, 250k, 5 {base} or 250k {quote}")
    power, named = _unit(found["power"], found["unit"].upper(), base, quote)
    sign = found["sign"]
    if sign:
        if quote not in _SIGNS[sign]:
            raise NotAnAmountError(f"{sign} is not {quote}: write {quote} or {base}")
        if named not in {"", quote}:
            raise NotAnAmountError(f"use either {sign} or {named}, not both")
        named = quote
    number = Decimal(found["number"].replace(",", "")).scaleb(_POWERS[power.lower()])
    whole, _, decimals = format(number, "f").partition(".")
    if not number:
        raise NotAnAmountError("a size must be above 0")
    if len(whole.lstrip("0")) > _LONGEST or len(decimals.rstrip("0")) > _DECIMALS:
        raise NotAnAmountError("too many digits")
    return Impact(number, in_quote if named == "" else named == quote)


def _unit(power: str, unit: str, base: str, quote: str) -> tuple[str, str]:
    """The power, and the currency that is named; empty for none.

    A currency may begin with the letter of a power, as BTC does in ``5BTC``; a lone letter is the power.
    """
    names = {base.upper(): base, quote.upper(): quote}
    if not unit or unit in names:
        return power, names.get(unit, "")
    whole = f"{power}{unit}".upper()
    if whole in names:
        return "", names[whole]
    raise NotAnAmountError(f"{whole} is neither {base} nor {quote}")
