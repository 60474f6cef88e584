"""The doctor's results as text, line by line as they come, and as one JSON document."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Final

from depthview import __version__
from depthview.core.plaintext import plain_text
from depthview.doctor.results import Status, exit_code
from depthview.logs import redacted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.doctor.results import StepResult

_STEP_WIDTH: Final = 25
_LONGEST: Final = 1_000


def as_line(result: StepResult) -> str:
    """One step, its cure on a line of its own."""
    taken = "" if result.status is Status.SKIPPED else _taken(result.seconds)
    text = f"{result.status.value:<7}  {result.step.value:<{_STEP_WIDTH}}  {taken:>7}  {_plain(result.what)}"
    if result.cure and result.status is not Status.SKIPPED:
        text += f"\n{'':7}  {'':{_STEP_WIDTH}}  {'cure:':>7}  {_plain(result.cure)}"
    return text + "\n"


def summary(results: Sequence[StepResult]) -> str:
    """How many steps went how, in one line."""
    counts = [(status, sum(result.status is status for result in results)) for status in Status]
    return f"{len(results)} steps: " + ", ".join(f"{count} {status.value}" for status, count in counts if count) + "\n"


def as_json(results: Sequence[StepResult]) -> str:
    """All of it, safe to paste in public: no key, token, address of a proxy, or folder."""
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
