"""Gives the tests of faults the table that they fill; tests/conftest.py prints it."""

from __future__ import annotations

import pytest

from tests.faults.table import LINES, Line


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[Line]:
    """The lines of this run so far; what is added is printed."""
    return request.config.stash.setdefault(LINES, [])
