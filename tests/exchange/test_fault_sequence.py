"""Faults of the numbering on the wire, when they strike, and the record against what a client saw."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from depthview.clock import ManualClock, SystemClock
from depthview.errors import ConfigurationError
from depthview.exchange.faults.injector import Injector
from depthview.exchange.faults.sequence import BAD_NUMBERS
from depthview.exchange.options import ExchangeOptions, NumberingPolicy
from depthview.exchange.server import Exchange
from depthview.exchange.venue import Venue
from tests.exchange.client import connected, eventually
from tests.exchange.stage import OTHER, PRODUCT, SMALL, FastClock, stage

if TYPE_CHECKING:
    from pathlib import Path

strict = pytest.mark.usefixtures("strict_loop")


def _missing(numbers: list[int]) -> list[int]:
    return sorted(set(range(numbers[0], numbers[-1])).difference(numbers))


@strict
async def test_a_gap_leaves_numbers_out_and_the_record_names_them() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("gap:count=3")
        await at.more(12)
        numbers = at.numbers()
        missing = _missing(numbers)
        assert len(missing) == 3
        assert missing == list(range(missing[0], missing[0] + 3))
        assert [entry.sequence for entry in at.injected("gap")] == missing
        (begin,), (end,) = at.injected("gap", "begin"), at.injected("gap", "end")
        assert (begin.connection, begin.keys, end.frames) == (1, {"count": "3"}, 3)
        assert 0 <= end.at - begin.at < 5


@strict
async def test_a_gap_may_be_in_one_product_or_channel_only() -> None:
    async with stage() as at:
        await at.level2(PRODUCT, OTHER)
        at.exchange.provoke(f"gap:count=2,product={OTHER},channel=level2")
        await eventually(lambda: bool(at.injected("gap", "end")))
        await at.more(10)
        assert {(entry.product, entry.channel) for entry in at.injected("gap")} == {(OTHER, "l2_data")}
        assert [entry.sequence for entry in at.injected("gap")] == _missing(at.numbers())


@strict
async def test_a_duplicate_is_the_same_frame_again() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("duplicate:copies=2")
        await at.more(10)
        (number,) = {entry.sequence for entry in at.injected("duplicate")}
        same = [frame for frame in at.client.frames if frame["sequence_num"] == number]
        assert len(same) == 3
        assert same[0] == same[1] == same[2]
        assert sorted(set(at.numbers())) == list(range(at.numbers()[-1] + 1))


@strict
async def test_a_frame_out_of_order_comes_behind_so_many_others() -> None:
    async with stage("out_of_order:by=2,at=3") as at:
        await at.level2()
        await at.more(8)
        assert at.numbers()[:8] == [0, 1, 2, 4, 5, 3, 6, 7]


@strict
async def test_a_reset_starts_again_from_0() -> None:
    async with stage("reset:at=4") as at:
        await at.level2()
        await at.more(8)
        assert at.numbers()[:8] == [0, 1, 2, 3, 0, 1, 2, 3]


@strict
async def test_by_the_other_numbering_a_reset_is_one_products() -> None:
    async with stage(numbering=NumberingPolicy.PRODUCT) as at:
        await at.client.subscribe("level2", PRODUCT, OTHER)
        await at.client.acknowledged()
        at.exchange.provoke(f"reset:product={PRODUCT}")
        await at.over("reset")
        await at.more(12)
        numbers: dict[str, list[int]] = {PRODUCT: [], OTHER: []}
        for frame in at.client.frames:
            if "sequence_num" in frame:
                numbers[frame["events"][0]["product_id"]].append(frame["sequence_num"])
        assert numbers[PRODUCT].count(0) == 2
        assert numbers[OTHER] == list(range(len(numbers[OTHER])))


@strict
@pytest.mark.parametrize(
    "other", ["odd_sizes:seconds=0.3", "empty_snapshot:seconds=0.3", "alias:which=all,seconds=0.3"]
)
async def test_what_renumbering_leaves_out_is_on_record_also_where_another_fault_changes_the_frame(other: str) -> None:
    async with stage(speed=5) as at:
        await at.level2(PRODUCT, OTHER)
        at.exchange.provoke("renumber:seconds=0.5")
        at.exchange.provoke(other)
        await at.over("renumber")
        recorded = [entry.sequence for entry in at.injected("renumber") if entry.sequence is not None]
        while at.numbers()[-1] <= recorded[-1]:
            await at.more(1)
        assert len(recorded) > 3
        assert [number - 1 for number in recorded] == _missing(at.numbers())


@strict
async def test_renumbering_leaves_a_number_out_before_each_frame_and_stops() -> None:
    async with stage("renumber:frame=3,seconds=1,step=3", speed=5) as at:
        await at.level2()
        await at.over("renumber")
        await at.more(20)
        steps = [after - before for before, after in pairwise(at.numbers())]
        count = len(at.injected("renumber"))
        assert count > 2
        assert steps == [1] + [3] * count + [1] * (len(steps) - count - 1)


@strict
async def test_scripts_follow_the_time_since_the_first_connection() -> None:
    async with Exchange(ExchangeOptions(**SMALL, faults=("gap:after=0.5,every=1,times=3",)), FastClock(5)) as exchange:
        clock = SystemClock()
        async with connected(exchange.url) as client:
            opened = clock.unix()
            await client.subscribe("level2", PRODUCT)

            def begun() -> list[float]:
                return [entry.at - opened for entry in exchange.injected if entry.what == "begin"]

            await eventually(lambda: len(begun()) == 3)
            for passed, due in zip(begun(), (0.1, 0.3, 0.5), strict=True):
                assert due - 0.1 <= passed < due + 5.0  # it is not said when within its first tick a connection counts
            await client.until(lambda frame: frame.get("sequence_num", 0) > 40)
            assert len(begun()) == 3


def _strikes(seed: int) -> list[float]:
    """When a fault with random spacing strikes, in seconds of a clock that is moved by hand."""
    clock = ManualClock()
    venue = Venue(ExchangeOptions(**SMALL), clock)
    injector = Injector(venue, ["permissions:after=0,random=1,times=6"], seed)
    injector.start()
    for _ in range(400):
        clock.advance(0.02)
        injector.tick()
    return [entry.at for entry in injector.log.entries if entry.what == "begin"]


def test_random_spacing_depends_on_the_seed_alone() -> None:
    first, again, other = _strikes(3), _strikes(3), _strikes(4)
    assert first == again != other
    assert len(first) == 6
    waits = [after - before for before, after in pairwise(first)]
    assert all(0.5 <= wait < 1.55 for wait in waits)
    assert max(waits) - min(waits) > 0.1


@strict
async def test_a_fault_strikes_all_connections_or_one() -> None:
    async with stage() as at, connected(at.exchange.url) as second:
        for client in (at.client, second):
            await client.subscribe("level2", PRODUCT)
            await client.acknowledged()
        at.exchange.provoke("duplicate")
        at.exchange.provoke("reset:connection=2")
        await eventually(lambda: len(at.injected("duplicate")) == 2)
        await at.more(6)
        for _ in range(8):
            await second.receive()
        assert {entry.connection for entry in at.injected("duplicate")} == {1, 2}
        assert {entry.connection for entry in at.injected("reset")} == {2}
        assert len(at.numbers()) == len(set(at.numbers())) + 1
        assert [frame["sequence_num"] for frame in second.frames].count(0) == 3


@strict
async def test_what_is_provoked_may_come_again_so_often_in_all() -> None:
    async with stage(speed=5) as at:
        await at.level2()
        at.exchange.provoke("duplicate:every=0.5,times=3")
        at.exchange.provoke("gap:after=3")
        assert len(at.injected("duplicate", "begin")) == 1
        await eventually(lambda: bool(at.injected("gap")))
        assert len(at.injected("duplicate", "begin")) == 3


@strict
async def test_what_is_provoked_with_nobody_there_strikes_the_next() -> None:
    async with Exchange(ExchangeOptions(**SMALL), SystemClock()) as exchange:
        exchange.provoke("gap")
        assert exchange.injected == ()
        async with connected(exchange.url) as client:
            await client.subscribe("level2", PRODUCT)
            assert (await client.receive())["sequence_num"] == 1
        exchange.provoke("gap:connection=1")
        async with connected(exchange.url) as client:
            await client.subscribe("level2", PRODUCT)
            assert (await client.receive())["sequence_num"] == 0


async def test_the_file_says_what_the_client_saw(tmp_path: Path) -> None:
    path = tmp_path / "injected.jsonl"
    async with stage("gap:at=10,count=2", "duplicate:at=14", injected=path) as at:
        await at.level2()
        await at.client.until(lambda frame: frame.get("sequence_num", 0) >= 18)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        numbers = at.numbers()
        assert len(lines) == len(at.exchange.injected)
    assert path.stat().st_mode & 0o777 == 0o600
    touched: dict[str, list[int]] = {line["fault"]: [] for line in lines}
    for line in lines:
        if line["what"] == "frame":
            touched[line["fault"]].append(line["sequence"])
    assert touched["gap"] == _missing(numbers) == [10, 11]
    assert touched["duplicate"] == [number for number in set(numbers) if numbers.count(number) == 2] == [14]
    begin = next(line for line in lines if line["what"] == "begin")
    assert (begin["fault"], begin["connection"], begin["keys"]) == ("gap", 1, {"count": "2", "at": "10"})
    with pytest.raises(ConfigurationError, match="exists already"):
        async with Exchange(ExchangeOptions(**SMALL, injected=path), SystemClock()):
            pass


async def test_a_record_that_cannot_be_written_is_told_at_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(_file: object, _text: str) -> None:
        raise ConfigurationError("'x' cannot be written (No space left on device)")

    monkeypatch.setattr("depthview.system.files.NewFile.append", full)

    async def run() -> None:
        async with stage("duplicate:at=2", injected=tmp_path / "injected.jsonl") as at:
            await at.level2()
            assert await at.more(3)

    with pytest.raises(ConfigurationError, match="No space left"):
        await run()


@strict
async def test_a_repeated_number_is_on_another_text_and_nothing_is_lost() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("repeated_number:count=2,channel=level2")
        await at.over("repeated_number")
        last = at.injected("repeated_number")[-1].sequence or 0
        await at.client.until(lambda frame: frame.get("sequence_num", 0) > last)
        numbers = at.numbers()
        repeated = [after for before, after in pairwise(numbers) if before == after]
        assert repeated == [entry.sequence for entry in at.injected("repeated_number")]
        assert len(repeated) == 2
        assert sorted(set(numbers)) == list(range(numbers[-1] + 1))
        first, second, *_ = (frame for frame in at.client.frames if frame.get("sequence_num") == repeated[0])
        assert first != second


@strict
@pytest.mark.parametrize("kind", list(BAD_NUMBERS))
async def test_a_bad_number_stands_in_place_of_a_number_that_may_be_used_up(kind: str) -> None:
    async with stage() as at:
        await at.level2()
        written = BAD_NUMBERS[kind]
        for counted in (0, 1):
            before = len(at.client.frames)
            at.exchange.provoke(f"bad_number:kind={kind},counted={counted}")
            await at.client.until(lambda frame: not _is_number(frame.get("sequence_num")))
            await at.more(2)
            frames = at.client.frames[before - 1 :]
            (bad,) = (frame for frame in frames if not _is_number(frame.get("sequence_num")))
            assert bad["channel"] == "l2_data"
            assert bad.get("sequence_num") == (None if written is None else json.loads(written))
            assert ("sequence_num" in bad) is (written is not None)
            missing = _missing([frame["sequence_num"] for frame in frames if frame is not bad])
            assert len(missing) == counted


def _is_number(number: object) -> bool:
    return type(number) is int and 0 <= number < 2**63
