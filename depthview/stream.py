"""The engine without a screen: JSON Lines for scripts, and whole books for comparing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import msgspec

from depthview.core.fixed_point import text_of
from depthview.core.text import shown_path
from depthview.core.verdict import Proof
from depthview.errors import UsageError
from depthview.system.files import create_private_file, why_not_created

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from pathlib import Path

    from depthview.clock import Clock
    from depthview.config.options import StreamOptions
    from depthview.session.session import MarketSession
    from depthview.session.views import SessionViews
    from depthview.views.depth import LevelRow

_encode: Final = msgspec.json.encode
_HAIR: Final = 1e-6
"""Seconds: a recorded instant is off by up to a quarter of a microsecond, which is no reason to sample a step later."""


def sample(views: SessionViews, product: str, depth: int, *, now: float, unix: float) -> dict[str, Any]:
    """One product as one record; the book and all that derives from it is null while it is not trusted.

    Args:
        views: The session's.
        product: On show.
        depth: Levels a side, 0 for all.
        now: Monotonic seconds of the feed's clock.
        unix: Unix seconds of the same.
    """
    view, feed, token = views.depth(product, depth, now=now), views.feed(now), views.token(now)
    top = view.top
    trusted = top is not None
    record: dict[str, Any] = {"at": round(unix, 6), "product": product}
    if view.feed_product != product:
        record["feed_product"] = view.feed_product
    if view.contract:
        record |= {"size_unit": view.base, "contract_size": _text(view.multiplier)}
    record |= {
        "verdict": view.verdict.value,
        "reason": view.reason,
    }
    if view.proof is Proof.PARTIAL:
        record["proof"] = view.proof.value
    record |= {
        "bids": _rows(view.bids) if trusted else None,
        "asks": _rows(view.asks) if trusted else None,
        "best_bid": _text(top.best_bid.price) if top is not None and top.best_bid is not None else None,
        "best_ask": _text(top.best_ask.price) if top is not None and top.best_ask is not None else None,
        "spread": _text(top.spread) if top is not None else None,
        "mid": _text(top.mid) if top is not None else None,
        "sequence": {
            "scope": view.sequence.scope,
            "last": view.sequence.last,
            "gaps": view.sequence.gaps,
            "missed": view.sequence.missed,
            "duplicates": view.sequence.duplicates,
            "out_of_order": view.sequence.out_of_order,
            "resets": view.sequence.resets,
        },
        "connection": {
            "state": feed.state.value,
            "frames": feed.frames,
            "bad_frames": feed.bad_frames,
            "bad_rows": feed.bad_rows,
            "crossed": feed.crossed,
            "resyncs": feed.resyncs,
            "reconnects": feed.reconnects,
            "heartbeat_age_s": _rounded(feed.heartbeat_age),
            "latency_ms": _rounded(feed.latency_ms),
            "behind_s": _rounded(feed.behind),
            "age_s": _rounded(feed.age),
        },
        "token": {"state": token.state.value, "expires_in_s": _rounded(token.expires_in), "sent": token.sent}
        if views.signed
        else None,
    }
    return record


class Sampler:
    """Writes samples as the feed's time goes by, and a last one at the end.

    Args:
        views: What to sample.
        clock: The feed's: the recording's in a replay.
        options: How deep, how often, how long.
        write: Takes a line; raises ``BrokenPipeError`` when nobody reads any more.
    """

    def __init__(
        self, views: SessionViews, clock: Clock, options: StreamOptions, write: Callable[[bytes], None]
    ) -> None:
        self._views = views
        self._clock = clock
        self._options = options
        self._write = write
        self._started_at: float | None = None
        self._samples = 0
        self._due = 0
        self.done = False
        """Whether all that was asked for has been written, or nobody reads any more."""
        self.unread = False
        """Whether nobody reads any more."""

    def observe(self) -> None:
        """Time has moved: write what has come due."""
        if self.done:
            return
        now = self._clock.monotonic()
        if self._started_at is None:
            self._started_at = now
        elapsed = now - self._started_at + _HAIR
        limit = self._options.for_seconds
        if limit is not None and elapsed >= limit:
            self.finish()
            return
        if elapsed >= (self._due + 1) * self._options.every_seconds:
            # Steps that were passed over in one go make one sample: a stream says what is, not what was.
            self._due = int(elapsed / self._options.every_seconds)
            self._emit(now)
            if self._options.count is not None and self._samples >= self._options.count:
                self.done = True

    def finish(self) -> None:
        """Write the last line of each product: what stands at the end, even where a sample fell on the same moment."""
        if not self.done:
            self._emit(self._clock.monotonic())
        self.done = True

    def _emit(self, now: float) -> None:
        self._samples += 1
        self._views.look()
        unix = self._clock.unix()
        try:
            for product in self._views.products():
                record = sample(self._views, product, self._options.depth, now=now, unix=unix)
                self._write(_encode(record) + b"\n")
        except BrokenPipeError:
            self.done = self.unread = True


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
        for product in session.products():
            market = session.market(product)
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
            file.write(_encode(books) + b"\n")


def _rows(rows: tuple[LevelRow, ...]) -> list[list[str]]:
    return [[text_of(row.price), text_of(row.size)] for row in rows]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else text_of(number)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
