"""Runs depthview with meters on it, and writes down what they say: the program that :mod:`tools.bench.loop` measures.

``python -m tools.bench.metered RESULT METERS SETTLE SPAN WORD...`` runs ``depthview WORD...``, measures for SPAN
seconds after SETTLE seconds, writes RESULT and ends by SIGTERM. METERS is ``cpu``, or ``all``, which look at the loop a
thousand times a second and so cost a few per cent of a processor themselves. They sit outside, on loop and session.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from depthview.cli import main
from depthview.clock import SystemClock
from depthview.commands import live
from depthview.system import event_loop
from tests.support.processor import waited_for_processor

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from depthview.commands.running import Wiring
    from depthview.session.session import MarketSession

_STEP: Final = 0.001
_LOOK: Final = 0.02
_CLOCK: Final = SystemClock()


@dataclass
class Reading:
    """What the meters have said."""

    cpu: float = 0.0
    """Share of one processor over the span."""
    frames: float = 0.0
    """A second, over the span."""
    lags: list[float] = field(default_factory=list)
    """Seconds that the loop was late, by steps of a millisecond, as far as it was its own doing."""
    lags_in_all: list[float] = field(default_factory=list)
    """The same with the time in which other processes had the processor."""
    behind: float = 0.0
    """The most that the session was behind, in seconds."""
    said: list[str] = field(default_factory=list)
    """Reasons of verdicts that took trust, each once."""
    doubted: float = 0.0
    """Seconds of the span in which a book that there was was not trusted."""
    trusted: bool = False
    """Whether all books were at the end."""
    gaps: int = 0
    reconnects: int = 0
    blocks: int = 0


class Meters:
    """Watch one run.

    Args:
        result: Where the readings go.
        settle: Seconds before the span.
        span: Seconds.
        everything: Whether to look at loop and verdicts too, and not at the processor alone.
    """

    def __init__(self, result: Path, settle: float, span: float, *, everything: bool) -> None:
        self._result = result
        self._everything = everything
        self._settle = settle
        self._span = span
        self._session: MarketSession | None = None
        self._reading = Reading()

    def attend(self, session: MarketSession) -> None:
        """The session that the run has made."""
        self._session = session

    async def watch(self) -> None:
        """Measure, write, and end the program."""
        reading = self._reading
        await asyncio.sleep(self._settle)
        began, cpu, frames = _CLOCK.monotonic(), process_time(), self._frames()
        if self._everything:
            await self._watch(began + self._span)
        else:
            await asyncio.sleep(self._span)
        took = _CLOCK.monotonic() - began
        reading.cpu, reading.frames = (process_time() - cpu) / took, (self._frames() - frames) / took
        gc.collect()
        reading.blocks = sys.getallocatedblocks()
        if self._session is not None:
            reading.gaps = self._session.monitor.total().gaps
            reading.reconnects = max(0, self._session.connection.opened - 1)
            reading.behind = self._session.liveness.age.most_behind
        self._result.write_text(json.dumps(asdict(reading)), encoding="utf-8")
        os.kill(os.getpid(), signal.SIGTERM)

    def _frames(self) -> int:
        return 0 if self._session is None else self._session.rates.frames

    async def _watch(self, until: float) -> None:
        counting, looked = asyncio.create_task(self._lags()), _CLOCK.monotonic()
        while looked < until:
            await asyncio.sleep(_LOOK)
            before, looked = looked, _CLOCK.monotonic()
            self._look(looked - before)
        counting.cancel()

    def _look(self, passed: float) -> None:
        reading, session = self._reading, self._session
        reading.trusted = session is not None and all(
            session.products.market(product).verdict.trusted for product in session.products.names()
        )
        if session is None or reading.trusted:
            return
        reading.doubted += passed
        for product in session.products.names():
            market = session.products.market(product)
            if market.judged_at is not None and not market.verdict.trusted:
                finding = market.judgement
                # Lateness has one cause, and words that tell whose it is.
                cause = "behind" if "we are behind" in (finding.reason or "") else finding.cause
                words = f"{finding.verdict.value}: {cause}"
                if words not in reading.said:
                    reading.said.append(words)

    async def _lags(self) -> None:
        own, in_all = self._reading.lags, self._reading.lags_in_all
        while True:
            before, waited = _CLOCK.monotonic(), waited_for_processor()
            await asyncio.sleep(_STEP)
            lag = _CLOCK.monotonic() - before - _STEP
            in_all.append(lag)
            own.append(max(0.0, lag - (waited_for_processor() - waited)))


def measured(meters: Meters, words: list[str]) -> int:
    """Run depthview with the meters put on where it makes its loop and its session."""
    run, connect = event_loop.run, live.connect

    async def metered(command: Coroutine[Any, Any, int]) -> int:
        watching = asyncio.create_task(meters.watch())
        try:
            return await command
        finally:
            watching.cancel()

    def attended(*args: Any, **more: Any) -> Wiring:  # noqa: ANN401  # handed on
        made = connect(*args, **more)
        meters.attend(made.session)
        return made

    with (
        patch.object(event_loop, "run", lambda command: run(metered(command))),
        patch.object(live, "connect", attended),
    ):
        return main(words)


if __name__ == "__main__":
    result, meters, settle, span, *words = sys.argv[1:]
    code = measured(Meters(Path(result), float(settle), float(span), everything=meters == "all"), words)
    sys.exit(0 if code == 128 + signal.SIGTERM else 1)
