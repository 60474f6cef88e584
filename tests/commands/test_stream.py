"""``depthview stream``: the shape of its lines, when they come, and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.processes import COMMAND, port_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.calibration import Scaled
    from tests.support.processes import Bench

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?").fullmatch
_FIELDS = ["at", "product", "verdict", "reason", "bids", "asks", "best_bid", "best_ask", "spread", "mid"]
_FIELDS += ["sequence", "connection", "token"]
_SEQUENCE = ["scope", "last", "gaps", "missed", "duplicates", "out_of_order", "resets"]
_CONNECTION = ["state", "frames", "bad_frames", "bad_rows", "crossed", "resyncs", "reconnects"]
_CONNECTION += ["heartbeat_age_s", "latency_ms", "behind_s", "age_s"]
_TOKEN = ["state", "expires_in_s", "sent"]


def _assert_shape(sample: dict[str, Any], depth: int) -> None:
    assert [name for name in sample if name != "feed_product"] == _FIELDS
    assert list(sample["sequence"]) == _SEQUENCE
    assert list(sample["connection"]) == _CONNECTION
    assert list(sample["token"]) == _TOKEN
    assert sample["verdict"] == "SYNCED"
    assert sample["reason"] is None
    bids, asks = sample["bids"], sample["asks"]
    assert len(bids) == len(asks) == depth
    for price, size in [*bids, *asks]:
        assert _NUMBER(price)
        assert _NUMBER(size)
    prices = [Decimal(price) for price, _ in bids]
    assert prices == sorted(prices, reverse=True)
    prices = [Decimal(price) for price, _ in asks]
    assert prices == sorted(prices)
    assert (sample["best_bid"], sample["best_ask"]) == (bids[0][0], asks[0][0])
    bid, ask = Decimal(sample["best_bid"]), Decimal(sample["best_ask"])
    assert Decimal(sample["spread"]) == ask - bid
    assert Decimal(sample["mid"]) == (ask + bid) / 2
    counts = [sample["sequence"][name] for name in _SEQUENCE[2:]]
    counts += [sample["connection"][name] for name in _CONNECTION[2:7]]
    assert counts == [0] * 10
    assert sample["connection"]["state"] == "open"
    assert sample["sequence"]["last"] == sample["connection"]["frames"] - 1


@pytest.mark.timed
def test_a_line_has_the_shape_that_scripts_rely_on(
    bench: Bench, busy_exchange: tuple[str, Path], scaled: Scaled
) -> None:
    url, key = busy_exchange
    words = ["btc-usd,eth-usdc", "ETH-EUR", "--url", url, "--key-file", str(key), "--depth", "3"]
    done = bench.run("stream", *words, "--count", "3", "--every", "0.4")
    assert (done.code, done.err) == (0, "")
    products = [sample["product"] for sample in done.samples]
    assert products == ["BTC-USD", "ETH-USDC", "ETH-EUR"] * 3
    for sample in done.samples[3:]:
        _assert_shape(sample, 3)
    first, second, third = (sample["at"] for sample in done.samples[::3])
    assert 0.35 < second - first < scaled(0.6)
    assert 0.35 < third - second < scaled(0.6)
    last = done.last()
    assert last["ETH-USDC"]["feed_product"] == "ETH-USD"
    assert "feed_product" not in last["BTC-USD"]
    assert last["BTC-USD"]["sequence"]["scope"] == "connection"
    token = last["BTC-USD"]["token"]
    assert (token["state"], token["sent"]) == ("accepted", 5)
    assert 100 < token["expires_in_s"] <= 120
    assert 0 <= last["BTC-USD"]["connection"]["heartbeat_age_s"] < 1.5


def test_depth_0_is_all_and_without_a_key_there_is_no_token(bench: Bench, busy_exchange: tuple[str, Path]) -> None:
    url, _ = busy_exchange
    done = bench.run("stream", "BTC-USD", "--url", url, "--depth", "0", "--for", "0.8", "--every", "30")
    (sample,) = done.samples
    assert done.code == 0
    assert sample["token"] is None
    assert len(sample["bids"]) > 150
    assert len(sample["asks"]) > 150


def test_a_key_in_its_usual_place_never_goes_to_another_url(bench: Bench, busy_exchange: tuple[str, Path]) -> None:
    url, key = busy_exchange
    place = bench.folder / "depthview"
    place.mkdir()
    (place / "cdp_api_key.json").write_bytes(key.read_bytes())
    (place / "cdp_api_key.json").chmod(0o600)
    named = {"DEPTHVIEW_KEY_FILE": str(key)}
    done = bench.run("stream", "BTC-USD", "--url", url, "--for", "0.8", env=named)
    assert done.code == 0
    assert done.last()["BTC-USD"]["token"] is None


def test_a_product_that_never_had_a_book_makes_it_1(bench: Bench) -> None:
    done = bench.run("stream", "BTC-USD", "NOPE-USD", "--demo", "--for", "1", "--depth", "1")
    assert done.code == 1
    assert done.one_line().startswith("depthview: no book for NOPE-USD: ")
    last = done.last()
    assert last["BTC-USD"]["verdict"] == "SYNCED"
    nothing = last["NOPE-USD"]
    assert nothing["verdict"] != "SYNCED"
    assert nothing["reason"]
    assert [nothing[name] for name in ("bids", "asks", "best_bid", "best_ask", "spread", "mid")] == [None] * 6


def test_an_address_where_nobody_is_makes_it_1_and_says_so(bench: Bench) -> None:
    with bench.exchange() as url:
        pass
    done = bench.run("stream", "BTC-USD", "ETH-USD", "--url", url, "--for", "0.6", "--dump-book", "books.json")
    assert done.code == 1
    assert f"127.0.0.1:{port_of(url)} refused the connection" in done.one_line()
    assert {sample["verdict"] for sample in done.samples} == {"DOWN"}
    assert json.loads((bench.folder / "books.json").read_text()) == {"BTC-USD": None, "ETH-USD": None}


def test_untrusted_books_are_dumped_on_request_and_marked(bench: Bench) -> None:
    words = ["NOPE-USD", "--demo", "--for", "0.6", "--dump-book", "books.json", "--include-untrusted"]
    assert bench.run("stream", *words).code == 1
    books = json.loads((bench.folder / "books.json").read_text())
    assert books == {"NOPE-USD": {"bids": [], "asks": [], "verdict": "SYNCING"}}
    assert (bench.folder / "books.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("product", ["BTC-USD", "NOPE-USD"])
def test_a_closed_pipe_ends_it_quietly(bench: Bench, product: str) -> None:
    process = bench.start("stream", product, "--demo", "--every", "0.1", "--record", "session.jsonl")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["product"] == product
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=10) == 0
    process.stderr.close()
    assert (bench.folder / "session.jsonl").read_bytes().endswith(b"}\n")


def test_a_full_disk_behind_standard_output_is_told_in_a_line(bench: Bench) -> None:
    with open("/dev/full", "wb") as full:
        done = bench.run("stream", "--demo", "--count", "1", "--every", "0.2", stdout=full)
    assert done.code == 1
    assert done.one_line() == "depthview: cannot write to standard output: no space left on device"


def test_a_full_disk_under_a_recording_is_told_and_the_stream_goes_on(bench: Bench) -> None:
    limited = ("sh", "-c", 'ulimit -f 100; exec "$0" "$@"', *COMMAND)  # 100 blocks: about one snapshot
    words = ["BTC-USD", "--demo", "--for", "1.6", "--every", "0.7", "--depth", "1", "--record", "session.jsonl"]
    done = bench.run("stream", *words, command=limited)
    assert done.code == 1
    assert "RECORDING STOPPED: file size limit reached at" in done.one_line()
    assert [sample["verdict"] for sample in done.samples] == ["SYNCED"] * 3


def test_a_final_failure_ends_it_at_once_with_its_words(bench: Bench) -> None:
    refusing = subprocess.run(
        [*COMMAND, "stream", "BTC-USD", "--url", "wss://localhost:9", "--for", "0.5"],
        env=bench.environment(wss_proxy="gopher://127.0.0.1"),
        cwd=bench.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert refusing.returncode == 1
    assert json.loads(refusing.stdout.splitlines()[-1])["verdict"] == "DOWN"
