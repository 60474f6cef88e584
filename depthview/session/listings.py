"""What the venue tells of its products, and what follows from it for those on show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.coinbase.subscriptions import Subscriptions
    from depthview.core.types import Product
    from depthview.session.events import EventLog
    from depthview.session.instant import Instant
    from depthview.session.products import Roster
    from depthview.session.verdicts import Verdicts


class Listings:
    """Takes the product list and the status channel in."""

    def __init__(
        self, instant: Instant, subscriptions: Subscriptions, roster: Roster, verdicts: Verdicts, events: EventLog
    ) -> None:
        self._instant = instant
        self._subscriptions = subscriptions
        self._roster = roster
        self._verdicts = verdicts
        self._events = events

    def take(self, products: Iterable[Product], *, complete: bool) -> None:
        """Take in the whole product list, or news of some products."""
        before = {market.name: market.product.trading_state for market in self._roster.markets()}
        for name in self._roster.list_products(products, complete=complete):
            self._moved(name)
        for market in self._roster.markets():
            state = market.product.trading_state
            if state != before.get(market.name, state):
                # No incident: nothing is wrong with the feed.
                level, words = ("note", state) if state else ("good", "online again")
                self._events.add(self._instant.unix, level, f"trading: {words}", market.name)

    def _moved(self, name: str) -> None:
        """The product list says that a name belongs to another market than the one whose book it showed."""
        market = self._roster.market(name)
        of_whom = "a market of its own" if market.name == name else f"the market {market.name}"
        cause = f"the product list says that {name} is {of_whom}"
        if market.has_book:
            self._verdicts.doubt([market], cause, "warn")
        else:
            self._events.add(self._instant.unix, "note", cause, name)
            self._subscriptions.ask_anew(name)
        self._verdicts.judge(market)
