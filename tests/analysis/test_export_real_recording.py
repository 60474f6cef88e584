"""Tables of the real recording, against books and trades kept from its lines without any of our code."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from depthview.analysis import export_command
from tests.support.evidence import Done, command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Frames = list[tuple[float, dict[str, Any]]]
Rows = list[dict[str, str]]
Sides = dict[str, dict[Decimal, Decimal]]


@pytest.fixture(scope="module")
def recording(shared_data: Path) -> Path:
    path = shared_data / "advtrade_2026-08-09_frames.tsv.gz"
    if not path.is_file():
        pytest.skip("the recording is not there")
    return path


@pytest.fixture(scope="module")
def frames(recording: Path) -> Frames:
    with gzip.open(recording, "rb") as lines:
        parts = [line.rstrip(b"\n").partition(b"\t") for line in lines]
    return [(float(at), json.loads(raw)) for at, _, raw in parts]


def _export(*words: object) -> Done:
    return command(export_command.add_arguments, export_command.run, *words)


def _rows(recording: Path, *words: object) -> Rows:
    done = _export(recording, *words)
    assert (done.code, done.err) == (0, "")
    return list(csv.DictReader(io.StringIO(done.out)))


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _books_at(frames: Frames, moments: list[float]) -> Iterator[tuple[float, int, dict[str, Sides]]]:
    """The books when all frames up to each moment were in, and how many those were."""
    books: dict[str, Sides] = {}
    taken = 0
    for moment in moments:
        while taken < len(frames) and frames[taken][0] <= moment:
            frame = frames[taken][1]
            taken += 1
            for event in frame["events"] if frame["channel"] == "l2_data" else ():
                if event["type"] == "snapshot":
                    books[event["product_id"]] = {"bid": {}, "offer": {}}
                for row in event["updates"]:
                    side = books[event["product_id"]][row["side"]]
                    price, size = Decimal(row["price_level"]), Decimal(row["new_quantity"])
                    if size:
                        side[price] = size
                    else:
                        side.pop(price, None)
        yield moment, taken, books


def _moments(frames: Frames, every: float) -> list[float]:
    first, last = frames[0][0], frames[-1][0]
    return [*(n * every for n in range(math.ceil(first / every), math.ceil(last / every))), last]


@pytest.mark.parametrize("every", ["1", "0.25"])
def test_the_top_of_the_book_at_every_moment(recording: Path, frames: Frames, every: str) -> None:
    expected = []
    for moment, taken, books in _books_at(frames, _moments(frames, float(every))):
        for product, sides in books.items():
            bid, ask = max(sides["bid"]), min(sides["offer"])
            expected.append(
                (
                    Decimal(f"{moment:.6f}"), product, "SYNCED", _plain(bid), _plain(sides["bid"][bid]), _plain(ask),
                    _plain(sides["offer"][ask]), _plain(ask - bid), _plain((bid + ask) / 2), str(taken - 1), str(taken),
                )
            )  # fmt: skip
    columns = ("product", "verdict", "bid", "bid_size", "ask", "ask_size", "spread", "mid", "sequence", "frame")
    found = [
        (Decimal(row["at"]), *(row[column] for column in columns))
        for row in _rows(recording, "--what", "top", "--every", every)
        if row["verdict"] != "SYNCING"
    ]
    assert len(found) > 45
    # In the first moments a book waits for the engine to find out what the numbers count.
    assert found == expected[-len(found) :]
    assert len(expected) - len(found) <= 2


def test_the_whole_depth_with_exact_sums(recording: Path, frames: Frames) -> None:
    rows = _rows(recording, "--what", "depth", "--levels", "0", "--every", "10", "--product", "eth-usd")
    expected = []
    for moment, taken, books in _books_at(frames, _moments(frames, 10.0)):
        for side, wire_side in (("bid", "bid"), ("ask", "offer")):
            total = Decimal(0)
            levels = sorted(books["ETH-USD"][wire_side].items(), reverse=side == "bid")
            for rank, (price, size) in enumerate(levels, 1):
                total += size
                expected.append(
                    (
                        Decimal(f"{moment:.6f}"), side, str(rank), _plain(price), _plain(size), _plain(total),
                        str(taken),
                    )
                )  # fmt: skip
    columns = ("side", "level", "price", "size", "cumulative", "frame")
    found = [(Decimal(row["at"]), *(row[column] for column in columns)) for row in rows]
    assert len(found) > 60_000
    assert found == expected
    assert {row["product"] for row in rows} == {"ETH-USD"}


def test_ten_levels_a_side_unless_told_otherwise(recording: Path) -> None:
    rows = _rows(recording, "--what", "depth", "--every", "600")
    assert [row["level"] for row in rows] == [str(n) for n in range(1, 11)] * 4
    assert len(_rows(recording, "--what", "depth", "--every", "600", "--levels", "3")) == 12


def test_every_trade_once_as_the_venue_spelt_it(recording: Path, frames: Frames) -> None:
    rows = _rows(recording, "--what", "trades")
    expected: dict[tuple[str, str], dict[str, str]] = {}
    for _, frame in frames:
        for event in frame["events"] if frame["channel"] == "market_trades" else ():
            for trade in event["trades"]:
                expected.setdefault((trade["product_id"], trade["trade_id"]), trade)
    assert len(rows) == len(expected) == 279
    for row in rows:
        trade = expected[row["product"], row["trade_id"]]
        assert (row["price"], row["size"], row["maker_side"]) == (trade["price"], trade["size"], trade["side"])
        assert row["aggressor"] == {"BUY": "sell", "SELL": "buy"}[trade["side"]]
        assert row["at_utc"] == trade["time"]
    for product in ("BTC-USD", "ETH-USD"):
        times = [Decimal(row["at"]) for row in rows if row["product"] == product]
        assert times == sorted(times)
        ids = [int(row["trade_id"]) for row in rows if row["product"] == product]
        assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_json_lines_hold_what_csv_holds(recording: Path, tmp_path: Path) -> None:
    for what in ("trades", "top", "depth"):
        path = tmp_path / f"{what}.jsonl"
        done = _export(recording, "--what", what, "--output", path)
        assert done.code == 0
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert done.err == f"depthview: {len(lines):,} rows written to {path}\n"
        rows = _rows(recording, "--what", what, "--format", "csv")
        assert [{k: "" if v is None else str(v) for k, v in line.items()} for line in lines] == rows
