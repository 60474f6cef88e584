"""The screen in a real terminal: its title, stopping and going on, and a terminal that goes away."""

from __future__ import annotations

import os
import re
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from depthview.clock import SystemClock
from depthview.ui.app import DepthviewApp
from depthview.ui.terminal import Outlet, Terminal, has_title, title_sequence
from tests.support import terminal
from tests.support.processes import Bench
from tests.ui.breaking import SECRET
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.calibration import Scaled

ROOT = Path(__file__).parents[2]
PUSHED, POPPED = b"\x1b[22;0t", b"\x1b[23;0t"
TITLE = b"\x1b]0;BTC-USD 65,083.66 SYNCED - depthview\x07"
ASKED = b"\x1b[?2026$p"
BEGUN, ENDED = b"\x1b[?2026h", b"\x1b[?2026l"
ALTERNATE_ON, ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"


@contextmanager
def shown(tmp_path: Path, *words: str) -> Iterator[terminal.Terminal]:
    """The screen in a terminal, as soon as it is seen."""
    command = ["-m", "tests.ui.on_terminal", *words]
    with terminal.Terminal(command, Bench(tmp_path).environment(), ROOT) as tty:
        tty.shows("spread")
        yield tty


def is_stopped(tty: terminal.Terminal) -> bool:
    fields = Path(f"/proc/{tty.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return fields[0] == "T"


def drawn_since(tty: terminal.Terminal, mark: int) -> bool:
    since = bytes(tty.written[mark:])
    return ALTERNATE_ON in since and b"spread" in since and b"SYNCED" in since and b"quit" in since


def given_back(tty: terminal.Terminal) -> bool:
    """Whether the last thing that is written to a terminal that is given back has arrived."""
    left = tty.written.rfind(ALTERNATE_OFF)
    return left > tty.written.rfind(ALTERNATE_ON) and b"\x1b[?1004l" in tty.written[left:]


def test_the_title_is_set_and_given_back(tmp_path: Path) -> None:
    with shown(tmp_path) as tty:
        tty.until(lambda: TITLE in tty.written, "the title")
        tty.press(b"q")
        assert tty.ends() == 0
        assert tty.written.count(TITLE) == 1, "it has not changed"
        assert tty.written.count(PUSHED) == tty.written.count(POPPED) == 1
        assert tty.written.index(PUSHED) < tty.written.index(TITLE) < tty.written.index(POPPED)
        tty.assert_restored()


def outside_frames(written: bytes) -> bytes:
    """What was written outside synchronized frames, each of which has to begin and to end."""
    pieces = re.split(re.escape(BEGUN), written)
    outside = [pieces[0]]
    for piece in pieces[1:]:
        frame, end, after = piece.partition(ENDED)
        assert end, "it has ended"
        assert b"\x1b[" in frame, "and draws something"
        assert ENDED not in after, "once"
        outside.append(after)
    return b"".join(outside)


@pytest.mark.parametrize(
    "answer", [(b"\x1b[?2026;2$y",), (b"\x1b[?2026;1$y",), (b"\x1b[?20", b"26;2$y")], ids=["reset", "set", "in halves"]
)
def test_frames_are_shown_whole_where_the_terminal_says_that_it_can(answer: tuple[bytes, ...], tmp_path: Path) -> None:
    with shown(tmp_path) as tty:
        tty.until(lambda: ASKED in tty.written, "the question")
        assert BEGUN not in tty.written, "not before there is an answer"
        for piece in answer:
            tty.press(piece)
            terminal.looked_on(tty, 0.01)
        tty.until(lambda: BEGUN in tty.written, "a frame")
        first = tty.written.index(BEGUN)
        tty.until(lambda: tty.written.count(ENDED) > 10, "more of them")
        # Keys and another page are frames, too.
        tty.press(b"i")
        tty.shows("of each book")
        tty.press(b"q")
        assert tty.ends() == 0
        written = bytes(tty.written[first:])
        at = written.index(ALTERNATE_OFF)
        tty.written[:] = outside_frames(written[:at])
        assert tty.text.strip() == "", "nothing is drawn outside a frame"
        tty.written[:] = written[at:]
        assert BEGUN not in tty.written, "the terminal is not left waiting for an end"


@pytest.mark.parametrize("answer", [b"", b"\x1b[?2026;0$y"], ids=["no answer", "not known"])
def test_a_terminal_that_cannot_is_sent_no_marks(answer: bytes, tmp_path: Path) -> None:
    with shown(tmp_path) as tty:
        tty.until(lambda: ASKED in tty.written, "the question")
        tty.press(answer)
        drawn = len(tty.written)
        tty.until(lambda: len(tty.written) > drawn + 20_000, "more frames")
        tty.press(b"q")
        assert tty.ends() == 0
        assert BEGUN not in tty.written
        assert ENDED not in tty.written


def test_continued_it_asks_again_and_goes_on_in_whole_frames(tmp_path: Path) -> None:
    with shown(tmp_path) as tty:
        tty.press(b"\x1b[?2026;2$y")
        tty.until(lambda: BEGUN in tty.written, "a frame")
        tty.press(b"\x1a")
        tty.until(lambda: is_stopped(tty), "the stop")
        tty.until(lambda: given_back(tty), "the terminal")
        assert tty.written.count(BEGUN) == tty.written.count(ENDED), "whole to the last"
        mark = len(tty.written)
        tty.process.send_signal(signal.SIGCONT)
        tty.until(lambda: ASKED in tty.written[mark:], "the question")
        tty.press(b"\x1b[?2026;2$y")
        tty.until(lambda: tty.written[mark:].count(ENDED) > 5, "frames")
        tty.press(b"q")
        assert tty.ends() == 0
        tty.assert_restored()


def test_a_console_without_titles_is_sent_none(tmp_path: Path) -> None:
    with shown(tmp_path, "--term", "linux") as tty:
        tty.press(b"q")
        assert tty.ends() == 0
        assert b"\x1b]0;" not in tty.written
        assert PUSHED not in tty.written
        assert POPPED not in tty.written


@pytest.mark.parametrize("how", ["key", "signal"])
def test_stopped_it_gives_the_terminal_back_and_continued_it_draws_all(how: str, tmp_path: Path) -> None:
    with shown(tmp_path) as tty:
        tty.until(lambda: TITLE in tty.written, "the title")
        for _ in range(2):
            if how == "key":
                tty.press(b"\x1a")
            else:
                tty.process.send_signal(signal.SIGTSTP)
            tty.until(lambda: is_stopped(tty), "the stop")
            tty.until(lambda: given_back(tty), "the terminal")
            tty.assert_restored()
            assert tty.written.rfind(POPPED) > tty.written.rfind(PUSHED), "the title too"
            mark = len(tty.written)
            tty.process.send_signal(signal.SIGCONT)
            tty.until(lambda: drawn_since(tty, mark), "a whole new picture")  # noqa: B023  # called at once
            tty.until(lambda: TITLE in tty.written[mark:], "the title")  # noqa: B023
        tty.press(b"q")
        assert tty.ends() == 0
        tty.assert_restored()


def test_stopped_without_warning_it_draws_all_and_restores_in_the_end(tmp_path: Path) -> None:
    with shown(tmp_path) as tty:
        tty.process.send_signal(signal.SIGSTOP)
        tty.until(lambda: is_stopped(tty), "the stop")
        mark = len(tty.written)
        tty.process.send_signal(signal.SIGCONT)
        tty.until(lambda: drawn_since(tty, mark), "a whole new picture")
        tty.press(b"i")
        tty.shows("of each book")
        tty.press(b"q")
        assert tty.ends() == 0
        tty.assert_restored()


@pytest.mark.timed
@pytest.mark.parametrize("deaf", [True, False], ids=["SIGHUP ignored", "SIGHUP heard"])
def test_without_a_terminal_it_ends_soon_and_does_not_spin(deaf: bool, tmp_path: Path, scaled: Scaled) -> None:
    spent = tmp_path / "cpu"
    with shown(tmp_path, "--cpu", str(spent), *(["--deaf"] if deaf else [])) as tty:
        before = _cpu_seconds(tty.process.pid)
        tty.hang_up()
        code = tty.process.wait(scaled(5.0))
        if deaf:
            assert code == 128 + signal.SIGHUP
            assert float(spent.read_text(encoding="ascii")) - before < scaled(1.0)
        else:
            assert code == -signal.SIGHUP, "who runs the app turns it into an exit code"


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_bytes_that_are_no_utf_8_are_typed_in_vain(tmp_path: Path) -> None:
    with shown(tmp_path) as tty:
        tty.press(b"\xe9\xff\xc3")
        tty.press(b"i")
        tty.shows("of each book")
        tty.press(b"q")
        assert tty.ends() == 0


def test_a_crash_gives_the_terminal_back_and_says_one_line(tmp_path: Path) -> None:
    with terminal.Terminal(
        ["-m", "tests.ui.on_terminal", "--breaks", "render", "--crash-folder", str(tmp_path)],
        Bench(tmp_path).environment(),
        ROOT,
    ) as tty:
        assert tty.ends() == 1
        tty.assert_restored()
        path = tmp_path / "crash.log"
        assert tty.after_screen() == (
            f"depthview: stopped by an internal error (RuntimeError); please report it with {path}, "
            "which contains no secrets"
        )
        assert SECRET.encode() not in tty.written
        assert SECRET not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("term", "has"), [("xterm-256color", True), ("tmux-256color", True), ("linux", False), ("dumb", False), ("", False)]
)
def test_terminals_with_a_title(term: str, has: bool) -> None:
    assert has_title(term) is has


def test_a_title_cannot_end_its_sequence() -> None:
    assert title_sequence("BTC\x07\x1b\\\x9c-USD") == "\x1b]0;BTC\\-USD\x07"


def test_another_driver_that_was_asked_for_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.constants.DRIVER", "textual.drivers.headless_driver:HeadlessDriver")
    assert DepthviewApp(FakeMarket()).driver_class.__name__ == "HeadlessDriver"
    monkeypatch.setattr("textual.constants.DRIVER", None)
    assert DepthviewApp(FakeMarket()).driver_class is Terminal


def test_writing_ends_with_the_first_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    lost: list[int] = []
    with os.fdopen(writing, "w", encoding="utf-8", buffering=1) as file:
        outlet = Outlet(file, lambda: lost.append(1))
        for _ in range(3):
            outlet.write("line\n")
            outlet.flush()
        assert lost == [1]
        assert outlet.fileno() == writing
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)


@pytest.mark.timed
@pytest.mark.parametrize("delay", ["", "700"])
def test_escape_is_answered_soon_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delay: str, scaled: Scaled
) -> None:
    monkeypatch.delenv("ESCDELAY", raising=False)
    if delay:
        monkeypatch.setenv("ESCDELAY", delay)
    clock, waits = SystemClock(), []
    with shown(tmp_path) as tty:
        for _ in range(5):
            tty.press(b"i")
            tty.shows("esc back")
            terminal.looked_on(tty, 0.1)
            tty.written.clear()
            pressed = clock.monotonic()
            tty.press(b"\x1b")
            tty.until(lambda: "spread" in tty.text, "the market")
            waits.append(clock.monotonic() - pressed)
        tty.press(b"q")
        assert tty.ends() == 0
    # The quickest: the others may have waited for a processor.
    assert (min(waits) > 0.6) if delay else (min(waits) < scaled(0.1))
