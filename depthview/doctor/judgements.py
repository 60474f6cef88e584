"""What the doctor counts on its connection, and pure functions from such a :class:`Watch` to a result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from depthview.auth.diagnosis import SET_CLOCK, clock_fault
from depthview.coinbase.messages import Book, BookEvent, Heartbeat, Refusal, Subscribed, decode, product_of, unix_time
from depthview.core.clock_offset import in_words
from depthview.core.products import ProductNames
from depthview.core.sequence import Scope, SequenceMonitor
from depthview.core.text import plural
from depthview.doctor.report import Status, Step, StepResult, skipped
from depthview.errors import MalformedFrame
from depthview.session.liveness import MOST_MISSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.core.clock_offset import Offset
    from depthview.errors import ConnectionFailed

_HEARTBEAT_LATE: Final = 3.0
"""Seconds: there is one a second (documented)."""
_NEAR_LIMIT: Final = 0.5
_TOO_BIG: Final = 1009


def refused_without_token(words: str, has_key: bool, seconds: float) -> StepResult:
    """A refusal of the very first message; market data needs no token at the venue (documented)."""
    what = f"refused: {words}"
    if has_key:
        told = f"{what}; this server wants a token for everything"
        return StepResult(Step.WITHOUT_TOKEN, Status.WARNING, told, "", seconds)
    return StepResult(Step.WITHOUT_TOKEN, Status.FAILURE, what, "name a key with --key-file FILE", seconds)


def silent(watch: Watch, lost: ConnectionFailed | None, seconds: float) -> StepResult:
    """The first message has brought no answer."""
    if lost is not None:
        what, cure = f"the connection was lost: {lost}", "try again; check the address (--url) if it lasts"
    elif watch.frames:
        what, cure = (
            "frames come, but no answer to the subscription",
            "check that this is an Advanced Trade feed (--url)",
        )
    else:
        what = "silence: the server took the handshake and has sent nothing since"
        cure = "check the address (--url); a proxy in between may hold frames back"
    return StepResult(Step.WITHOUT_TOKEN, Status.FAILURE, what, cure, seconds)


def snapshot(
    watch: Watch,
    products: Sequence[str],
    refusals: Sequence[str],
    lost: ConnectionFailed | None,
    *,
    began: float,
    now: float,
    limit: int,
) -> StepResult:
    """The first snapshots of all products.

    Args:
        watch: What has come in.
        products: Asked for.
        refusals: The venue's words since they were asked for.
        lost: Why the connection is gone, if it is.
        began: Monotonic seconds when they were asked for.
        now: Monotonic seconds.
        limit: Bytes that a message may have.
    """
    found = {product: one for product in products if (one := watch.snapshot_of(product)) is not None}
    missing = [product for product in products if product not in found]
    seconds = max((one.at for one in found.values()), default=now) - began

    def result(status: Status, what: str, cure: str = "") -> StepResult:
        return StepResult(Step.SNAPSHOT, status, what, cure, seconds)

    if missing and lost is not None:
        if lost.code == _TOO_BIG:
            what = f"a snapshot is over the limit of {limit:,} bytes, so the connection was closed"
            return result(Status.FAILURE, what, "report it: the largest one observed has 5 MB")
        return result(Status.FAILURE, f"the connection was lost before it came: {lost}", "try again")
    if missing and refusals:
        return result(Status.FAILURE, f"refused: {refusals[-1]}", "check the products")
    if missing:
        what = f"no snapshot came for {', '.join(missing)}"
        return result(Status.FAILURE, what, "check the names; `depthview` finds products with its finder")
    largest = max(one.size for one in found.values())
    sizes = "; ".join(f"{product}: {plural(one.levels, 'level')}, {one.size:,} bytes" for product, one in found.items())
    what = f"{sizes} ({largest / limit:.1%} of the limit)"
    if largest > _NEAR_LIMIT * limit:
        return result(Status.WARNING, what, "report it: snapshots have grown near the limit")
    return result(Status.OK, what)


def heartbeats(watch: Watch, began: float, now: float, *, lost: bool) -> StepResult:
    """The heartbeats since they were subscribed.

    Args:
        watch: What has come in.
        began: Monotonic seconds when watching began; they were subscribed before that.
        now: Monotonic seconds.
        lost: Whether the connection is gone, so that silence is not theirs.
    """
    beats, seconds = watch.heartbeats, now - began
    if not beats:
        if lost or seconds < _HEARTBEAT_LATE:
            return skipped(Step.HEARTBEATS, f"none within {seconds:.1f} s, which is too short to judge: --for 5")
        return StepResult(
            Step.HEARTBEATS,
            Status.FAILURE,
            f"none within {seconds:.1f} s, though they are subscribed; there is one a second (documented)",
            "try again; without them the venue closes quiet channels after 60 to 90 s (documented)",
            seconds,
        )
    silences = [later - earlier for earlier, later in zip(beats, [*beats[1:], beats[-1] if lost else now], strict=True)]
    longest = max(silences)
    what = f"{len(beats)} came, the longest silence {longest:.1f} s"
    if longest > _HEARTBEAT_LATE or watch.heartbeats_missed:
        what += f", {watch.heartbeats_missed} missed by their own count" if watch.heartbeats_missed else ""
        cure = "a slow network or a busy machine; see whether it lasts"
        return StepResult(Step.HEARTBEATS, Status.WARNING, what, cure, seconds)
    return StepResult(Step.HEARTBEATS, Status.OK, what, "", seconds)


def sequence(watch: Watch, lost: ConnectionFailed | None, seconds: float) -> StepResult:
    """The numbers of all frames, and whether the connection held."""
    tally = watch.monitor.total()
    scope = "by product" if watch.monitor.scope is Scope.PRODUCT else "over the connection"
    what = f"{watch.frames:,} frames, numbered {scope}"
    faults = [
        plural(count, one, many)
        for count, one, many in (
            (tally.gaps, "gap", "gaps"),
            (tally.missed, "message missed", "messages missed"),
            (tally.resets, "reset", "resets"),
            (tally.duplicates, "duplicate", "duplicates"),
            (tally.out_of_order, "out of order", "out of order"),
            (watch.bad_frames, "damaged frame", "damaged frames"),
        )
        if count
    ]
    cure = "try again; the viewer asks for new snapshots when this happens"
    if lost is not None:
        return StepResult(Step.SEQUENCE, Status.FAILURE, f"{what}; then the connection was lost: {lost}", cure, seconds)
    if tally.gaps or tally.resets:
        return StepResult(Step.SEQUENCE, Status.FAILURE, f"{what}: {', '.join(faults)}", cure, seconds)
    if faults:
        return StepResult(Step.SEQUENCE, Status.WARNING, f"{what}: {', '.join(faults)}", cure, seconds)
    return StepResult(Step.SEQUENCE, Status.OK, f"{what}, without a gap", "", seconds)


_OR_SIGN: Final = ", or let the viewer sign with the venue's time: depthview --clock-offset auto"
SHOWN_FROM_SECONDS: Final = 1.0
"""Offsets below that are not worth a word."""


def judge(offset: Offset | None, *, signs: bool) -> StepResult:
    """The step's result.

    Args:
        offset: As measured.
        signs: Whether tokens are signed, which only live by the venue's clock.
    """
    if offset is None:
        return StepResult(Step.CLOCK, Status.SKIPPED, "the venue has told no time")
    measured = f"{in_words(offset)} (by {offset.source})"
    fault = clock_fault(offset.ahead, offset.uncertainty)
    if fault:
        status = Status.FAILURE if signs else Status.WARNING
        return StepResult(Step.CLOCK, status, f"{measured}: {fault}", SET_CLOCK + (_OR_SIGN if signs else ""))
    if abs(offset.ahead) - offset.uncertainty > SHOWN_FROM_SECONDS:
        return StepResult(Step.CLOCK, Status.WARNING, f"{measured}: tokens still work, latencies are off", SET_CLOCK)
    return StepResult(Step.CLOCK, Status.OK, measured)


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
