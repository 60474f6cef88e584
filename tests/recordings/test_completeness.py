"""Recordings that left messages out prove nothing by their numbers, and lost messages stay gaps."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from depthview.analysis import export_command, inspect_command
from depthview.core.sequence import Kind, Scope
from depthview.core.sockets import Sockets
from depthview.recordings.completeness import WHOLE, Completeness, completeness_of
from depthview.recordings.reader import open_recording
from tests.support.agreement import assert_agreement
from tests.support.evidence import came, command, in_form, own_frames
from tests.support.frames import frame, heartbeat, snapshot, ticker, update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.support.evidence import Done, Timed

BTC, ETH = "BTC-USD", "ETH-USD"
BID, ASK = [("99", "1")], [("101", "1")]
Frame = dict[str, Any]


def _acknowledged(number: int, **channels: list[str]) -> Frame:
    return frame("subscriptions", number, [{"subscriptions": channels}])


def _connection(frames: int = 200, *, acknowledged: bool = True) -> list[Frame]:
    """All that comes on a connection with two products, ten frames a second, a heartbeat each second."""
    level2: dict[str, list[str]] = {"level2": [BTC, ETH], "heartbeats": ["heartbeats"], "ticker": [BTC, ETH]}
    found: list[Frame] = [snapshot(0, BTC, BID, ASK), snapshot(1, ETH, BID, ASK)]
    found.append(_acknowledged(2, **level2) if acknowledged else heartbeat(2, 1))
    for number in range(3, frames):
        product = (BTC, ETH)[number % 2]
        if number % 10 == 0:
            found.append(heartbeat(number, number // 10))
        elif number % 10 == 5:
            found.append(ticker(number, (BTC, ETH)[number // 10 % 2], "99", "101"))
        else:
            found.append(update(number, product, [("98", str(number))]))
    return found


def _kept(frames: Iterable[Frame], keep: Callable[[Frame], bool]) -> list[Timed]:
    return [(after, each) for after, each in came(frames, every=0.1) if keep(each)]


def _holds(each: Frame, product: str) -> bool:
    return f'"{product}"' in json.dumps(each["events"])


def _inspect(path: Path) -> Done:
    return command(inspect_command.add_arguments, inspect_command.run, path, "--json")


def _found(path: Path, frames: list[Timed]) -> Completeness:
    return completeness_of(open_recording(in_form("timed", path, frames)))


@pytest.mark.parametrize(
    ("keep", "left_out"),
    [
        (lambda each: each["channel"] == "l2_data", ("heartbeats",)),
        (lambda each: each["channel"] in ("l2_data", "subscriptions"), ("heartbeats", "ticker")),
        (lambda each: each["channel"] == "subscriptions" or not _holds(each, ETH), (ETH,)),
        (
            lambda each: each["channel"] == "subscriptions" or (each["channel"] == "l2_data" and _holds(each, BTC)),
            ("heartbeats", "ticker", ETH),
        ),
        (lambda each: each["channel"] == "heartbeats" or _holds(each, BTC), (ETH,)),
    ],
    ids=["level2 alone", "level2 and acknowledgements", "one product", "one product's level2", "no ETH-USD"],
)
async def test_what_was_left_out_is_named(
    tmp_path: Path, keep: Callable[[Frame], bool], left_out: tuple[str, ...]
) -> None:
    path = tmp_path / "r"
    found = _found(path, _kept(_connection(), keep))
    assert found.left_out == left_out
    assert found.words == f"partial recording (left out: {', '.join(left_out)}): sequence numbers prove nothing here"
    done = _inspect(path)
    assert (done.code, done.json["proof"], done.json["not_recorded"]) == (0, "partial", list(left_out))
    assert (done.json["clean"], done.json["sequence"]["better"]) == (True, "none")
    end = await assert_agreement(path)
    assert {(state["verdict"], state["proof"], state["numbers"]) for state in end.values()} == {
        ("SYNCED", "partial", (0, 0, 0, 0, 0))
    }


def test_other_products_are_told_by_how_many_numbers_are_missing(tmp_path: Path) -> None:
    frames = _connection(400, acknowledged=False)
    kept = _kept(frames, lambda each: each["channel"] == "heartbeats" or _holds(each, BTC))
    assert _found(tmp_path / "r", kept).left_out == ("other channels or products",)


def test_acknowledgements_that_were_left_out_are_told(tmp_path: Path) -> None:
    frames = _connection()
    frames[4] = _acknowledged(4, level2=[BTC, ETH])
    kept = _kept(frames, lambda each: each["channel"] != "subscriptions")
    assert _found(tmp_path / "r", kept).left_out == ("subscriptions",)


@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize("lost", [range(50, 53), range(150, 151), range(4, 7), [20, 21, 80, 130, 131, 132]])
async def test_what_was_lost_stays_a_gap(tmp_path: Path, lost: Iterable[int], *, acknowledged: bool) -> None:
    numbers = set(lost)
    kept = _kept(
        _connection(acknowledged=acknowledged), lambda each: each["sequence_num"] not in numbers
    )  # fmt: skip
    path = tmp_path / "r"
    assert _found(path, kept) == WHOLE
    done = _inspect(path)
    assert (done.code, done.json["proof"]) == (1, "full")
    assert {fault["kind"] for fault in done.json["faults"]} == {"gap"}
    assert done.json["sequence"]["connection"]["missed"] == len(numbers)
    end = await assert_agreement(path)
    assert {state["verdict"] for state in end.values()} == {"STALE"}


def test_level2_alone_that_ran_on_for_longer_than_heartbeats_wait_has_lost_what_is_missing(tmp_path: Path) -> None:
    frames: list[Frame] = [snapshot(0, BTC, BID, ASK), *(update(n, BTC, [("98", str(n))]) for n in range(1, 150))]
    kept = _kept(frames, lambda each: each["sequence_num"] not in (120, 121, 122))
    assert _found(tmp_path / "r", kept) == WHOLE
    assert [fault["what"] for fault in _inspect(tmp_path / "r").json["faults"]] == ["1 gap (3 messages missed)"]


def test_what_depthview_recorded_is_whole(tmp_path: Path) -> None:
    path = own_frames(tmp_path / "r", _kept(_connection(), lambda each: each["channel"] == "l2_data"))
    assert completeness_of(open_recording(path)) == WHOLE
    assert _inspect(path).code == 1


def test_numbers_per_product_are_no_sign_of_anything_left_out(tmp_path: Path) -> None:
    frames = [snapshot(0, BTC, BID, ASK), snapshot(0, ETH, BID, ASK)]
    frames += [update(n, product, [("98", str(n))]) for n in range(1, 40) for product in (BTC, ETH)]
    assert _found(tmp_path / "r", came(frames, every=0.1)) == WHOLE


async def test_without_any_number_there_is_no_proof(tmp_path: Path) -> None:
    frames = [snapshot(None, BTC, BID, ASK), *(update(None, BTC, [("98", str(n))]) for n in range(1, 40))]
    path = in_form("timed", tmp_path / "r", came(frames, every=0.1))
    found = completeness_of(open_recording(path))
    assert (found.partial, found.scope(Scope.AUTO), found.scope(Scope.CONNECTION)) == (
        True, Scope.NONE, Scope.CONNECTION,
    )  # fmt: skip
    end = await assert_agreement(path)
    assert (end[BTC]["verdict"], end[BTC]["proof"]) == ("SYNCED", "partial")
    assert _inspect(path).code == 0


def test_without_a_snapshot_there_is_no_book(tmp_path: Path) -> None:
    path = tmp_path / "r"
    no_snapshot = _kept(_connection(), lambda each: each["channel"] == "l2_data" and "snapshot" not in json.dumps(each))
    _found(path, no_snapshot)
    done = _inspect(path)
    assert (done.code, [fault["kind"] for fault in done.json["faults"]]) == (1, ["no snapshot"])
    text = command(inspect_command.add_arguments, inspect_command.run, path).out
    assert "PARTIAL (left out: heartbeats): sequence numbers prove nothing here\n  no snapshot of a book" in text


def test_an_export_says_so_in_each_row(tmp_path: Path) -> None:
    path = in_form("timed", tmp_path / "r", _kept(_connection(), lambda each: each["channel"] == "l2_data"))
    for what in ("top", "depth"):
        done = command(
            export_command.add_arguments, export_command.run, path, "--what", what, "--format", "jsonl", "--every", "5"
        )
        assert done.err == (
            "depthview: partial recording (left out: heartbeats): sequence numbers prove nothing here\n"
        )
        assert {json.loads(line)["proof"] for line in done.out.splitlines()} == {"partial"}


# --- two connections in one file ------------------------------------------------------------------------------------


def _two_sockets(bases: tuple[int, int], *, seed: int, frames: int = 400, lost: int | None = None) -> list[Timed]:
    """Frames of two connections in the order in which they came; ``lost`` is a number of the second one."""
    draws = random.Random(seed)  # noqa: S311  # a test must come out the same every time
    products, numbers, found = ((BTC,), (ETH, "SOL-USD")), list(bases), []
    first: list[list[Frame]] = [[snapshot(0, product, BID, ASK) for product in names] for names in products]
    for count in range(frames):
        which = draws.randrange(2)
        number, numbers[which] = numbers[which], numbers[which] + 1
        if first[which]:
            each = first[which].pop()
        elif draws.random() < 0.3:
            each = heartbeat(0, count)
        else:
            each = update(0, draws.choice(products[which]), [("98", str(count + 1))])
        if which != 1 or number != lost:
            found.append((0.05 * count, {**each, "sequence_num": number}))
    return found


@pytest.mark.parametrize("bases", [(0, 0), (0, 50), (1_000, 7)])
@pytest.mark.parametrize("seed", range(8))
async def test_two_connections_are_told_apart_by_their_numbers(
    tmp_path: Path, bases: tuple[int, int], seed: int
) -> None:
    path = tmp_path / "r"
    found = _found(path, _two_sockets(bases, seed=seed))
    assert (found.sockets, found.partial) == (2, False)
    done = _inspect(path)
    assert (done.code, done.json["connections"]) == (0, 2), done.json["faults"]
    if seed == 0:
        end = await assert_agreement(path)
        assert {(state["verdict"], state["proof"]) for state in end.values()} == {("SYNCED", "full")}


async def test_a_loss_on_one_of_two_connections_hurts_the_books_of_that_one(tmp_path: Path) -> None:
    path = tmp_path / "r"
    assert _found(path, _two_sockets((0, 0), seed=3, lost=90)).sockets == 2
    assert [fault["what"] for fault in _inspect(path).json["faults"]] == ["1 gap (1 message missed)"]
    end = await assert_agreement(path)
    assert {product: state["verdict"] for product, state in end.items()} == {
        BTC: "SYNCED", ETH: "STALE", "SOL-USD": "STALE",
    }  # fmt: skip


def test_one_connection_with_losses_is_not_taken_for_two(tmp_path: Path) -> None:
    for seed in range(20):
        draws = random.Random(seed)  # noqa: S311  # a test must come out the same every time
        lost = {n for n in range(200) if draws.random() < 0.05}
        frames = [each for each in _connection() if each["sequence_num"] not in lost or each["channel"] != "l2_data"]
        late = [each for each in frames if draws.random() < 0.03]
        assert _found(tmp_path / "r", came([*frames, *late], every=0.1)).sockets == 1


@pytest.mark.parametrize("seed", range(20))
def test_frames_are_given_to_the_right_run(seed: int) -> None:
    draws = random.Random(seed)  # noqa: S311  # a test must come out the same every time
    count = draws.randrange(2, 5)
    # They all begin at 0, or are met in the middle.
    sockets, numbers = Sockets(count), [draws.randrange(2) * 1_000 * (which + seed) for which in range(count)]
    for _ in range(2_000):
        which = draws.randrange(count)
        product = draws.choice(["", f"A{which}-USD", f"B{which}-USD"])
        _, seen = sockets.observe(numbers[which], product)
        numbers[which] += 1
        assert seen.kind in (Kind.FIRST, Kind.GOOD)
    for which in range(count):
        run = sockets.run_of(f"A{which}-USD")
        assert run is not None
        assert run is sockets.run_of(f"B{which}-USD")
