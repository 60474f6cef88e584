"""What the numbers of the frames say, and whom a break in them hurts.

The number is judged before the content, whatever the frame is. A duplicate or late frame goes no further. A gap or a
reset takes the proof from every book concerned that had its snapshot before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.core.plaintext import plain_text
from depthview.core.sequence import Finding, Kind, Scope, SequenceMonitor

if TYPE_CHECKING:
    from depthview.errors import MalformedFrame
    from depthview.session.events import EventLog
    from depthview.session.healing import Healing
    from depthview.session.instant import Instant
    from depthview.session.roster import Roster
    from depthview.session.verdicts import Verdicts


class Numbering:
    """Stands between a frame and its books."""

    def __init__(
        self,
        instant: Instant,
        monitor: SequenceMonitor,
        roster: Roster,
        healing: Healing,
        verdicts: Verdicts,
        events: EventLog,
    ) -> None:
        self._instant = instant
        self._monitor = monitor
        self._roster = roster
        self._healing = healing
        self._verdicts = verdicts
        self._events = events
        self.findings: list[Finding] = []
        """Of the last numbered frame: its own, unless it was the one expected, and those of earlier frames that it has
        decided."""

    def admits(self, number: int, product: str) -> bool:
        """Judge a frame's number; whether its content may be applied.

        Args:
            number: The frame's.
            product: The one that it names; empty where it names none.
        """
        applies = True
        if self._monitor.follows(number, product):
            self.findings = []
            return True
        self.findings = self._monitor.observe(number, product)
        for finding in self.findings:
            current = finding.frame == self._monitor.frame
            if finding.seen.kind not in (Kind.FIRST, Kind.GOOD):
                self._take(finding, current=current)
            if current:
                applies = finding.seen.applies
        return applies

    def damaged(self, fault: MalformedFrame) -> None:
        """A frame cannot be read: its number counts all the same, and the book that it may have changed is in doubt."""
        number = fault.sequence
        if number is None or not self.admits(number, fault.product):
            return
        # A name that nobody knows may be damaged too.
        concerned = self._roster.concerned(fault.product) or self._roster.markets()
        if fault.may_hold_trades:
            for market in concerned:
                market.tape.broke("message that cannot be read")
        if fault.may_hold_book:
            self._verdicts.doubt(concerned, f"message {number:,} cannot be read", "warn")

    def _take(self, finding: Finding, *, current: bool) -> None:
        seen = finding.seen
        by_product = self._monitor.scope is Scope.PRODUCT
        concerned = self._roster.concerned(finding.product) if by_product else self._roster.markets()
        if seen.breaks:
            self._healing.jumped(self._instant.now, self._instant.unix)
            hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame < finding.frame]
            whose = f" in {plain_text(finding.product)}" if by_product else ""
            if seen.kind is Kind.GAP:
                cause = f"gap of {seen.missed:,} before {seen.number:,}{whose}"
                missing = "gap of 1 message" if seen.missed == 1 else f"gap of {seen.missed:,} messages"
            else:
                cause = f"numbers fell back to {seen.number:,}{whose}"
                missing = "numbers fell back"
            for market in concerned:
                market.tape.broke(missing)
            if not self._verdicts.doubt(hurt, cause, "warn"):
                self._say("break", "warn", f"{cause}, while no book could be hurt by it")
        elif current:
            self._say(seen.kind.value, "note", f"{seen.kind.value}: {seen.number:,} disregarded")
        else:
            # It was applied before it was known to be late: what it changed is in doubt.
            hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame <= finding.frame]
            self._verdicts.doubt(hurt, f"{seen.kind.value} message {seen.number:,} was applied", "warn")

    def _say(self, kind: str, level: str, text: str) -> None:
        self._events.say(kind, level, text, now=self._instant.now, at=self._instant.unix)
