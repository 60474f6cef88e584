"""What ends a command, and what is said then: signals, the summary of ``--report``, the exit code."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Final

from depthview.core.text import duration
from depthview.errors import DepthviewError

if TYPE_CHECKING:
    from depthview.commands.running import RunOutcome, Wiring
    from depthview.session.session import MarketSession
    from depthview.session.views import SessionViews

ENDING_SIGNALS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def stop_on_signals() -> asyncio.Future[int]:
    """A future that gets the exit code, 128 and the signal's number, at the first signal that ends a command."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(128 + number)

    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    return stopped


def print_report(wiring: Wiring) -> None:
    for line in report_lines(wiring.session, wiring.views, wiring.clock.monotonic()):
        print(line, file=sys.stderr)  # noqa: T201  # asked for


def exit_code(outcome: RunOutcome) -> int:
    """0 unless the feed has failed for good.

    Raises:
        DepthviewError: It has; the message says how.
    """
    if outcome.fault is not None:
        raise outcome.fault
    if outcome.crashed:
        raise DepthviewError("internal error in the feed: please report it, --log-file keeps the details")
    return 0


def report_lines(session: MarketSession, views: SessionViews, now: float) -> list[str]:
    """Five lines: uptime and volume, trust, sequence, recovery, latency and tokens.

    Args:
        session: At its end.
        views: Of the same.
        now: Monotonic seconds of the feed's clock.
    """
    from depthview.session.statistics import share_of

    feed, token, trusted = views.feed(now), views.token(now), session.trusted_time
    total = session.monitor.total()
    shares = ", ".join(f"{name} {share_of(share)}" for name, share in trusted.shares.items()) or "no book"
    longest_resync, longest_outage = session.statistics.longest_resync, session.connection.longest_outage
    resync = "" if longest_resync is None else f" (longest {duration(longest_resync)})"
    outage = "" if longest_outage is None else f" (longest outage {duration(longest_outage)})"
    worst = session.latency.worst_ms
    latency = "-" if worst is None else f"{worst:,.0f} ms"
    tokens = f"tokens sent {token.sent}, last one {token.state.value}" if views.signed else "no token was used"
    return [
        f"{feed.mode.value} {feed.host}: {duration(trusted.seconds)}, {feed.frames:,} messages, "
        f"{session.rates.bytes / 1_000_000:,.1f} MB",
        f"time trusted: {shares}",
        f"gaps {total.gaps} ({total.missed:,} messages missed), duplicates {total.duplicates}, out of order "
        f"{total.out_of_order}, resets {total.resets}, bad frames {feed.bad_frames}, bad rows {feed.bad_rows}, "
        f"crossed books {feed.crossed}",
        f"resyncs {feed.resyncs}{resync}, reconnects {feed.reconnects}{outage}, "
        f"heartbeats missed {feed.heartbeats_missed}",
        f"worst latency {latency} by this machine's clock, {tokens}",
    ]
