"""``auth token --decode`` typed at a real terminal: it says what it waits for, and not where the answer goes."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

from depthview.clock import SystemClock

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = 15.0


def test_it_prompts_on_standard_error_and_explains_on_standard_output(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "depthview", "auth", "token", "--decode", "--json"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=env,
    ) as process:
        prompt = _read_until(ours, b"\n")
        assert prompt.replace(b"\r", b"") == b"paste the token, then Enter and Ctrl+D\n"
        os.write(ours, b"no token at all\n\x04")
        out, _ = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 1
    assert out.startswith(b'{"findings":')
    assert termios.tcgetattr(theirs) == settings
    os.close(ours)
    os.close(theirs)


def _read_until(descriptor: int, end: bytes) -> bytes:
    clock, found = SystemClock(), b""
    until = clock.monotonic() + _PATIENCE
    while end not in found:
        assert clock.monotonic() < until, found
        if select.select([descriptor], [], [], 0.1)[0]:
            found += os.read(descriptor, 4096)
    return found
