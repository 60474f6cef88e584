"""The REST endpoints, served on the port of the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs
from uuid import NAMESPACE_DNS, uuid5

from depthview.exchange.book import Scale
from depthview.exchange.messages import NANOSECONDS, rfc3339
from depthview.exchange.products import CURRENCY_NAMES, ProductSpec, TradingState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from depthview.exchange.feed import ProductFeed
    from depthview.exchange.venue import KeyPermissions, Venue

_PRODUCTS: Final = "/api/v3/brokerage/market/products"
_TIME: Final = "/api/v3/brokerage/time"
_PERMISSIONS: Final = "/api/v3/brokerage/key_permissions"
_SUMMARY: Final = "/api/v3/brokerage/transaction_summary"
_FIAT_CURRENCIES: Final = "/v2/currencies"
_CRYPTO_CURRENCIES: Final = "/v2/currencies/crypto"
_RATES: Final = "/v2/exchange-rates"

_RESTRICTED: Final = frozenset({"cancel_only", "limit_only", "post_only"})
"""States with restricted trading. (The names are invented: only ``online`` and ``delisted`` were seen.)"""

_REST_HOST: Final = "api.coinbase.com"
"""The venue's own, which the ``uri`` of a token may name wherever the exchange listens."""

_FIAT: Final = frozenset({"USD", "EUR"})
_RATE_SCALE: Final = Scale(16)
_PORTFOLIO: Final = "00000000-0000-4000-8000-000000000001"


def public_document(venue: Venue, path: str, query: str) -> dict[str, object] | None:
    """What anybody is told; None for a path that is not served."""
    feeds = venue.feeds.values()
    if path == _PRODUCTS:
        product_type = parse_qs(query).get("product_type", [""])[-1]
        return _products_document(feeds, venue.states, venue.also_listed, product_type)
    if path == _TIME:
        return _time_document(venue.moment().instant_ns)
    if path == _FIAT_CURRENCIES:
        return _fiat_document(feeds)
    if path == _CRYPTO_CURRENCIES:
        return _crypto_document(feeds)
    if path == _RATES:
        return _rates_document(feeds)
    return None


def is_private(path: str) -> bool:
    return path in {_PERMISSIONS, _SUMMARY}


def private_document(venue: Venue, path: str) -> dict[str, object]:
    return _summary_document() if path == _SUMMARY else _permissions_document(venue.permissions)


def token_uris(path: str, hosts: Collection[str]) -> frozenset[str]:
    """What the ``uri`` claim of a REST token for a GET may be: method, host and path, no scheme and no query.

    Args:
        path: Of the request.
        hosts: Names of the exchange besides the venue's own; with ``http://`` too, as ccxt, which strips
            ``https://`` only, names a host without TLS.
    """
    return frozenset(f"GET {host}{path}" for host in (_REST_HOST, *hosts, *(f"http://{host}" for host in hosts)))


def _permissions_document(permissions: KeyPermissions) -> dict[str, object]:
    return {
        "can_view": permissions.view,
        "can_trade": permissions.trade,
        "can_transfer": permissions.transfer,
        "portfolio_uuid": _PORTFOLIO,
        "portfolio_type": "DEFAULT",
    }


def _summary_document() -> dict[str, object]:
    """The volume and fee tier of a key's owner (documented fields): nothing yet, at the first tier."""
    return {
        "total_volume": 0,
        "total_fees": 0,
        "fee_tier": {
            "pricing_tier": "",
            "usd_from": "0",
            "usd_to": "10000",
            "taker_fee_rate": "0.006",
            "maker_fee_rate": "0.004",
        },
        "advanced_trade_only_volume": 0,
        "advanced_trade_only_fees": 0,
        "coinbase_pro_volume": 0,
        "coinbase_pro_fees": 0,
    }


def _fiat_document(feeds: Iterable[ProductFeed]) -> dict[str, object]:
    """The fiat currencies that products are quoted in (shape as ccxt reads it)."""
    quotes = dict.fromkeys(feed.spec.quote for feed in feeds)
    rows = [{"id": quote, "name": CURRENCY_NAMES[quote], "min_size": "0.01"} for quote in quotes if quote in _FIAT]
    return {"data": rows}


def _crypto_document(feeds: Iterable[ProductFeed]) -> dict[str, object]:
    """The currencies that are traded (shape as ccxt reads it)."""
    names = {feed.spec.base: feed.spec.base_name for feed in feeds if not feed.spec.contract}
    rows = [
        {"asset_id": str(uuid5(NAMESPACE_DNS, code)), "code": code, "name": name, "type": "crypto"}
        for code, name in names.items()
    ]
    return {"data": rows}


def _rates_document(feeds: Iterable[ProductFeed]) -> dict[str, object]:
    """What one US dollar is in each currency that is traded for it (shape as ccxt reads it)."""
    rates = {
        feed.spec.base: _RATE_SCALE.text(10 ** (_RATE_SCALE.decimals + feed.spec.price_decimals) // feed.last_ticks)
        for feed in feeds
        if feed.spec.quote == "USD" and not feed.spec.contract
    }
    return {"data": {"currency": "USD", "rates": rates | {"USD": "1"}}}


def _products_document(
    feeds: Iterable[ProductFeed], states: Mapping[str, TradingState], also: Iterable[str], kind: str
) -> dict[str, object]:
    """The public product list: products, then aliases (observed: an alias is a product of its own).

    Args:
        feeds: The products.
        states: Of those that are not online.
        also: More names to list, as copies of the first product.
        kind: Only those of this ``product_type``; empty for spot: futures are listed on request only (reported).
    """
    given = list(feeds)
    products = [_product(feed, feed.spec.product_id, feed.spec.quote, states) for feed in given]
    products += [_product(feed, feed.spec.alias, "USDC", states) for feed in given if feed.spec.alias]
    products += [products[0] | {"product_id": name, "base_name": name, "alias": "", "alias_to": []} for name in also]
    products = [product for product in products if product["product_type"] == (kind or "SPOT")]
    return {"products": products, "num_products": len(products)}


def _time_document(instant_ns: int) -> dict[str, object]:
    return {
        "iso": rfc3339(instant_ns),
        "epochSeconds": str(instant_ns // NANOSECONDS),
        "epochMillis": str(instant_ns // 1_000_000),
    }


def _product(feed: ProductFeed, product_id: str, quote: str, states: Mapping[str, TradingState]) -> dict[str, object]:
    spec: ProductSpec = feed.spec
    state = states.get(spec.product_id)
    is_alias = product_id != spec.product_id
    online = "" if spec.contract else "online"
    return {
        "product_id": product_id,
        "price": feed.last_price,
        "base_increment": spec.size_increment,
        "quote_increment": spec.quote_increment,
        "price_increment": spec.price_increment,
        "base_min_size": spec.size_increment,
        "quote_min_size": "1",
        "base_name": "" if spec.contract else spec.base_name,
        "quote_name": CURRENCY_NAMES[quote],
        "base_currency_id": spec.base,
        "quote_currency_id": quote,
        "base_display_symbol": spec.base,
        "quote_display_symbol": quote,
        "status": online if state is None else state.status,
        "is_disabled": False,
        "trading_disabled": state is not None and state.status not in _RESTRICTED,
        "cancel_only": state is not None and state.status == "cancel_only",
        "limit_only": state is not None and state.status == "limit_only",
        "post_only": state is not None and state.status == "post_only",
        "auction_mode": state is not None and state.status == "auction",
        "view_only": False,
        "new": False,
        "watched": False,
        "product_type": spec.product_type,
        "alias": spec.product_id if is_alias else "",
        "alias_to": [spec.alias] if spec.alias and not is_alias else [],
    } | _future(spec)


def _future(spec: ProductSpec) -> dict[str, object]:
    """The additional fields of a future (observed; without its trading session, which is always open here)."""
    if spec.contract is None:
        return {}
    contract = spec.contract
    return {
        "future_product_details": {
            "venue": "cde",
            "contract_code": contract.code,
            "contract_expiry": contract.expiry,
            "contract_size": contract.size,
            "contract_root_unit": contract.unit,
            "contract_expiry_type": "EXPIRING",
            "contract_display_name": spec.base_name,
        }
    }
