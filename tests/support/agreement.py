"""Replay, stream, export and inspect on one recording: the same verdicts, counters and books at the same frames."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from depthview.analysis import export_command
from depthview.analysis.inspect import Inspection
from depthview.analysis.output import ProgressLine
from depthview.analysis.playback import Playback
from depthview.clock import ManualClock
from depthview.commands.stream import Sampler
from depthview.config.run_options import RunOptions, StreamOptions
from depthview.core.fixed_point import text_of
from depthview.core.sequence import Scope
from depthview.core.verdict import CROSSED
from depthview.errors import RecordingError
from depthview.recordings.completeness import completeness_of
from depthview.recordings.cursor import Cursor, RecordedEnd
from depthview.recordings.driver import Driver
from depthview.recordings.reader import RecordedFrame, open_recording
from depthview.replay.source import Replay
from tests.support.evidence import command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from depthview.session.session import MarketSession

LEVELS = 5
State = dict[str, dict[str, Any]]
"""By product."""


@dataclass(frozen=True)
class Step:
    """Where a driver has come."""

    at: float
    """Unix seconds."""
    frames: int
    """Frames that came, those that were made not counted."""
    record: object
    """What was handed over; None for a tick."""


def _state(session: MarketSession, now: float) -> State:
    """What there is to agree about."""
    found: State = {}
    for product in session.products.names():
        market = session.products.market(product)
        judged = session.judgement(market, now)
        tally = session.monitor.tally(market.feed_product)
        sides = [
            [(text_of(level.price), text_of(level.size)) for level in islice(side.walk(), LEVELS)]
            for side in (market.book.bids, market.book.asks)
        ]
        found[product] = {
            "verdict": judged.verdict.value,
            "reason": judged.reason,
            "proof": judged.proof.value,
            "last": session.monitor.last(market.feed_product),
            "numbers": (tally.gaps, tally.missed, tally.duplicates, tally.out_of_order, tally.resets),
            "counters": (
                session.statistics.bad_frames,
                session.statistics.bad_rows,
                session.statistics.crossings,
                session.subscriptions.resyncs,
            ),
            "opened": session.connection.opened,
            "book": sides,
            "levels": (len(market.book.bids), len(market.book.asks)),
        }
    return found


def _driven(path: Path) -> Iterator[tuple[Step, MarketSession, ManualClock, Driver]]:
    """Play a recording as plainly as can be, into a session like that of a replay."""
    session, clock = Replay(RunOptions(products=()), path, None).session, ManualClock()
    cursor = Cursor(open_recording(path))
    driver = Driver(cursor, session, clock)
    frames = 0
    while driver.due() is not None:
        record = driver.step()
        frames += isinstance(record, RecordedFrame) and not record.made
        yield Step(clock.unix(), frames, record), session, clock, driver
    cursor.close()


async def assert_agreement(path: Path, every: str = "0.05") -> State:
    """All four agree about a recording; returns what stands at its end.

    Args:
        path: The recording.
        every: Seconds between two samples of the export, which fall between frames and ticks.
    """
    inspection, inspected = _inspected(path)
    streamed = await _streamed(path)
    exported = _exported(path, every)
    end: State = {}
    for step, session, clock, driver in _driven(path):
        now = clock.monotonic()
        state = end = _state(session, now)
        place = (round(step.at, 6), session.rates.frames)
        assert inspected.pop(0) == (step.at, state), f"inspect at frame {step.frames}"
        if place in streamed:
            # Of several steps at one time a stream samples the first.
            _assert_streamed(streamed.pop(place), state, step)
        due = driver.due()
        while exported and (due is None or float(exported[0][0]["at"]) < due):
            _assert_exported(exported.pop(0), session, now - step.at, step)
    assert isinstance(step.record, RecordedEnd)
    assert not inspected
    assert not streamed
    assert not exported
    _assert_totals(inspection, session)
    return end


def _inspected(path: Path) -> tuple[Inspection, list[tuple[float, State]]]:
    playback, found = Playback(path), []
    inspection = Inspection(playback.recording.form, completeness_of(playback.recording))
    for driver, record in playback.drive(inspection.session, ProgressLine(None, ManualClock(), "", 1)):
        inspection.stepped(record, driver.at)
        found.append((driver.at, _state(inspection.session, playback.clock.monotonic())))
    return inspection, found


async def _streamed(path: Path) -> dict[tuple[float, int], list[dict[str, Any]]]:
    """The lines of a stream that samples at every step, by their time and frame."""
    replaying = Replay(RunOptions(products=()), path, None)
    lines: list[bytes] = []
    sampler = Sampler(replaying.views, replaying.clock, StreamOptions(LEVELS, every_seconds=1e-6), lines.append)
    replaying.moved.append(sampler.observe)
    with suppress(RecordingError):
        await replaying.run()
    found: dict[tuple[float, int], list[dict[str, Any]]] = {}
    for line in lines:
        record = json.loads(line)
        found.setdefault((record["at"], record["connection"]["frames"]), []).append(record)
    return found


def _exported(path: Path, every: str) -> list[list[dict[str, str]]]:
    """The rows of a table of tops, by sample."""
    done = command(
        export_command.add_arguments, export_command.run, path, "--what", "top", "--every", every, "--include-untrusted"
    )
    found: list[list[dict[str, str]]] = []
    for row in csv.DictReader(io.StringIO(done.out)):
        if not found or found[-1][0]["at"] != row["at"] or found[-1][0]["product"] == row["product"]:
            found.append([])
        found[-1].append(row)
    return found


def _assert_streamed(records: list[dict[str, Any]], state: State, step: Step) -> None:
    for record in records:
        expected = state[record["product"]]
        numbers, connection = record["sequence"], record["connection"]
        shown = {
            "verdict": record["verdict"],
            "reason": record["reason"],
            "proof": record.get("proof", "full"),
            "last": numbers["last"],
            "numbers": tuple(numbers[name] for name in ("gaps", "missed", "duplicates", "out_of_order", "resets")),
            "counters": tuple(connection[name] for name in ("bad_frames", "bad_rows", "crossed", "resyncs")),
        }
        assert shown == {name: expected[name] for name in shown}, f"stream at frame {step.frames}"
        if record["bids"] is not None:
            assert [[tuple(row) for row in record[side]] for side in ("bids", "asks")] == expected["book"]


def _assert_exported(rows: list[dict[str, str]], session: MarketSession, offset: float, step: Step) -> None:
    state = _state(session, float(rows[0]["at"]) + offset)
    for row in rows:
        expected = state[row["product"]]
        assert (row["verdict"], row["reason"].removeprefix("'"), int(row["frame"])) == (
            expected["verdict"], expected["reason"] or "", step.frames,
        ), f"export at {row['at']}"  # fmt: skip
        assert (row["proof"] or "full") == expected["proof"]
        for side, columns in zip(expected["book"], (("bid", "bid_size"), ("ask", "ask_size")), strict=True):
            best = side[0] if side else ("", "")
            assert tuple(row[column] for column in columns) == best
    assert {row["product"] for row in rows} == set(state)


def _assert_totals(inspection: Inspection, session: MarketSession) -> None:
    """What inspect tells is what a replay counts."""
    total = session.monitor.total()
    assert inspection.session.monitor.total() == total
    if inspection.sequence.better is Scope.CONNECTION:
        assert inspection.sequence.connection.tally == total
    assert inspection.bad_frames.count == session.statistics.bad_frames
    assert sum(crossing.seconds > CROSSED for crossing in inspection.books.crossings) == session.statistics.crossings
    assert inspection.connections == session.connection.opened * inspection.completeness.sockets
    assert inspection.session.statistics.bad_rows == sum(
        statistics.bad_rows for statistics in inspection.books.by_product().values()
    )
    for product, statistics in inspection.books.by_product().items():
        if statistics.market is not None:
            market = session.products.market(product)
            assert statistics.unknown_removals == market.book.unknown_removals
            assert list(statistics.market.book.bids.walk()) == list(market.book.bids.walk())
            assert list(statistics.market.book.asks.walk()) == list(market.book.asks.walk())
