"""Gathers the facts that a verdict rests on, and takes the trust from books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.core.sequence import Scope
from depthview.core.verdict import Facts, Proof, judge
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.coinbase.subscriptions import Subscriptions
    from depthview.core.sequence import SequenceMonitor
    from depthview.core.verdict import Finding
    from depthview.session.connection import Connection
    from depthview.session.instant import Instant
    from depthview.session.market import ProductMarket
    from depthview.session.products import Roster
    from depthview.session.recovery import Healing
    from depthview.session.vigil import Vigil


class Verdicts:
    """Judges every market after whatever may have changed what it is worth."""

    def __init__(
        self,
        instant: Instant,
        connection: Connection,
        subscriptions: Subscriptions,
        roster: Roster,
        monitor: SequenceMonitor,
        vigil: Vigil,
        healing: Healing,
    ) -> None:
        self._instant = instant
        self._connection = connection
        self._subscriptions = subscriptions
        self._roster = roster
        self._monitor = monitor
        self._vigil = vigil
        self._healing = healing
        self.changes = 0
        """Times that a verdict has become another, or has got another cause, since the start."""

    def doubt(
        self,
        markets: Iterable[ProductMarket],
        cause: str,
        level: str,
        *,
        recurring: bool = False,
        entry: int | None = None,
        asked: str = "",
    ) -> bool:
        """Take the trust from books; whether there was any to take. See :meth:`Healing.doubt`."""
        instant = self._instant
        hurt = self._healing.doubt(
            list(markets),
            cause,
            level,
            now=instant.now,
            unix=instant.unix,
            recurring=recurring,
            entry=entry,
            asked=asked,
        )
        for market in hurt:
            self.judge(market)
        return bool(hurt)

    def judge_all(self) -> None:
        """Judge every market."""
        for market in self._roster.markets():
            self.judge(market)

    def judge(self, market: ProductMarket) -> None:
        """Give a market the verdict that the facts allow."""
        now = self._instant.now
        self.changes += market.stand(self.finding(market, now), now)

    def finding(self, market: ProductMarket, now: float) -> Finding:
        """The verdict that the facts allow at ``now`` (monotonic seconds); looking changes nothing."""
        names = self._roster.names_of(market)
        want = self._subscriptions.wants.get(names[0]) if names else None
        since = None if want is None else want.since
        return judge(Facts(
            connected=self._connection.is_open,
            connection=self._connection.words(now),
            asked_age=_age(None if since is None else max(since, self._vigil.busy_until(now)), now),
            confirmed=want is not None and want.confirmed,
            refusal=want.refusal if want is not None else "",
            subscribed=want is None or not want.dropped,
            acknowledgement_missed=want is not None and want.may_be_dropped and not market.verdict.trusted,
            unsubscribed=want is not None and want.unsubscribed,
            unlisted=bool(names) and self._roster.is_unlisted(names[0]),
            identity=self._why_none(market),
            has_book=market.has_book,
            undecided=market.snapshot_frame is not None
            and self._monitor.unsure(market.feed_product, market.snapshot_frame, proved=market.proved),
            doubt=market.doubt,
            message_age=_age(self._vigil.message_at, now),
            part_bytes=self._vigil.part_bytes(now),
            crossed_age=_age(market.crossed_since, now),
            heartbeat_age=_age(self._vigil.heartbeat_at, now),
            change_age=_age(market.changes.at, now) if market.has_book else None,
            usual_interval=market.changes.usual(),
            lag=self._vigil.age.lag,
            queued=self._vigil.age.queued(now),
            was_late=self._vigil.age.late,
            paused=self._vigil.paused,
            proof=Proof.PARTIAL if self._monitor.scope is Scope.NONE else Proof.FULL,
        ))  # fmt: skip

    def _why_none(self, market: ProductMarket) -> str:
        """Why no book will come for a market that has none; empty where one may."""
        if not market.ever_had_book and self._connection.state is ConnectionState.ENDED:
            return "the recording has no snapshot of it"
        return ""


def _age(at: float | None, now: float) -> float | None:
    return None if at is None else max(0.0, now - at)
