"""The venue's public product list over HTTPS, for when the feed brings none (documented: it needs no key)."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError

import msgspec

from depthview.coinbase.messages import increment_from
from depthview.core.text import is_product_id, plain_text
from depthview.core.types import Product
from depthview.errors import ConnectionFailed
from depthview.system.event_loop import in_daemon_thread
from depthview.system.http import get

PATH: Final = "/api/v3/brokerage/market/products"
_TIMEOUT: Final = 10.0
_MAX_BYTES: Final = 16 << 20
_RESTRICTIONS: Final = {
    "auction_mode": "auction",
    "post_only": "post only",
    "limit_only": "limit only",
    "cancel_only": "cancel only",
    "trading_disabled": "trading disabled",
    "is_disabled": "disabled",
    "view_only": "view only",
}
"""Flags of a product (documented; ``trading_disabled`` observed with the status ``delisted``), in words."""


class _Listed(msgspec.Struct):
    product_id: str
    base_currency_id: str = ""
    quote_currency_id: str = ""
    base_increment: str = ""
    quote_increment: str = ""
    price_increment: str = ""
    status: str = ""
    alias: str = ""
    product_type: str = ""
    future_product_details: Any = None
    auction_mode: Any = False
    post_only: Any = False
    limit_only: Any = False
    cancel_only: Any = False
    trading_disabled: Any = False
    is_disabled: Any = False
    view_only: Any = False


class _List(msgspec.Struct):
    products: list[_Listed]


def fetch_products(base: str, *, loopback: bool) -> list[Product]:
    """All products of the venue, futures too. Waits for the network: call it in a thread.

    Futures are not in the list unless they are asked for (reported). Where only they cannot be had, the list has none.

    Args:
        base: Scheme and host, e.g. ``https://api.coinbase.com``.
        loopback: Whether that is this machine, so that no proxy has a part in it.

    Raises:
        ConnectionFailed: No answer, or not a product list.
    """
    products = parse_products(_get(base + PATH, loopback=loopback))
    try:
        futures = parse_products(_get(f"{base}{PATH}?product_type=FUTURE", loopback=loopback))
    except ConnectionFailed:
        return products
    listed = {product.product_id for product in products}
    return products + [future for future in futures if future.product_id not in listed]


def _get(url: str, *, loopback: bool) -> bytes:
    try:
        with get(url, loopback=loopback, timeout=_TIMEOUT) as response:
            return response.read(_MAX_BYTES)
    except HTTPError as e:
        e.close()  # it is an open answer as well
        raise ConnectionFailed(f"product list unavailable: HTTP {e.code}") from None
    except (URLError, OSError, HTTPException, ValueError):
        raise ConnectionFailed("product list unavailable: no connection") from None


async def products_of_venue(base: str, *, loopback: bool) -> list[Product]:
    """As :func:`fetch_products`, holding up neither the event loop nor the end of the program.

    Raises:
        ConnectionFailed: No answer, or not a product list.
    """
    return await in_daemon_thread(lambda: fetch_products(base, loopback=loopback))


def parse_products(body: bytes) -> list[Product]:
    """The products of a list as the venue answers it; what has no product's name is left out.

    Raises:
        ConnectionFailed: It is no product list.
    """
    try:
        listed = msgspec.json.decode(body, type=_List).products
    except (msgspec.DecodeError, RecursionError):
        raise ConnectionFailed("the product list cannot be read") from None
    found: list[Product] = []
    for row in listed:
        if not is_product_id(row.product_id):
            continue
        named = Product.named(row.product_id)
        details = row.future_product_details if isinstance(row.future_product_details, dict) else {}
        unit = details.get("contract_root_unit")
        found.append(
            Product(
                row.product_id,
                plain_text(row.base_currency_id, 12) or named.base,
                plain_text(row.quote_currency_id, 12) or named.quote,
                increment_from(row.price_increment or row.quote_increment),
                increment_from(row.base_increment),
                "" if row.status == "online" else plain_text(row.status, 24),
                tuple(words for flag, words in _RESTRICTIONS.items() if getattr(row, flag) is True),
                row.alias if is_product_id(row.alias) else "",
                plain_text(row.product_type, 24),
                increment_from(details.get("contract_size")),
                plain_text(unit, 12) if isinstance(unit, str) else "",
            )
        )
    return found
