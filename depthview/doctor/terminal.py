"""What the terminal can do, as the viewer will meet it."""

from __future__ import annotations

import locale
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

from depthview.core.text import plain_text
from depthview.doctor.results import Status, Step, StepResult, skipped

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST_COLUMNS: Final = 40
"""The narrowest ladder that the viewer sets beside anything else."""
_LEAST_ROWS: Final = 12


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """A terminal, as it describes itself."""

    is_terminal: bool
    columns: int = 0
    rows: int = 0
    kind: str = ""
    """``TERM``."""
    colours: str = ""
    """In words."""
    utf8: bool = True
    no_color: bool = False
    ssh: bool = False


def terminal_facts(out: TextIO, env: Mapping[str, str]) -> TerminalFacts:
    """The terminal that ``out`` is, if it is one."""
    if not out.isatty():
        return TerminalFacts(is_terminal=False)
    size = os.get_terminal_size(out.fileno())
    kind = env.get("TERM", "")
    if env.get("COLORTERM", "") in ("truecolor", "24bit"):
        colours = "16 million colours"
    else:
        colours = "256 colours" if "256" in kind else "16 colours or fewer"
    return TerminalFacts(
        is_terminal=True,
        columns=size.columns,
        rows=size.lines,
        kind=kind,
        colours=colours,
        utf8=locale.getencoding().lower().replace("-", "") == "utf8",
        no_color=bool(env.get("NO_COLOR")),
        ssh="SSH_CONNECTION" in env or "SSH_TTY" in env,
    )


def judge_terminal(facts: TerminalFacts) -> StepResult:
    """The step's result."""
    if not facts.is_terminal:
        return skipped(Step.TERMINAL, "not at a terminal")
    words = [f"{facts.columns}x{facts.rows}", plain_text(facts.kind, 24) or "no TERM", facts.colours]
    words.append("UTF-8" if facts.utf8 else "no UTF-8")
    words += ["NO_COLOR is set"] if facts.no_color else []
    words += ["over ssh"] if facts.ssh else []
    what = ", ".join(words)
    if facts.kind in ("", "dumb"):
        return StepResult(
            Step.TERMINAL, Status.WARNING, what, "the viewer cannot run here: set TERM, or use `depthview stream`"
        )
    if not facts.utf8:
        return StepResult(Step.TERMINAL, Status.WARNING, what, "use a UTF-8 locale, such as LANG=C.UTF-8")
    if facts.columns < _LEAST_COLUMNS or facts.rows < _LEAST_ROWS:
        cure = f"make it larger: {_LEAST_COLUMNS}x{_LEAST_ROWS} at least, 120x40 to see everything"
        return StepResult(Step.TERMINAL, Status.WARNING, what, cure)
    return StepResult(Step.TERMINAL, Status.OK, what)
