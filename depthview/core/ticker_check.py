"""The ticker check: does the ticker channel show the same best bid and ask as the book?

Sequence numbers prove only that nothing was lost on the way. The ticker is independent evidence. The two do not arrive
together, so each ticker message is judged once, against every top that the book had from half a second before it to
half a second after. (Observed in a recording: all 154 messages agree within a quarter of a second, 132 of them at
arrival.)
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

WINDOW: Final = 0.5
"""Seconds before and after a ticker message within which a top of the book may confirm it."""
DISAGREEING_MESSAGES: Final = 5
DISAGREEING_SECONDS: Final = 3.0
_KEPT: Final = 4096
"""Tops and messages kept; at the venue's rates (observed, 20 frames a second) a second of them is far less."""


@dataclass(frozen=True, slots=True)
class Top:
    """The best bid and ask at one moment; None for an empty side."""

    at: float
    """Monotonic seconds."""
    bid: Decimal | None
    ask: Decimal | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A ticker that shows what the book has not."""

    since: float
    """Monotonic seconds of the first message in a row that no top of the book has confirmed."""
    said: Top
    """The last one of them."""


class TickerCheck:
    """Compares the ticker's tops with the book's, for one product."""

    __slots__ = ("_against", "_tops", "_waiting", "agreed_at", "contradiction")

    def __init__(self) -> None:
        self.agreed_at: float | None = None
        """Monotonic seconds of the last ticker message that agreed; None while none has."""
        self._tops: deque[Top] = deque(maxlen=_KEPT)
        self._waiting: deque[Top] = deque(maxlen=_KEPT)
        self._against = 0
        self.contradiction: Contradiction | None = None
        """None while the last judged message has agreed; else kept until :meth:`forget`."""

    def forget(self) -> None:
        """Forget what was seen of the old book, which is gone or replaced."""
        self.agreed_at = None
        self._tops.clear()
        self._waiting.clear()
        self._against, self.contradiction = 0, None

    def book(self, bid: Decimal | None, ask: Decimal | None, now: float) -> None:
        """The book's top after a whole message."""
        newest = self._tops[-1] if self._tops else None
        if newest is None or newest.bid != bid or newest.ask != ask:
            self._tops.append(Top(now, bid, ask))
        while self._waiting and self._waiting[0].bid == bid and self._waiting[0].ask == ask:
            self._agree(self._waiting.popleft())

    def ticker(self, bid: Decimal, ask: Decimal, now: float) -> None:
        said = Top(now, bid, ask)
        if any(top.bid == bid and top.ask == ask for top in self._in_force_from(now - WINDOW)):
            self._agree(said)
        else:
            self._waiting.append(said)

    def disagrees(self, now: float) -> bool:
        """Whether no top has confirmed any of at least five messages over at least three seconds."""
        while self._waiting and now - self._waiting[0].at > WINDOW:
            said = self._waiting.popleft()
            tops = self._in_force_from(said.at - WINDOW)
            if any(top.bid == said.bid and top.ask == said.ask for top in tops if top.at <= said.at + WINDOW):
                self._agree(said)
                continue
            since = said.at if self.contradiction is None else self.contradiction.since
            self._against, self.contradiction = self._against + 1, Contradiction(since, said)
            if self._against >= DISAGREEING_MESSAGES and said.at - since >= DISAGREEING_SECONDS:
                return True
        self._drop_before(now - 3 * WINDOW)
        return False

    def _agree(self, said: Top) -> None:
        self.agreed_at = said.at if self.agreed_at is None else max(self.agreed_at, said.at)
        self._against, self.contradiction = 0, None

    def _in_force_from(self, since: float) -> list[Top]:
        """Tops that held at ``since`` or came later."""
        found: list[Top] = []
        for top in reversed(self._tops):
            found.append(top)
            if top.at <= since:
                break
        return found

    def _drop_before(self, since: float) -> None:
        while len(self._tops) > 1 and self._tops[1].at <= since:
            self._tops.popleft()
