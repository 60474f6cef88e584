"""Where flight recordings lie: their names, and how many of them there may be."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from depthview.core.text import plain_text
from depthview.system.files import create_private_file

if TYPE_CHECKING:
    from pathlib import Path

MOST_FILES: Final = 20
MOST_BYTES: Final = 200 << 20
_NAME: Final = re.compile(r"flight-\d{8}T\d{6}Z(?:-\d{1,2})?\.jsonl\.gz").fullmatch
_TRIES: Final = 100


class FlightFolder:
    """A folder of recordings, of which the oldest go when there are too many.

    Only files that are called as these are, and that are no links, are ever counted or removed. Calls wait for the
    disk.

    Args:
        path: Made with mode 0700 when it is first needed.
        most_files: Recordings in it at most, the one that is being made included.
        most_bytes: Bytes of all of them at most; the newest stays in any case.
    """

    def __init__(self, path: Path, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
        self.path: Final = path
        self._most_files: Final = most_files
        self._most_bytes: Final = most_bytes

    def create(self, at: float) -> tuple[Path, int]:
        """A new file, mode 0600, and its descriptor; room is made for it first.

        Args:
            at: Unix seconds, for its name.

        Raises:
            OSError: The folder or the file cannot be made.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.tidy(leaving=self._most_files - 1)
        name = f"flight-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
        for number in range(1, _TRIES):
            path = self.path / (f"{name}.jsonl.gz" if number == 1 else f"{name}-{number}.jsonl.gz")
            with suppress(FileExistsError):
                return path, create_private_file(path)
        raise FileExistsError(f"{name} exists {_TRIES - 1} times")

    def tidy(self, leaving: int | None = None) -> None:
        """Remove the oldest recordings until there are few enough; what cannot be removed stays.

        Args:
            leaving: How many may stay; as many as there may be, if not given.
        """
        found = self._recordings()
        size = sum(bytes_ for *_, bytes_ in found)
        left = len(found)
        for _, _, path, bytes_ in found[:-1] if leaving is None else found:
            if left <= (self._most_files if leaving is None else leaving) and size <= self._most_bytes:
                return
            with suppress(OSError):
                os.unlink(path)
                left, size = left - 1, size - bytes_

    def _recordings(self) -> list[tuple[float, str, str, int]]:
        """Time, name, path and bytes of each, oldest first."""
        found = []
        with suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                if _NAME(entry.name) and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime, entry.name, entry.path, status.st_size))
        return sorted(found)


def short_path(path: Path) -> str:
    """``path`` for a line on the screen: from the home folder on, and with nothing in it that a terminal could obey."""
    text, home = str(path), os.path.expanduser("~")
    if home not in {"", "/", "~"} and text.startswith(f"{home}{os.sep}"):
        text = f"~{text[len(home) :]}"
    return plain_text(text, 200)
