"""The two public REST addresses that go with the feed, as documents; served on the same port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.exchange.instants import NANOSECONDS, rfc3339
from depthview.exchange.products import CURRENCY_NAMES, ProductSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.feed import ProductFeed

PRODUCTS_PATH: Final = "/api/v3/brokerage/market/products"
TIME_PATH: Final = "/api/v3/brokerage/time"


def products_document(feeds: Iterable[ProductFeed]) -> dict[str, object]:
    """The public product list: every product, then every alias (observed: an alias is a product of its own)."""
    given = list(feeds)
    products = [_product(feed, feed.spec.product_id, feed.spec.quote) for feed in given]
    products += [_product(feed, feed.spec.alias, "USDC") for feed in given if feed.spec.alias]
    return {"products": products, "num_products": len(products)}


def time_document(instant_ns: int) -> dict[str, object]:
    """The server's time."""
    return {
        "iso": rfc3339(instant_ns),
        "epochSeconds": str(instant_ns // NANOSECONDS),
        "epochMillis": str(instant_ns // 1_000_000),
    }


def _product(feed: ProductFeed, product_id: str, quote: str) -> dict[str, object]:
    spec: ProductSpec = feed.spec
    is_alias = product_id != spec.product_id
    return {
        "product_id": product_id,
        "price": feed.last_price,
        "base_increment": spec.size_increment,
        "quote_increment": spec.price_increment,
        "price_increment": spec.price_increment,
        "base_min_size": spec.size_increment,
        "quote_min_size": "1",
        "base_name": spec.base_name,
        "quote_name": CURRENCY_NAMES[quote],
        "base_currency_id": spec.base,
        "quote_currency_id": quote,
        "base_display_symbol": spec.base,
        "quote_display_symbol": quote,
        "status": "online",
        "is_disabled": False,
        "trading_disabled": False,
        "cancel_only": False,
        "limit_only": False,
        "post_only": False,
        "auction_mode": False,
        "view_only": False,
        "new": False,
        "watched": False,
        "product_type": "SPOT",
        "alias": spec.product_id if is_alias else "",
        "alias_to": [spec.alias] if spec.alias and not is_alias else [],
    }
