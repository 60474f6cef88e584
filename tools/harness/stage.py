"""What faults act on: the venue, the network path, the viewer, and the products that are on show."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from tools.harness.network import Lane, Network
from tools.harness.plan import Plan
from tools.harness.schedule import Schedule
from tools.harness.venue import Tamper, Venue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from tools.harness.venue import Connection, Frame

_ARMED: Final = 4.0
"""Seconds after which what waits for a frame that does not come is withdrawn."""

_WITHOUT_SNAPSHOT: Final = 10.0
"""Seconds within which a fault is healed that has hit the snapshot that was asked for: after 5 s the viewer gives the
connection up."""


class Viewer(Protocol):
    """What may be done to the viewer."""

    def stop(self, seconds: float, *, suspend: bool = False) -> None:
        """Do not let it run for so long; with ``suspend`` as when its machine sleeps."""

    def step_clock(self, seconds: float) -> None:
        """Step its wall clock."""

    def add(self, product: str) -> None:
        """Put a product on show."""

    def remove(self, product: str) -> None:
        """Take one off show."""


@dataclass(eq=False)
class Strike:
    """One fault at work."""

    kind: str
    began: float
    words: str = ""
    """What it is, for the story."""
    ended: float | None = None
    heals_within: float = 0.0
    """Seconds from its end until all is trusted again, at most."""
    shows_within: float = 0.0
    """Seconds from its end within which its harm shows, if it does any."""
    rests: float = 0.0
    """Seconds of rest before the next fault."""
    harmless: bool = False
    """No book is doubted for it."""
    noticed: bool = False
    """It must cost trust or lead to new snapshots."""
    parts: int = 0
    """Things that it still waits for."""


@dataclass
class Stage:
    """See the module."""

    schedule: Schedule
    venue: Venue
    plan: Plan
    viewer: Viewer
    network: Network = field(default_factory=Network)
    shown: list[str] = field(default_factory=list)
    """Products on show, by the names asked for."""
    seconds_per_frame: float = 0.0
    """What the viewer needs for one."""
    lane: Lane | None = None
    """Carries messages to the viewer on the newest connection."""
    requests_bunch: bool = False
    """The path has brought the viewer's requests closer together than they were sent."""

    def __post_init__(self) -> None:
        self.shown = list(self.plan.products)
        self.seconds_per_frame = self.plan.seconds_per_frame
        self.network.down.usual_delay = self.plan.delay
        self.network.up.usual_delay = self.plan.delay

    def least_seconds(self) -> float:
        """The least that a message has taken since the connection was made, or since the clocks differ as they do."""
        return self.lane.least_seconds if self.lane is not None else 0.0

    def date_within(self) -> float:
        """Seconds within which the viewer knows the venue's time by the handshake's ``Date``."""
        return self.lane.date_within if self.lane is not None else math.inf

    def clocks_differ_anew(self) -> None:
        """One of the clocks was stepped, or stood still: what it differs by from the other must be measured anew."""
        if self.lane is not None:
            self.lane.least_seconds = self.lane.date_within = math.inf

    def now(self) -> float:
        """Seconds."""
        return self.schedule.now()

    @property
    def connection(self) -> Connection | None:
        """The viewer's connection as the venue sees it; None while there is none."""
        return self.venue.connections[-1] if self.venue.connections else None

    def expected(self) -> list[str]:
        """The products on show that there are, so that they must be trusted where nothing is wrong."""
        return [name for name in self.shown if self.venue.label_of(name)]

    def labels(self) -> list[str]:
        """The books on show, by the names of their data."""
        return list(dict.fromkeys(label for name in self.shown if (label := self.venue.label_of(name))))

    # --- for faults -------------------------------------------------------------------------------------------

    def lasts(self, strike: Strike, seconds: float, over: Callable[[], None] = lambda: None) -> None:
        """Have a strike last so long, and ``over`` called at its end."""
        strike.parts += 1

        def end() -> None:
            over()
            self.part_over(strike)

        self.schedule.at(self.now() + seconds, end)

    def tamper(
        self,
        strike: Strike,
        act: Callable[[Frame], Iterable[str | bytes]],
        fits: Callable[[Frame], bool] = lambda _: True,
        count: int = 1,
        waits: float = _ARMED,
    ) -> None:
        """Have something happen to the next frames that fit; the strike ends with the last of them."""
        connection = self.connection
        if connection is None:
            return
        strike.parts += 1
        over = False

        def done() -> None:
            nonlocal over
            if not over:
                over = True
                self.part_over(strike)

        def spoil(frame: Frame) -> Iterable[str | bytes]:
            if frame.channel == "level2" and frame.kind == "snapshot" and not strike.harmless:
                strike.heals_within = max(strike.heals_within, _WITHOUT_SNAPSHOT)
            return act(frame)

        armed = Tamper(fits, spoil, count, done)
        connection.tampers.append(armed)

        def withdraw() -> None:
            if armed in connection.tampers:
                connection.tampers.remove(armed)
                strike.noticed = False
            done()

        self.schedule.at(self.now() + waits, withdraw)

    def part_over(self, strike: Strike) -> None:
        """One of the things that a strike waits for is over."""
        strike.parts -= 1
        if not strike.parts:
            strike.ended = self.now()

    def lose(self, strike: Strike, random: Random, count: int = 1, *, books: bool = False) -> None:
        """Lose the next frames."""
        label = random.choice(self.labels())

        def fits(frame: Frame) -> bool:
            return not books or (frame.channel == "level2" and frame.product == label)

        self.tamper(strike, lambda _: (), fits, count)
