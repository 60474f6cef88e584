"""The doctor's results as text, line by line as they come, and as one JSON document."""

from __future__ import annotations

import json
import platform
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from depthview import __version__
from depthview.core.text import plain_text
from depthview.doctor.results import Status, exit_code
from depthview.system.logs import redacted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.doctor.results import StepResult

_STEP_WIDTH: Final = 25
_LONGEST: Final = 1_000
_LEAST_ROOM: Final = 24
"""Columns below which a terminal is left to break lines as it likes."""
_COUNTED: Final = {Status.WARNING: "warnings", Status.FAILURE: "failures"}


def as_line(result: StepResult, width: int = 0) -> str:
    """One step, its cure on a line of its own.

    Args:
        result: The step's.
        width: Columns of the terminal, for lines that are broken between words; 0 breaks none. A cure is never broken,
            since there may be a command in it to paste.
    """
    taken = "" if result.status is Status.SKIPPED else _taken(result.seconds)
    head = f"{result.status.value:<7}  {result.step.value:<{_STEP_WIDTH}}  {taken:>7}  "
    room = width - len(head)
    whole = _plain(result.what)
    rows = wrap(whole, room, break_long_words=False) if room >= _LEAST_ROOM else [whole]
    text = head + f"\n{'':{len(head)}}".join(rows)
    if result.cure and result.status is not Status.SKIPPED:
        text += f"\n{'':7}  {'':{_STEP_WIDTH}}  {'cure:':>7}  {_plain(result.cure)}"
    return text + "\n"


def summary(results: Sequence[StepResult]) -> str:
    """How many steps went how, in one line."""
    counts = [(status, sum(result.status is status for result in results)) for status in Status]
    told = [
        f"{count} {_COUNTED.get(status, status.value) if count > 1 else status.value}"
        for status, count in counts
        if count
    ]
    return f"{len(results)} steps: {', '.join(told)}\n"


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
