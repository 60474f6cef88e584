"""A frame, a tick, a draw and a key press enter no more files of the package than this."""

from __future__ import annotations

from typing import Final

from tools.files_entered import entered

FILES: Final = {"frame": 18, "tick": 20, "draw": 36, "key v": 41}
MOVES_OF_A_DRAW: Final = 400


async def test_no_more_files_are_entered() -> None:
    found = await entered()
    assert {name: len(found[name].files) for name in FILES if len(found[name].files) > FILES[name]} == {}
    assert found["draw"].moves.total() <= MOVES_OF_A_DRAW
