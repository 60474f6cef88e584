"""Depthview as other programs start it: a process with its own home, its sockets guarded, its output caught."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import IO, TYPE_CHECKING, Any

from depthview.clock import SystemClock
from tests.support.netguard import guarded_environment, noted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

COMMAND = (sys.executable, "-m", "depthview")
_LIMIT = 40.0
"""Seconds after which a process counts as hung."""


@dataclass(frozen=True)
class Finished:
    """A process that is over."""

    code: int
    out: bytes
    err: str
    sockets: list[str]
    """What the guard noted of its sockets, without the line that says that it was there."""

    @property
    def samples(self) -> list[dict[str, Any]]:
        """Standard output, read as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    def last(self) -> dict[str, dict[str, Any]]:
        """The last sample of each product."""
        return {sample["product"]: sample for sample in self.samples}

    def one_line(self) -> str:
        """Standard error, which is one line and fit for a terminal."""
        assert self.err.endswith("\n"), self.err
        line = self.err[:-1]
        assert line.startswith("depthview"), self.err
        assert line.isprintable(), self.err
        return line


class Bench:
    """A folder to work in, and the processes that are started there.

    Args:
        folder: Home and configuration of the processes, and where they run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "sockets.log"

    def environment(self, **more: str) -> dict[str, str]:
        """A process's environment: guarded, and with nothing of the user's own."""
        ours = ("COINBASE_", "DEPTHVIEW_", "XDG_", "TEXTUAL")
        kept = {name: value for name, value in guarded_environment(self._log).items() if not name.startswith(ours)}
        home = str(self.folder)
        guard = {"DEPTHVIEW_NETGUARD_LOG": str(self._log)}
        return {**kept, **guard, "HOME": home, "XDG_CONFIG_HOME": home, "PYTHONUNBUFFERED": "1", **more}

    def sockets(self) -> list[str]:
        """What all processes so far did with sockets."""
        lines = [line for line in noted(self._log) if line != "installed"]
        assert not [line for line in lines if line.startswith("refused")], lines
        return lines

    def run(
        self,
        *words: str | Path,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
        stdout: int | IO[bytes] = subprocess.PIPE,
    ) -> Finished:
        """Run depthview to its end.

        Args:
            words: The command line.
            env: More for the environment.
            command: What to run instead of depthview.
            stdout: Where its output goes.
        """
        done = subprocess.run(
            [*command, *map(str, words)],
            env=self.environment(**(env or {})),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            timeout=_LIMIT,
            check=False,
        )
        return Finished(done.returncode, done.stdout or b"", done.stderr.decode(), self.sockets())

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        """Start depthview; the caller waits for it."""
        return subprocess.Popen(
            [*COMMAND, *map(str, words)],
            env=self.environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self, process: subprocess.Popen[bytes], number: signal.Signals | None = None) -> Finished:
        """Send a signal, if any, and wait for the end."""
        if number is not None:
            process.send_signal(number)
        try:
            out, err = process.communicate(timeout=_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return Finished(process.returncode, out, err.decode(), self.sockets())

    @contextmanager
    def exchange(self, *words: str | Path) -> Iterator[str]:
        """The embedded exchange as a process; gives its address, and ends it with SIGTERM."""
        process = self.start("exchange", *words)
        assert process.stdout is not None
        try:
            opened = json.loads(process.stdout.readline())
            yield opened["url"]
        finally:
            done = self.finish(process, signal.SIGTERM)
        assert done.code == 128 + signal.SIGTERM, done.err


@contextmanager
def stopped(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Stop a process by SIGSTOP for so long; it goes on at the end of the context, which begins after that time."""
    process.send_signal(signal.SIGSTOP)
    try:
        status = Path(f"/proc/{process.pid}/status")
        patiently(lambda: "(stopped)" in status.read_text(), "the stop")
        clock = SystemClock()
        stopped_at = clock.monotonic()
        patiently(lambda: clock.monotonic() - stopped_at > seconds, "it to have stood still")
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def port_of(url: str) -> int:
    """The port in an address."""
    return int(url.rpartition(":")[2])


def patiently(condition: Callable[[], object], what: str) -> None:
    """Wait, outside an event loop, until ``condition`` holds.

    Raises:
        AssertionError: It did not come to hold.
    """
    clock = SystemClock()
    end = clock.monotonic() + _LIMIT
    while not condition():
        assert clock.monotonic() < end, f"waited {_LIMIT:g} s in vain for: {what}"
        sleep(0.01)
