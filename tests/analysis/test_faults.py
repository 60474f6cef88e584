"""Every fault that a recording can have is named, with its place, and makes the exit code 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from depthview.analysis import inspect_command
from tests.support.evidence import Done, Terminal, came, command, event, in_form, own, own_frames, record
from tests.support.frames import UNIX, book_event, error, frame, heartbeat, row, snapshot, ticker, trade, trades, update

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.evidence import Document, Timed

BID = [("99", "1")]
ASK = [("101", "1")]


def _inspect(path: Path, *words: str) -> Done:
    return command(inspect_command.add_arguments, inspect_command.run, path, *words)


def _json(path: Path, code: int) -> Document:
    done = _inspect(path, "--json")
    assert done.code == code, done.out[:2000]
    assert done.json["clean"] is (code == 0)
    return done.json


def _kinds(document: Document) -> dict[str, int]:
    return {fault["kind"]: fault["count"] for fault in document["faults"]}


def _numbered(numbers: list[int], *, every: float = 0.1) -> list[Timed]:
    """Heartbeats with these numbers between a snapshot of number 0 and nothing."""
    return came([snapshot(0, "BTC-USD", BID, ASK), *(heartbeat(n, 100 + n) for n in numbers)], every=every)


@pytest.mark.parametrize("name", ["r", "r.gz"])
@pytest.mark.parametrize("form", ["own", "timed", "bare"])
def test_a_gap_is_found_in_every_form(tmp_path: Path, form: str, name: str) -> None:
    found = _json(in_form(form, tmp_path / name, _numbered([1, 2, 3, 7, 8])), 1)
    assert _kinds(found) == {"gap": 1}
    (gap,) = found["sequence"]["connection"]["breaks"]
    assert gap == {
        "kind": "gap", "frame": 5, "at": pytest.approx(UNIX + 0.4), "from": 3, "to": 7, "missed": 3,
        "channel": "heartbeats", "product": None,
    }  # fmt: skip
    assert (found["frames"], found["seconds"]) == (6, pytest.approx(0.5))


@pytest.mark.parametrize(
    ("numbers", "kinds"),
    [
        ([1, 2, 3, 4, 5], {}),
        ([1, 2, 4, 3, 5], {"gap": 1, "out of order": 1}),
        ([1, 2, 2, 3, 4], {"duplicate": 1}),
        ([1, 2, 3, 0, 1, 2], {"reset": 1}),
        ([1, 5, 6, 11, 12], {"gap": 2}),
    ],
)
def test_breaks_are_told_apart(tmp_path: Path, numbers: list[int], kinds: dict[str, int]) -> None:
    assert _kinds(_json(own_frames(tmp_path / "r", _numbered(numbers)), int(bool(kinds)))) == kinds


def test_numbers_that_count_per_product_are_read_so(tmp_path: Path) -> None:
    frames = [snapshot(0, "BTC-USD", BID, ASK), snapshot(0, "ETH-USD", BID, ASK)]
    frames += [update(n, p, [("99", str(n))]) for n in range(1, 9) for p in ("BTC-USD", "ETH-USD")]
    found = _json(own_frames(tmp_path / "r", came(frames)), 0)
    assert (found["sequence"]["better"], found["sequence"]["decided"]) == ("product", True)
    assert found["sequence"]["connection"]["duplicates"] > 0
    del frames[8]
    found = _json(own_frames(tmp_path / "with a gap", came(frames)), 1)
    assert _kinds(found) == {"gap": 1}
    (gap,) = found["sequence"]["product"]["breaks"]
    assert (gap["product"], gap["from"], gap["to"]) == ("BTC-USD", 3, 5)


def test_what_one_connection_has_told_of_the_numbers_holds_for_a_recording(tmp_path: Path) -> None:
    frames = [snapshot(0, "BTC-USD", BID, ASK), snapshot(0, "ETH-USD", BID, ASK)]
    frames += [update(n, p, [("99", str(n))]) for n in range(1, 9) for p in ("BTC-USD", "ETH-USD")]
    lines = [event(0, "opened"), *(record(after, frame) for after, frame in came(frames, every=0.1))]
    lines += [event(3, "closed"), event(4, "opened"), record(4.1, snapshot(0, "BTC-USD", BID, ASK))]
    found = _json(own(tmp_path / "r", lines), 1)
    assert (found["sequence"]["better"], found["sequence"]["decided"]) == ("product", True)
    assert _kinds(found) == {"connection lost": 1}


def test_a_new_connection_has_no_book_until_its_snapshot(tmp_path: Path) -> None:
    lines = [event(0, "opened"), *(record(after, frame) for after, frame in _numbered([1, 2]))]
    lines += [event(1, "closed"), event(2, "opened"), record(2.1, update(0, "BTC-USD", [("105", "1")]))]
    lines += [record(2.1 + n, heartbeat(n)) for n in range(1, 3)]
    assert _kinds(_json(own(tmp_path / "r", lines), 1)) == {"connection lost": 1}
    lines.insert(6, record(2.05, snapshot(None, "BTC-USD", BID, ASK)))
    assert "crossed" in _kinds(_json(own(tmp_path / "with one", lines), 1))


def test_a_new_connection_begins_anew_and_a_lost_one_is_told(tmp_path: Path) -> None:
    lines = [
        event(0.0, "opened"),
        *(record(after, frame) for after, frame in _numbered([1, 2])),
        event(0.5, "closed", "code 1006\x1b[31m"),
        event(1.0, "opened"),
        *(record(1.0 + after, frame) for after, frame in _numbered([1, 2])),
        event(1.5, "closed", "code 1001"),
    ]
    found = _json(own(tmp_path / "r", lines), 1)
    assert _kinds(found) == {"connection lost": 1}
    assert found["connections"] == 2
    assert [e["what"] for e in found["events"]] == ["opened", "closed", "opened", "closed"]
    assert found["events"][1]["detail"] == "code 1006\N{REPLACEMENT CHARACTER}[31m"
    # How a recording ends is no fault of the feed's.
    assert _kinds(_json(own(tmp_path / "first", lines[:5]), 0)) == {}


def test_a_silence_is_a_fault_beyond_what_costs_a_book_its_trust(tmp_path: Path) -> None:
    frames = [snapshot(0, "BTC-USD", BID, ASK), update(1, "BTC-USD", BID), update(2, "BTC-USD", BID)]
    found = _json(own_frames(tmp_path / "calm", [(0, frames[0]), (2.9, frames[1]), (3.0, frames[2])]), 0)
    assert found["largest_silence"] == {"seconds": pytest.approx(2.9), "after_frame": 1, "at": UNIX}
    found = _json(own_frames(tmp_path / "stalled", [(0, frames[0]), (0.2, frames[1]), (4.0, frames[2])]), 1)
    assert found["silences"] == [{"after_frame": 2, "at": UNIX + 0.2, "seconds": pytest.approx(3.8)}]
    # The end of a connection ends a silence, and between two connections nothing can be heard.
    lines = [event(0, "opened"), record(0.1, frames[0]), event(5.1, "closed", "no message"), event(60, "opened")]
    found = _json(own(tmp_path / "cut", [*lines, record(60.1, frames[0])]), 1)
    assert [s["seconds"] for s in found["silences"]] == [pytest.approx(5.0)]


def test_a_book_that_stays_crossed_is_a_fault_and_one_that_passes_is_told(tmp_path: Path) -> None:
    frames = [
        (0.0, snapshot(0, "BTC-USD", BID, ASK)),
        (0.1, update(1, "BTC-USD", [("102", "1")])),
        (0.2, update(2, "BTC-USD", [("102", "0")])),
        (0.3, update(3, "BTC-USD", [("103.5", "1")])),
        (0.5, update(4, "BTC-USD", [("98", "1")])),
        (0.9, update(5, "BTC-USD", [("103.5", "0")])),
    ]
    found = _json(own_frames(tmp_path / "r", frames), 1)
    assert _kinds(found) == {"crossed": 1}
    passing, lasting = found["crossed"]
    assert (passing["frame"], passing["bid"], passing["ask"], passing["seconds"]) == (
        2, "102", "101", pytest.approx(0.1),
    )  # fmt: skip
    assert (lasting["frame"], lasting["bid"], lasting["seconds"]) == (4, "103.5", pytest.approx(0.6))
    assert _kinds(_json(own_frames(tmp_path / "passing", frames[:3]), 0)) == {}


def test_a_duplicate_does_not_touch_the_book(tmp_path: Path) -> None:
    # First what makes it plain that the numbers count per connection.
    frames = [snapshot(0, "BTC-USD", BID, ASK)]
    frames += [update(n, "BTC-USD", BID) if n % 2 else heartbeat(n, n) for n in range(1, 10)]
    late = [*came(frames, every=0.1), (1.0, update(3, "BTC-USD", [("105", "1")])), (2.0, heartbeat(10, 10))]
    assert _kinds(_json(own_frames(tmp_path / "r", late), 1)) == {"duplicate": 1}
    # A number of another product's that has come before: new by product, and a duplicate on this connection.
    late[10] = (1.0, snapshot(3, "ETH-USD", [("105", "1")], ASK))
    assert _kinds(_json(own_frames(tmp_path / "of another", late), 1)) == {"duplicate": 1}
    late[10] = (1.0, update(10, "BTC-USD", [("105", "1")]))
    late[11] = (2.0, heartbeat(11, 11))
    assert _kinds(_json(own_frames(tmp_path / "in its place", late), 1)) == {"crossed": 1}


def test_rows_and_frames_that_cannot_be_read(tmp_path: Path) -> None:
    rows = book_event("update", "BTC-USD", others=[row("bid", "-5", "1"), row("sideways", "5", "1")])
    bad_row = frame("l2_data", 1, [rows])
    bad_trade = trades(2, trade("BTC-USD", "1", "100"), trade("BTC-USD", "2", "cheap"))
    lines = [
        record(0, snapshot(0, "BTC-USD", BID, ASK)),
        record(0.1, bad_row),
        record(0.2, bad_trade),
        json.dumps({"at": UNIX + 0.3, "frame": '{"channel":"l2_data","sequence_num":3,"events":['}),
        json.dumps({"at": UNIX + 0.4, "bytes": "/w=="}),
        record(0.5, heartbeat(4)),
    ]
    found = _json(own(tmp_path / "r", lines), 1)
    # The damaged frame has used up its number, so that nothing is missing.
    assert _kinds(found) == {"bad frame": 2, "bad row": 3}
    assert [(f["frame"], f["what"].split(":")[0]) for f in found["bad_frames"]] == [(4, "not JSON"), (5, "not text")]
    assert found["products"]["BTC-USD"]["bad_rows"] == 3
    assert found["products"]["BTC-USD"]["trades"] == 2


def test_errors_of_the_venue_and_late_heartbeats(tmp_path: Path) -> None:
    frames: list[Timed] = [(0.0, snapshot(0, "BTC-USD", BID, ASK)), (0.1, heartbeat(1, 7))]
    frames += [(0.2 + 0.5 * n, update(2 + n, "BTC-USD", [("99", "1")])) for n in range(8)]
    frames.append((4.0, heartbeat(10, 12)))
    frames.append((4.1, error("authentication failure\x07")))
    found = _json(own_frames(tmp_path / "r", frames), 1)
    assert _kinds(found) == {"heartbeats": 1, "refusal": 1}
    assert found["heartbeats_missed"] == 4
    assert found["errors"] == [
        {"frame": 12, "at": UNIX + 4.1, "what": "authentication failure\N{REPLACEMENT CHARACTER}"}
    ]
    assert found["channels"]["(errors)"]["frames"] == 1


def test_a_book_that_the_ticker_contradicts_for_seconds(tmp_path: Path) -> None:
    def frames(bid: str) -> list[Timed]:
        return came(
            [snapshot(0, "BTC-USD", BID, ASK), *(ticker(n, "BTC-USD", bid, "101") for n in range(1, 12))], every=0.5
        )

    assert _kinds(_json(own_frames(tmp_path / "agrees", frames("99.0")), 0)) == {}
    found = _json(own_frames(tmp_path / "contradicts", frames("98")), 1)
    assert _kinds(found) == {"ticker": 1}
    assert found["contradicted_by_ticker"][0]["product"] == "BTC-USD"


def test_snapshots_that_were_made_are_marked_and_take_no_part_in_the_numbers(tmp_path: Path) -> None:
    made = snapshot(None, "BTC-USD", BID, ASK)
    lines = [event(0, "opened"), record(0, made, made=True), *(record(0.1 * n, heartbeat(70 + n)) for n in range(5))]
    found = _json(own(tmp_path / "r", lines), 0)
    assert (found["frames"], found["made_frames"], found["sequence"]["numbered"]) == (5, 1, 5)
    assert set(found["channels"]) == {"heartbeats"}
    assert found["snapshots"] == [
        {
            "frame": 0,
            "at": UNIX,
            "product": "BTC-USD",
            "bids": 1,
            "asks": 1,
            "bytes": len(json.dumps(made)),
            "made": True,
        }
    ]
    # Their books count: what comes next may cross them.
    lines.append(record(0.5, update(75, "BTC-USD", [("105", "1")])))
    lines.append(record(1.0, heartbeat(76)))
    assert _kinds(_json(own(tmp_path / "crossed", lines), 1)) == {"crossed": 1}
    assert "  made" in _inspect(tmp_path / "r").out


def test_nothing_hostile_reaches_the_terminal_and_80_columns_suffice(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\N{RIGHT-TO-LEFT OVERRIDE}" + "A" * 300
    lines = [
        event(0, evil, evil),
        record(0, snapshot(0, "BTC-USD", BID, ASK)),
        record(0.1, {"channel": evil, "sequence_num": 5, "events": [{"product_id": evil}]}),
        record(0.2, snapshot(99, evil, BID, ASK)),
        record(0.3, error(evil)),
        record(
            0.4, {"channel": "ticker", "sequence_num": 4, "events": [{"type": "u", "tickers": [{"product_id": evil}]}]}
        ),
        json.dumps({"at": UNIX + 0.5, "frame": evil}),
    ]
    for words in ((), ("--json",)):
        done = _inspect(own(tmp_path / "r", lines), *words)
        assert done.code == 1
        assert all(line.isprintable() for line in done.out.splitlines())
        assert words or max(map(len, done.out.splitlines())) <= 80


def test_lists_stay_short_and_names_few_however_much_a_recording_claims(tmp_path: Path) -> None:
    lines = [
        record(0.001 * n, {"channel": f"c{n}", "sequence_num": 2 * n, "events": [{"product_id": f"P{n}-USD"}]})
        for n in range(3000)
    ]
    found = _json(own(tmp_path / "r", lines), 1)
    assert found["sequence"]["connection"]["gaps"] == 2999
    assert len(found["sequence"]["connection"]["breaks"]) == 1000
    assert found["sequence"]["connection"]["breaks_left_out"] == 1999
    for kind in ("channels", "products"):
        assert len(found[kind]) == 1001
        assert found[kind]["(others)"]["frames"] == 2000
    text = _inspect(tmp_path / "r").out
    assert "and 2,979 more" in text
    assert len(text.splitlines()) < 150


def test_no_more_books_are_kept_than_a_connection_brings(tmp_path: Path) -> None:
    frames = came([snapshot(n, f"P{n}-USD", BID, ASK) for n in range(40)], every=0.01)
    found = _json(own_frames(tmp_path / "r", frames), 0)
    assert len(found["snapshots"]) == 30
    assert found["products"]["P39-USD"]["frames"] == 1


@pytest.mark.parametrize("cut", [3, 40])
def test_a_cut_file_is_told_and_what_stood_before_is_judged(tmp_path: Path, cut: int) -> None:
    whole = own_frames(tmp_path / "whole", _numbered([1, 2, 3])).read_bytes()
    (tmp_path / "r").write_bytes(whole[:-cut])
    found = _json(tmp_path / "r", 1)
    assert (found["frames"], _kinds(found)) == (3, {"damage": 1})
    assert found["damage"] == "record 5 is cut off"
    assert "record 5 is cut off" in _inspect(tmp_path / "r").out


def test_a_gzip_file_without_its_tail_is_told(tmp_path: Path) -> None:
    whole = in_form("timed", tmp_path / "whole.gz", _numbered([1, 2, 3])).read_bytes()
    (tmp_path / "r").write_bytes(whole[:-4])
    found = _json(tmp_path / "r", 1)
    assert (found["frames"], found["damage"]) == (4, "record 5 is cut off: the gzip data ends early")


def test_a_recording_without_a_frame_proves_nothing(tmp_path: Path) -> None:
    for lines in ([], [event(0, "opened")]):
        found = _json(own(tmp_path / "r", lines), 1)
        assert _kinds(found) == {"empty": 1}
        assert "no frame" in _inspect(tmp_path / "r").out


def test_frames_without_numbers_or_times_are_only_counted(tmp_path: Path) -> None:
    found = _json(own_frames(tmp_path / "r", [(0, {"channel": "x", "events": []})]), 0)
    assert (found["frames"], found["seconds"], found["latency_ms"]) == (1, 0, None)
    assert found["rate"]["frames_per_second"] is None
    assert _inspect(tmp_path / "r").code == 0


def test_bare_frames_have_no_latency(tmp_path: Path) -> None:
    assert _json(in_form("bare", tmp_path / "r", _numbered([1, 2])), 0)["latency_ms"] is None
    assert _json(in_form("timed", tmp_path / "t", _numbered([1, 2])), 0)["latency_ms"] is not None


def test_the_terminal_of_standard_error_takes_no_part_in_a_short_run(tmp_path: Path) -> None:
    terminal = Terminal()
    path = own_frames(tmp_path / "r", _numbered([1, 2]))
    command(inspect_command.add_arguments, inspect_command.run, path, err=terminal)
    assert terminal.getvalue() == ""
