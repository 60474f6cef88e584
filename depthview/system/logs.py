"""The log file and the crash report; neither contains a secret."""

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
    """``text`` without anything that looks like a token or a private key."""
    return _SECRETS.sub("[redacted]", text)


def _may_be_kept(record: logging.LogRecord) -> bool:
    """False for the frames that ``websockets`` logs at DEBUG: a part of a token in them looks like any text."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] != "websockets"


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted last, so that arguments and tracebacks are covered too."""
        return redacted(super().format(record)).replace("\x1b", "")


class _LogFile(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Stop once the disk is full: logging would print a traceback on the screen for every record."""
        root = logging.getLogger()
        root.removeHandler(self)
        root.addHandler(logging.NullHandler())
        with suppress(OSError):
            self.close()

    def close(self) -> None:
        """Close the file too, which a stream handler does not."""
        super().close()
        self.stream.close()


def open_log(path: Path | None, *, force: bool = False) -> None:
    """Send log records to a file, or nowhere, because the terminal shows the ladder.

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
    """Log an unexpected exception with its frames, without their locals."""
    logging.getLogger("depthview").error("%s", "".join(traceback.format_exception(error)))


_REPORT: Final = "crash.log"


def crash_line(error: BaseException | None) -> str:
    """What the terminal shows of an internal error: its type, but neither its message nor its place."""
    return f"depthview: stopped by an internal error{f' ({type(error).__name__})' if error is not None else ''}"


def crash_report(error: BaseException) -> str:
    """The type of the exception and its frames, without any value: neither message nor locals.

    A message may quote input, and locals may hold a key. A cause follows its exception, the members follow their group.
    """
    lines = [f"depthview {__version__}, Python {platform.python_version()}, {platform.system()}"]
    for link in _chain(error):
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}")
        frames = traceback.extract_tb(link.__traceback__)
        lines += [f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    return redacted("\n".join(lines)) + "\n"


def _chain(error: BaseException) -> list[BaseException]:
    """``error`` and its causes, each once: a chain may be circular."""
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


def write_crash_report(error: BaseException, folder: Path) -> str:
    """Write the report, replacing an older one.

    Args:
        error: What happened.
        folder: Created if missing, readable by its owner alone.

    Returns:
        The line for the terminal; it names the report if one could be written.
    """
    what = crash_line(error)
    path = folder / _REPORT
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(create_private_file(path, force=True), "w", encoding="utf-8") as file:
            file.write(crash_report(error))
    except (OSError, ValueError):
        return f"{what}; no report could be written"
    return f"{what}; please report it with {shown_path(path)}, which contains no secrets"


def _short(filename: str) -> str:
    return "/".join(filename.split(os.sep)[-3:])
