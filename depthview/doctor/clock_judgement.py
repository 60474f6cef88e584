"""What a measured clock offset means for tokens and latencies. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.auth.diagnosis import SET_CLOCK, clock_fault
from depthview.core.clock_offset import in_words
from depthview.doctor.results import Status, Step, StepResult

if TYPE_CHECKING:
    from depthview.core.clock_offset import Offset

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
