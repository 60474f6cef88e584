"""A share of the seeds over real sockets, against the real ``depthview stream`` and ``depthview view``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.harness.sockets import play

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("screen", [False, True], ids=["stream", "view"])
async def test_no_trusted_line_and_no_trusted_screen_is_wrong_or_old(tmp_path: Path, screen: bool) -> None:
    found = await play(11, tmp_path, screen=screen, seconds=10.0)
    assert not isinstance(found, str), found
    assert found.totals.trusted > 20
    assert found.strikes


async def test_the_screen_of_a_run_without_faults_is_trusted_throughout(tmp_path: Path) -> None:
    found = await play(20, tmp_path, screen=True, kinds=(), seconds=6.0)
    assert not isinstance(found, str), found
    assert found.totals.trusted > 10
    assert not found.untrusted_lines
