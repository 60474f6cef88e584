"""What comes in on the doctor's connection, counted and kept as far as a step asks for it. Sans-I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from depthview.coinbase.messages import Book, BookEvent, Heartbeat, Refusal, Subscribed, decode, product_of, unix_time
from depthview.core.products import ProductNames
from depthview.core.sequence import Scope, SequenceMonitor
from depthview.errors import MalformedFrame
from depthview.session.liveness import MOST_MISSED

_AGES_KEPT: Final = 4096
_REFUSALS_KEPT: Final = 100
_SNAPSHOTS_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The first snapshot of a product."""

    levels: int
    size: int
    """Bytes of the frame."""
    at: float
    """Monotonic seconds."""


@dataclass(slots=True)
class Watch:
    """Everything that the steps judge by."""

    monitor: SequenceMonitor = field(default_factory=lambda: SequenceMonitor(Scope.AUTO))
    frames: int = 0
    bad_frames: int = 0
    acknowledgements: int = 0
    refusals: list[str] = field(default_factory=list)
    """The venue's words, safe to show."""
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    """By the name that came back."""
    heartbeats: list[float] = field(default_factory=list)
    """Monotonic seconds of each."""
    heartbeats_missed: int = 0
    """Numbers that the heartbeats' own counter passed over."""
    ages: list[float] = field(default_factory=list)
    """Arrival less timestamp, in seconds, of the first frames."""
    _counter: int | None = None

    def take(self, raw: str | bytes, now: float, unix: float) -> None:
        """Take a frame in.

        Args:
            raw: As it came.
            now: Monotonic seconds.
            unix: Unix seconds.
        """
        self.frames += 1
        try:
            message = decode(raw)
        except MalformedFrame as fault:
            self.bad_frames += 1
            if fault.sequence is not None:
                self.monitor.observe(fault.sequence, fault.product)
            return
        if message.sequence_num is not None:
            self.monitor.observe(message.sequence_num, product_of(message))
        sent_at = unix_time(message.timestamp) if message.timestamp else None
        if sent_at is not None and len(self.ages) < _AGES_KEPT:
            self.ages.append(unix - sent_at)
        match message:
            case Subscribed():
                self.acknowledgements += 1
            case Refusal(message=words):
                if len(self.refusals) < _REFUSALS_KEPT:
                    self.refusals.append(words)
            case Heartbeat(events=events):
                if len(self.heartbeats) < _AGES_KEPT:
                    self.heartbeats.append(now)
                for event in events:
                    self._count(event.counter)
            case Book(events=events):
                self._keep(events, len(raw if isinstance(raw, bytes) else raw.encode()), now)
            case _:
                pass  # it has been counted and numbered, and no step asks for more

    def snapshot_of(self, product: str) -> Snapshot | None:
        """The snapshot of a product asked for; one that shares another's book comes by the name of that."""
        return self.snapshots.get(product) or self.snapshots.get(ProductNames().market_of(product))

    def _keep(self, events: list[BookEvent], size: int, now: float) -> None:
        for event in events:
            if event.type == "snapshot" and len(self.snapshots) < _SNAPSHOTS_KEPT:
                self.snapshots.setdefault(event.product_id, Snapshot(len(event.updates), size, now))

    def _count(self, counter: int | None) -> None:
        if counter is None:
            return
        passed_over = 0 if self._counter is None else counter - self._counter - 1
        if 0 < passed_over <= MOST_MISSED:
            self.heartbeats_missed += passed_over
        self._counter = counter
