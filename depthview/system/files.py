"""Opens files safely: new ones are private (0600) and follow no link; opening an old one never waits for a pipe."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final, Self

from depthview.errors import ConfigurationError
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def create_private_file(path: Path, *, force: bool = False) -> int:
    """A descriptor, open for writing, of a new and empty file with mode 0600.

    Args:
        path: A symbolic link there, even a dangling one, is never followed.
        force: Replace an existing regular file, once the new one has been created.

    Raises:
        FileExistsError: The path exists, and ``force`` is false or it is not a regular file.
        OSError: The system's own reason.
        ValueError: The name is invalid (it contains a NUL).
    """
    if not force:
        return os.open(path, _CREATE, 0o600)
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return os.open(path, _CREATE, 0o600)
    if not stat.S_ISREG(mode):
        raise FileExistsError(errno.EEXIST, "exists and is not a regular file", str(path))
    beside = path.with_name(f".depthview-{os.urandom(8).hex()}.new")
    descriptor = os.open(beside, _CREATE, 0o600)
    try:
        os.replace(beside, path)
    except OSError:
        os.close(descriptor)
        os.unlink(beside)
        raise
    return descriptor


def why_not_created(error: OSError | ValueError, *, force: bool) -> str:
    """Why :func:`create_private_file` failed, as a phrase, with the cure where there is one."""
    if isinstance(error, FileExistsError):
        return "it exists and is not a regular file" if force else "it exists: name another, or add --force"
    if isinstance(error, FileNotFoundError):
        return "its folder does not exist"
    return os_reason(error, "it cannot be created")


def open_without_waiting(path: str, flags: int) -> int:
    """An ``opener`` for :func:`open` that returns at once from a named pipe, so that the caller can refuse it."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


class NewFile:
    """A file created at once and written later, so that a wrong name is known before anything runs.

    Args:
        path: A file that does not exist yet.

    Raises:
        ConfigurationError: It exists, even as a dangling link, or cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            descriptor = create_private_file(path)
        except FileExistsError:
            raise ConfigurationError(f"{str(path)!a} exists already: remove it or name another file") from None
        except (OSError, ValueError) as e:
            raise ConfigurationError(f"{str(path)!a} cannot be created ({os_reason(e)}): name another file") from None
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")

    def append(self, text: str) -> None:
        """Append ``text`` at once.

        Raises:
            ConfigurationError: It could not be written, or only in part.
        """
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as e:
            raise ConfigurationError(f"{str(self.path)!a} cannot be written ({os_reason(e)})") from None

    def close(self) -> None:
        """Close the file; what an append failed to write is lost."""
        try:
            self._file.close()
        except OSError:
            pass  # the failed append has raised

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
