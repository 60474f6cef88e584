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
        if self._numbering is Numbering.CONNECTION:
            product = ""
        elif product is None:
            return None
        number = self._next[product]
        self._next[product] = number + 1
        return number
