"""The log file and the crash report; no secret gets into either."""

from __future__ import annotations

import logging
import os
import platform
import re
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

from depthview import __version__
from depthview.core.text import shown_path
from depthview.errors import UsageError
from depthview.system.files import create_private_file, why_not_created

if TYPE_CHECKING:
    from pathlib import Path

_SECRETS: Final = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}|-----BEGIN[^-]*PRIVATE KEY-----.*?(?:-----END[^-]*PRIVATE KEY-----|\Z)", re.DOTALL
)


def redacted(text: str) -> str:
    """``text`` with whatever looks like a token or a private key taken out."""
    return _SECRETS.sub("[redacted]", text)


def _may_be_kept(record: logging.LogRecord) -> bool:
    """False for the frames that ``websockets`` logs at DEBUG: a token's remains there look like any text."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] != "websockets"


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted last, so that arguments and tracebacks are covered too."""
        return redacted(super().format(record)).replace("\x1b", "")


class _LogFile(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Write nothing more once the disk is full: logging would put a traceback on the screen for every record."""
        root = logging.getLogger()
        root.removeHandler(self)
        root.addHandler(logging.NullHandler())
        with suppress(OSError):
            self.close()

    def close(self) -> None:
        """Close the file too, which a stream handler leaves to its owner."""
        super().close()
        self.stream.close()


def open_log(path: Path | None, *, force: bool = False) -> None:
    """Send log records to a file, or nowhere: the screen belongs to the ladder.

    Args:
        path: Made 0600; None for no log.
        force: Replace an existing regular file.

    Raises:
        UsageError: The file cannot be made.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if isinstance(handler, _LogFile):
            handler.close()
    if path is None:
        root.addHandler(logging.NullHandler())
        return
    try:
        descriptor = create_private_file(path, force=force)
    except (OSError, ValueError) as e:
        raise UsageError(f"cannot log to {shown_path(path)}: {why_not_created(e, force=force)}") from None
    handler = _LogFile(os.fdopen(descriptor, "w", encoding="utf-8"))
    handler.addFilter(_may_be_kept)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def log_crash(error: BaseException) -> None:
    """Log an unexpected exception: its frames, and never their locals."""
    logging.getLogger("depthview").error("%s", "".join(traceback.format_exception(error)))


_REPORT: Final = "crash.log"


def fault_line(error: BaseException | None) -> str:
    """What the terminal is told of a fault of our own: its kind, and neither its message nor where it was."""
    return f"depthview: stopped by an internal error{f' ({type(error).__name__})' if error is not None else ''}"


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
    return f"{what}; please report it with {shown_path(path)}, which contains no secrets"


def _short(filename: str) -> str:
    return "/".join(filename.split(os.sep)[-3:])
