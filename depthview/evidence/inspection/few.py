"""A list that stays short however hostile a recording is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
MOST: Final = 1_000
"""Things of one kind that are told one by one; the rest is only counted."""


class Few(Generic[T]):
    """Keeps the first things that come, and counts them all.

    Args:
        limit: How many are kept.
    """

    __slots__ = ("_kept", "_limit", "count")

    def __init__(self, limit: int = MOST) -> None:
        self._limit = limit
        self._kept: list[T] = []
        self.count = 0
        """How many came."""

    def add(self, thing: T) -> None:
        """One more."""
        self.count += 1
        if len(self._kept) < self._limit:
            self._kept.append(thing)

    def __iter__(self) -> Iterator[T]:
        return iter(self._kept)

    def __bool__(self) -> bool:
        return self.count > 0

    @property
    def left_out(self) -> int:
        """How many came and were not kept."""
        return self.count - len(self._kept)
