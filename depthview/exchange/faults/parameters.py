"""The keys that a fault takes: declared as class attributes, each with its default and what it accepts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_LONGEST_SECONDS: Final = 86_400.0
_LONGEST_TEXT: Final = 120
"""Bytes: a close reason has room for 123."""
_CLOSE_CODES: Final = {*range(1000, 1004), *range(1006, 1015)}


class FaultKey(Generic[T]):
    """One key of a fault; on an instance, its value.

    Args:
        default: As it would be written.
        read: The value in a text. It raises :exc:`ValueError` with what would be valid, as a phrase.
    """

    def __init__(self, default: str, read: Callable[[str], T]) -> None:
        self.name = ""
        self.default = default
        self.read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, fault: None, owner: type) -> Self: ...
    @overload
    def __get__(self, fault: object, owner: type) -> T: ...
    def __get__(self, fault: Any, owner: type) -> Self | T:  # any fault
        if fault is None:
            return self
        value: T = fault.order.values[self.name]
        return value


class Duration(FaultKey[float]):
    """How long a fault lasts, in seconds.

    Args:
        default: As written when the key is not.
        zero_is_forever: Whether 0 means until the exchange ends; else the fault ends at once.
    """

    def __init__(self, default: float, *, zero_is_forever: bool = False) -> None:
        super().__init__(f"{default:g}", seconds_of(default).read)
        self._zero_is_forever = zero_is_forever

    def end(self, value: float, now: float) -> float:
        """When a fault that begins now is over, on the clock of ``now``."""
        return math.inf if self._zero_is_forever and not value else now + value


def whole(default: int, least: int, most: int) -> FaultKey[int]:
    """A whole number in a range."""

    def read(text: str) -> int:
        # Not int(), which takes blanks, underscores and the digits of other scripts.
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 10 and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"a whole number from {least} to {most}")

    return FaultKey(str(default), read)


def flag(*, default: bool = False) -> FaultKey[int]:
    """Yes or no, as 1 or 0."""
    return whole(int(default), 0, 1)


def seconds_of(default: float, *, least: float = 0.0, most: float = _LONGEST_SECONDS) -> FaultKey[float]:
    """A number of seconds that is not the fault's :class:`Duration`."""

    def read(text: str) -> float:
        try:
            given = float(text)
        except ValueError:
            given = math.nan
        if not least <= given <= most:
            raise ValueError(f"seconds from {least:g} to {most:g}")
        return given

    return FaultKey(f"{default:g}", read)


def close_code(default: int) -> FaultKey[int]:
    """A close code that may be sent, or 1006, which stands for none."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) == 4:
            code = int(text)
            if code in _CLOSE_CODES or 3000 <= code <= 4999:
                return code
        raise ValueError("a close code: 1000 to 1003, 1006 to 1014, or 3000 to 4999")

    return FaultKey(str(default), read)


def one_of(*choices: str) -> FaultKey[str]:
    """One of several words; the first is the default."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text

    return FaultKey(choices[0], read)


def text_of(default: str) -> FaultKey[str]:
    """A short printable text without a comma."""

    def read(text: str) -> str:
        if not text.isprintable() or len(text.encode()) > _LONGEST_TEXT:
            raise ValueError(f"a printable text of {_LONGEST_TEXT} bytes at most")
        return text

    return FaultKey(default, read)
