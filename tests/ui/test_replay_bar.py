"""The bar of a replay, its keys, and what may be typed to go somewhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from depthview.ui.lines import width_of
from depthview.ui.replay_bar import Destination, ReplayBar, WrongDestination, bar_of, destination, length, rows_for
from depthview.ui.screens.actions import DestinationScreen
from depthview.views.market import Mode, ReplayMark, ReplayView
from tests.ui.conftest import Running, running
from tests.ui.fake_market import NO_TOKEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from depthview.ui.lines import Line
    from tests.ui.fake_market import FakeMarket

START = datetime(2026, 8, 9, 21, 5, 48, 400_000, tzinfo=UTC).timestamp()
REPLAY = ReplayView(
    "session.jsonl",
    300.0,
    600.0,
    1.0,
    ended=False,
    frame=5_000,
    frames=10_000,
    first_at=START,
    indexed=1.0,
    marks=(ReplayMark(120.0, "warn"), ReplayMark(480.0, "bad")),
)


@dataclass
class Controls:
    """Notes what it was told."""

    told: list[tuple[object, ...]] = field(default_factory=list)
    busy: bool = True

    def pause_or_play(self) -> None:
        self.told.append(("pause",))

    def step(self, entries: int) -> None:
        self.told.append(("step", entries))

    def step_change(self, product: str, direction: int) -> None:
        self.told.append(("change", product, direction))

    def change_speed(self, direction: int) -> None:
        self.told.append(("speed", direction))

    def seek_by(self, seconds: float) -> None:
        self.told.append(("by", seconds))

    def seek_to(self, seconds: float) -> None:
        self.told.append(("to", seconds))

    def seek_number(self, number: int) -> None:
        self.told.append(("number", number))

    def seek_incident(self, direction: int) -> None:
        self.told.append(("incident", direction))

    def stop_work(self) -> bool:
        self.told.append(("stop",))
        return self.busy


@pytest.fixture
def controls() -> Controls:
    return Controls()


@pytest.fixture
def replayed(market: FakeMarket, controls: Controls) -> FakeMarket:
    market.feed = replace(market.feed, mode=Mode.REPLAY, host=REPLAY.file, key_source="a recording: no key")
    market.replay, market.replay_controls = REPLAY, controls
    return market


def _text(line: Line) -> str:
    return "".join(text for text, _ in line)


def _bar(replay: ReplayView, width: int = 80, height: int = 1) -> list[str]:
    bar = bar_of(replay, START + replay.position, width, height, local=False)
    assert all(width_of(line) <= width for line in bar.lines)
    return [_text(line) for line in bar.lines]


# -- what may be typed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("#1030", Destination(number=1030)),
        (" # 1,030 ", Destination(number=1030)),
        ("21:06:00", Destination(seconds=11.6)),
        ("21:05:48", Destination(seconds=0.0)),
        ("21:06:00.400", Destination(seconds=12.0)),
        ("1:30", Destination(seconds=90.0)),
        ("90", Destination(seconds=90.0)),
        ("2.5 s", Destination(seconds=2.5)),
        ("+90", Destination(seconds=390.0)),
        ("-1:30", Destination(seconds=210.0)),
        ("+10:00", Destination(seconds=600.0)),
        ("-10:00", Destination(seconds=0.0)),
        ("50 %", Destination(seconds=300.0)),
        ("0:05:00", Destination(seconds=300.0)),
    ],
)
def test_where_it_leads(typed: str, expected: Destination) -> None:
    found = destination(typed, REPLAY, local=False)
    assert found.number == expected.number
    assert found.seconds == pytest.approx(expected.seconds)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "not a position"),
        ("soon", "not a position"),
        ("#", "not a position"),
        ("1:2:3:4", "not a position"),
        ("1e9", "not a position"),
        ("1:75", "up to 59"),
        ("1:75:00", "up to 59"),
        ("22:00:00", "runs from 21:05:48 to 21:15:48 UTC"),
        ("10:01", "only 10:00.0 long"),
        ("101 %", "only 10:00.0 long"),
        (f"#{2**63}", "too large"),
        ("9" * 40, "not a position"),
    ],
)
def test_what_leads_nowhere_is_said(typed: str, words: str) -> None:
    with pytest.raises(WrongDestination, match=words.replace("%", "%")):
        destination(typed, REPLAY, local=False)


def test_a_time_of_day_past_midnight_and_again_a_day_later() -> None:
    night = replace(REPLAY, first_at=START + 2.5 * 3600, position=0.0, duration=30 * 3600.0)
    assert destination("00:05:48", night, local=False).seconds == pytest.approx(1_799.6)
    there = replace(night, position=2_000.0)
    assert destination("00:05:48", there, local=False).seconds == pytest.approx(86_400 + 1_799.6)
    beyond = replace(night, position=29 * 3600.0)
    assert destination("00:05:48", beyond, local=False).seconds == pytest.approx(1_799.6)


def test_local_times_are_read_as_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert destination("02:36:00", REPLAY, local=True).seconds == pytest.approx(11.6)
        with pytest.raises(WrongDestination, match="from 02:35:48 to 02:45:48 local"):
            destination("21:06:00", REPLAY, local=True)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_before_the_length_is_known() -> None:
    unknown = replace(REPLAY, duration=None)
    assert destination("23:00:00", unknown, local=False).seconds == pytest.approx(6_851.6)
    with pytest.raises(WrongDestination, match="from an unknown time"):
        destination("1:00:00", replace(unknown, first_at=None), local=False)
    with pytest.raises(WrongDestination, match="length of the recording is not known yet"):
        destination("50 %", unknown, local=False)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (59.96, "0:59.9"), (61.2, "1:01.2"), (3_725, "1:02:05.0")]
)
def test_lengths(seconds: float, text: str) -> None:
    assert length(seconds) == text


# -- the bar -------------------------------------------------------------------------------------------------------


def test_the_bar_has_place_length_incidents_and_speed() -> None:
    (row,) = _bar(REPLAY)
    assert row.startswith(" ▶")
    assert " 5:00.0 / 10:00.0 " in row
    assert "x1" in row
    assert "21:10:48 UTC" in row
    track = row[row.index("10:00.0") + 9 : row.index("x1") - 2].split("  ")[0]
    assert track.count("◆") == 2
    assert track.count("●") == 1
    assert track.index("◆") < track.index("●") < track.rindex("◆")
    assert 0.15 < track.index("◆") / len(track) < 0.25


def test_the_track_stays_where_it_is() -> None:
    states = [
        REPLAY,
        replace(REPLAY, paused=True),
        replace(REPLAY, ended=True, position=600.0),
        replace(REPLAY, position=1.0),
        replace(REPLAY, seeking="to #4", progress=0.5),
    ]
    assert len({bar_of(state, START, 80, 1, local=False).start for state in states}) == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (replace(REPLAY, paused=True), ["PAUSED"]),
        (replace(REPLAY, ended=True), ["ENDED"]),
        (replace(REPLAY, speed=None), ["max"]),
        (replace(REPLAY, speed=0.1), ["x0.1"]),
        (replace(REPLAY, seeking="to #4", progress=0.5), ["SEEKING", "50 % of the way to #4"]),
        (replace(REPLAY, note="no incident after this"), ["no incident after this"]),
        (
            replace(REPLAY, duration=None, indexed=0.25, indexing=True, frames=None),
            ["5:00.0", "indexing: 25 %"],
        ),
    ],
)
def test_what_the_bar_says(state: ReplayView, words: list[str]) -> None:
    (row,) = _bar(state, 100)
    for word in words:
        assert word in row


def test_what_is_not_known_yet_is_drawn_apart() -> None:
    (row,) = _bar(replace(REPLAY, indexed=0.5, marks=()))
    assert "●" in row
    assert row.count("·") > 5
    assert "·" not in _bar(REPLAY)[0]


def test_the_second_row_says_the_rest() -> None:
    assert [rows_for(height) for height in (24, 39, 40, 60)] == [1, 1, 2, 2]
    _, row = _bar(replace(REPLAY, note="gap of 3 before 7,003"), 120, 2)
    assert "21:10:48.400 UTC" in row
    assert "frame 5,000 of 10,000" in row
    assert "2 incidents" in row
    assert "gap of 3 before 7,003" in row


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [1, 2])
def test_no_width_breaks_the_bar(width: int, height: int) -> None:
    for duration in (None, 0.0, 600.0, 400_000.0):
        rows = _bar(replace(REPLAY, duration=duration, note="n" * 300, seeking="s" * 300), width, height)
        assert len(rows) == height


def test_a_click_leads_to_where_it_points() -> None:
    bar = bar_of(REPLAY, START, 80, 1, local=False)
    assert bar.seconds_at(bar.start, REPLAY.duration) == 0
    assert bar.seconds_at(bar.start + bar.columns - 1, REPLAY.duration) == 600
    assert bar.seconds_at(bar.start - 1, REPLAY.duration) is None
    assert bar.seconds_at(bar.start + bar.columns, REPLAY.duration) is None
    assert bar.seconds_at(bar.start, None) is None


# -- on the screen -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("space", ("pause",)),
        ("full_stop", ("step", 1)),
        ("comma", ("step", -1)),
        ("greater_than_sign", ("change", "BTC-USD", 1)),
        ("less_than_sign", ("change", "BTC-USD", -1)),
        ("right_curly_bracket", ("incident", 1)),
        ("left_curly_bracket", ("incident", -1)),
        ("plus", ("speed", 1)),
        ("minus", ("speed", -1)),
        ("right", ("by", 5)),
        ("left", ("by", -5)),
        ("shift+right", ("by", 60)),
        ("shift+left", ("by", -60)),
        ("s", ("stop",)),
    ],
)
async def test_keys(replayed: FakeMarket, controls: Controls, key: str, expected: tuple[object, ...]) -> None:
    async with running(replayed) as run:
        await run.press(key)
        assert controls.told == [expected]
        assert "FROZEN" not in run.text()


async def test_a_live_session_has_neither_bar_nor_keys(market: FakeMarket) -> None:
    async with running(market) as run:
        assert not run.app.screen.query_one(ReplayBar).display
        await run.press("full_stop", "space")
        assert "FROZEN" in run.text()
        assert "w ladders" in run.rows()[-1]
        assert "frame" not in run.rows()[-1]


@pytest.mark.parametrize(
    ("size", "rows"), [((80, 24), 1), ((120, 40), 2), ((200, 60), 2), ((60, 16), 1), ((40, 12), 0)]
)
async def test_the_bar_stands_over_the_keys(replayed: FakeMarket, size: tuple[int, int], rows: int) -> None:
    replayed.replay = replace(REPLAY, paused=True)
    async with running(replayed, size) as run:
        await run.draw()
        assert "PAUSED" in run.rows()[0]
        bar = run.app.screen.query_one(ReplayBar)
        assert bar.display == bool(rows)
        if rows:
            assert bar.size.height == rows
            assert run.rows()[-1 - rows].startswith(" PAUSED ")
            assert "space pause" in run.rows()[-1]


async def test_figures_of_another_place_are_drawn_at_once_where_it_stands_still(replayed: FakeMarket) -> None:
    replayed.replay = replace(REPLAY, paused=True)
    async with running(replayed) as run:
        await run.draw()
        for frame in range(1, 4):
            replayed.feed = replace(replayed.feed, frames_per_second=100.0 + frame)
            replayed.replay = replace(REPLAY, paused=True, frame=frame)
            run.app.market_screen.draw(tick=True)
            await run.pilot.pause()
            assert f"{100 + frame}.0" in run.text()


async def test_a_click_on_the_bar_seeks(replayed: FakeMarket, controls: Controls) -> None:
    async with running(replayed) as run:
        bar = bar_of(REPLAY, replayed.clock.unix(), 80, 1, local=False)
        await run.pilot.click(ReplayBar, offset=(bar.start + bar.columns - 1, 0))
        await run.pilot.click(ReplayBar, offset=(1, 0))
        assert controls.told == [("to", 600.0)]


async def _typed(replayed: FakeMarket, text: str, check: Callable[[str], None]) -> None:
    async with running(replayed) as run:
        await run.press("g")
        assert isinstance(run.app.screen, DestinationScreen)
        assert "from 21:05:48 to 21:15:48 UTC" in run.text()
        await run.type(text)
        await run.press("enter")
        check(run.text())
        if isinstance(run.app.screen, DestinationScreen):
            await run.press("escape")
        assert not isinstance(run.app.screen, DestinationScreen)


@pytest.mark.parametrize(
    ("text", "told"), [("#1030", ("number", 1030)), ("1:30", ("to", 90.0)), ("+90", ("to", 390.0))]
)
async def test_a_place_is_typed(replayed: FakeMarket, controls: Controls, text: str, told: tuple[object, ...]) -> None:
    await _typed(replayed, text, lambda _: None)
    assert controls.told == [told]


async def test_a_wrong_place_is_said_and_nothing_is_done(replayed: FakeMarket, controls: Controls) -> None:
    def said(text: str) -> None:
        assert "the recording is only 10:00.0 long" in text

    await _typed(replayed, "99:00", said)
    assert controls.told == []


async def test_nothing_to_stop_is_said(replayed: FakeMarket, controls: Controls) -> None:
    controls.busy = False
    async with running(replayed) as run:
        await run.press("s")
        await run.shows("nothing to stop")


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "depthview-dark"), ((120, 40), "depthview-light")])
async def test_the_look(
    replayed: FakeMarket, same_picture: Callable[[Running, str], Awaitable[None]], size: tuple[int, int], theme: str
) -> None:
    replayed.token = NO_TOKEN
    replayed.replay = replace(REPLAY, paused=True, note="gap of 3 before 5,003: waiting for the next snapshot")
    async with running(replayed, size, theme=theme) as run:
        await same_picture(run, f"replay-paused-{size[0]}x{size[1]}")
