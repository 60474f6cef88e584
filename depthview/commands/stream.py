"""``depthview stream`` and ``depthview record``: a feed without a screen, as JSON Lines."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from depthview.commands.book_dump import BookDump
from depthview.commands.shutdown import ENDING_SIGNALS, exit_code, print_report, write_dump
from depthview.commands.wiring import environment, running, wired
from depthview.core.fixed_point import text_of
from depthview.core.verdict import Proof
from depthview.errors import DepthviewError, NoBook
from depthview.system.logs import open_log
from depthview.system.paths import config_folder
from depthview.system.stdout import into_nothing, unwritable

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from depthview.clock import Clock
    from depthview.config.run_options import RunOptions, StreamOptions
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


def _rows(rows: tuple[LevelRow, ...]) -> list[list[str]]:
    return [[text_of(row.price), text_of(row.size)] for row in rows]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else text_of(number)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)


_STEP: Final = 0.02
"""Seconds between looks at a live clock."""
_LOOK: Final = 0.2
"""Seconds between looks at a recorder that a full disk may have stopped."""


async def run_stream(settings: RunOptions, out: BinaryIO) -> int:
    """Write samples until there is no more to come, or enough; returns the exit code.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    open_log(settings.log_file, force=settings.force)
    stopped = _stop_on_signals()
    async with wired(settings, environment(), config_folder()) as wiring:
        dump = _dump_of(settings)
        if wiring.notice:
            print(f"depthview: {wiring.notice}", file=sys.stderr)  # noqa: T201  # books are trusted without numbers
        sampler = Sampler(wiring.views, wiring.clock, settings.stream, lambda line: _write(out, line))

        def moved() -> None:
            sampler.observe()
            if sampler.done:
                # Or what is dumped would be later than the last line.
                wiring.stop()

        wiring.moved.append(moved)
        async with running(wiring) as (task, ending):
            while not (task.done() or sampler.done or stopped.done()):
                if wiring.live:
                    sampler.observe()
                if not sampler.done:
                    await _either(task, stopped, _STEP)
            sampler.finish()
            # What comes while the connection closes would be in the recording and in the dump, and in no line.
            wiring.stop()
        if dump is not None:
            write_dump(dump, wiring.session)
        if settings.report:
            print_report(wiring)
        never = [p for p in wiring.session.products.names() if not wiring.session.products.market(p).ever_had_book]
        reasons = {p: wiring.views.depth(p, 0, now=wiring.clock.monotonic()).reason for p in never}
    if stopped.done():
        return stopped.result()
    if sampler.unread:
        return 0
    # What is told of each product says more.
    code = 1 if never and isinstance(ending.fault, NoBook) else exit_code(ending)
    if wiring.recorder is not None and wiring.recorder.stopped:
        raise DepthviewError(wiring.recorder.status)
    if never:
        # There will be no next try.
        told = "; ".join(f"{p}: {(reasons[p] or 'no snapshot came').partition('; next try')[0]}" for p in never)
        print(f"depthview: no book for {told}", file=sys.stderr)  # noqa: T201  # why it failed
        return 1
    return code


async def run_record(settings: RunOptions) -> int:
    """Record until stopped by a signal or ``--for``; returns the exit code.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    open_log(settings.log_file, force=settings.force)
    stopped = _stop_on_signals()
    async with wired(settings, environment(), config_folder()) as wiring:
        recorder, clock, limit = wiring.recorder, wiring.clock, settings.stream.for_seconds
        assert recorder is not None  # noqa: S101  # the command has asked for one
        started = clock.monotonic()
        async with running(wiring) as (task, ending):
            while not (task.done() or stopped.done() or recorder.stopped):
                left = _LOOK if limit is None else min(_LOOK, limit - (clock.monotonic() - started))
                if left <= 0:
                    break
                await _either(task, stopped, left)
        frames = wiring.session.rates.frames
        if settings.report:
            print_report(wiring)
    if recorder.stopped:
        raise DepthviewError(f"{recorder.status}, {frames:,} frames")
    print(f"depthview: {recorder.status}, {frames:,} frames", file=sys.stderr)  # noqa: T201  # what became of it
    return stopped.result() if stopped.done() else exit_code(ending)


async def _either(task: asyncio.Task[None], stopped: asyncio.Future[int], at_most: float | None) -> None:
    futures: set[asyncio.Future[None] | asyncio.Future[int]] = {task, stopped}
    await asyncio.wait(futures, timeout=at_most, return_when=asyncio.FIRST_COMPLETED)


def _dump_of(settings: RunOptions) -> BookDump | None:
    if settings.dump_book is None:
        return None
    return BookDump(settings.dump_book, force=settings.force, include_untrusted=settings.include_untrusted)


def _stop_on_signals() -> asyncio.Future[int]:
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(128 + number)

    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    return stopped


def _write(out: BinaryIO, line: bytes) -> None:
    try:
        out.write(line)
        out.flush()
    except BrokenPipeError:
        into_nothing()
        raise
    except OSError as e:
        into_nothing()
        raise unwritable(e) from None
