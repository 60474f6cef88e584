"""What the numbers of the frames say, and which books a break in them puts in doubt.

The number is judged before the content, whatever the frame is. A duplicate or late frame goes no further. A gap, a
reset or a number that comes with two texts takes the proof from every book concerned that had its snapshot before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.coinbase.messages import meant_product
from depthview.core.sequence import Finding, Kind, Scope, SequenceMonitor
from depthview.core.text import is_product_id, plain_text

if TYPE_CHECKING:
    from depthview.coinbase.subscriptions import Subscriptions
    from depthview.errors import MalformedFrame
    from depthview.session.events import EventLog
    from depthview.session.instant import Instant
    from depthview.session.market import ProductMarket
    from depthview.session.products import Roster
    from depthview.session.recovery import Healing
    from depthview.session.verdicts import Verdicts


class Numbering:
    """Stands between a frame and its books."""

    def __init__(
        self,
        instant: Instant,
        monitor: SequenceMonitor,
        subscriptions: Subscriptions,
        roster: Roster,
        healing: Healing,
        verdicts: Verdicts,
        events: EventLog,
    ) -> None:
        self._instant = instant
        self._monitor = monitor
        self._subscriptions = subscriptions
        self._roster = roster
        self._healing = healing
        self._verdicts = verdicts
        self._events = events
        self.findings: list[Finding] = []
        """Of the last numbered frame: its own, unless it was the one expected, and those of earlier frames that it or
        the time has decided."""

    def admits(self, number: int, product: str, raw: bytes | None) -> bool:
        """Judge a frame's number; whether its content may be applied.

        Args:
            number: The frame's.
            product: The one that it names; empty where it names none.
            raw: The frame, whose hash tells a duplicate from another frame with the same number; None for one that
                is damaged, so that it may be either.
        """
        monitor, text = self._monitor, None if raw is None else hash(raw)
        if monitor.follows(number, product, text):
            self.findings = []
            return True
        run = product if is_product_id(product) else meant_product(product) or product
        self._take_all(monitor.observe(number, run, text))
        if monitor.lost:
            before = [m for m in self._roster.markets() if m.snapshot_frame not in (None, monitor.frame)]
            self._verdicts.doubt(before, f"messages are missing before {number:,}", "warn")
        return monitor.applies

    @property
    def judged(self) -> bool:
        """Whether numbers are evidence: not in scope ``none``."""
        return self._monitor.scope is not Scope.NONE

    def tick(self) -> None:
        """Let time pass: what the numbers count is settled where they fit two readings for too long."""
        if findings := self._monitor.tick(self._instant.now):
            self._take_all(findings)

    def settle(self) -> None:
        """No more frames come on this connection: what waits for the scope is counted."""
        self._take_all(self._monitor.settle())

    def damaged(self, fault: MalformedFrame) -> None:
        """A frame cannot be read: its number counts all the same, and the book that it may have changed is in doubt.

        Without a number the next one shows the loss, unless the frame has used up none.
        """
        number = fault.sequence
        if number is None:
            if not (fault.product or fault.misnumbered or not self.judged):
                return
        elif self._monitor.scope is Scope.PRODUCT and fault.may_hold_book and not fault.product:
            # It is of a run that cannot be told, and whose next frame shows the loss.
            pass
        elif not self.admits(number, fault.product, None):
            return
        # A name that nobody knows may be damaged too.
        concerned = self._roster.concerned(fault.product) or self._roster.markets()
        if fault.may_hold_trades:
            for market in concerned:
                market.tape.broke("message that cannot be read")
        if fault.may_hold_book:
            which = "message" if number is None else f"message {number:,}"
            self._verdicts.doubt(concerned, f"{which} cannot be read", "warn")
        # It may have been an acknowledgement, which told that a product was dropped.
        self._subscriptions.acknowledgement_lost()

    def _take_all(self, findings: list[Finding]) -> None:
        self.findings = findings
        for finding in findings:
            if finding.seen.kind not in (Kind.FIRST, Kind.GOOD) and not finding.doubted:
                self._take(finding, current=finding.frame == self._monitor.frame)

    def _take(self, finding: Finding, *, current: bool) -> None:
        seen = finding.seen
        by_product = self._monitor.scope is Scope.PRODUCT
        concerned = self._concerned(finding)
        if seen.breaks:
            self._healing.jumped(self._instant.now, self._instant.unix)
            hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame <= finding.reach]
            whose = f" in {plain_text(finding.product)}" if by_product else ""
            if by_product and not finding.product:
                # What is missing may be an acknowledgement, which told that a product was dropped.
                self._subscriptions.acknowledgement_lost()
            if seen.kind is Kind.GAP:
                cause = f"gap of {seen.missed:,} before {seen.number:,}{whose}"
                missing = "gap of 1 message" if seen.missed == 1 else f"gap of {seen.missed:,} messages"
            elif seen.kind is Kind.CONFLICT:
                cause = f"two different messages are numbered {seen.number:,}{whose}"
                missing = "conflicting numbers"
            else:
                cause = f"numbers fell back to {seen.number:,}{whose}"
                missing = "numbers fell back"
            for market in concerned:
                market.tape.broke(missing)
            if not self._verdicts.doubt(hurt, cause, "warn"):
                self._say("break", "warn", f"{cause}, while no book could be hurt by it")
        elif current or not finding.applied:
            self._say(seen.kind.value, "note", f"{seen.kind.value}: {seen.number:,} disregarded")
        else:
            # It was applied before it was known to be late: what it changed is in doubt.
            hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame <= finding.reach]
            self._verdicts.doubt(hurt, f"{seen.kind.value} message {seen.number:,} was applied", "warn")

    def _concerned(self, finding: Finding) -> list[ProductMarket]:
        """The markets whose proof a finding concerns."""
        if self._monitor.scope is Scope.PRODUCT:
            return self._roster.concerned(finding.product)
        if finding.books is None:
            return self._roster.markets()
        return [market for label in sorted(finding.books) for market in self._roster.concerned(label)]

    def _say(self, kind: str, level: str, text: str) -> None:
        self._events.say(kind, level, text, now=self._instant.now, at=self._instant.unix)
