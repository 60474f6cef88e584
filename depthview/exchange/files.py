"""Files that the exchange makes: new ones only, readable by their owner only, never through a symbolic link."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from depthview.errors import ConfigurationError
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class NewFile:
    """A file created at once and written later, so that a name that cannot be used is known before anything runs.

    Args:
        path: A file that does not exist yet.

    Raises:
        ConfigurationError: It exists, even as a link to nothing, or cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            raise ConfigurationError(f"{str(path)!a} exists already: remove it or name another file") from None
        except OSError as fault:
            raise ConfigurationError(
                f"{str(path)!a} cannot be created ({os_reason(fault)}): name another file"
            ) from None
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")

    def write(self, text: str) -> None:
        """Write ``text`` as the whole content and close.

        Raises:
            ConfigurationError: It could not be written; a part of it may be there.
        """
        try:
            with self._file as file:
                file.write(text)
        except OSError as fault:
            raise ConfigurationError(f"{str(self.path)!a} cannot be written ({os_reason(fault)})") from None

    def append(self, text: str) -> None:
        """Write ``text`` behind what is there, at once, and stay open.

        Raises:
            ConfigurationError: It could not be written; a part of it may be there.
        """
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as fault:
            raise ConfigurationError(f"{str(self.path)!a} cannot be written ({os_reason(fault)})") from None

    def close(self) -> None:
        """Write no more; what an append failed to write is lost."""
        try:
            self._file.close()
        except OSError:
            pass  # the append that failed has told

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
