"""The result of each check, all of them as text and as one JSON document, and the exit code."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from enum import StrEnum
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from depthview import __version__
from depthview.core.text import plain_text
from depthview.system.logs import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Step(StrEnum):
    """The steps by the names that are shown."""

    CONFIGURATION = "configuration"
    KEY = "key"
    PERMISSIONS = "file permissions"
    TERMINAL = "terminal"
    PROXY = "proxy"
    RESOLUTION = "name resolution"
    TCP = "TCP"
    TLS = "TLS"
    HANDSHAKE = "WebSocket handshake"
    WITHOUT_TOKEN = "subscribe without a token"  # noqa: S105  # the name of a step
    CLOCK = "clock"
    WITH_TOKEN = "subscribe with a token"  # noqa: S105  # as above
    ACCEPTANCE = "acceptance"
    SNAPSHOT = "first snapshot"
    HEARTBEATS = "heartbeats"
    SEQUENCE = "sequence"
    REST = "REST key permissions"


class StepStatus(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, but something should be checked."""
    FAILURE = "failure"
    SKIPPED = "skipped"
    """Not applicable, not requested, or not reached because an earlier step failed."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """The result of one step. It contains nothing of a key, a token, or a proxy's address."""

    step: Step
    status: StepStatus
    what: str
    cure: str = ""
    seconds: float = 0.0


NETWORK: Final = (
    Step.PROXY,
    Step.RESOLUTION,
    Step.TCP,
    Step.TLS,
    Step.HANDSHAKE,
    Step.WITHOUT_TOKEN,
    Step.CLOCK,
    Step.WITH_TOKEN,
    Step.ACCEPTANCE,
    Step.SNAPSHOT,
    Step.HEARTBEATS,
    Step.SEQUENCE,
)
"""Steps that need the network, in their order."""
_OWN: Final = frozenset({Step.CONFIGURATION, Step.KEY, Step.PERMISSIONS})
_FAILED_EXIT: Final = 1
_CONFIGURATION_EXIT: Final = 78


def exit_code(results: Iterable[StepResult]) -> int:
    """0 where nothing failed, 78 where configuration, key or its file did, else 1."""
    failed = {result.step for result in results if result.status is StepStatus.FAILURE}
    if failed & _OWN:
        return _CONFIGURATION_EXIT
    return _FAILED_EXIT if failed else 0


def skipped(step: Step, why: str) -> StepResult:
    return StepResult(step, StepStatus.SKIPPED, why)


_STEP_WIDTH: Final = 25
_LONGEST: Final = 1_000
_LEAST_ROOM: Final = 24
"""Columns below which lines are left to the terminal to wrap."""
_COUNTED: Final = {StepStatus.WARNING: "warnings", StepStatus.FAILURE: "failures"}


def as_line(result: StepResult, width: int = 0) -> str:
    """One step, with its cure on a second line.

    Args:
        result: The step's.
        width: Columns of the terminal, to wrap lines between words; 0 for no wrapping. A cure is never wrapped, since
            it may contain a command to paste.
    """
    taken = "" if result.status is StepStatus.SKIPPED else _taken(result.seconds)
    head = f"{result.status.value:<7}  {result.step.value:<{_STEP_WIDTH}}  {taken:>7}  "
    room = width - len(head)
    whole = _plain(result.what)
    rows = wrap(whole, room, break_long_words=False) if room >= _LEAST_ROOM else [whole]
    text = head + f"\n{'':{len(head)}}".join(rows)
    if result.cure and result.status is not StepStatus.SKIPPED:
        text += f"\n{'':7}  {'':{_STEP_WIDTH}}  {'cure:':>7}  {_plain(result.cure)}"
    return text + "\n"


def summary(results: Sequence[StepResult]) -> str:
    """The number of steps by status, in one line."""
    counts = [(status, sum(result.status is status for result in results)) for status in StepStatus]
    told = [
        f"{count} {_COUNTED.get(status, status.value) if count > 1 else status.value}"
        for status, count in counts
        if count
    ]
    return f"{len(results)} steps: {', '.join(told)}\n"


def as_json(results: Sequence[StepResult]) -> str:
    """All results, safe to publish: no key, token, address of a proxy, or folder."""
    document = {
        "depthview": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "steps": [
            {
                "step": result.step.value,
                "status": result.status.value,
                "what": _plain(result.what),
                "cure": _plain(result.cure),
                "seconds": round(result.seconds, 4),
            }
            for result in results
        ],
        "exit": exit_code(results),
    }
    return json.dumps(document, indent=2) + "\n"


def _plain(text: str) -> str:
    return plain_text(redacted(text), _LONGEST)


def _taken(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
