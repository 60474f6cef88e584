"""``--dump-book``: whole books as one JSON document; loads what it needs when it writes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from depthview.core.text import shown_path
from depthview.errors import DepthviewError, UsageError
from depthview.system.files import create_private_file, why_not_created
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.config.run_options import RunOptions
    from depthview.session.session import MarketSession


def open_dump(options: RunOptions) -> BookDump | None:
    """The file of ``--dump-book``; None where it is not given.

    Raises:
        UsageError: The file cannot be made.
    """
    if options.dump_book is None:
        return None
    return BookDump(options.dump_book, force=options.force, include_untrusted=options.include_untrusted)


class BookDump:
    """A file for whole books, created at once, so that a wrong name is known before anything runs.

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
            DepthviewError: The file cannot be written.
        """
        import msgspec

        from depthview.core.fixed_point import text_of

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
        try:
            with os.fdopen(self._descriptor, "wb") as file:
                file.write(msgspec.json.encode(books) + b"\n")
        except OSError as e:
            raise DepthviewError(f"cannot dump the books: {os_reason(e)}") from None
