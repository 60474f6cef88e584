"""Keys of faults: what may be written after ``NAME:``, read once and checked there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = int | float | str

_LONGEST_SECONDS: Final = 86_400.0
_LONGEST_WORD: Final = 120
"""Bytes: a close reason has room for 123."""
_CLOSE_CODES: Final = {*range(1000, 1004), *range(1006, 1015)}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a fault."""

    name: str
    default: str
    """As it would be written."""
    read: Callable[[str], Value]
    """The value in a text.

    Raises:
        ValueError: The text is none; the message says what would be.
    """


class Settings:
    """A fault's values by key, all of them present.

    Args:
        values: As read.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def whole(self, name: str) -> int:
        """A whole number."""
        return int(self._values[name])

    def flag(self, name: str) -> bool:
        """A 0 or 1."""
        return bool(self._values[name])

    def seconds(self, name: str) -> float:
        """A number of seconds."""
        return float(self._values[name])

    def word(self, name: str) -> str:
        """A text."""
        return str(self._values[name])

    def texts(self) -> dict[str, str]:
        """Everything as it would be written."""
        return {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in self._values.items()}


def whole(name: str, default: int, least: int, most: int) -> Key:
    """A key for a whole number in a range."""

    def read(text: str) -> int:
        # Not int(), which takes blanks, underscores and the digits of other scripts.
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 10 and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"a whole number from {least} to {most}")

    return Key(name, str(default), read)


def flag(name: str, *, default: bool = False) -> Key:
    """A key for yes or no."""
    return whole(name, int(default), 0, 1)


def seconds(name: str, default: float, *, least: float = 0.0, most: float = _LONGEST_SECONDS) -> Key:
    """A key for a number of seconds."""

    def read(text: str) -> float:
        try:
            given = float(text)
        except ValueError:
            given = math.nan
        if not least <= given <= most:
            raise ValueError(f"seconds from {least:g} to {most:g}")
        return given

    return Key(name, f"{default:g}", read)


def close_code(name: str, default: int) -> Key:
    """A key for a close code that may be sent, or 1006, which stands for none."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) == 4:
            code = int(text)
            if code in _CLOSE_CODES or 3000 <= code <= 4999:
                return code
        raise ValueError("a close code: 1000 to 1003, 1006 to 1014, or 3000 to 4999")

    return Key(name, str(default), read)


def one_of(name: str, *choices: str) -> Key:
    """A key for one of several words; the first is the default."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text

    return Key(name, choices[0], read)


def word(name: str, default: str) -> Key:
    """A key for a short printable text without a comma."""

    def read(text: str) -> str:
        if not text.isprintable() or len(text.encode()) > _LONGEST_WORD:
            raise ValueError(f"a printable text of {_LONGEST_WORD} bytes at most")
        return text

    return Key(name, default, read)
