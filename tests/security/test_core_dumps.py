"""A core dump would be a copy of the key: no process that has read a key or a token leaves one."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from depthview.clock import SystemClock
from depthview.exchange.keys import make_key
from tests.auth.keys import secret_pieces
from tests.auth.made_tokens import claims, header, made
from tests.support.processes import COMMAND
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.processes import Bench

_RUN: Final = """
import ctypes, json, resource, sys
from depthview.cli import main
try:
    main(sys.argv[2:])
except SystemExit:
    pass
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0
with open(sys.argv[1], "w") as file:
    json.dump({"limit": resource.getrlimit(resource.RLIMIT_CORE)[0], "dumpable": dumpable}, file)
"""
"""Runs a command, and tells of its process afterwards; PR_GET_DUMPABLE is 3."""

_NOBODY: Final = "ws://127.0.0.1:9"
"""Where nobody listens."""


def _may_dump() -> None:
    """Have a child free to dump, as far as this machine lets it."""
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def _after(bench: Bench, words: Sequence[str], told: str, *, token: str = "") -> dict[str, Any]:
    subprocess.run(
        [sys.executable, "-c", _RUN, told, *words],
        env=bench.environment(JWT=token, COINBASE_API_KEY="", COINBASE_API_SECRET=""),
        cwd=bench.folder,
        input=token.encode(),
        preexec_fn=_may_dump,  # no threads here
        capture_output=True,
        timeout=30,
        check=True,
    )
    found: dict[str, Any] = json.loads((bench.folder / told).read_text())
    return found


_COMMANDS: Final = {
    "stream": ["stream", "BTC-USD", "--url", _NOBODY, "--for", "0.2", "--key-file", "key.json"],
    "stream of a demo": ["stream", "BTC-USD", "--demo", "--for", "0.2"],
    "stream with a token": ["stream", "BTC-USD", "--url", _NOBODY, "--for", "0.2", "--jwt-from-env"],
    "record": ["record", "--output", "r.jsonl", "--url", _NOBODY, "--for", "0.2", "--key-file", "key.json"],
    "auth token": ["auth", "token", "--key-file", "key.json"],
    "auth token --decode": ["auth", "token", "--decode"],
    "auth check": ["auth", "check", "--key-file", "key.json"],
    "auth check of a token": ["auth", "check", "--jwt-from-env"],
    "auth public-key": ["auth", "public-key", "--key-file", "key.json"],
    "doctor": ["doctor", "--url", _NOBODY, "--key-file", "key.json"],
    "exchange": ["exchange", "--key-out", "made.json", "--for", "0.1"],
}


@pytest.mark.parametrize("words", _COMMANDS.values(), ids=_COMMANDS.keys())
def test_no_command_that_reads_a_key_or_a_token_can_be_dumped(bench: Bench, words: list[str]) -> None:
    key_file = bench.folder / "key.json"
    key_file.touch(0o600)
    key_file.write_text(make_key().as_key_file())
    now = int(SystemClock().unix())
    token = made(header(), claims(nbf=now - 1, exp=now + 100))
    assert _after(bench, words, "after.json", token=token) == {"limit": 0, "dumpable": 0}


def test_a_command_without_a_key_is_left_as_it_is(bench: Bench) -> None:
    found = _after(bench, ["config", "show"], "after.json")
    assert found["dumpable"] == (1 if sys.platform == "linux" else 0)
    assert found["limit"] == resource.getrlimit(resource.RLIMIT_CORE)[1]


def _dumps(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith("core")]


@pytest.fixture
def dumping(tmp_path: Path) -> None:
    """Skips where this machine writes no core dump next to a program anyway."""
    folder = tmp_path / "control"
    folder.mkdir()
    command = [sys.executable, "-c", "import os; os.abort()"]
    subprocess.run(command, cwd=folder, preexec_fn=_may_dump, capture_output=True, check=False)
    if not _dumps(folder):
        pytest.skip("an aborted program leaves no core dump here, with or without a key")
    assert any(b"PYTHON" in path.read_bytes() for path in _dumps(folder))


@pytest.mark.usefixtures("dumping")
def test_an_aborted_viewer_and_stream_leave_no_dump(bench: Bench) -> None:
    words = ["view", "BTC-USD", "--url", "", "--key-file", "key.json"]
    with bench.exchange("--key-out", "key.json") as url:
        words[3] = url
        with Terminal(["-c", _LAUNCHED, "-m", "depthview", *words], bench.environment(), bench.folder) as terminal:
            terminal.shows("SYNCED")
            limit = _limit_of(terminal.process.pid)
            assert terminal.ends(signal.SIGABRT) == -signal.SIGABRT
        assert limit == "0"
        stream = subprocess.Popen(
            [*COMMAND, "stream", *words[1:]],
            env=bench.environment(),
            cwd=bench.folder,
            preexec_fn=_may_dump,  # no threads here
            stdout=subprocess.PIPE,
        )
        assert stream.stdout is not None
        for line in iter(partial(stream.stdout.readline), b""):
            if b"SYNCED" in line:
                break
        assert _limit_of(stream.pid) == "0"
        stream.send_signal(signal.SIGABRT)
        stream.communicate()
        assert stream.returncode == -signal.SIGABRT
    assert _dumps(bench.folder) == []
    secret = (bench.folder / "key.json").read_text()
    files = [path for path in bench.folder.rglob("*") if path.is_file() and path.name != "key.json"]
    for piece in secret_pieces(json.loads(secret)["privateKey"], 16):
        assert not any(piece.encode() in path.read_bytes() for path in files)


_LAUNCHED: Final = (
    "import os, resource, sys\n"
    "most = resource.getrlimit(resource.RLIMIT_CORE)[1]\n"
    "resource.setrlimit(resource.RLIMIT_CORE, (most, most))\n"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
)


def _limit_of(process: int) -> str:
    """The limit of its core dumps' size that is in force."""
    if sys.platform != "linux":
        return "0"
    with open(f"/proc/{process}/limits", encoding="utf-8") as limits:
        return next(line.split()[4] for line in limits if line.startswith("Max core file size"))
