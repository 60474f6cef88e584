"""What the tests of security share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.processes import Bench

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A folder to start depthview in."""
    return Bench(tmp_path)
