"""From a frame to a book that can be read, against decoding alone and against what people use otherwise."""

from __future__ import annotations

import random
import tracemalloc
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from depthview.coinbase.messages import Book, decode
from depthview.core.fixed_point import EIGHT_PLACES, all_units
from depthview.core.order_book import OrderBook, read_snapshot
from tools.bench.contenders import BareFloats, BookPath, Contender, JsonSort, OrjsonSorted, SessionPath, floor_decode
from tools.bench.recorded import recorded
from tools.bench.rounds import interleaved, ratio, timed
from tools.bench.table import Figure
from tools.bench.workload import LARGE, SMALL, TINY, Workload, build, sized

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from depthview.core.types import Change

_TOP: Final = 40
_SLOW_FRAMES: Final = 300
"""For those that sort a whole side at every look: a few frames tell as much as many."""


class WrongBook(AssertionError):
    """A contender's book is not the true one, so that its time says nothing."""


def _run(make: Callable[[], Contender], work: Workload, every: int, frames: int, *, summed: bool = True) -> float:
    """Seconds a change, from the first update until everything that was asked of the book has been read."""
    contender = make()
    contender.load(work.snapshot)
    updates = work.updates[:frames]
    price = random.Random(1).choice(sorted(work.truth["bids"]))  # noqa: S311  # any level will do

    def go() -> None:
        update, top = contender.update, contender.top
        for number, raw in enumerate(updates, 1):
            update(raw)
            if number % every == 0:
                top(_TOP)
        top(_TOP)
        if summed:
            contender.totals()
        contender.size_at("bids", price)

    seconds = timed(go)
    if frames >= len(work.updates):
        _prove(contender, work)
    return seconds / sum(work.changes[:frames])


def _prove(contender: Contender, work: Workload) -> None:
    bids, asks = contender.top(1_000_000)
    totals = dict(zip(("bids", "asks"), contender.totals(), strict=True))
    for side, rows in (("bids", bids), ("asks", asks)):
        truth = work.truth[side]
        whole = sum(truth.values(), Decimal(0))
        if contender.whole()[side] != truth or rows[-1][2] != whole or totals[side] != whole:
            raise WrongBook(f"{type(contender).__name__}: {side} of {work.shape.name} are not the true ones")
        some = next(iter(truth))
        if contender.size_at(side, some) != truth[some]:
            raise WrongBook(f"{type(contender).__name__}: a level of {side} is not the true one")


def _bare(work: Workload, every: int, frames: int) -> float:
    """Seconds a change of the least that Python can do; see :class:`BareFloats`."""
    bare = BareFloats()
    bare.load(work.snapshot)
    updates = work.updates[:frames]

    def go() -> None:
        for number, raw in enumerate(updates, 1):
            bare.update(raw)
            if number % every == 0:
                bare.read(_TOP)

    return timed(go) / sum(work.changes[:frames])


def _rows_of(work: Workload, frames: int) -> list[Sequence[Change]]:
    messages = [decode(raw) for raw in work.updates[:frames]]
    return [message.events[0].updates for message in messages if isinstance(message, Book)]


def _decoding(work: Workload, frames: int) -> float:
    """Seconds a change of depthview's own decoder."""
    updates = work.updates[:frames]
    return timed(lambda: [None for raw in updates if decode(raw) is None]) / sum(work.changes[:frames])


def _proving(work: Workload, frames: int) -> float:
    """Seconds a change of reading sizes as whole numbers and proving that they are."""
    rows = _rows_of(work, frames)
    return timed(lambda: [len(_sizes_of(changes)) for changes in rows]) / sum(work.changes[:frames])


def _sizes_of(changes: Sequence[Change]) -> list[int]:
    return all_units([change.size for change in changes], EIGHT_PLACES) or []


def _applying(work: Workload, frames: int) -> float:
    """Seconds a change of applying what was decoded."""
    book, rows = OrderBook(), _rows_of(work, frames)
    message = decode(work.snapshot)
    assert isinstance(message, Book)
    book.apply_snapshot(message.events[0].updates)
    return timed(lambda: [book.apply_update(changes) for changes in rows]) / sum(work.changes[:frames])


def _decode_all(work: Workload, frames: int) -> float:
    updates = work.updates[:frames]

    def go() -> None:
        for raw in updates:
            floor_decode(raw)

    return timed(go) / sum(work.changes[:frames])


def paths(seed: int, rounds: int, frames: int) -> list[Figure]:
    """The whole path at the rates of drawing that the targets name.

    On a large, a small and a tiny-priced book, and on a real recording where there is one beside the checkout.
    """
    figures: list[Figure] = []
    large = build(LARGE, seed, frames)
    session = partial(SessionPath, LARGE.product)
    for every, must, reach in ((10, 7.5, 5.0), (33, 6.0, 4.0), (3, None, None)):
        works = {
            "floor": partial(_decode_all, large, frames),
            "bare": partial(_bare, large, every, frames),
            "book": partial(_run, BookPath, large, every, frames),
            "session": partial(_run, session, large, every, frames),
        }
        if every == 10:
            works["decoding"] = partial(_decoding, large, frames)
            works["applying"] = partial(_applying, large, frames)
            works["proving"] = partial(_proving, large, frames)
            works["orjson"] = partial(_run, OrjsonSorted, large, 10, frames)
            works["json"] = partial(_run, JsonSort, large, 10, min(_SLOW_FRAMES, frames))
        found = interleaved(works, rounds)
        name = f"decode + book + top {_TOP} every {every} frames, x decoding"
        figures.append(Figure(name, ratio(found, "book", "floor"), "x", must, reach))
        figures.append(Figure("  the whole session instead of the book", ratio(found, "session", "floor")))
        figures.append(Figure("  the least with floats, unchecked and uncounted", ratio(found, "bare", "floor")))
        if every == 10:
            figures += [
                Figure(what, ratio(found, part, "floor"))
                for what, part in (
                    ("  of it decoding, as the viewer does it", "decoding"),
                    ("  of it applying, without decoding and looks", "applying"),
                    ("    of that reading sizes, proved to be whole", "proving"),
                )
            ]
            figures += _ahead(found, (1.4, 2.2), (6.0, 10.0))
    real = recorded("BTC-USD")
    for work in (build(SMALL, seed, frames), build(TINY, seed, frames), *([real] if real is not None else [])):
        must, reach = (1.3, 2.0) if work.shape is SMALL else (None, None)
        works = {
            "floor": partial(_decode_all, work, frames),
            "book": partial(_run, BookPath, work, 10, frames),
            "orjson": partial(_run, OrjsonSorted, work, 10, frames),
            "json": partial(_run, JsonSort, work, 10, frames if work.shape is SMALL else min(_SLOW_FRAMES, frames)),
        }
        found = interleaved(works, rounds)
        figures.append(Figure(f"{work.shape.name} book, x decoding", ratio(found, "book", "floor")))
        figures += _ahead(found, (must, reach), (must, reach))
    return figures


def _ahead(
    found: dict[str, list[float]],
    orjson: tuple[float | None, float | None],
    json: tuple[float | None, float | None],
) -> list[Figure]:
    return [
        Figure(f"  ahead of {name}", ratio(found, key, "book"), "x", must, reach, at_least=True)
        for name, key, (must, reach) in (
            ("orjson + SortedDict[Decimal]", "orjson", orjson),
            ("json + dict + sort", "json", json),
        )
    ]


def snapshots(seed: int, rounds: int) -> list[Figure]:
    """Loading 60,000 levels until both tops, a sum and a level can be read."""
    work = build(LARGE, seed, 1)
    price = next(iter(work.truth["bids"]))
    message = decode(work.snapshot)
    assert isinstance(message, Book)
    rows = message.events[0].updates

    def load(make: Callable[[], Contender]) -> float:
        contender = make()

        def go() -> None:
            contender.load(work.snapshot)
            contender.top(_TOP)
            contender.totals()
            contender.size_at("bids", price)

        return timed(go)

    found = interleaved(
        {
            "floor": partial(timed, partial(floor_decode, work.snapshot)),
            "book": partial(load, BookPath),
            "session": partial(load, partial(SessionPath, LARGE.product)),
            "reading": partial(timed, partial(read_snapshot, rows)),
            "orjson": partial(load, OrjsonSorted),
        },
        rounds,
    )
    return [
        Figure("60,000-level snapshot to a readable book, x decoding", ratio(found, "book", "floor"), "x", 5.0, 3.0),
        Figure("  the whole session instead of the book", ratio(found, "session", "floor")),
        Figure("  of it reading decoded rows into sides", ratio(found, "reading", "floor")),
        Figure("  ahead of orjson + SortedDict[Decimal]", ratio(found, "orjson", "book")),
    ]


def memory(seed: int) -> list[Figure]:
    """Bytes that a level takes, once looked at and changed."""
    work = build(LARGE, seed, 200)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        book = OrderBook()
        for raw in (work.snapshot, *work.updates):
            message = decode(raw)
            assert isinstance(message, Book)
            apply = book.apply_snapshot if raw is work.snapshot else book.apply_update
            apply(message.events[0].updates)
            book.bids.top(_TOP)
            book.asks.top(_TOP)
        del message, apply
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    return [Figure("memory a level, 60,000 levels", held / (len(book.bids) + len(book.asks)), "B", 140, 110)]


def growth(seed: int, rounds: int) -> list[Figure]:
    """Cost a change and a look at 1,000, 10,000 and 100,000 levels: neither may grow with what is not touched."""
    frames = 600
    works = {levels: build(sized(levels), seed, frames) for levels in (1_000, 10_000, 100_000)}

    def change(work: Workload) -> float:
        # The sum of the whole depth, which has to grow with it, is left out.
        return _run(BookPath, work, 10, frames - 1, summed=False)

    def look(work: Workload) -> float:
        path = BookPath()
        path.load(work.snapshot)
        path.top(_TOP)

        def go() -> None:
            for _ in range(300):
                path.top(_TOP)

        return timed(go)

    figures: list[Figure] = []
    for what, measured in (("a change, with its share of the looks", change), ("a look at the top", look)):
        found = interleaved({str(n): partial(measured, work) for n, work in works.items()}, rounds)
        figures += [
            Figure(f"{what}: {levels:,} levels, x 1,000", ratio(found, str(levels), "1000"))
            for levels in (10_000, 100_000)
        ]
    return figures


def all_figures(seed: int, rounds: int, frames: int) -> Sequence[tuple[str, Sequence[Figure]]]:
    """Every section about books."""
    return (
        ("Book: frames to rows, exact and checked", [*paths(seed, rounds, frames), *snapshots(seed, rounds + 2)]),
        ("Memory", memory(seed)),
        ("Growth", growth(seed, rounds)),
    )
