"""Integers to the decimal strings of the wire, and nothing back: the exchange never parses a number of its own."""

from __future__ import annotations


class Scale:
    """A decimal grid: an amount is a whole number of units, and a unit is ``step`` times 10 to the minus ``decimals``.

    Args:
        decimals: Fractional digits of the grid, 0 or more.
        step: Of the last digit, 1 or more.
    """

    __slots__ = ("_divisor", "_step", "decimals")

    def __init__(self, decimals: int, step: int = 1) -> None:
        self.decimals = decimals
        self._step = step
        self._divisor = 10**decimals

    def text(self, units: int) -> str:
        """The exact amount as the venue spells it: trailing zeros trimmed, no exponent, zero is ``0`` (observed)."""
        whole, part = divmod(units * self._step, self._divisor)
        if not part:
            return str(whole)
        return f"{whole}.{part:0{self.decimals}d}".rstrip("0")

    def signed_text(self, units: int) -> str:
        """The same for an amount that may be below zero."""
        return f"-{self.text(-units)}" if units < 0 else self.text(units)
