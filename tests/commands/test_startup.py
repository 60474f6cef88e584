"""``--version`` and ``--help`` answer at once, because they load next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from depthview import __version__
from depthview.cli import COMMANDS

if TYPE_CHECKING:
    from tests.support.processes import Bench

_ROOT = Path(__file__).resolve().parents[2]
_HEAVY = {"asyncio", "cryptography", "jwt", "msgspec", "platformdirs", "rich", "socket", "textual", "websockets"}


@pytest.mark.parametrize(
    "words",
    [
        "--version",
        "--help",
        "-h",
        "view --help",
        "stream --help",
        "record --help",
        "replay -h",
        "exchange -h",
        "config -h",
    ],
)
def test_no_heavy_import_delays_a_word_of_help(words: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "depthview", *words.split()]
    # Without the guard, which imports some of these itself.
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert done.returncode == 0
    assert "depthview.cli" in loaded
    assert not loaded & _HEAVY
    assert done.stdout.startswith(f"depthview {__version__}\n" if words == "--version" else "usage: depthview")


def test_help_names_every_command_and_the_short_form(bench: Bench) -> None:
    told = bench.run("--help").out.decode()
    for word in (*COMMANDS, "depthview [PRODUCT ...]"):
        assert word in told
