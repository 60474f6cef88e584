"""What is said and left behind when a feed is over: the account, the books, the exit code."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Final

from depthview.errors import DepthviewError
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from depthview.compose import Ending, Wiring
    from depthview.session.session import MarketSession
    from depthview.stream import BookDump

ENDING_SIGNALS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def print_report(wiring: Wiring) -> None:
    """The session's account, on stderr."""
    from depthview.report import report_lines

    for line in report_lines(wiring.session, wiring.views, wiring.clock.monotonic()):
        print(line, file=sys.stderr)  # noqa: T201  # asked for


def write_dump(dump: BookDump, session: MarketSession) -> None:
    """Write the books as they stand.

    Raises:
        DepthviewError: The disk would not take them.
    """
    try:
        dump.write(session)
    except OSError as e:
        raise DepthviewError(f"cannot dump the books: {os_reason(e)}") from None


def exit_code(ending: Ending) -> int:
    """0 unless the feed has failed for good.

    Raises:
        DepthviewError: It has; the message says how.
    """
    if ending.fault is not None:
        raise ending.fault
    if ending.crashed:
        raise DepthviewError(
            "the feed failed by a fault of depthview's; please report it, --log-file keeps the details"
        )
    return 0
