"""Recordings by hand in all their forms, and the commands that read them, run in this process."""

from __future__ import annotations

import argparse
import gzip
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depthview.clock import ManualClock
from tests.support.frames import UNIX, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from depthview.clock import Clock

    Add = Callable[[argparse.ArgumentParser], None]
    Run = Callable[..., int]

HEADER = '{"depthview":"recording","version":1}'
Document = dict[str, Any]
Timed = tuple[float, dict[str, Any]]
"""A frame and the seconds after :data:`UNIX` at which it came."""


def came(frames: Iterable[dict[str, Any]], *, every: float = 0.5) -> list[Timed]:
    """Frames that came at even distances."""
    return [(round(number * every, 6), frame) for number, frame in enumerate(frames)]


def record(after: float, frame: dict[str, Any], **more: object) -> str:
    """A line of our own form."""
    return json.dumps({"at": UNIX + after, "frame": json.dumps(frame), **more})


def event(after: float, name: str, detail: str = "") -> str:
    """A line of our own form that is no frame."""
    return json.dumps({"at": UNIX + after, "event": name, **({"detail": detail} if detail else {})})


def own(path: Path, lines: Iterable[str]) -> Path:
    """Write lines in our own form."""
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def own_frames(path: Path, frames: Iterable[Timed]) -> Path:
    """Write frames in our own form."""
    return own(path, [record(after, frame) for after, frame in frames])


def in_form(form: str, path: Path, frames: Iterable[Timed]) -> Path:
    """Write frames as ``own``, ``timed`` or ``bare``; gzipped where the path's name ends in ``.gz``."""
    frames = list(frames)
    match form:
        case "own":
            lines = [HEADER, *(record(after, frame) for after, frame in frames)]
        case "timed":
            lines = [f"{UNIX + after:.6f}\t{json.dumps(frame)}" for after, frame in frames]
        case _:
            lines = [json.dumps({**frame, "timestamp": stamp(UNIX + after)}) for after, frame in frames]
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@dataclass(frozen=True)
class Done:
    """A command that is over."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Document:
        """Standard output as one document."""
        document: Document = json.loads(self.out)
        return document


class HastyClock(ManualClock):
    """A second goes by whenever it is looked at."""

    def monotonic(self) -> float:
        """One second later than before."""
        self.advance(1.0)
        return super().monotonic()


class Terminal(io.StringIO):
    """A terminal that keeps what was written to it.

    Args:
        react: Called with every piece.
    """

    def __init__(self, react: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self._react = react

    def isatty(self) -> bool:
        """It says that it is one."""
        return True

    def write(self, text: str) -> int:
        """Keep it."""
        self._react(text)
        return super().write(text)


def command(add: Add, run: Run, *words: object, err: io.StringIO | None = None, clock: Clock | None = None) -> Done:
    """Run a command in this process.

    Args:
        add: Gives a parser the command's arguments.
        run: The command.
        words: Its words.
        err: Standard error; no terminal by default.
        clock: For its progress.
    """
    parser = argparse.ArgumentParser()
    add(parser)
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
    err = err if err is not None else io.StringIO()
    code = run(parser.parse_args([str(word) for word in words]), out, err, clock)
    return Done(code, raw.getvalue().decode(), err.getvalue())
