"""A box for what must not be seen."""

from __future__ import annotations

from typing import Generic, NoReturn, TypeVar

T = TypeVar("T")


class Secret(Generic[T]):
    """Holds a value that no repr, format, log line, pickle or traceback local may show.

    The value comes out only by :meth:`reveal`; do not bind what that returns to a name in a function that may raise.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "Secret(…)"

    def __format__(self, format_spec: str) -> str:
        return "Secret(…)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be pickled or copied, since both write the value out.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a secret is neither pickled nor copied")
