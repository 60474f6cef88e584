"""What stands in the tables where a recording is not as one would wish."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.analysis import export, export_command
from depthview.analysis.export import COLUMNS, TableKind, exact_time, utc
from depthview.errors import RecordingError, UsageError
from tests.support.evidence import Done, came, command, event, in_form, own, own_frames, record
from tests.support.frames import UNIX, heartbeat, snapshot, trade, trades, update

if TYPE_CHECKING:
    from tests.support.evidence import Timed

BID = [("99", "1")]
ASK = [("101", "1.50")]


def _export(path: Path, *words: object) -> Done:
    return command(export_command.add_arguments, export_command.run, path, *words)


def _table(path: Path, *words: object, code: int = 0) -> list[dict[str, str]]:
    done = _export(path, *words)
    assert done.code == code, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def _steady(seconds: int) -> list[Timed]:
    """Ten frames a second, interleaved so that the engine knows what the numbers count."""
    frames = [snapshot(0, "BTC-USD", BID, ASK)]
    frames += [
        update(n, "BTC-USD", [("99", str(n))]) if n % 2 else heartbeat(n, n // 2) for n in range(1, 10 * seconds + 1)
    ]
    return came(frames, every=0.1)


@pytest.mark.parametrize("form", ["own", "timed", "bare"])
def test_every_form_gives_the_same_table(tmp_path: Path, form: str) -> None:
    path = in_form(form, tmp_path / "r.gz", _steady(3))
    rows = _table(path, "--what", "top")
    assert [Decimal(row["at"]) - Decimal(UNIX) for row in rows] == [0, 1, 2, 3]
    assert [row["bid_size"] for row in rows[1:]] == ["9", "19", "29"]
    assert {row["ask_size"] for row in rows[1:]} == {"1.5"}


def test_untrusted_moments_stand_there_without_prices(tmp_path: Path) -> None:
    frames = _steady(6)
    del frames[25:28]
    healed = (4.05, snapshot(61, "BTC-USD", [("98", "7")], ASK))
    frames = [f for f in frames if f[0] < 4.05] + [healed]
    frames += [(4.1 + 0.1 * n, heartbeat(62 + n, 90 + n)) for n in range(15)]
    path = own_frames(tmp_path / "r", frames)
    rows = _table(path, "--what", "top")
    assert [row["verdict"] for row in rows[1:]] == ["SYNCED", "SYNCED", "STALE", "STALE", "SYNCED", "SYNCED"]
    stale = rows[3]
    assert stale["reason"].startswith("gap of 3 before 28")
    assert [stale[c] for c in ("bid", "bid_size", "ask", "ask_size", "spread", "mid")] == [""] * 6
    assert rows[5]["bid"] == "98"
    shown = _table(path, "--what", "top", "--include-untrusted")
    assert (shown[3]["verdict"], shown[3]["bid"], shown[3]["bid_size"]) == ("STALE", "99", "23")
    depth = _table(path, "--what", "depth", "--levels", "1")
    seconds = [f"{UNIX + n:.0f}" for n in (2, 3, 4, 5)]
    assert [(row["verdict"], row["side"], row["price"]) for row in depth if row["at"] in seconds] == [
        ("SYNCED", "bid", "99"), ("SYNCED", "ask", "101"), ("STALE", "", ""), ("STALE", "", ""),
        ("SYNCED", "bid", "98"), ("SYNCED", "ask", "101"),
    ]  # fmt: skip


def test_no_prices_without_a_connection(tmp_path: Path) -> None:
    lines = [event(0, "opened"), *(record(after, frame) for after, frame in _steady(2))]
    lines.append(event(2.5, "closed", "=cmd|calc"))
    lines += [event(5.2, "opened"), record(5.3, heartbeat(0))]
    rows = _table(own(tmp_path / "r", lines), "--what", "top", "--include-untrusted")
    down = [row for row in rows if row["verdict"] == "DOWN"]
    assert len(down) == 3
    assert {row["bid"] for row in down} == {""}
    depth = _table(tmp_path / "r", "--what", "depth", "--include-untrusted")
    assert [(row["at"], row["side"]) for row in depth if row["verdict"] == "DOWN"] == [(row["at"], "") for row in down]
    # No spreadsheet is to take it for a formula.
    assert {row["reason"] for row in down} == {"'=cmd|calc"}


def test_trades_come_once_in_order_with_all_their_digits(tmp_path: Path) -> None:
    def printed(number: int, at: str, **more: str) -> dict[str, object]:
        return {**trade("BTC-USD", str(number), "100.10"), "time": f"2026-08-09T21:05:{at}Z", **more}

    first = trades(1, printed(6, "44.1", side="BUY"), printed(7, "44.123456789"), printed(5, "43"), kind="snapshot")
    again = trades(2, printed(8, "45.5"), printed(7, "44.123456789"), kind="snapshot")
    bad = trades(
        3, printed(9, "46", size="-1"), {**printed(9, "46"), "trade_id": "=1+1"}, {**printed(9, "46"), "time": "soon"}
    )
    frames = came([snapshot(0, "BTC-USD", BID, ASK), first, again, bad])
    done = _export(own_frames(tmp_path / "r", frames), "--what", "trades")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["trade_id"], row["at"], row["aggressor"], row["event"], row["frame"]) for row in rows] == [
        ("5", "1786309543", "buy", "snapshot", "2"),
        ("6", "1786309544.1", "sell", "snapshot", "2"),
        ("7", "1786309544.123456789", "buy", "snapshot", "2"),
        ("8", "1786309545.5", "buy", "snapshot", "3"),
    ]
    assert [row["at_utc"][-13:] for row in rows[2:]] == ["44.123456789Z", "6-08-09T21:05:45.5Z"[-13:]]
    assert {row["price"] for row in rows} == {"100.10"}
    assert rows[0]["received_at"] == f"{UNIX + 0.5:.6f}"
    assert (done.code, done.err) == (0, "depthview: 3 trades that cannot be read were left out\n")


@given(st.integers(0, 253_402_300_799), st.integers(0, 9), st.integers(0, 999_999_999))
def test_times_keep_their_last_digit(whole: int, digits: int, fraction: int) -> None:
    decimals = f".{fraction:09d}"[: digits + 1] if digits else ""
    stamp = f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + decimals + "Z"
    at = exact_time(stamp)
    assert at == Decimal(f"{whole}{decimals}")
    assert at is not None
    assert utc(at) == stamp


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-08-09", "2026-08-09 21:05:48Z", "2026-13-09T21:05:48Z", "2026-08-09T21:05:48"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert exact_time(text) is None


def test_digits_of_other_scripts_make_no_time() -> None:
    assert exact_time("2026-08-09T21:05:48Z") is not None
    assert exact_time("\N{ARABIC-INDIC DIGIT TWO}026-08-09T21:05:48Z") is None


def test_times_of_other_zones_are_told_in_utc() -> None:
    at = exact_time("2026-08-09T23:05:48.5+02:00")
    assert at == Decimal("1786309548.5")
    assert utc(at) == "2026-08-09T21:05:48.5Z"


def test_products_that_are_not_there_are_told(tmp_path: Path) -> None:
    path = own_frames(tmp_path / "r", _steady(2))
    for what in ("trades", "top", "depth"):
        done = _export(path, "--what", what, "--product", "BTC-USD,DOGE-USD")
        missing = "BTC-USD, DOGE-USD" if what == "trades" else "DOGE-USD"
        assert (done.code, done.err) == (1, f"depthview: nothing of {missing} in the recording\n")
    rows = _table(path, "--what", "top", "--product", "btc-usd")
    assert {row["product"] for row in rows} == {"BTC-USD"}


def test_a_product_is_found_under_its_other_name(tmp_path: Path) -> None:
    frames = [*_steady(1), (1.1, trades(11, trade("BTC-USD", "1", "100")))]
    path = own_frames(tmp_path / "r", frames)
    (row,) = _table(path, "--what", "trades", "--product", "BTC-USDC")
    assert (row["product"], row["price"]) == ("BTC-USDC", "100")
    assert {row["product"] for row in _table(path, "--what", "top", "--product", "BTC-USDC")} == {"BTC-USDC"}


def test_a_damaged_recording_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    path = own_frames(tmp_path / "r", _steady(3))
    path.write_bytes(path.read_bytes()[:-30])
    done = _export(path, "--what", "top")
    assert done.code == 1
    assert done.err == "depthview: record 32 is cut off; the table ends there\n"
    assert done.out.splitlines()[-1].startswith("1786309550.900000,")
    with pytest.raises(RecordingError, match="it does not exist"):
        _export(tmp_path / "gone", "--what", "top")


def test_samples_lie_on_whole_multiples_through_a_silence(tmp_path: Path) -> None:
    frames = [*_steady(2), (7.3, heartbeat(21, 11))]
    rows = _table(own_frames(tmp_path / "r", frames), "--what", "top", "--every", "0.5")
    assert [Decimal(row["at"]) - Decimal(UNIX) for row in rows[1:]] == [
        *(Decimal(n) / 2 for n in range(1, 15)), Decimal("7.3"),
    ]  # fmt: skip
    # Three seconds without any message cost the book its trust.
    assert [row["verdict"] for row in rows if row["verdict"] == "STALE"] == ["STALE"] * 4


@pytest.mark.parametrize("every", ["0.01", "0.02", "0.06"])
def test_verdicts_are_those_of_the_very_moment(tmp_path: Path, every: str) -> None:
    frames = [*_steady(2), (7.3, heartbeat(21, 11))]
    rows = _table(own_frames(tmp_path / "r", frames), "--what", "top", "--every", every)
    in_silence = [row for row in rows if Decimal(row["at"]) > Decimal(UNIX + 2)][:-1]
    for row in in_silence:
        silent = Decimal(row["at"]) - Decimal(UNIX + 2)
        # A thousandth about the bound, because the clock of an engine is a float.
        assert abs(silent - 3) < Decimal("0.001") or (row["verdict"] == "STALE") is (silent > 3)


def test_what_time_alone_does_between_two_samples_is_done(tmp_path: Path) -> None:
    frames = [f for f in _steady(3) if f[0] < 2.45]
    frames += [(2.5, update(25, "BTC-USD", [("105", "1")])), (4.9, update(26, "BTC-USD", [("105", "0")]))]
    frames += [(5.0 + 0.1 * n, heartbeat(27 + n, 20 + n)) for n in range(3)]
    rows = _table(own_frames(tmp_path / "r", frames), "--what", "top", "--every", "600")
    # It stood crossed for more than a second: that is over, and the book is in doubt until its next snapshot.
    assert rows[-1]["verdict"] == "STALE"
    assert rows[-1]["reason"].startswith("best bid above best ask")


def test_a_book_without_any_level_keeps_its_row(tmp_path: Path) -> None:
    frames = [*_steady(2), (2.1, snapshot(21, "BTC-USD"))]
    rows = _table(own_frames(tmp_path / "r", frames), "--what", "depth")
    assert (rows[-1]["verdict"], rows[-1]["side"], rows[-1]["price"]) == ("SYNCED", "", "")


def test_a_silence_of_centuries_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_SAMPLES_IN_A_SILENCE", 50)
    frames = [*_steady(2), (200_000_000_000.0, heartbeat(21, 11))]
    rows = _table(own_frames(tmp_path / "r", frames), "--what", "top")
    assert 45 < len(rows) < 60
    assert Decimal(rows[-1]["at"]) == Decimal(UNIX) + 200_000_000_000


def test_snapshots_that_were_made_give_books(tmp_path: Path) -> None:
    lines = [event(0, "opened"), record(0, snapshot(None, "BTC-USD", BID, ASK), made=True)]
    lines += [record(0.1 * n, update(500 + n, "BTC-USD", [("99", str(n))])) for n in range(1, 12)]
    rows = _table(own(tmp_path / "r", lines), "--what", "top")
    assert (rows[-1]["verdict"], rows[-1]["bid_size"], rows[-1]["frame"]) == ("SYNCED", "11", "11")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--what", "trades", "--every", "2"], "--every is for"),
        (["--what", "top", "--levels", "2"], "--levels is for"),
        (["--what", "trades", "--include-untrusted"], "--include-untrusted is for"),
        (["--what", "top", "--every", "0"], "--every '0' is not above 0"),
        (["--what", "top", "--every", "0.0000001"], "finer than a microsecond"),
        (["--what", "top", "--every", "soon"], "--every 'soon' is not a number"),
        (["--what", "depth", "--levels", "-1"], "--levels '-1' is not a whole number"),
        (["--what", "top", "--product", "BTC_USD"], "'BTC_USD' is not a product name"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, words: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        _export(own_frames(tmp_path / "r", _steady(1)), *words)


def test_the_name_of_the_file_chooses_the_format(tmp_path: Path) -> None:
    path = own_frames(tmp_path / "r", _steady(1))
    for name, words, is_json in [
        ("a.csv", [], False), ("a.jsonl", [], True), ("a.ndjson", [], True), ("b.jsonl", ["--format", "csv"], False),
    ]:  # fmt: skip
        _export(path, "--what", "top", "--output", tmp_path / name, *words)
        first = (tmp_path / name).read_text().splitlines()[0]
        assert first.startswith("{") is is_json
        assert not is_json or json.loads(first)["product"] == "BTC-USD"


@pytest.mark.parametrize("what", list(TableKind))
def test_the_documentation_names_the_columns(what: TableKind) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "recordings.md").read_text()
    (line,) = (line for line in page.splitlines() if line.startswith(f"| `{what.value}` |"))
    assert line.split("|")[2].strip().split(", ") == list(COLUMNS[what])
