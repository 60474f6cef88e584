"""The operating system's errors in words, with the cure where a limit is the cause."""

from __future__ import annotations

import errno
import os
from typing import Final

_WORDS: Final = {
    errno.EMFILE: "too many open files: raise the limit with `ulimit -n`",
    errno.ENFILE: "too many open files in the whole system: close other programs",
}
_TOO_MANY_FILES: Final = (errno.EMFILE, errno.ENFILE)


def os_reason(error: OSError | ValueError, default: str = "it failed") -> str:
    """Why a call failed, in lower case and without its file name.

    Args:
        error: A :exc:`ValueError` means an invalid file name, such as one with a NUL.
        default: If the system gives no reason.
    """
    if not isinstance(error, OSError):
        return "not a valid file name"
    return _WORDS.get(error.errno or 0) or (error.strerror or default).lower()


def too_many_files(error: BaseException) -> OSError | None:
    """The error that says that no more files can be opened; None if ``error`` has another cause.

    The resolver and OpenSSL hide the error number behind failed name lookups and certificate checks. For those, this
    tests whether a file can be opened now.
    """
    if isinstance(error, OSError) and error.errno in _TOO_MANY_FILES:
        return error
    for number in _TOO_MANY_FILES:
        if os.strerror(number) in str(error):  # the dynamic linker's, in an ImportError
            return OSError(number, os.strerror(number))
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as limit:
        return limit if limit.errno in _TOO_MANY_FILES else None
    return None
