"""The REST addresses that go with the feed, as documents; served on the same port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.exchange.instants import NANOSECONDS, rfc3339
from depthview.exchange.products import CURRENCY_NAMES, ProductSpec, TradingState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from depthview.exchange.feed import ProductFeed

PRODUCTS_PATH: Final = "/api/v3/brokerage/market/products"
TIME_PATH: Final = "/api/v3/brokerage/time"
PERMISSIONS_PATH: Final = "/api/v3/brokerage/key_permissions"

_RESTRICTED: Final = frozenset({"cancel_only", "limit_only", "post_only"})
"""States in which something can still be done. (That a status reads so is made up: none but ``online`` and ``delisted``
was seen.)"""

REST_HOST: Final = "api.coinbase.com"
"""The venue's own, which the ``uri`` of a token may name wherever the exchange really listens."""

_PORTFOLIO: Final = "00000000-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class KeyPermissions:
    """What a key may do."""

    view: bool = True
    trade: bool = False
    transfer: bool = False


def token_uris(path: str, hosts: Iterable[str]) -> frozenset[str]:
    """What the ``uri`` claim of a REST token for a GET may be: method, host and path, no scheme and no query.

    Args:
        path: That was asked for.
        hosts: Under which the exchange goes, besides the venue's own.
    """
    return frozenset(f"GET {host}{path}" for host in (REST_HOST, *hosts))


def permissions_document(permissions: KeyPermissions) -> dict[str, object]:
    """What a key may do."""
    return {
        "can_view": permissions.view,
        "can_trade": permissions.trade,
        "can_transfer": permissions.transfer,
        "portfolio_uuid": _PORTFOLIO,
        "portfolio_type": "DEFAULT",
    }


def products_document(
    feeds: Iterable[ProductFeed], states: Mapping[str, TradingState], also: Iterable[str] = ()
) -> dict[str, object]:
    """The public product list: every product, then every alias (observed: an alias is a product of its own).

    Args:
        feeds: The products.
        states: Of those that are not online.
        also: Names to list besides, as copies of the first product.
    """
    given = list(feeds)
    products = [_product(feed, feed.spec.product_id, feed.spec.quote, states) for feed in given]
    products += [_product(feed, feed.spec.alias, "USDC", states) for feed in given if feed.spec.alias]
    products += [products[0] | {"product_id": name, "base_name": name, "alias": "", "alias_to": []} for name in also]
    return {"products": products, "num_products": len(products)}


def time_document(instant_ns: int) -> dict[str, object]:
    """The server's time."""
    return {
        "iso": rfc3339(instant_ns),
        "epochSeconds": str(instant_ns // NANOSECONDS),
        "epochMillis": str(instant_ns // 1_000_000),
    }


def _product(feed: ProductFeed, product_id: str, quote: str, states: Mapping[str, TradingState]) -> dict[str, object]:
    spec: ProductSpec = feed.spec
    state = states.get(spec.product_id)
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
        "status": "online" if state is None else state.status,
        "is_disabled": False,
        "trading_disabled": state is not None and state.status not in _RESTRICTED,
        "cancel_only": state is not None and state.status == "cancel_only",
        "limit_only": state is not None and state.status == "limit_only",
        "post_only": state is not None and state.status == "post_only",
        "auction_mode": state is not None and state.status == "auction",
        "view_only": False,
        "new": False,
        "watched": False,
        "product_type": "SPOT",
        "alias": spec.product_id if is_alias else "",
        "alias_to": [spec.alias] if spec.alias and not is_alias else [],
    }
