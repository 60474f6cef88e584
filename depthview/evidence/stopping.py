"""Long work that a signal ends in good order."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


class Stopped(BaseException):
    """A signal has come. No fault, so that nothing that waits for faults takes it for one.

    Args:
        number: The signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it, the first HUP, INT, QUIT or TERM raises :class:`Stopped`; a second one ends the process as ever.

    A flag that is looked at now and then would not do: the work may be waiting for a pipe that nobody reads.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(number: int, _frame: FrameType | None) -> None:
        put_back()
        raise Stopped(number)

    for number in _SIGNALS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        put_back()
