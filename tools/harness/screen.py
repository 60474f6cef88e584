"""Reads ``depthview view`` off a terminal's screen, and holds verdict, best prices and visible rows against the truth.

A terminal emulator keeps the screen. It is read when the program has drawn and paused; what was read in the middle of a
draw is read again.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pyte

from tests.support.terminal import Terminal
from tools.harness.oracle import Failure, Seen, age_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.harness.market import Market
    from tools.harness.sockets import SocketRun

COLUMNS: Final = 200
ROWS: Final = 50
_LOOK: Final = 0.01
_DRAWN: Final = 0.03
"""Seconds without output after which a draw is over."""
_TORN: Final = 0.5
"""Seconds for which a screen that seems wrong is looked at again: it may have been read in the middle of a draw."""
_DRAW: Final = 0.3
"""Seconds between what is drawn and what it was drawn from, at most."""
_FRONT: Final = 3.0
"""Seconds for which a product stays in front."""
_VERDICTS: Final = "SYNCED|QUIET|SYNCING|STALE|DOWN|NO DATA"
_TRUSTED: Final = frozenset({"SYNCED", "QUIET"})
_TAB: Final = re.compile(rf"\d ([A-Z0-9-]+) \S ({_VERDICTS})\b")
_HEAD: Final = re.compile(rf"^ \S ({_VERDICTS})\s+([A-Z0-9-]+)\s")
_NUMBER: Final = r"[\d,]+(?:\.\d+)?"
_BEST: Final = re.compile(rf"  bid ({_NUMBER}) (<?{_NUMBER})\s+ask ({_NUMBER}) (<?{_NUMBER})\s")
_RESYNCS: Final = re.compile(r"\bresyncs\s+([\d,]+)")
_HEADERS: Final = re.compile(r"^  PRICE \S+(?:  BPS TO MID)?")
_SIZE_HEADER: Final = re.compile(r"\s+SIZE \S+")
Row = tuple[str, str]


@dataclass(frozen=True)
class Picture:
    """What the screen says."""

    product: str
    """In front."""
    verdict: str
    """Of the product in front."""
    verdicts: dict[str, str]
    """Of every product, by its tab."""
    best: tuple[Row, Row] | None
    """Price and size of the best bid and ask in the head."""
    bids: list[Row]
    """Visible rows, best first."""
    asks: list[Row]
    resyncs: int = 0
    """Of all products, since the start."""


def is_trusted(shown: Picture) -> bool:
    """Whether the verdict of the product in front says so."""
    return shown.verdict in _TRUSTED


def picture(lines: Sequence[str]) -> Picture | None:
    """Read a screen; None where there is no ladder on it, or only a part of one."""
    head = next((found for line in lines[:6] if (found := _HEAD.match(line))), None)
    top = next((at for at, line in enumerate(lines) if _HEADERS.match(line) and _SIZE_HEADER.search(line)), None)
    if head is None or top is None:
        return None
    price_end = len(re.match(r"^  PRICE \S+", lines[top])[0])  # type: ignore[index]  # as _HEADERS has seen
    before = _HEADERS.match(lines[top])
    size = _SIZE_HEADER.search(lines[top])
    assert before is not None
    assert size is not None
    best = next((found for line in lines[:top] if (found := _BEST.search(line))), None)
    asks: list[Row] = []
    bids: list[Row] = []
    side = asks
    for line in lines[top + 1 :]:
        if "FOLLOW" in line or line.startswith("─"):
            break
        if "spread" in line[:60]:
            side = bids
            continue
        price = re.search(rf"({_NUMBER})\s*$", line[:price_end])
        quantity = re.search(rf"(<?{_NUMBER})\s*$", line[before.end() : size.end()])
        if price and quantity:
            side.append((price[1], quantity[1]))
    tabs = {name: verdict for line in lines[:3] for name, verdict in _TAB.findall(line)}
    asks.reverse()
    resyncs = next((int(found[1].replace(",", "")) for line in lines if (found := _RESYNCS.search(line))), 0)
    return Picture(
        head[2], head[1], tabs, None if best is None else ((best[1], best[2]), (best[3], best[4])), bids, asks, resyncs
    )


def is_like(shown: Row, true: Sequence[str]) -> bool:
    """Whether a row of the screen is a level, its size rounded as the screen rounds."""
    price, size = shown
    if Decimal(price.replace(",", "")) != Decimal(true[0]):
        return False
    if size.startswith("<"):
        return Decimal(true[1]) < Decimal(size[1:].replace(",", ""))
    number = Decimal(size.replace(",", ""))
    return abs(number - Decimal(true[1])) < Decimal(1).scaleb(int(number.as_tuple().exponent))


def _text_of(screen: pyte.Screen) -> str:
    return "\n".join(line.rstrip() for line in screen.display)


class ScreenReader:
    """Runs ``depthview view`` in a terminal of its own."""

    shown_after = _DRAW

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    async def read(self, run: SocketRun, words: list[str]) -> None:
        """See :meth:`tools.harness.sockets.Reader.read`."""
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        command = ["-m", "depthview", "view", *words]
        terminal = Terminal(command, run.bench.environment(), run.bench.folder, columns=COLUMNS, rows=ROWS)
        drawn_at = wrong_since = None
        front_at, front = run.time.now() + _FRONT, 0
        with terminal:
            run.viewer.pid = terminal.process.pid
            while not run.director.over:
                await asyncio.sleep(_LOOK)
                now = run.time.now()
                if data := terminal.take():
                    stream.feed(data)
                    drawn_at = now
                elif terminal.process.poll() is not None:
                    raise Failure(f"the viewer ended: {terminal.text[-800:]}")
                elif drawn_at is not None and now - drawn_at >= _DRAWN:
                    try:
                        problem = self._look(run, picture(screen.display), drawn_at)
                    except Failure as failure:
                        raise Failure(f"{failure}\n{_text_of(screen)}") from None
                    if not problem:
                        drawn_at = wrong_since = None
                    elif wrong_since is None:
                        wrong_since = drawn_at
                    elif now - wrong_since > _TORN:
                        raise Failure(f"{problem}\n{_text_of(screen)}")
                if now >= front_at and now > run.viewer.stopped_until:
                    front = (front + 1) % len(run.plan.products)
                    terminal.press(str(front + 1).encode())
                    front_at = now + _FRONT
            run.viewer.pid = None

    def _look(self, run: SocketRun, shown: Picture | None, now: float) -> str:
        """Judge what is shown; returns what is wrong with it."""
        if shown is None:
            return ""
        for product, verdict in shown.verdicts.items():
            trusted = verdict in _TRUSTED
            before = self._seen.get(product)
            since = now if before is None or before.trusted_since is None else before.trusted_since
            # A doubt may heal between two draws; the counter shows it all the same.
            seen = Seen(now, verdict, "", since if trusted else None, 0, shown.resyncs)
            self._seen[product] = run.oracle.seen[product] = seen
            run.director.seen(product, self._seen[product])
        totals = run.oracle.totals
        totals.lines += 1
        totals.verdicts[shown.verdict] += 1
        if not is_trusted(shown):
            return ""
        label = run.venue.label_of(shown.product)
        if label is None:
            return f"{shown.product} is {shown.verdict}, and there is no such product"
        problem, age = judge_picture(run.venue.markets[label], shown, now)
        if problem:
            return f"{shown.product} is {shown.verdict} on the screen, and {problem}"
        if not run.oracle.passes(age, run.oracle.allowed(now) + _DRAW):
            return f"{shown.product} is {shown.verdict} on the screen with a state that was over {age:.2f} s ago"
        totals.trusted += 1
        return ""


def judge_picture(market: Market, shown: Picture, now: float) -> tuple[str, float]:
    """What is wrong with a screen, and since when its newest possible state is over, in seconds."""
    if not (shown.bids and shown.asks and shown.best):
        return "shows no rows", 0.0
    for bids, asks, state in market.recent(0.0):
        rows = zip((*shown.bids, *shown.asks), (*bids[: len(shown.bids)], *asks[: len(shown.asks)]), strict=False)
        fits = len(shown.bids) <= len(bids) and len(shown.asks) <= len(asks)
        if fits and all(is_like(row, true) for row, true in rows):
            if is_like(shown.best[0], bids[0]) and is_like(shown.best[1], asks[0]):
                return "", age_of(state, now)
            return f"its best prices {shown.best} are not those of its rows", 0.0
    return "its rows were never so", 0.0
