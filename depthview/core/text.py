"""Makes text from outside safe to show in a terminal, and formats counts and durations."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, TypeGuard

if TYPE_CHECKING:
    from pathlib import Path

_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SHOWN_CHARS: Final = 1024
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_MARKS: Final = 4
_PRODUCT: Final = re.compile(r"[A-Z0-9]{1,24}(?:-[A-Z0-9]{1,24}){1,3}").fullmatch


def plain_text(text: str, limit: int = 64) -> str:
    """``text`` without anything that a terminal could interpret, at most ``limit`` characters.

    Control, format, surrogate, private and unassigned characters become a replacement mark, so that they leave a trace;
    of a run of combining marks four are kept; the rest is NFC.
    """
    # Cut first, so that a hostile megabyte is not normalised only to be thrown away.
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[: 4 * limit]):
        category = unicodedata.category(char)
        marks = marks + 1 if category.startswith("M") else 0
        if marks > _MARKS:
            continue
        kept.append(_REPLACEMENT if category in _DROPPED else char)
    if len(kept) > limit:
        kept[limit - 1 :] = "…"
    return "".join(kept)


def is_product_id(text: object) -> TypeGuard[str]:
    """Whether ``text`` has the shape of a product id: upper-case words joined by hyphens."""
    return isinstance(text, str) and _PRODUCT(text) is not None


def shown_path(path: Path) -> str:
    """A file's path for messages: one line, with nothing in it that a terminal could interpret."""
    return plain_text(str(path), _SHOWN_CHARS)


def plural(number: int, one: str, many: str = "") -> str:
    """``1 level``, ``2,000 levels``; ``many`` where the plural takes more than an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """``4 h 05 m``, ``12 m 03 s``, ``7.2 s`` or ``412 ms``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} m {int(seconds) % 60:02d} s"
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60:02d} m"
