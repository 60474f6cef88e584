"""What a step found, and what follows for the exit code. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class Step(StrEnum):
    """The steps, by the names that they are shown under."""

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


class Status(StrEnum):
    """How a step went."""

    OK = "ok"
    WARNING = "warning"
    """It works, and something is worth a look."""
    FAILURE = "failure"
    SKIPPED = "skipped"
    """It has no meaning here, was not asked for, or something before it has failed; no fault of its own."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step, done. Its texts hold nothing of a key, a token, or a proxy's address."""

    step: Step
    status: Status
    what: str
    cure: str = ""
    seconds: float = 0.0
    """Time taken."""


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
"""Steps that need the network, in the order that they are taken in."""
_OWN: Final = frozenset({Step.CONFIGURATION, Step.KEY, Step.PERMISSIONS})
_FAILED_EXIT: Final = 1
_CONFIGURATION_EXIT: Final = 78


def exit_code(results: Iterable[StepResult]) -> int:
    """0 where nothing failed, 78 where configuration, key or its file did, else 1."""
    failed = {result.step for result in results if result.status is Status.FAILURE}
    if failed & _OWN:
        return _CONFIGURATION_EXIT
    return _FAILED_EXIT if failed else 0


def skipped(step: Step, why: str) -> StepResult:
    """A step that was not taken."""
    return StepResult(step, Status.SKIPPED, why)
