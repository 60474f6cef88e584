"""A crash tells in one line that it was one, and nothing of what was there."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from depthview.system.logs import crash_line, crash_report, write_crash_report
from depthview.ui.app import DepthviewApp
from tests.ui.breaking import BREAKS, SECRET, boom
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.views.market import MarketView, ViewRequest

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


class Broken(FakeMarket):
    def view(self, request: ViewRequest) -> MarketView:
        boom(SECRET)


def caught(secret: str = SECRET) -> RuntimeError:
    with pytest.raises(RuntimeError) as found:
        boom(secret)
    return found.value


async def test_a_crash_at_the_first_draw_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    app = DepthviewApp(Broken(), fps=0)
    await app.run_async(headless=True, size=(80, 24))
    printed = capsys.readouterr()
    assert app.return_code == 1
    assert printed.err == "depthview: stopped by an internal error (RuntimeError)\n"
    assert printed.out == ""


@pytest.mark.parametrize("way", sorted(BREAKS))
async def test_wherever_it_breaks_it_ends_with_one_line(
    way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = DepthviewApp(FakeMarket(), fps=0, crash_folder=tmp_path)

    async def break_it() -> None:
        BREAKS[way](app, SECRET)

    app.call_later(break_it)
    await app.run_async(headless=True, size=(80, 24))
    printed = capsys.readouterr()
    report = tmp_path / "crash.log"
    assert app.return_code == 1
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("depthview: stopped by an internal error")
    assert SECRET not in printed.err
    assert "boom" not in printed.err
    if way == "panic":
        assert not report.exists(), "there is nothing to report but a text"
        return
    assert str(report) in printed.err
    text = report.read_text(encoding="utf-8")
    assert "tests/ui/breaking.py" in text
    assert " in boom" in text
    assert SECRET not in text


def test_a_report_names_kinds_and_places_along_the_whole_chain() -> None:
    def wrap() -> None:
        try:
            boom(SECRET)
        except RuntimeError as e:
            raise ValueError(SECRET) from e

    with pytest.raises(ValueError, match="never") as found:
        wrap()
    lines = crash_report(found.value).splitlines()
    assert lines[0].startswith("depthview ")
    kinds = [line for line in lines[1:] if not line.startswith("  ")]
    assert kinds == ["builtins.ValueError", "builtins.RuntimeError"]
    assert any(line.endswith(" in boom") for line in lines)
    assert SECRET not in "\n".join(lines)
    assert all(len(line.split(":")[0].split("/")) <= 3 for line in lines[2:]), "no path of the user's"


def test_a_context_that_was_suppressed_is_left_out() -> None:
    def wrap() -> None:
        try:
            boom(SECRET)
        except RuntimeError:
            raise ValueError from None

    with pytest.raises(ValueError, match=r"^$") as found:
        wrap()
    assert "RuntimeError" not in crash_report(found.value)


def test_a_group_is_taken_apart() -> None:
    report = crash_report(ExceptionGroup("group", [caught(), KeyError(SECRET)]))
    assert "ExceptionGroup" in report
    assert "builtins.RuntimeError" in report
    assert "builtins.KeyError" in report
    assert SECRET not in report


def test_a_chain_that_bites_its_tail_comes_to_an_end() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert crash_report(one).splitlines()[1:] == ["builtins.ValueError", "builtins.KeyError"]


def test_what_looks_like_a_token_is_taken_out() -> None:
    # A name is all that a report could carry it in.
    kind = type(TOKEN.replace(".", "_"), (Exception,), {})
    assert "eyJhbGciOiJFUzI1NiJ9" not in crash_report(kind())


def test_a_report_is_private_and_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "depthview"
    line = write_crash_report(caught(), folder)
    path = folder / "crash.log"
    assert line == (
        f"depthview: stopped by an internal error (RuntimeError); please report it with {path}, "
        "which contains no secrets"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    write_crash_report(KeyError(), folder)
    assert "KeyError" in path.read_text(encoding="utf-8")
    assert "RuntimeError" not in path.read_text(encoding="utf-8")
    assert [found.name for found in folder.iterdir()] == ["crash.log"]


@pytest.mark.parametrize("planted", ["link", "folder", "no folder"])
def test_where_no_report_can_be_written_the_line_says_so(planted: str, tmp_path: Path) -> None:
    folder, target = tmp_path / "state", tmp_path / "target"
    target.write_text("precious", encoding="utf-8")
    if planted == "no folder":
        folder.write_text("in the way", encoding="utf-8")
    else:
        folder.mkdir()
        if planted == "link":
            (folder / "crash.log").symlink_to(target)
        else:
            (folder / "crash.log").mkdir()
    line = write_crash_report(caught(), folder)
    assert line == "depthview: stopped by an internal error (RuntimeError); no report could be written"
    assert target.read_text(encoding="utf-8") == "precious"


def test_a_hostile_folder_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    line = write_crash_report(caught(), tmp_path / "a\x1b]0;owned\x07b")
    assert line.isprintable()


def test_without_an_exception_there_is_a_line_all_the_same() -> None:
    assert crash_line(None) == "depthview: stopped by an internal error"
