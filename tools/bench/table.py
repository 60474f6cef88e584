"""The figures as one table: what was to be reached, what was, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMNS: Final = (58, 10, 10, 12)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row."""

    what: str
    value: float
    unit: str = "x"
    must: float | None = None
    """The least that is asked for; None for a figure that only informs."""
    reach: float | None = None
    at_least: bool = False
    """Whether larger is better."""

    @property
    def missed(self) -> bool:
        """Whether the least is not reached."""
        return self.must is not None and not self._meets(self.must)

    @property
    def verdict(self) -> str:
        """In words."""
        if self.must is None:
            return ""
        if self.missed:
            return "MISSED"
        return "reached" if self.reach is None or self._meets(self.reach) else "must only"

    def _meets(self, target: float) -> bool:
        return self.value >= target if self.at_least else self.value <= target


def text_of(value: float | None, unit: str) -> str:
    """A figure with three significant digits and its unit."""
    if value is None:
        return "-"
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{digits}{'' if unit in ('x', '%') else ' '}{unit}"


def section(title: str, figures: Iterable[Figure]) -> str:
    """The rows of one section under its title."""
    what, target, reached, _ = _COLUMNS
    lines = [f"{title:{what}}{'must':>{target}}{'reach':>{target}}{'reached':>{reached + 2}}  verdict"]
    for figure in figures:
        sign = ">" if figure.at_least and figure.must is not None else ""
        must, reach = text_of(figure.must, figure.unit), text_of(figure.reach, figure.unit)
        value = text_of(figure.value, figure.unit)
        lines.append(
            f"  {figure.what:{what - 2}}{sign + must:>{target}}{sign * (figure.reach is not None) + reach:>{target}}"
            f"{value:>{reached + 2}}  {figure.verdict}".rstrip()
        )
    return "\n".join(lines)
