"""The controls of a replay, on a recording of which every record is known."""

from __future__ import annotations

import asyncio
import gzip
import random
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from depthview.clock import ManualClock, SystemClock
from depthview.config.run_options import RunOptions
from depthview.errors import RecordingError
from depthview.recordings.cursor import Position
from depthview.recordings.driver import DriverState
from depthview.recordings.reader import RecordedFrame, open_recording
from depthview.replay.checkpoints import Checkpoint, Checkpoints
from depthview.replay.controls import SPEEDS
from depthview.replay.player import Player
from depthview.replay.source import Replay
from depthview.session.checkpoint import Rewind
from depthview.views.market import ConnectionState, ViewRequest
from tests.support.recordings import small_recording
from tests.support.replays import Shown, Watched, made, played, shown, watched
from tests.support.troubled import START, Script, troubled
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from depthview.views.market import ReplayView


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "troubled.jsonl"


@pytest.fixture
def script(file: Path) -> Script:
    return troubled(file)


def _write(file: Path, text: bytes) -> None:
    file.write_bytes(text)


def _as_events_tell(view: Shown) -> list[str]:
    return [event.text for event in view.view.events]


async def _send(replay: Watched, wish: Callable[[], object]) -> int:
    wish()
    await replay.arrives()
    return replay.entries


async def test_every_place_is_shown_as_it_was_on_the_way(file: Path, script: Script) -> None:
    end = script.entries + 1
    reference = played(file, range(1, end + 1))
    assert len(reference) == end
    draws = random.Random(7)  # noqa: S311  # a test must come out the same every time
    async with watched(file) as replay:
        for place in draws.sample(range(1, end + 1), end):
            assert await _send(replay, partial(replay.controls.step, place - replay.entries)) == place
            assert replay.shown() == reference[place]
    told = _as_events_tell(reference[end])
    assert any("gap of 3" in text for text in told)
    assert any("no message" in text for text in told)
    assert any("service restart" in text for text in told)
    assert reference[end].resyncs == 1
    assert reference[end].view.feed.reconnects == 1


async def test_stepping_on_and_back_goes_by_one_record_and_holds_at_both_ends(file: Path, script: Script) -> None:
    async with watched(file) as replay:
        assert [await _send(replay, lambda: replay.controls.step(1)) for _ in range(3)] == [1, 2, 3]
        assert replay.at.frame == 2, "the opening is a record and no frame"
        assert [await _send(replay, lambda: replay.controls.step(-1)) for _ in range(4)] == [2, 1, 1, 1]
        await _send(replay, lambda: replay.controls.step(10_000))
        assert replay.at.ended
        assert replay.session.connection.detail == ""
        await _send(replay, lambda: replay.controls.step(-1))
        assert replay.entries == script.entries
        assert replay.session.connection.state is ConnectionState.OPEN, "and not ended any more"


async def test_steps_in_short_succession_add_up(file: Path, script: Script) -> None:
    async with watched(file) as replay:
        for _ in range(30):
            replay.controls.step(1)
        for _ in range(10):
            replay.controls.step(-1)
        await replay.arrives()
        assert replay.entries == 20
        for _ in range(3):
            replay.controls.seek_by(1.0)
        await replay.arrives()
        assert replay.at.position == pytest.approx(script.times[19] - START + 3, abs=0.1)


async def test_a_step_back_after_another_is_a_short_way(
    file: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(file) as replay:
        await _send(replay, lambda: replay.controls.step(300))
        driver, steps = replay.player.driver, 0
        step = driver.step

        def counted() -> object:
            nonlocal steps
            steps += 1
            return step()

        monkeypatch.setattr(driver, "step", counted)
        way = []
        for _ in range(60):
            steps = 0
            await _send(replay, lambda: replay.controls.step(-1))
            way.append(steps)
        assert replay.entries == 240 < script.entries
        assert way[0] > 299, "from the start: the index has kept nothing nearer"
        assert max(way[1:]) < way[0] / 2, "from a state that was kept on the first way"


async def test_changes_of_one_product_are_gone_through_both_ways(file: Path, script: Script) -> None:
    reference = played(file, range(1, script.entries + 1), ["ETH-USD"])
    applied = [
        entry
        for entry in script.changed["ETH-USD"]
        if reference[entry].view.depths[0].bids != reference[entry - 1].view.depths[0].bids
    ]
    assert len(applied) > 40
    async with watched(file, products=["ETH-USD"]) as replay:
        forth = await _changes(replay, 1)
        assert set(applied) <= set(forth) <= {*script.changed["ETH-USD"], *_reconnections(script)}
        assert "no later change of ETH-USD" in replay.at.note
        assert replay.entries == forth[-1], "where there is none it stays"
        await _send(replay, lambda: replay.controls.step(10_000))
        assert await _changes(replay, -1) == forth[::-1]
        assert "no earlier change of ETH-USD" in replay.at.note
        assert replay.entries == forth[0]


def _reconnections(script: Script) -> set[int]:
    """Entries that empty books."""
    return {entry for entry, number in enumerate(script.numbers, 1) if number is None}


async def _changes(replay: Watched, direction: int) -> list[int]:
    found: list[int] = []
    while True:
        before = replay.entries
        if await _send(replay, lambda: replay.controls.step_change("ETH-USD", direction)) == before:
            return found
        assert replay.at.paused
        found.append(replay.entries)


async def test_incidents_are_those_that_were_warned_of_and_are_gone_to_exactly(file: Path, script: Script) -> None:
    async with watched(file) as replay:
        marked = [incident.event.text for incident in replay.index.incidents]
        assert [text.split(":")[0].split(",")[0] for text in marked] == [
            "gap of 3 before 57",
            "no message for 3 s",
            "best bid above best ask",
            "closed by the venue",
        ]
        assert [mark.position for mark in replay.at.marks] == sorted(mark.position for mark in replay.at.marks)
        there: list[tuple[int, float, Shown]] = []
        for text in marked:
            await _send(replay, lambda: replay.controls.seek_incident(1))
            assert replay.at.note == text
            assert text in _as_events_tell(replay.shown()), "it has just been told of"
            there.append((replay.entries, replay.at.position, replay.shown()))
        await _send(replay, lambda: replay.controls.seek_incident(1))
        assert replay.at.note == "no incident after this"
        assert replay.entries == there[-1][0]
        for place in reversed(there[:-1]):
            await _send(replay, lambda: replay.controls.seek_incident(-1))
            assert (replay.entries, replay.at.position, replay.shown()) == place
        await _send(replay, lambda: replay.controls.seek_incident(-1))
        assert replay.at.note == "no incident before this"
        assert there[1][1] == pytest.approx(script.times[there[1][0] - 1] - START + 3, abs=0.2), "within the silence"


async def test_a_number_is_found_on_each_connection(file: Path, script: Script) -> None:
    places = [entry for entry, number in enumerate(script.numbers, 1) if number == 17]
    assert len(places) == 2
    async with watched(file) as replay:
        assert await _send(replay, lambda: replay.controls.seek_number(17)) == places[0]
        assert await _send(replay, lambda: replay.controls.seek_number(17)) == places[1]
        assert await _send(replay, lambda: replay.controls.seek_number(17)) == places[0], "from the start again"
        numbers = [number for number in script.numbers if number is not None]
        await _send(replay, lambda: replay.controls.seek_number(99_999))
        assert replay.at.note == f"no frame has #99,999; the numbers lie between 0 and {max(numbers)}"
        assert replay.entries == places[0]


async def test_a_time_is_everything_up_to_it_and_nothing_after(file: Path, script: Script) -> None:
    draws = random.Random(3)  # noqa: S311  # a test must come out the same every time
    seconds = script.times[-1] - START
    async with watched(file) as replay:
        for _ in range(40):
            to = draws.uniform(0, seconds)
            await _send(replay, partial(replay.controls.seek_to, to))
            assert replay.entries == sum(time - START <= to for time in script.times)
            assert to - 0.1 - 1e-6 <= replay.at.position <= to + 1e-6
        await _send(replay, lambda: replay.controls.seek_by(-1_000))
        assert replay.at.position == 0
        await _send(replay, lambda: replay.controls.seek_by(1_000))
        assert replay.at.ended


async def test_time_that_has_passed_behind_a_frame_is_taken_back_by_going_to_the_frame(
    file: Path, script: Script
) -> None:
    last = next(entry for entry, (at, after) in enumerate(pairwise(script.times), 1) if after - at > 5)
    number = script.numbers[last - 1]
    assert number is not None
    reference = played(file, [last])
    async with watched(file) as replay:
        await _send(replay, partial(replay.controls.seek_to, script.times[last - 1] - START + 4))
        assert replay.entries == last
        assert replay.shown() != reference[last], "four seconds of silence"
        await _send(replay, lambda: replay.controls.seek_by(-1_000))
        await _send(replay, partial(replay.controls.seek_number, number))
        assert replay.shown() == reference[last]
        await _send(replay, lambda: replay.controls.seek_by(4))
        assert replay.entries == last
        await _send(replay, lambda: replay.controls.step(-1))
        await _send(replay, lambda: replay.controls.step(1))
        assert replay.shown() == reference[last]
        await _send(replay, lambda: replay.controls.seek_by(4))
        await _send(replay, lambda: replay.controls.step(0))
        assert replay.shown() == reference[last]


async def test_neither_speed_nor_pauses_nor_looks_change_what_is_shown(file: Path, script: Script) -> None:
    end = script.entries + 1
    plain = played(file, [end])[end]
    looked = made()
    recording = open_recording(file)

    def look() -> None:
        if draws.random() < 0.2:
            shown(session, looked.clock)

    draws = random.Random(11)  # noqa: S311  # a test must come out the same every time
    session = looked.session
    player = Player(recording, session, looked.clock, SystemClock(), speed=400.0, file=file.name, moved=look)
    task = asyncio.create_task(player.run())
    for _ in range(12):
        await asyncio.sleep(0.004)
        player.paused = True
        await asyncio.sleep(0.002)
        player.speed = draws.choice([50.0, 400.0, 1000.0])
        player.paused = False
    player.speed = None
    await task
    assert shown(session, looked.clock) == plain.view


async def test_playing_pausing_and_speeds(tmp_path: Path) -> None:
    path = tmp_path / "ten.jsonl"
    small_recording(path, 10)
    async with watched(path, speed=1.0) as replay:
        controls = replay.controls
        assert replay.at.paused
        controls.pause_or_play()
        await until(lambda: replay.at.frame > 2, "it to play")
        controls.pause_or_play()
        stood = replay.at
        await asyncio.sleep(0.15)
        assert replay.at.frame == stood.frame
        assert replay.at.position == stood.position
        seen = []
        for _ in range(12):
            controls.change_speed(1)
            seen.append(replay.at.speed)
        assert seen[:7] == [*SPEEDS[4:], None]
        assert set(seen[7:]) == {None}
        for _ in range(12):
            controls.change_speed(-1)
        assert replay.at.speed == SPEEDS[0]
        for _ in range(9):
            controls.change_speed(1)
        controls.pause_or_play()
        await until(lambda: replay.at.ended, "the end")
        controls.pause_or_play()
        await until(lambda: not replay.at.ended, "it to begin anew")
        assert not replay.at.paused


async def test_a_way_beyond_what_is_known_waits_for_it_and_can_be_stopped(file: Path, script: Script) -> None:
    async with watched(file, indexed=False) as replay:
        await _send(replay, lambda: replay.controls.step(5))
        assert replay.at.indexed == 0
        assert not replay.at.indexing
        assert replay.at.frames is None
        replay.controls.seek_to(28.0)
        assert replay.at.seeking
        replay.controls.stop_work()
        await replay.arrives()
        assert replay.entries == 5, "where it was"
        assert replay.at.note == "stopped"
        await _send(replay, lambda: replay.controls.seek_to(28.0))
        assert replay.entries == sum(time - START <= 28.0 for time in script.times)
        assert not replay.controls.stop_work() or replay.index.done
        await _send(replay, lambda: replay.controls.seek_number(99_999))
        assert replay.at.frames is not None, "a number that is not there is known to be missing only at the end"


@pytest.mark.usefixtures("script")
async def test_another_product_is_shown_as_if_it_had_been_there_from_the_start(file: Path) -> None:
    replaying = Replay(RunOptions(products=("BTC-USD",)), file, 1.0)
    replaying.attend()
    views, controls = replaying.views, replaying.views.controls
    assert controls is not None

    def stands() -> ReplayView:
        found = views.view(ViewRequest("BTC-USD", (), 1, {})).replay
        assert found is not None
        return found

    async def at(place: float) -> None:
        await until(lambda: stands().position == pytest.approx(place) and not stands().seeking, "the place")

    controls.pause_or_play()
    task = asyncio.create_task(replaying.run())
    controls.step(90)
    await until(lambda: stands().frame == 88, "the place")
    place = stands().position
    assert views.add_product("ETH-USD") is None
    assert views.products() == ("BTC-USD", "ETH-USD"), "at once"
    await at(place)
    assert shown(replaying.session, replaying.clock) == played(file, [90], views.products())[90].view
    assert views.add_product("ETH-USD") == "ETH-USD is already shown"
    assert views.remove_product("BTC-USD") is None
    assert views.products() == ("ETH-USD",)
    await at(place)
    assert shown(replaying.session, replaying.clock) == played(file, [90], views.products())[90].view
    assert views.remove_product("ETH-USD") == "the last product cannot be removed; add another one first"
    controls.step(1)
    await until(lambda: stands().frame == 89, "a step")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_damage_is_an_end_that_can_be_gone_back_from_and_is_told_at_the_exit(file: Path, script: Script) -> None:
    _write(file, script.text[: len(script.text) // 2])
    async with watched(file) as replay:
        await _send(replay, lambda: replay.controls.step(10_000))
        assert replay.at.ended
        assert "is cut off" in replay.session.connection.detail
        assert replay.at.marks[-1].level == "bad", "it is an incident, too"
        last = replay.entries
        await _send(replay, lambda: replay.controls.step(-1))
        assert replay.entries == last - 1 < script.entries
        assert replay.session.connection.is_open
        assert isinstance(replay.player.driver.damage, RecordingError)


async def test_what_is_written_later_is_played_when_its_time_comes(file: Path, script: Script) -> None:
    _write(file, b"".join(script.text.splitlines(keepends=True)[:101]))
    async with watched(file) as replay:
        assert replay.index.place.entries == 101, "a hundred entries and the end"
        await _send(replay, lambda: replay.controls.step(50))
        _write(file, script.text)
        replay.controls.pause_or_play()
        await until(lambda: replay.at.ended, "the end")
        assert replay.entries == script.entries + 1
        reference = played(file, [70, script.entries + 1])
        assert replay.shown() == reference[script.entries + 1]
        await _send(replay, lambda: replay.controls.step(70 - replay.entries))
        assert replay.shown() == reference[70]


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("form", ["timed", "bare"])
async def test_foreign_recordings_are_gone_about_in_as_well(tmp_path: Path, form: str, *, zipped: bool) -> None:
    own = tmp_path / "own.jsonl"
    small_recording(own, 12)
    frames = [entry for entry in open_recording(own) if isinstance(entry, RecordedFrame)]
    if form == "timed":
        text = b"".join(b"%.6f\t%s\n" % (entry.at, entry.frame) for entry in frames)
    else:
        stamps = [b"2026-08-06T07:06:%02d.%dZ" % divmod(400 + number, 10) for number in range(len(frames))]
        text = b"".join(
            entry.frame.replace(b"2026-08-06T07:06:40Z", stamp) + b"\n"
            for entry, stamp in zip(frames, stamps, strict=True)
        )
    path = tmp_path / "foreign"
    path.write_bytes(gzip.compress(text) if zipped else text)
    places = [1, 2, 60, 90, 121]
    reference = played(path, places)
    async with watched(path) as replay:
        assert replay.at.frames == 121
        assert replay.at.duration == pytest.approx(12.0, abs=0.01)
        for place in [90, 2, 121, 60, 1]:
            assert await _send(replay, partial(replay.controls.step, place - replay.entries)) == place
            assert replay.shown() == reference[place]


def test_checkpoints_stay_within_their_bound_and_spread_over_the_recording() -> None:
    kept = Checkpoints(budget=1_000, apart=10)
    for entries in range(100_000):
        if kept.is_due(entries):
            kept.add(Checkpoint(DriverState(Position(entries=entries)), bytes(60), compressed=False, changes={}))
            assert kept.bytes <= 1_000
    assert len(kept) >= 8
    for entries in range(1_000, 100_000, 999):
        before = kept.before_entry(entries)
        assert before is not None
        assert 0 <= entries - before.entries <= 100_000 // 8


def test_the_state_of_a_session_is_restored_in_place() -> None:
    one, told = made(["BTC-USD"]), list[str]()
    rewind = Rewind(one.session, lambda: told.append("restored"))
    clock = ManualClock(START)
    one.session.opened(0.0, START)
    before, kept = shown(one.session, clock), one.memory.checkpoint()
    one.session.closed(1.0, START + 1, "gone")
    assert shown(one.session, clock) != before
    rewind.restore(kept)
    assert told == ["restored"]
    assert one.session.products.names() == tuple(one.session.subscriptions.states), "its parts refer to one another"
    assert shown(one.session, clock) == before
    one.session.closed(1.0, START + 1, "gone again")
    assert [event.text for event in shown(one.session, clock).events] == ["connected", "gone again"]
