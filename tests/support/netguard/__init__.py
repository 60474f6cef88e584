"""No socket but on loopback, enforced by an audit hook: it sees calls from C too, and nothing can take it out again.

In the test process ``tests/conftest.py`` installs it. In a subprocess :func:`guarded_environment` does: it puts this
folder on ``PYTHONPATH``, where Python finds ``sitecustomize.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

LOG_VARIABLE = "DEPTHVIEW_NETGUARD_LOG"
_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[2]


def guarded_environment(log: Path) -> dict[str, str]:
    """The environment for a Python subprocess that may open sockets on loopback only.

    Args:
        log: Where the subprocess notes what it did; read it with :func:`noted`.
    """
    inherited = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(part for part in (str(_HERE), str(_ROOT), inherited) if part)
    return {**os.environ, "PYTHONPATH": path, LOG_VARIABLE: str(log)}


def noted(log: Path) -> list[str]:
    """What guarded subprocesses did: ``installed``, then ``allowed EVENT ADDRESS`` or ``refused EVENT ADDRESS``.

    Raises:
        AssertionError: The guard was never installed, so that the list would prove nothing.
    """
    lines = log.read_text().splitlines() if log.exists() else []
    assert "installed" in lines, "the subprocess ran without the guard"
    return lines
