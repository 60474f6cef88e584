"""Programs in terminals of their own, and when what they write arrives there."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
_CLOCK: Final = SystemClock()
_LIMIT: Final = 60.0


class Piece(NamedTuple):
    """What one read has brought."""

    at: float
    """Monotonic seconds, by the clock that all processes share."""
    data: bytes


def environment(home: Path) -> dict[str, str]:
    """A user's, with nothing of this one's: a home of its own, true colours, and Python keeping what it compiles."""
    keep = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    keep.setdefault("LANG", "C.UTF-8")
    return {
        **keep,
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(home / "compiled"),
    }


def written(
    words: Sequence[str], home: Path, *, enough: Callable[[bytearray], bool] = lambda _: False, cwd: Path = ROOT
) -> tuple[float, list[Piece]]:
    """Run Python with ``words`` in a terminal of 120 by 40 until it ends, or has written enough.

    Args:
        words: After the interpreter.
        home: Of the process.
        enough: Asked whenever something came, with all that has come; the process is killed then.
        cwd: Where it runs.

    Returns:
        Monotonic seconds of the start, and what came when.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    began = _CLOCK.monotonic()
    process = subprocess.Popen(
        [sys.executable, *words], stdin=slave, stdout=slave, stderr=slave, env=environment(home), cwd=cwd,
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    pieces: list[Piece] = []
    whole = bytearray()
    try:
        while _CLOCK.monotonic() - began < _LIMIT:
            if not select.select([master], [], [], 0.05)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                data = os.read(master, 1 << 16)
            except OSError:
                break
            pieces.append(Piece(_CLOCK.monotonic(), data))
            whole += data
            if enough(whole):
                break
        else:
            raise TimeoutError(f"{words} took over {_LIMIT:g} s")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)
    if process.returncode not in {0, -9}:
        raise RuntimeError(f"{words} ended with {process.returncode}: {bytes(whole[-1500:])!r}")
    return began, pieces
