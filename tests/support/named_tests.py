"""Whether a test that is named somewhere exists, so that what rests on it cannot rot."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_TESTS: Final = Path(__file__).parent.parent


def exists(test: str) -> bool:
    """Whether there is such a test.

    Args:
        test: ``file::function`` or ``file::Class::function``, below ``tests``.
    """
    file, _, function = test.partition("::")
    return (_TESTS / file).is_file() and function in _functions(file)


@cache
def _functions(file: str) -> AbstractSet[str]:
    found = set()
    for node in ast.parse((_TESTS / file).read_text()).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {f"{prefix}{n.name}" for n in inner if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
    return found
