"""The account of a session in five lines, for ``--report`` and for pasting into an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.session.statistics import duration, share_of

if TYPE_CHECKING:
    from depthview.session.session import MarketSession
    from depthview.session.views import SessionViews


def report_lines(session: MarketSession, views: SessionViews, now: float) -> list[str]:
    """Five lines: uptime and volume, trust, sequence, healing, latency and tokens.

    Args:
        session: At its end.
        views: Of the same.
        now: Monotonic seconds of the feed's clock.
    """
    feed, token, account = views.feed(now), views.token(now), session.account
    total = session.monitor.total()
    shares = ", ".join(f"{name} {share_of(share)}" for name, share in account.shares.items()) or "no book"
    resync = "" if account.longest_resync is None else f" (longest {duration(account.longest_resync)})"
    outage = "" if account.longest_outage is None else f" (longest outage {duration(account.longest_outage)})"
    worst = session.latency.worst_ms
    latency = "-" if worst is None else f"{worst:,.0f} ms"
    tokens = f"tokens sent {token.sent}, last one {token.state.value}" if views.signed else "no token was used"
    return [
        f"{feed.mode.value} {feed.host}: {duration(account.seconds)}, {feed.frames:,} messages, "
        f"{session.rates.bytes / 1_000_000:,.1f} MB",
        f"time trusted: {shares}",
        f"gaps {total.gaps} ({total.missed:,} messages missed), duplicates {total.duplicates}, out of order "
        f"{total.out_of_order}, resets {total.resets}, bad frames {feed.bad_frames}, bad rows {feed.bad_rows}, "
        f"crossed books {feed.crossed}",
        f"resyncs {feed.resyncs}{resync}, reconnects {feed.reconnects}{outage}, "
        f"heartbeats missed {feed.heartbeats_missed}",
        f"worst latency {latency} by this machine's clock, {tokens}",
    ]
