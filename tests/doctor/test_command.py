"""``depthview doctor`` as it is called: text as it comes, one JSON document, exit codes, and what is never printed."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import logging
import shlex
import threading
from typing import TYPE_CHECKING

import pytest

from depthview.doctor import command
from depthview.doctor.local_checks import TerminalFacts, judge_terminal, terminal_facts
from depthview.doctor.report import Step, StepResult, StepStatus, as_json, as_line, exit_code, summary
from depthview.errors import UsageError
from tests.auth.keys import NAME, forms, secret_pieces, write_key
from tests.doctor.scripted import Script, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

F = forms()


@pytest.fixture(autouse=True)
def no_key_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DEPTHVIEW_KEY_FILE", "COINBASE_API_KEY", "COINBASE_API_SECRET", "JWT"):
        monkeypatch.delenv(name, raising=False)
    handlers = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = handlers


def _run(*words: str) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    out = io.StringIO()
    return command.run(parser.parse_args(words), out), out.getvalue()


@pytest.fixture
def venue() -> Iterator[str]:
    """The address of a good venue that runs in a thread of its own, as the command brings its own event loop."""
    ready, url = threading.Event(), ""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        nonlocal url
        async with scripted(Script()) as port:
            url = f"ws://127.0.0.1:{port}"
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(5)
    yield url
    loop.call_soon_threadsafe(stop.set)
    thread.join(5)
    loop.close()


def test_the_demo_is_green() -> None:
    code, out = _run("--demo", "--for", "0.5")
    assert code == 0
    assert not [line for line in out.splitlines() if line.startswith(("warning", "failure"))]
    assert "ok       acceptance" in out
    assert out.splitlines()[-1].startswith("17 steps: ")


def test_one_json_document(venue: str, tmp_path: Path) -> None:
    folder = tmp_path / "very private folder"
    folder.mkdir()
    path = write_key(folder / "my key.json", F.sec1, mode=0o644)
    code, out = _run("--json", "--for", "0.2", "--url", venue, "--key-file", str(path))
    told = json.loads(out)
    assert (code, told["exit"]) == (78, 78)
    assert [step["step"] for step in told["steps"]] == [step.value for step in Step]
    failed = [step for step in told["steps"] if step["status"] == "failure"]
    assert [step["step"] for step in failed] == ["file permissions"]
    assert failed[0]["cure"].startswith("run chmod 600 'my key.json'")
    for private in ("private folder", str(tmp_path), NAME, "~"):
        assert private not in out
    assert not [piece for piece in secret_pieces(F.sec1) if piece in out]


def test_in_text_the_cure_can_be_pasted(venue: str, tmp_path: Path) -> None:
    path = write_key(tmp_path / "my key.json", F.sec1, mode=0o644)
    code, out = _run("--for", "0.2", "--url", venue, "--key-file", str(path))
    assert code == 78
    assert f"chmod 600 {shlex.quote(str(path))}" in out


@pytest.mark.parametrize(
    "words",
    [
        ("--demo", "--key-file", "k.json"),
        ("--for", "0"),
        ("--for", "soon"),
        ("bad product!",),
        ("--key-name", NAME),
    ],
)
def test_words_that_do_not_go_together(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        _run(*words)


def test_the_exit_code() -> None:
    def results(*failed: Step) -> list[StepResult]:
        return [StepResult(step, StepStatus.FAILURE if step in failed else StepStatus.WARNING, "") for step in Step]

    assert exit_code(results()) == 0
    assert exit_code(results(Step.TLS)) == 1
    assert exit_code(results(Step.TLS, Step.KEY)) == 78


def test_lines_are_plain_whatever_the_venue_says() -> None:
    hostile = "\x1b]0;x\x07 [bold]\n eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    result = StepResult(Step.ACCEPTANCE, StepStatus.FAILURE, hostile, hostile, 1.25)
    text = as_line(result) + as_json([result])
    assert "\x1b" not in text
    assert "eyJhbGci" not in text
    assert as_line(result).count("\n") == 2
    assert "1.2 s" in as_line(result)
    good = StepResult(Step.TCP, StepStatus.OK, "fine")
    assert summary([good, good, result]) == "3 steps: 2 ok, 1 failure\n"
    assert summary([good, result, result]) == "3 steps: 1 ok, 2 failures\n"


def test_at_a_terminal_long_lines_are_broken_between_words_and_cures_are_not() -> None:
    what, cure = "a word " * 20, "chmod 600 " + "x/" * 60
    rows = as_line(StepResult(Step.TCP, StepStatus.FAILURE, what, cure), 80).splitlines()
    *told, last = rows
    assert len(told) > 3
    assert max(map(len, told)) <= 80
    assert all(row.startswith(" " * 45) for row in told[1:])
    assert last.endswith(cure)
    narrow = as_line(StepResult(Step.TCP, StepStatus.FAILURE, what, cure), 50)
    assert narrow == as_line(StepResult(Step.TCP, StepStatus.FAILURE, what, cure))


GOOD = TerminalFacts(True, 120, 40, "xterm-256color", "256 colours")


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        (TerminalFacts(False), StepStatus.SKIPPED, "not at a terminal"),
        (GOOD, StepStatus.OK, "120x40, xterm-256color, 256 colours, UTF-8"),
        (TerminalFacts(True, 80, 24, "dumb", "x"), StepStatus.WARNING, "dumb"),
        (TerminalFacts(True, 30, 24, "xterm", "x"), StepStatus.WARNING, "30x24"),
        (TerminalFacts(True, 80, 24, "xterm", "x", utf8=False), StepStatus.WARNING, "no UTF-8"),
        (
            TerminalFacts(True, 80, 24, "xterm", "x", no_color=True, ssh=True),
            StepStatus.OK,
            "NO_COLOR is set, over SSH",
        ),
    ],
)
def test_the_terminal(facts: TerminalFacts, status: StepStatus, words: str) -> None:
    result = judge_terminal(facts)
    assert result.status is status
    assert words in result.what


def test_the_terminal_s_own_word() -> None:
    import os

    ours, theirs = os.openpty()
    try:
        with open(theirs, "w", closefd=False) as out:
            facts = terminal_facts(out, {"TERM": "xterm", "COLORTERM": "truecolor", "SSH_TTY": "x", "NO_COLOR": "1"})
    finally:
        os.close(ours)
        os.close(theirs)
    assert (facts.is_terminal, facts.kind, facts.colours) == (True, "xterm", "16 million colours")
    assert facts.ssh
    assert facts.no_color
    assert not terminal_facts(io.StringIO(), {}).is_terminal
