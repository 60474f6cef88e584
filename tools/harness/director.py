"""Has the faults of a plan strike, and sees to it that each is healed in time and that nothing else is doubted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tools.harness.faults import KINDS
from tools.harness.oracle import OLD, Failure, Totals
from tools.harness.stage import Strike

if TYPE_CHECKING:
    from random import Random

    from tools.harness.oracle import Oracle, Seen
    from tools.harness.plan import Plan
    from tools.harness.stage import Stage

_SEVERAL_HEAL_WITHIN: Final = 70.0
"""Seconds after several faults, which may have made the waits between two tries grow to their longest, a minute."""
_CALM_AFTER_STORM: Final = 20.0
_STEADY: Final = 1.0
"""Seconds for which everything must be trusted to count as healed."""
_LATELY: Final = 1.5
_AFTER_RECONNECT: Final = 11.0
_LOOK: Final = 0.1
_SHOWN: Final = 30
"""Lines of a story that are told."""


@dataclass
class Result:
    """What a run has shown."""

    seed: int
    totals: Totals
    healed: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds from the end of a fault until all was trusted, by kind; of faults that struck alone."""
    strikes: int = 0
    fault_free: bool = False
    expected_lines: int = 0
    """Of a run without faults: lines from the first snapshot of their product on."""
    untrusted_lines: int = 0
    """Those of them that were not trusted."""


class Director:
    """Runs one plan.

    Args:
        plan: What may happen.
        stage: Where.
        oracle: What the viewer shows.
        random: Draws the faults.
        shown_after: Seconds until a line may say what has been told to :meth:`arrived`.
        starts_within: Seconds from the start until everything is trusted, at most.
        patience: Seconds for which something may be doubted although nothing is wrong.
    """

    def __init__(
        self,
        plan: Plan,
        stage: Stage,
        oracle: Oracle,
        random: Random,
        *,
        shown_after: float = 0.0,
        starts_within: float = 8.0,
        patience: float = 0.0,
    ) -> None:
        self._plan = plan
        self._stage = stage
        self._oracle = oracle
        self._random = random
        self._shown_after = shown_after
        self._starts_within = starts_within
        self._patience = patience
        self._trusted_at: dict[str, float] = {}
        self._strikes: list[Strike] = []
        """Of the present episode; empty once it is healed."""
        self._story: list[str] = []
        self._began = stage.now()
        self._next: float | None = None
        """When faults strike next; None while that waits for the last ones to be healed."""
        self._calm_since: float | None = None
        self._opened = 1
        self._started_at: float | None = None
        """When everything was trusted for the first time: the minute begins there."""
        self._failure: Failure | None = None
        self._noticed = False
        """Whether trust was lost, or new snapshots were asked for, since the present episode began."""
        self._resyncs = 0
        self._snapshots: dict[str, float] = {}
        self._result = Result(plan.seed, oracle.totals, fault_free=not plan.kinds)
        self._over = False

    @property
    def over(self) -> bool:
        """Whether the run is over.

        Raises:
            Failure: A fault was not healed in time, or the venue's limit not kept.
        """
        if self._failure is not None:
            raise self._failure
        return self._over

    def begin(self) -> None:
        """Start with the first look."""
        self._strikes = [Strike("start", self._began, "start", self._began, self._starts_within)]
        self._stage.schedule.at(self._began + _LOOK, self._look)

    def arrived(self, message: str | bytes) -> None:
        """A message has reached the viewer, or is about to."""
        if self._result.fault_free and isinstance(message, str) and '"l2_data"' in message and '"snapshot"' in message:
            for label in self._stage.labels():
                if f'"product_id":"{label}"' in message:
                    self._snapshots.setdefault(label, self._stage.now() + self._shown_after)

    def seen(self, product: str, seen: Seen) -> None:
        """The viewer has written a line.

        Raises:
            Failure: It is in doubt although nothing is wrong.
        """
        trusted = seen.trusted_since is not None
        self._noticed = self._noticed or not trusted or seen.resyncs > self._resyncs
        self._resyncs = max(self._resyncs, seen.resyncs)
        if trusted:
            self._trusted_at[product] = seen.at
        doubted = not trusted and seen.at - self._trusted_at.get(product, 0.0) > self._patience
        if self._result.fault_free:
            known_at = self._snapshots.get(self._stage.venue.label_of(product) or "")
            if known_at is not None and seen.at >= known_at:
                self._result.expected_lines += 1
                self._result.untrusted_lines += not trusted
            if seen.gaps or seen.resyncs or (doubted and seen.verdict == "STALE"):
                raise Failure(
                    f"without a fault {product} is {seen.verdict} ({seen.reason}), {seen.gaps} gaps, "
                    f"{seen.resyncs} resyncs"
                )
        elif doubted and self._calm_since is not None and product in self._stage.expected():
            raise Failure(f"{product} is {seen.verdict} ({seen.reason}), although all faults were healed")

    def told(self, failure: str) -> str:
        """The seed, the story of its faults, and what is wrong."""
        at = self._stage.now() - self._began
        story = self._story[-_SHOWN:]
        return "\n".join((self._plan.words, *story, f"{at:7.2f} s  {failure}"))

    def result(self) -> Result:
        """What the run has shown."""
        return self._result

    # --- inside -----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        try:
            self._move_on()
        except Failure as failure:
            # A timer of a real event loop has nobody to raise it to.
            self._failure = failure

    def _move_on(self) -> None:
        stage, now = self._stage, self._stage.now()
        elapsed = 0.0 if self._started_at is None else now - self._started_at
        if self._strikes and all(strike.ended is not None for strike in self._strikes):
            self._check_healed(now)
        last_moment = self._plan.seconds - (_CALM_AFTER_STORM if self._plan.storm else 0.0)
        if self._stage.venue.rate_exceeded and not self._stage.requests_bunch:
            raise Failure("more than 8 requests in a second, which is the venue's limit")
        if elapsed >= self._plan.seconds and not self._strikes:
            self._over = True
            return
        if self._next is not None and now >= self._next and elapsed < last_moment:
            self._strike()
        stage.schedule.at(now + _LOOK, self._look)

    def _check_healed(self, now: float) -> None:
        """See whether all is trusted again after the faults of this episode, and whether it took too long."""
        ended = max(strike.ended or 0.0 for strike in self._strikes)
        limit = max(strike.heals_within for strike in self._strikes)
        if self._plan.storm or len(self._strikes) > 1:
            limit = _SEVERAL_HEAL_WITHIN
        healed = [self._healed_at(product, ended) for product in self._stage.expected()]
        took = max([now if at is None else at for at in healed], default=ended) - ended
        if took > limit:
            raise Failure(f"not healed within {limit:g} s: {self._states()}")
        shows_within = max(strike.shows_within for strike in self._strikes)
        if self._plan.storm:
            # The acknowledgement that tells of a fault may be lost, or count as the answer to an earlier message. Until
            # data may not be older, a book is then rightly trusted.
            shows_within = max(shows_within, OLD)
        shown = ended + shows_within + 2 * self._plan.delay
        steady = all(at is not None and now - at >= _STEADY for at in healed)
        if not steady or now < shown:
            return
        if not self._plan.storm and self._strikes[0].noticed and not self._noticed:
            raise Failure(f"nothing was made of it: {self._strikes[0].words}")
        if not self._plan.storm and len(self._strikes) == 1:
            self._result.healed[self._strikes[0].kind].append(took)
        rest = max(strike.rests for strike in self._strikes)
        if self._stage.venue.opened != self._opened:
            # The waits between tries grow until a connection has been good for a while.
            self._opened, rest = self._stage.venue.opened, _AFTER_RECONNECT
        self._story.append(f"{now - self._began:7.2f} s  all trusted again, {took:.2f} s after the end")
        self._strikes = []
        self._calm_since = now
        first = self._started_at is None
        if first:
            self._started_at = now
        if self._plan.kinds and (first or not self._plan.storm):
            self._next = now + rest + self._random.uniform(0.0, 2.0)

    def _healed_at(self, product: str, ended: float) -> float | None:
        """Since when a product is trusted; None where no line of late, and of after the fault's end, says so."""
        seen = self._oracle.seen.get(product)
        if seen is None or seen.trusted_since is None or seen.at <= max(ended, self._stage.now() - _LATELY):
            return None
        return max(ended, seen.trusted_since)

    def _strike(self) -> None:
        random, now = self._random, self._stage.now()
        self._noticed = False
        several = 1 if self._plan.storm or random.random() < 0.7 else random.randint(2, 3)
        for name in random.choices(self._plan.kinds, [KINDS[name].weight for name in self._plan.kinds], k=several):
            kind = KINDS[name]
            if self._stage.connection is None and not self._plan.storm:
                break
            strike = Strike(name, now, heals_within=kind.heals_within, shows_within=kind.shows_within)
            strike.rests, strike.harmless, strike.noticed = kind.rests, kind.harmless, kind.noticed
            kind.strike(self._stage, strike, random)
            if not strike.words:
                continue
            if not strike.parts and strike.ended is None:
                strike.ended = now
            self._result.strikes += 1
            self._story.append(f"{now - self._began:7.2f} s  {name}: {strike.words}")
            self._strikes.append(strike)
            if not strike.harmless:
                self._calm_since = None
        self._next = now + random.uniform(0.2, 3.0) if self._plan.storm else None if self._strikes else now + 0.5

    def _states(self) -> str:
        seen = self._oracle.seen
        return "; ".join(
            f"{product} {seen[product].verdict} ({seen[product].reason})" if product in seen else f"{product} unseen"
            for product in self._stage.expected()
        )
