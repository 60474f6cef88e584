"""What is left behind by a fault of our own: one line for the terminal, and a report without a secret in it."""

from __future__ import annotations

import os
import platform
import traceback
from typing import TYPE_CHECKING, Final

from depthview import __version__
from depthview.core.plaintext import shown_path
from depthview.logs import redacted
from depthview.system.files import create_private_file

if TYPE_CHECKING:
    from pathlib import Path

_REPORT: Final = "crash.log"


def fault_line(error: BaseException | None) -> str:
    """What the terminal is told of a fault of our own: its kind, and neither its message nor where it was."""
    return f"depthview: stopped by a fault of its own{f' ({type(error).__name__})' if error is not None else ''}"


def report_of(error: BaseException) -> str:
    """The kind of the exception and the places it came through, without any value: neither message nor locals.

    A message may quote what was being read, and locals may hold a key. An exception that led to this one comes after
    it, and those in a group after the group.
    """
    lines = [f"depthview {__version__}, Python {platform.python_version()}, {platform.system()}"]
    for link in _chain(error):
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}")
        frames = traceback.extract_tb(link.__traceback__)
        lines += [f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    return redacted("\n".join(lines)) + "\n"


def _chain(error: BaseException) -> list[BaseException]:
    """``error`` and what led to it, each once: a chain may lead back to itself."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop(0)
        if link is None or any(link is known for known in found):
            continue
        found.append(link)
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
        waiting.append(link.__cause__ or (None if link.__suppress_context__ else link.__context__))
    return found


def write_report(error: BaseException, folder: Path) -> str:
    """Write the report, in place of an older one.

    Args:
        error: What happened.
        folder: Made if it is not there; readable by its owner alone.

    Returns:
        The one line for the terminal; it names the report where one could be written.
    """
    what = fault_line(error)
    path = folder / _REPORT
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(create_private_file(path, force=True), "w", encoding="utf-8") as file:
            file.write(report_of(error))
    except (OSError, ValueError):
        return f"{what}; no report could be written"
    return f"{what}; please report it with {shown_path(path)}, which holds no secrets"


def _short(filename: str) -> str:
    return "/".join(filename.split(os.sep)[-3:])
