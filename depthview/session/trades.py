"""The trades of one market.

A break in the feed (a gap, a reset, a lost connection) leaves a hole after the newest trade known at that moment: the
next trade of the product is marked with the reason. A snapshot of recent trades that reaches back to what is known
closes it (observed: the last 100), and so do consecutive trade ids (observed: 147 and 132 ids, all consecutive).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.coinbase.messages import unix_time
from depthview.core.fixed_point import is_number
from depthview.core.text import plain_text
from depthview.views.depth import Trade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.coinbase.messages import TradeRow

_KEPT: Final = 500
_ID_DIGITS: Final = 24
_REASONS: Final = 3
"""Named for one hole; more are summed up."""

_Place = tuple[float, int, str]


@dataclass(slots=True)
class _Hole:
    """A stretch of time in which trades may have been missed."""

    after: _Place
    """Of the newest trade known when it began."""
    reasons: list[str]


class TradeTape:
    """The last 500 trades."""

    def __init__(self) -> None:
        self.trades: tuple[Trade, ...] = ()
        """Newest first."""
        self.last_direction = 0
        """1 when the last trade's price was above the one before it, -1 below, 0 unknown."""
        self._ids: set[str] = set()
        """Of the trades."""
        self._holes: list[_Hole] = []
        self._marked_any = False
        """Whether a trade may be marked with a hole, open or closed."""

    def broke(self, reason: str) -> None:
        """Mark the next trade: others may be missing before it, for a ``reason`` such as ``gap of 3 messages``."""
        if not self.trades:
            return
        newest = _place(self.trades[0])
        if not self._holes or self._holes[-1].after != newest:
            self._holes.append(_Hole(newest, [reason]))
        elif reason not in (reasons := self._holes[-1].reasons) and len(reasons) <= _REASONS:
            reasons.append(reason if len(reasons) < _REASONS else "and more")

    def add(self, rows: Iterable[TradeRow], *, snapshot: bool) -> int:
        """Add trades.

        Args:
            rows: In any order.
            snapshot: They are the last ones up to now, none missing.

        Returns:
            How many could not be read.
        """
        bad = 0
        read: dict[str, Trade] = {}
        for row in rows:
            trade = _trade(row)
            if trade is None:
                bad += 1
            else:
                read[trade.trade_id] = trade
        fresh = sorted((trade for trade in read.values() if trade.trade_id not in self._ids), key=_place)
        if snapshot and read and not bad:
            reaches = min(map(_place, read.values()))
            self._holes = [hole for hole in self._holes if hole.after < reaches]
        if fresh:
            changed = self._merge(fresh)
            moved = next((older.price for older in changed if older.price != self.trades[0].price), None)
            if moved is not None:
                self.last_direction = 1 if self.trades[0].price > moved else -1
        return bad

    def _merge(self, fresh: list[Trade]) -> tuple[Trade, ...]:
        """Merge trades, oldest first, with the known ones.

        Returns:
            Newest first, all up to the one that was the newest before: what can have changed the last direction.
        """
        follows = not self.trades or _place(fresh[0]) > _place(self.trades[0])
        if follows and not self._holes and not self._marked_any:
            merged = (*reversed(fresh), *self.trades)
            self._ids.update(trade.trade_id for trade in fresh)
            self._ids.difference_update(trade.trade_id for trade in merged[_KEPT:])
            self.trades = merged[:_KEPT]
            return self.trades[: len(fresh) + 1]
        # Older ones may come late: in the snapshot of a new connection, those of the time without one.
        ordered = sorted((*fresh, *self.trades), key=_place)[-_KEPT:]
        self.trades = tuple(reversed(self._marked(ordered)))
        self._ids = {trade.trade_id for trade in self.trades}
        self._marked_any = bool(self._holes)
        return self.trades

    def _marked(self, trades: list[Trade]) -> list[Trade]:
        """Write each hole on the first trade after it; ``trades`` are oldest first."""
        trades = [replace(trade, missing_before="") if trade.missing_before else trade for trade in trades]
        open_holes: list[_Hole] = []
        for hole in self._holes:
            at = bisect_right(trades, hole.after, key=_place)
            if at == 0 or (at < len(trades) and _are_neighbours(trades[at - 1], trades[at])):
                continue
            open_holes.append(hole)
            if at < len(trades):
                words = [trades[at].missing_before] if trades[at].missing_before else []
                trades[at] = replace(trades[at], missing_before=", ".join([*words, *hole.reasons]))
        self._holes = open_holes
        return trades


def _trade(row: TradeRow) -> Trade | None:
    at = unix_time(row.time)
    if not is_number(row.price) or not is_number(row.size) or at is None or row.side not in ("BUY", "SELL"):
        return None
    aggressor = "buy" if row.side == "SELL" else "sell"
    return Trade(plain_text(row.trade_id, _ID_DIGITS), Decimal(row.price), Decimal(row.size), aggressor, at)


def _place(trade: Trade) -> _Place:
    return trade.at, len(trade.trade_id), trade.trade_id


def _are_neighbours(older: Trade, newer: Trade) -> bool:
    ids = older.trade_id, newer.trade_id
    return all(one.isascii() and one.isdigit() for one in ids) and int(ids[0]) + 1 == int(ids[1])
