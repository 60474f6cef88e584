"""Python imports this at start when its folder is on PYTHONPATH: puts the guard in before anything else runs."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.netguard import LOG_VARIABLE
from tests.support.netguard.loopback_only import install


def _note(line: str) -> None:
    with Path(os.environ[LOG_VARIABLE]).open("a") as log:
        log.write(line + "\n")


_note("installed")
install(_note)
