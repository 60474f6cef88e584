"""``sequence_num`` by either reading of the venue's guide."""

from __future__ import annotations

from collections import Counter

from depthview.exchange.options import Numbering


class Numberer:
    """Counts one connection's messages.

    Args:
        numbering: What is counted.
    """

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._next: Counter[str] = Counter()

    def number(self, product: str | None) -> int | None:
        """The next message's number, from 0; None where it has none.

        Args:
            product: The product that the message is about, None for none.
        """
        counted = self._counted(product)
        if counted is None:
            return None
        number = self._next[counted]
        self._next[counted] = number + 1
        return number

    def upcoming(self, product: str | None) -> int | None:
        """What :meth:`number` would return, without counting it."""
        counted = self._counted(product)
        return None if counted is None else self._next[counted]

    def skip(self, product: str | None, numbers: int) -> None:
        """Leave out so many numbers before the next."""
        counted = self._counted(product)
        if counted is not None:
            self._next[counted] += numbers

    def restart(self, product: str, number: int) -> None:
        """Give the next message this number.

        Args:
            product: Of what, where products are counted apart; empty for each of them.
            number: From 0.
        """
        for counted in tuple(self._next):
            if not product or counted in {"", product}:
                self._next[counted] = number

    def _counted(self, product: str | None) -> str | None:
        """Under what a message of this product counts; None where it does not."""
        return "" if self._numbering is Numbering.CONNECTION else product
