"""Results of the checks from what a :class:`~depthview.doctor.probe.Received` has taken in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.auth.diagnosis import SET_CLOCK, clock_fault
from depthview.core.clock_offset import in_words
from depthview.core.sequence import Scope
from depthview.core.text import plural
from depthview.doctor.report import Step, StepResult, StepStatus, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.core.clock_offset import Offset
    from depthview.doctor.probe import Received
    from depthview.errors import ConnectionFailed

_HEARTBEAT_LATE: Final = 3.0
"""Seconds: there is one a second (documented)."""
_NEAR_LIMIT: Final = 0.5
_TOO_BIG: Final = 1009


def refused_without_token(words: str, has_key: bool, seconds: float) -> StepResult:
    """The first message was refused; market data needs no token at the venue (documented)."""
    what = f"refused: {words}"
    if has_key:
        told = f"{what}; this server requires a token for every message"
        return StepResult(Step.WITHOUT_TOKEN, StepStatus.WARNING, told, "", seconds)
    return StepResult(Step.WITHOUT_TOKEN, StepStatus.FAILURE, what, "name a key with --key-file FILE", seconds)


def silent(received: Received, lost: ConnectionFailed | None, seconds: float) -> StepResult:
    if lost is not None:
        what, cure = f"the connection was lost: {lost}", "try again; check the address (--url) if it lasts"
    elif received.frames:
        what = "frames arrive, but no answer to the subscription"
        cure = "check that this is an Advanced Trade feed (--url)"
    else:
        what = "silence: the server accepted the handshake and has sent nothing since"
        cure = "check the address (--url); a proxy in between may hold frames back"
    return StepResult(Step.WITHOUT_TOKEN, StepStatus.FAILURE, what, cure, seconds)


def snapshot(
    received: Received,
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
        received: All frames so far.
        products: As subscribed.
        refusals: The venue's words since they were subscribed.
        lost: Why the connection is gone, if it is.
        began: Monotonic seconds when they were subscribed.
        now: Monotonic seconds.
        limit: Largest message in bytes.
    """
    found = {product: one for product in products if (one := received.snapshot_of(product)) is not None}
    missing = [product for product in products if product not in found]
    seconds = max((one.at for one in found.values()), default=now) - began

    def result(status: StepStatus, what: str, cure: str = "") -> StepResult:
        return StepResult(Step.SNAPSHOT, status, what, cure, seconds)

    if missing and lost is not None:
        if lost.code == _TOO_BIG:
            what = f"a snapshot is over the limit of {limit:,} bytes, so the connection was closed"
            return result(StepStatus.FAILURE, what, "report it: the largest snapshot observed has 5 MB")
        return result(StepStatus.FAILURE, f"the connection was lost before the snapshot arrived: {lost}", "try again")
    if missing and refusals:
        return result(StepStatus.FAILURE, f"refused: {refusals[-1]}", "check the products")
    if missing:
        what = f"no snapshot received for {', '.join(missing)}"
        return result(StepStatus.FAILURE, what, "check the names: `depthview` searches the product list")
    largest = max(one.size for one in found.values())
    sizes = "; ".join(f"{product}: {plural(one.levels, 'level')}, {one.size:,} bytes" for product, one in found.items())
    what = f"{sizes} ({largest / limit:.1%} of the limit)"
    if largest > _NEAR_LIMIT * limit:
        return result(StepStatus.WARNING, what, "report it: snapshots come close to the limit")
    return result(StepStatus.OK, what)


def heartbeats(received: Received, began: float, now: float, *, lost: bool) -> StepResult:
    """The heartbeats since they were subscribed.

    Args:
        received: All frames so far.
        began: Monotonic seconds when watching began; they were subscribed before that.
        now: Monotonic seconds.
        lost: Whether the connection is gone, which explains silence.
    """
    beats, seconds = received.heartbeats, now - began
    if not beats:
        if lost or seconds < _HEARTBEAT_LATE:
            return skipped(Step.HEARTBEATS, f"none within {seconds:.1f} s, which is too short to judge: --for 5")
        return StepResult(
            Step.HEARTBEATS,
            StepStatus.FAILURE,
            f"none within {seconds:.1f} s, though they are subscribed; there is one a second (documented)",
            "try again; without them the venue closes quiet channels after 60 to 90 s (documented)",
            seconds,
        )
    silences = [later - earlier for earlier, later in zip(beats, [*beats[1:], beats[-1] if lost else now], strict=True)]
    longest = max(silences)
    what = f"{len(beats)} received, longest silence {longest:.1f} s"
    missed = received.session.liveness.heartbeats_missed
    if longest > _HEARTBEAT_LATE or missed:
        what += f", {missed} missed by their counter" if missed else ""
        cure = "a slow network or a busy machine; check whether it lasts"
        return StepResult(Step.HEARTBEATS, StepStatus.WARNING, what, cure, seconds)
    return StepResult(Step.HEARTBEATS, StepStatus.OK, what, "", seconds)


def sequence(received: Received, lost: ConnectionFailed | None, seconds: float) -> StepResult:
    """The sequence numbers of all frames, and whether the connection was kept."""
    tally = received.session.monitor.total()
    scope = "per product" if received.session.monitor.scope is Scope.PRODUCT else "per connection"
    what = f"{received.frames:,} frames, numbered {scope}"
    faults = [
        plural(count, one, many)
        for count, one, many in (
            (tally.gaps, "gap", "gaps"),
            (tally.missed, "message missed", "messages missed"),
            (tally.resets, "reset", "resets"),
            (tally.duplicates, "duplicate", "duplicates"),
            (tally.out_of_order, "out of order", "out of order"),
            (received.session.statistics.bad_frames, "damaged frame", "damaged frames"),
        )
        if count
    ]
    cure = "try again; the viewer requests new snapshots when this happens"
    if lost is not None:
        return StepResult(
            Step.SEQUENCE, StepStatus.FAILURE, f"{what}; then the connection was lost: {lost}", cure, seconds
        )
    if tally.gaps or tally.resets:
        return StepResult(Step.SEQUENCE, StepStatus.FAILURE, f"{what}: {', '.join(faults)}", cure, seconds)
    if faults:
        return StepResult(Step.SEQUENCE, StepStatus.WARNING, f"{what}: {', '.join(faults)}", cure, seconds)
    return StepResult(Step.SEQUENCE, StepStatus.OK, f"{what}, without a gap", "", seconds)


_OR_SIGN: Final = ", or let the viewer sign with the venue's time: depthview --clock-offset auto"
_TOLERATED_SECONDS: Final = 1.0


def clock(offset: Offset | None, *, signs: bool) -> StepResult:
    """The offset of the two clocks.

    Args:
        offset: As measured.
        signs: Whether tokens are signed, which are valid by the venue's clock only.
    """
    if offset is None:
        return StepResult(Step.CLOCK, StepStatus.SKIPPED, "the venue sent no time")
    measured = f"{in_words(offset)} (by {offset.source})"
    fault = clock_fault(offset)
    if fault:
        status = StepStatus.FAILURE if signs else StepStatus.WARNING
        return StepResult(Step.CLOCK, status, f"{measured}: {fault}", SET_CLOCK + (_OR_SIGN if signs else ""))
    if abs(offset.ahead) - offset.uncertainty > _TOLERATED_SECONDS:
        return StepResult(
            Step.CLOCK, StepStatus.WARNING, f"{measured}: tokens still work, latencies are wrong", SET_CLOCK
        )
    return StepResult(Step.CLOCK, StepStatus.OK, measured)
