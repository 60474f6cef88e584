"""Which trades can be read: the rules that the engine takes them in by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.coinbase.messages import unix_time
from depthview.core.fixed_point import is_number

if TYPE_CHECKING:
    from depthview.coinbase.messages import TradeRow

AGGRESSORS: Final = {"SELL": "buy", "BUY": "sell"}
"""Who crossed the spread, by the maker's side that the wire gives (documented)."""


def is_sound(row: TradeRow) -> bool:
    """Whether price, size, time and side can be read."""
    return is_number(row.price) and is_number(row.size) and row.side in AGGRESSORS and unix_time(row.time) is not None
