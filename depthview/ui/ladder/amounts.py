"""Amounts as a person types them: ``5``, ``0.5 BTC``, ``250k``, ``$250k``, ``1.5m USD``. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from depthview.views.depth import Impact

_AMOUNT: Final = re.compile(
    r"(?P<sign>[$€£]?)\s*(?P<number>[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)\s*(?P<power>[kKmMbB]?)\s*(?P<unit>[A-Za-z0-9]*)"
)
_POWERS: Final = {"": 0, "k": 3, "m": 6, "b": 9}
_SIGNS: Final = {"$": ("USD", "USDC", "USDT"), "€": ("EUR", "EURC"), "£": ("GBP",)}
_LONGEST: Final = 15
"""Digits before the point, and decimals up to the eighteen that the venue's numbers have."""
_DECIMALS: Final = 18


class NotAnAmountError(ValueError):
    """What was typed is no amount; the message says why, in a few words."""


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
        raise NotAnAmountError(f"a size is a number, e.g. 5, 250k, 5 {base} or 250k {quote}")
    power, named = _unit(found["power"], found["unit"].upper(), base, quote)
    sign = found["sign"]
    if sign:
        if quote not in _SIGNS[sign]:
            raise NotAnAmountError(f"{sign} is not {quote}: write {quote} or {base}")
        if named not in {"", quote}:
            raise NotAnAmountError(f"either {sign} or {named}, not both")
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
