"""Whose book ``stream``, ``--replay``, ``export`` and the dump give, from a venue on loopback that has both."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.frames import UNIX, acknowledgement, book_event, heartbeat, snapshot, trade, trades
from tests.support.scripted_venue import Script, scripted_venue
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Bench, Finished

D, C = "USDT-USD", "USDT-USDC"
BOOKS = {
    D: ([("1.00003", "500")], [("1.00004", "650178.46")]),
    C: ([("0.99999", "10")], [("1.0001", "165227.86")]),
    "BTC-USD": ([("65000", "1")], [("65001", "2")]),
    "NEW-USD": ([("5", "1")], [("6", "1")]),
    "NEW-USDC": ([("7", "1")], [("8", "1")]),
}
OWN = {
    name: {"bids": [list(row) for row in bids], "asks": [list(row) for row in asks]}
    for name, (bids, asks) in BOOKS.items()
}


def _row(name: str, alias: str = "") -> dict[str, Any]:
    base, _, quote = name.partition("-")
    return {
        "product_id": name, "base_currency_id": base, "quote_currency_id": quote, "base_increment": "0.01",
        "quote_increment": "0.00001", "price_increment": "0.00001", "status": "online", "alias": alias,
        "product_type": "SPOT",
    }  # fmt: skip


async def _streamed(bench: Bench, url: str, *products: str, seconds: str = "1.5") -> tuple[Finished, dict[str, Any]]:
    dump = bench.folder / "books.json"
    words = ["--url", url, "--public", "--every", "0.1", "--for", seconds, "--depth", "0"]
    done = await asyncio.to_thread(bench.run, "stream", *products, *words, "--dump-book", dump, "--force")
    return done, json.loads(dump.read_text())


@pytest.mark.parametrize("asked", [(D, C), (C, D), (C,), (D,)])
@pytest.mark.parametrize("late", [D, C])
async def test_like_names_are_never_answered_with_each_other_s_book(
    bench: Bench, asked: tuple[str, ...], late: str
) -> None:
    later = [
        (0.7, "l2_data", book_event("update", D, [("0.5", "4")])),
        (0.8, "l2_data", book_event("update", C, [("0.25", "4")])),
    ]
    script = Script(BOOKS, delays={late: 0.3}, later=later)
    async with scripted_venue(script) as venue:
        done, dumped = await _streamed(bench, venue.url, *asked)
    assert done.code == 0, done.err
    for sample in done.samples:
        assert sample["verdict"] in ("SYNCING", "SYNCED"), sample
        assert "feed_product" not in sample
        if sample["verdict"] == "SYNCED":
            assert sample["asks"] == OWN[sample["product"]]["asks"]
    change = {D: ["0.5", "4"], C: ["0.25", "4"]}
    assert dumped == {name: {**OWN[name], "bids": [*OWN[name]["bids"], change[name]]} for name in asked}
    assert {sample["connection"]["resyncs"] for sample in done.samples} == {0}
    assert sorted(venue.level2("subscribe")) == sorted(asked)


async def test_a_product_that_never_gets_its_own_snapshot_is_no_data_exit_1_and_null(bench: Bench) -> None:
    async with scripted_venue(Script(BOOKS, aliases={C: D})) as venue:
        done, dumped = await _streamed(bench, venue.url, C, "BTC-USD", seconds="6.5")
    assert (done.code, done.last()[C]["verdict"]) == (1, "NO DATA")
    assert {sample["best_bid"] for sample in done.samples if sample["product"] == C} == {None}
    assert dumped == {C: None, "BTC-USD": OWN["BTC-USD"]}


@pytest.mark.parametrize("asked", [(C, D), (D, C)])
def test_the_embedded_exchange_s_like_names_have_a_book_each(bench: Bench, asked: tuple[str, ...]) -> None:
    words = ("--products", f"{D},{C}", "--levels", "50", "--quiet-after", "1", "--truth", "truth.json")
    with bench.exchange(*words) as url:
        done = bench.run("stream", *asked, "--url", url, "--for", "3", "--dump-book", "books.json")
    assert (done.code, done.err) == (0, "")
    assert json.loads((bench.folder / "books.json").read_text()) == json.loads(
        (bench.folder / "truth.json").read_text()
    )
    assert {sample["connection"]["resyncs"] for sample in done.samples} == {0}


def test_one_of_two_like_names_alone_gives_the_other_no_book(bench: Bench) -> None:
    with bench.exchange("--products", D, "--levels", "50") as url:
        done = bench.run("stream", C, D, "--url", url, "--for", "8", "--dump-book", "books.json")
    assert done.code == 1
    assert done.last()[C]["verdict"] == "NO DATA"
    assert {sample["best_bid"] for sample in done.samples if sample["product"] == C} == {None}
    assert done.last()[D]["verdict"] == "SYNCED"
    dumped = json.loads((bench.folder / "books.json").read_text())
    assert dumped[C] is None
    assert dumped[D]["bids"]


async def test_an_alias_shares_its_book(bench: Bench) -> None:
    script = Script(BOOKS, aliases={"BTC-USDC": "BTC-USD"}, products=[_row("BTC-USD"), _row("BTC-USDC", "BTC-USD")])
    async with scripted_venue(script) as venue:
        done, dumped = await _streamed(bench, venue.url, "BTC-USDC", "BTC-USD", seconds="3")
    assert done.code == 0, done.err
    assert dumped == {"BTC-USDC": OWN["BTC-USD"], "BTC-USD": OWN["BTC-USD"]}
    assert done.last()["BTC-USDC"]["feed_product"] == "BTC-USD"
    assert done.last()["BTC-USDC"]["connection"]["resyncs"] == 0


async def test_a_list_that_comes_after_the_books_leaves_no_foreign_one(bench: Bench) -> None:
    """NEW-USDC shows NEW-USD's book by the rule, until the list says better; then its own, which comes late."""
    # A change, so that it is known what the numbers count.
    later = [(0.5, "l2_data", book_event("update", "NEW-USD", [("4", "4")]))]
    listed = [_row("NEW-USD"), _row("NEW-USDC")]
    script = Script(BOOKS, products=listed, delays={"NEW-USDC": 60.0}, later=later)
    async with scripted_venue(script) as venue:
        running = asyncio.create_task(_streamed(bench, venue.url, "NEW-USD", "NEW-USDC", seconds="6"))
        await until(lambda: venue.paths, "the product list to be asked for", 15)
        script.delays.clear()
        done, dumped = await running
    assert done.code == 0, done.err
    assert dumped["NEW-USDC"] == OWN["NEW-USDC"]
    assert dumped["NEW-USD"] == {**OWN["NEW-USD"], "bids": [["5", "1"], ["4", "4"]]}
    shown = [sample["asks"] for sample in done.samples if sample["product"] == "NEW-USDC" and sample["asks"]]
    assert shown[-1] == OWN["NEW-USDC"]["asks"]
    own_from = shown.index(OWN["NEW-USDC"]["asks"])
    assert all(asks == OWN["NEW-USDC"]["asks"] for asks in shown[own_from:])
    assert {s["verdict"] for s in done.samples if s["product"] == "NEW-USD"} <= {"SYNCING", "SYNCED"}
    assert venue.level2("unsubscribe") == ["NEW-USDC"]


def _recording(path: Path) -> Path:
    frames = [
        snapshot(0, D, *BOOKS[D]), acknowledgement(1, level2=[D], heartbeats=["heartbeats"]),
        trades(2, trade(D, "7", "1.00003")), heartbeat(3, unix=UNIX + 1),
    ]  # fmt: skip
    lines = [json.dumps({"depthview": "recording", "version": 1})]
    lines += [json.dumps({"at": UNIX + number, "frame": json.dumps(frame)}) for number, frame in enumerate(frames)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("asked", [(C,), (C, D), (D, C)])
def test_a_replay_and_an_export_give_no_other_product_s_book(bench: Bench, asked: tuple[str, ...]) -> None:
    file, dump = _recording(bench.folder / "usdt-usd.jsonl"), bench.folder / "books.json"
    done = bench.run("stream", *asked, "--replay", file, "--speed", "max", "--dump-book", dump)
    assert (done.code, done.err) == (1, f"depthview: no book for {C}: the recording has no snapshot of it\n")
    assert done.last()[C]["verdict"] == "NO DATA"
    assert {sample["best_bid"] for sample in done.samples if sample["product"] == C} == {None}
    assert json.loads(dump.read_text()) == {name: OWN[D] if name == D else None for name in asked}
    for what in ("top", "depth", "trades"):
        done = bench.run("export", file, "--what", what, "--format", "jsonl", "--product", ",".join(asked))
        assert (done.code, done.one_line()) == (1, f"depthview: nothing of {C} in the recording")
        prices = {
            key: row[key] for row in done.samples if row["product"] == C for key in ("bid", "price") if key in row
        }
        assert set(prices.values()) <= {None}
