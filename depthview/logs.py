"""The log file, and what never gets into it."""

from __future__ import annotations

import logging
import os
import re
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

from depthview.core.plaintext import shown_path
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
