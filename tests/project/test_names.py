"""One public name means one thing in the whole package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parents[2] / "depthview"
_SHARED: Final[dict[str, str]] = {}
"""Names that two classes may share, and why: three at most."""


def _public_classes() -> dict[str, list[str]]:
    """The places of each public class, by its name."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(_PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{path.relative_to(_PACKAGE)}:{node.lineno}")
    return places


def test_no_two_public_classes_share_a_name() -> None:
    shared = {name: places for name, places in _public_classes().items() if len(places) > 1}
    assert {name: places for name, places in shared.items() if name not in _SHARED} == {}
    assert set(_SHARED) <= set(shared), "an exception that is no longer needed"
    assert len(_SHARED) <= 3
    assert all(_SHARED.values())
