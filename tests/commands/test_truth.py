"""The books at the end of a stream are the exchange's own, under either numbering, and a recording says the same."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.support.processes import Bench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Finished

_PRODUCTS = ("BTC-USD", "ETH-USDC", "ETH-EUR", "SHIB-USD", "XLM-EUR")
_FAULTS = ("gaps", "missed", "duplicates", "out_of_order", "resets")
_OWN_NAME = {"ETH-USDC": "ETH-USD"}


def test_what_is_dumped_is_the_truth_under_either_numbering(tmp_path: Path) -> None:
    benches = {}
    for numbering in ("connection", "product"):
        folder = tmp_path / numbering
        folder.mkdir()
        benches[numbering] = Bench(folder)
    traded = ",".join(_OWN_NAME.get(product, product) for product in _PRODUCTS)
    options = ["--products", traded, "--levels", "400", "--quiet-after", "3.5", "--seed", "7", "--key-out", "key.json"]
    options += ["--truth", "truth.json"]
    with ExitStack() as exchanges:
        streams = {}
        for numbering, bench in benches.items():
            url = exchanges.enter_context(bench.exchange(*options, "--numbering", numbering))
            words = [*_PRODUCTS, "--url", url, "--key-file", "key.json", "--dump-book", "books.json"]
            streams[numbering] = bench.start(
                "stream", *words, "--record", "session.jsonl", "--for", "4.5", "--every", "0.5"
            )
        lives = {numbering: benches[numbering].finish(stream) for numbering, stream in streams.items()}
    for numbering, bench in benches.items():
        _assert_true(bench.folder, lives[numbering], numbering)
        _assert_replayed(bench, lives[numbering])


def _assert_true(folder: Path, live: Finished, numbering: str) -> None:
    assert (live.code, live.err) == (0, "")
    truth = json.loads((folder / "truth.json").read_text())
    books = json.loads((folder / "books.json").read_text())
    assert list(books) == list(_PRODUCTS)
    assert {_OWN_NAME.get(product, product): book for product, book in books.items()} == truth
    assert len(live.samples) > 5 * len(_PRODUCTS)
    for product, sample in live.last().items():
        assert sample["verdict"] == "SYNCED"
        assert sample["sequence"]["scope"] == numbering
        assert not any(sample["sequence"][name] for name in _FAULTS)
        assert (sample["connection"]["resyncs"], sample["connection"]["reconnects"]) == (0, 0)
        assert sample["bids"] == books[product]["bids"][:10]
        assert sample["asks"] == books[product]["asks"][:10]


def _assert_replayed(bench: Bench, live: Finished) -> None:
    again = bench.run("stream", *_PRODUCTS, "--replay", "session.jsonl", "--speed", "max", "--dump-book", "again.json")
    assert (again.code, again.err) == (0, "")
    books = (bench.folder / "books.json").read_bytes()
    assert (bench.folder / "again.json").read_bytes() == books
    replayed = again.last()
    for product, sample in live.last().items():
        assert replayed[product]["sequence"] == sample["sequence"]
        assert replayed[product]["token"] is None
    recorded = (bench.folder / "session.jsonl").read_text()
    key = json.loads((bench.folder / "key.json").read_text())
    assert "eyJ" not in recorded
    assert key["name"] not in recorded
