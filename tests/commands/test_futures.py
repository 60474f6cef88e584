"""US futures from a venue on loopback: what they count, what they are worth, and which names are gone."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_venue import Script, scripted_venue
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from tests.support.processes import Bench

BIT = "BIT-29AUG25-CDE"
BOOK = ([("95715", "25"), ("95710", "3")], [("95725", "7"), ("95730", "40")])
LISTED = {
    "product_id": BIT, "base_currency_id": "", "quote_currency_id": "USD", "base_increment": "1",
    "quote_increment": "0.01", "price_increment": "5", "status": "", "product_type": "FUTURE",
    "future_product_details": {"contract_size": "0.01", "contract_root_unit": "BTC"},
}  # fmt: skip
SPOT = {"product_id": "BTC-USD", "base_currency_id": "BTC", "quote_currency_id": "USD", "status": "online"}


@pytest.mark.parametrize(("futures", "size"), [([LISTED], "0.01"), ([], None)])
async def test_a_stream_says_what_its_sizes_count(bench: Bench, futures: list[dict[str, object]], size: str) -> None:
    script = Script({BIT: BOOK}, products=[SPOT], futures=futures)
    words = ["--public", "--every", "1", "--for", "3.5", "--depth", "0", "--dump-book", "books.json"]
    async with scripted_venue(script) as venue:
        done = await asyncio.to_thread(bench.run, "stream", BIT, "--url", venue.url, *words)
    assert done.code == 0, done.err
    last = done.last()[BIT]
    assert (last["verdict"], last["size_unit"], last["contract_size"]) == ("SYNCED", "contracts", size)
    assert last["asks"] == [list(row) for row in BOOK[1]]
    assert json.loads((bench.folder / "books.json").read_text())[BIT]["bids"] == [list(row) for row in BOOK[0]]


def test_the_embedded_exchange_s_future_counts_contracts_in_stream_and_view(bench: Bench) -> None:
    future = "BIP-20DEC30-CDE"
    with bench.exchange("--products", future) as url:
        done = bench.run("stream", future, "--url", url, "--every", "0.2", "--for", "3", "--depth", "1")
        assert (done.code, done.err) == (0, "")
        last = done.last()[future]
        assert (last["verdict"], last["size_unit"], last["contract_size"]) == ("SYNCED", "contracts", "0.01")
        words = ["-m", "depthview", "view", future, "--url", url]
        with Terminal(words, bench.environment(), bench.folder, columns=160) as terminal:
            terminal.shows("SYNCED")
            terminal.shows("SIZE contracts")
            terminal.shows("1 contract = 0.01 BTC")
            terminal.press(b"q")
            assert terminal.ends() == 0


def test_what_has_left_the_feed_is_refused_in_one_line(bench: Bench) -> None:
    done = bench.run("stream", "BTC-USD", "BTC-PERP-INTX", "--url", "ws://127.0.0.1:1", "--public")
    assert (done.code, done.err) == (2, "depthview: BTC-PERP-INTX has left this feed (2026-10-01)\n")


async def test_a_future_s_stream_has_the_fields_and_no_other_product_s_has(bench: Bench) -> None:
    script = Script({"BTC-USD": BOOK}, products=[SPOT])
    async with scripted_venue(script) as venue:
        words = ["--url", venue.url, "--public", "--for", "1"]
        done = await asyncio.to_thread(bench.run, "stream", "BTC-USD", *words)
    assert done.samples
    assert all("size_unit" not in sample and "contract_size" not in sample for sample in done.samples)
