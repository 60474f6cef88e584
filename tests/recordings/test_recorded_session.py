"""A live session with faults, recorded and replayed: the replay ends where the session did."""

from __future__ import annotations

import asyncio
import dataclasses
import stat
from typing import TYPE_CHECKING

from depthview.clock import ManualClock, SystemClock
from depthview.recordings.reader import RecordedEvent, open_recording
from depthview.recordings.writer import Recorder
from depthview.replay.player import Player
from depthview.session.session import MarketSession
from tests.support.agreement import assert_agreement
from tests.support.feed import PRODUCTS, ends, feed
from tests.support.relay import book_of
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.core.types import Level


def _books(session: MarketSession) -> dict[str, tuple[list[Level], list[Level]]]:
    return {
        product: (list(market.book.bids.walk()), list(market.book.asks.walk()))
        for product in session.products.names()
        for market in [session.products.market(product)]
    }


def _counters(session: MarketSession) -> dict[str, object]:
    return {
        "sequence": dataclasses.asdict(session.monitor.total()),
        "last": [session.monitor.last(product) for product in session.products.names()],
        "frames": session.rates.frames,
        "bad frames": session.statistics.bad_frames,
        "bad rows": session.statistics.bad_rows,
        "resyncs": session.subscriptions.resyncs,
        "opened": session.connection.opened,
        "unknown removals": session.products.unknown_removals(),
        "heartbeats missed": session.liveness.heartbeats_missed,
        "verdicts": [session.products.market(product).verdict for product in session.products.names()],
        "trades": [list(session.products.market(product).tape.trades) for product in session.products.names()],
    }


async def test_a_replay_of_a_faulty_session_ends_where_the_session_did(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    recorder = Recorder(path, clock=SystemClock())
    async with feed(recorder=recorder) as running:
        await running.synced()
        await until(lambda: running.sample("BTC-USD")["sequence"]["scope"] == "connection", "the scope")
        double = running.relay.duplicate(book_of("ETH-USD"))
        lost = running.relay.drop(book_of("BTC-USD"))
        await until(lambda: double.struck and lost.struck, "the first faults")
        await until(lambda: running.sample("BTC-USD")["connection"]["resyncs"] == 1, "the resync")
        await running.synced()
        await running.relay.inject(b"\x00\xff")
        await running.relay.inject("no frame at all")
        await running.relay.inject(b'"\xff\xfe"', text=True)
        await until(lambda: running.relay.accepted == 2, "a new connection")
        await running.synced()
        await running.relay.close(1012, "enough")
        await until(lambda: running.relay.accepted == 3, "another one")
        await running.synced()
        spoilt = running.relay.change(book_of("BTC-USD"), lambda frame: frame["events"][0]["updates"][0].clear())
        await until(lambda: spoilt.struck, "the bad row")
        await until(lambda: running.sample("BTC-USD")["connection"]["resyncs"] == 2, "the second resync")
        await running.synced()
        await running.agrees()
        await ends(running.task)
        await asyncio.to_thread(recorder.close)
        live = running.session
        tokens = [message["jwt"] for message in running.relay.sent]
        name_of_key = running.key.name
    assert not recorder.stopped
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    recording = open_recording(path)
    entries = list(recording)
    happened = [entry.name for entry in entries if isinstance(entry, RecordedEvent)]
    assert happened == ["opened", "resync", "closed", "opened", "closed", "opened", "resync"]
    reasons = [entry.detail for entry in entries if isinstance(entry, RecordedEvent) and entry.name == "closed"]
    assert reasons == [
        "connection closed: text message is not UTF-8 (1007)",
        "closed by the venue: service restart (1012): enough",
    ]
    text = repr(entries)
    assert len(tokens) >= 17
    assert not any(token in text for token in tokens)
    assert "eyJ" not in text
    assert name_of_key not in text

    replayed = MarketSession(PRODUCTS, passive=True)
    clock = ManualClock()
    player = Player(recording, replayed, clock, SystemClock(), speed=None, file=path.name)
    await player.run()
    assert player.position().ended
    assert _books(replayed) == _books(live)
    assert _counters(replayed) == _counters(live)
    kept, measured = replayed.offset.handshake, live.offset.handshake
    assert kept is not None
    assert measured is not None
    assert abs(kept.ahead - measured.ahead) < 1e-5
    assert replayed.liveness.age.proved(clock.monotonic())
    assert live.statistics.bad_frames == 3
    assert live.monitor.total().gaps == 1
    assert live.monitor.total().duplicates == 1
    await assert_agreement(path)


async def test_what_comes_after_a_stop_is_neither_shown_nor_recorded(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    recorder = Recorder(path, clock=SystemClock())
    async with feed(recorder=recorder) as running:
        await running.synced()
        running.worker.stop()
        taken, passed = running.session.rates.frames, len(running.relay.passed)
        await until(lambda: len(running.relay.passed) > passed + 20, "more frames")
        assert running.session.rates.frames == taken
    await asyncio.to_thread(recorder.close)
    assert path.read_text().count('"frame"') == taken
