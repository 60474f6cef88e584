"""``--dump-book``: whole books as one JSON document."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from depthview.core.fixed_point import text_of
from depthview.core.text import shown_path
from depthview.errors import UsageError
from depthview.system.files import create_private_file, why_not_created

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.session.session import MarketSession


class BookDump:
    """A file for whole books, made at once so that a name that cannot be used is known before it matters.

    Args:
        path: Made exclusively, 0600.
        force: Replace an existing regular file.
        include_untrusted: Write books that are not trusted too, marked with their verdict.

    Raises:
        UsageError: The file cannot be made.
    """

    def __init__(self, path: Path, *, force: bool, include_untrusted: bool) -> None:
        self._include_untrusted = include_untrusted
        try:
            self._descriptor = create_private_file(path, force=force)
        except (OSError, ValueError) as e:
            raise UsageError(f"cannot dump to {shown_path(path)}: {why_not_created(e, force=force)}") from None

    def write(self, session: MarketSession) -> None:
        """Write the books as they stand, best price first, and close the file.

        Raises:
            OSError: The disk's reason.
        """
        books: dict[str, Any] = {}
        for product in session.products.names():
            market = session.products.market(product)
            verdict = session.judgement(market).verdict
            trusted = verdict.trusted
            if not trusted and not self._include_untrusted:
                books[product] = None
                continue
            book: dict[str, Any] = {
                "bids": [[text_of(level.price), text_of(level.size)] for level in market.book.bids.walk()],
                "asks": [[text_of(level.price), text_of(level.size)] for level in market.book.asks.walk()],
            }
            if not trusted:
                book["verdict"] = verdict.value
            books[product] = book
        with os.fdopen(self._descriptor, "wb") as file:
            file.write(msgspec.json.encode(books) + b"\n")
