"""The guard is itself proved: it refuses what it must, lets pass what it may, and in subprocesses too."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blockbuster import BlockingError

from tests.auth.keys import load_key_file, write_text
from tests.support.netguard import guarded_environment, noted
from tests.support.netguard.loopback_only import SocketRefused

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT = Path(__file__).resolve().parents[2]
_OUTSIDE = "192.0.2.1"  # reserved for documentation: nothing answers there


def test_what_leaves_loopback_is_refused_and_remembered(no_socket_leaves_loopback: list[str]) -> None:
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        attempts: list[Callable[[], object]] = [
            lambda: tcp.connect((_OUTSIDE, 9)),
            lambda: tcp.connect_ex((_OUTSIDE, 9)),
            lambda: tcp.bind(("0.0.0.0", 0)),  # noqa: S104  # that is the point
            lambda: tcp.bind(("", 0)),
            lambda: udp.sendto(b"x", (_OUTSIDE, 9)),
            lambda: udp.sendmsg([b"x"], [], 0, (_OUTSIDE, 9)),
            lambda: socket.getaddrinfo("venue.example", 443),
            lambda: socket.gethostbyname("venue.example"),
            lambda: socket.create_connection(("venue.example", 443)),
        ]
        for attempt in attempts:
            with pytest.raises(SocketRefused):
                attempt()
    assert len(no_socket_leaves_loopback) == len(attempts)
    no_socket_leaves_loopback.clear()


def test_a_swallowed_refusal_still_fails_the_test(tmp_path: Path) -> None:
    test = tmp_path / "test_swallows.py"
    test.write_text(
        "import contextlib, socket\n"
        "def test_swallows():\n"
        "    with contextlib.suppress(Exception), socket.socket() as tcp:\n"
        f"        tcp.connect(({_OUTSIDE!r}, 9))\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += ["-c", str(_ROOT / "pyproject.toml"), str(test)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "1 passed, 1 error" in done.stdout
    assert "tried to leave this machine" in done.stdout


async def test_loopback_passes() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port, family=socket.AF_INET)
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()


def test_unix_sockets_pass(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))


@pytest.mark.parametrize(("host", "code"), [(_OUTSIDE, 1), ("127.0.0.1", 0)])
def test_a_subprocess_is_guarded(tmp_path: Path, host: str, code: int) -> None:
    log = tmp_path / "log"
    program = f"import socket; socket.socket().connect_ex(({host!r}, 9))"
    done = subprocess.run([sys.executable, "-c", program], env=guarded_environment(log), capture_output=True, text=True)
    verdict = "refused" if code else "allowed"
    assert done.returncode == code, done.stderr
    assert noted(log) == ["installed", f"{verdict} socket.connect ({host!r}, 9)"]


def test_a_log_without_the_guard_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="without the guard"):
        noted(tmp_path / "never-written")


@pytest.mark.usefixtures("strict_loop")
async def test_a_strict_loop_complains_of_a_call_of_ours_that_blocks_it(tmp_path: Path) -> None:
    assert asyncio.get_running_loop().get_debug()
    path = write_text(tmp_path / "k.json", "{}")
    with pytest.raises(BlockingError):
        load_key_file(path)


def test_the_demo_stays_on_this_machine(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "depthview", "stream", "BTC-USD", "--demo", "--count", "1"]
    done = subprocess.run(command, cwd=_ROOT, env=guarded_environment(log), capture_output=True, text=True, timeout=50)
    calls = noted(log)
    assert done.returncode == 0, done.stderr
    assert any(call.startswith("allowed socket.connect ('127.0.0.1', ") for call in calls)
    assert not [call for call in calls if call.startswith("refused")]
