"""Where tables go: files that are private, new and whole, and pipes that may be closed."""

from __future__ import annotations

import csv
import errno
import os
import signal
import stat
from typing import TYPE_CHECKING

import pytest

from depthview.analysis import export_command, output
from depthview.analysis.output import FileLineWriter
from depthview.errors import DepthviewError, UsageError
from tests.support.evidence import Done, HastyClock, Terminal, came, command, own_frames
from tests.support.frames import heartbeat, snapshot, trade, trades
from tests.support.processes import Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    frames = [snapshot(0, "BTC-USD", [("99", "1")], [("101", "1")])]
    frames += [trades(n, trade("BTC-USD", str(n), "100")) if n % 2 else heartbeat(n, n) for n in range(1, 2000)]
    return own_frames(tmp_path / "r.jsonl", came(frames, every=0.01))


def _export(recording: Path, *words: object, **more: object) -> Done:
    return command(
        export_command.add_arguments, export_command.run, recording, "--what", "trades", *words, **more  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_file_is_new_and_private(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    assert _export(recording, "--output", path).code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().splitlines()) == 1001
    with pytest.raises(UsageError, match="it exists: name another, or add --force"):
        _export(recording, "--output", path)
    path.write_text("old")
    assert _export(recording, "--output", path, "--force").code == 0
    assert len(path.read_text().splitlines()) == 1001
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere")
    for words in ([], ["--force"]):
        with pytest.raises(UsageError):
            _export(recording, "--output", tmp_path / "link.csv", *words)
    assert not (tmp_path / "elsewhere").exists()


def test_a_recording_that_cannot_be_read_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "foreign").write_text("hello\n")
    with pytest.raises(DepthviewError):
        _export(tmp_path / "foreign", "--output", tmp_path / "t.csv")
    assert not (tmp_path / "t.csv").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_whole_lines(recording: Path, tmp_path: Path, number: signal.Signals) -> None:
    terminal = Terminal(lambda text: signal.raise_signal(number) if " 5" in text else None)
    path = tmp_path / "t.csv"
    done = _export(recording, "--output", path, err=terminal, clock=HastyClock())
    assert done.code == 128 + number
    text = path.read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert text.endswith("\n")
    assert 0 < len(rows) < 1000
    assert [row["trade_id"] for row in rows] == [str(n) for n in range(1, 2 * len(rows), 2)]
    assert "stopped after " in terminal.getvalue()


def _writes_that_fail(after: int) -> Callable[[int, bytes], int]:
    real, left = os.write, [after]

    def write(descriptor: int, piece: bytes) -> int:
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(descriptor, piece[: left[0]])
        left[0] -= written
        return written

    return write


def test_a_full_disk_leaves_whole_lines(recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_PIECE_BYTES", 1000)
    monkeypatch.setattr(os, "write", _writes_that_fail(after=30_500))
    path = tmp_path / "t.csv"
    with pytest.raises(DepthviewError, match=r"no space left on device; it holds [0-9,]+ bytes of whole lines"):
        _export(recording, "--output", path)
    text = path.read_text()
    assert text.endswith("\n")
    assert 29_000 < len(text) <= 30_500
    assert [row["trade_id"] for row in csv.DictReader(text.splitlines())][-1].isdigit()


def test_a_signal_within_a_write_neither_cuts_nor_doubles_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def interrupted(descriptor: int, piece: bytes) -> int:
        monkeypatch.setattr(os, "write", real)
        real(descriptor, piece[:7])
        raise KeyboardInterrupt

    lines = FileLineWriter(tmp_path / "t", force=False)
    monkeypatch.setattr(output, "_PIECE_BYTES", 10)
    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        lines.write(b"one line\nand one more\n")
    lines.stop()
    assert (tmp_path / "t").read_bytes() == b"one line\nand one more\n"


def test_progress_is_shown_beside_a_file_and_not_between_rows(recording: Path, tmp_path: Path) -> None:
    terminal = Terminal()
    _export(recording, "--output", tmp_path / "t.csv", err=terminal, clock=HastyClock())
    assert "exporting  " in terminal.getvalue()
    assert terminal.getvalue().endswith(f"\rdepthview: 1,000 rows written to {tmp_path / 't.csv'}\n")


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path, recording: Path) -> None:
    process = Bench(tmp_path).start("export", recording, "--what", "top", "--every", "0.0001")
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"at,at_utc,")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, b"")


def test_exit_codes_of_the_process(tmp_path: Path, recording: Path) -> None:
    bench = Bench(tmp_path)
    done = bench.run("export", recording, "--what", "trades")
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 1001)
    assert bench.run("export", recording).code == 2
    refused = bench.run("export", recording, "--what", "top", "--levels", "3")
    assert (refused.code, refused.one_line()) == (2, "depthview: --levels is for --what depth")
    assert bench.run("export", "gone", "--what", "top").code == 1
