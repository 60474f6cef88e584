"""Requests to the venue, their answers, what the log says of either, and what refused tokens mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.coinbase.requests import LEVEL2, Action, Answer, Outcome
from depthview.core.clock_offset import Offset
from depthview.views.market import Advice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from depthview.coinbase.requests import Request
    from depthview.coinbase.subscriptions import Place, Subscriptions
    from depthview.session.events import EventLog
    from depthview.session.liveness import Instant, VenueClock, Vigil
    from depthview.session.products import ProductMarket, Roster
    from depthview.session.recovery import Verdicts

PROVEN_WITHIN: Final = 1.75
"""Seconds from a snapshot's sending within which something must show that its book is subscribed again; see
:class:`Want`."""
ASKED_AFTER: Final = 0.5
"""Seconds after which the venue is asked for an acknowledgement."""
STILL_CHANGES_AFTER: Final = 1.0
"""Seconds after which a change of the book was sent behind our unsubscribe, and so shows that."""


class Correspondence:
    """Moves the subscriptions on and tells what became of their messages.

    Args:
        passive: A replay: nothing is sent, and no answer means anything.
    """

    def __init__(
        self,
        instant: Instant,
        subscriptions: Subscriptions,
        roster: Roster,
        refusals: Refusals,
        vigil: Vigil,
        verdicts: Verdicts,
        venue_clock: VenueClock,
        events: EventLog,
        *,
        passive: bool,
    ) -> None:
        self._instant = instant
        self._subscriptions = subscriptions
        self._roster = roster
        self._refusals = refusals
        self._vigil = vigil
        self._verdicts = verdicts
        self._venue_clock = venue_clock
        self._events = events
        self._passive: Final = passive
        self.recorded: Callable[[str], None] | None = None
        """Told of ``resync``, for the recording."""

    def ask_snapshots(self, markets: list[ProductMarket], first: str, *, anew: bool = False) -> None:
        """Ask for new snapshots, ``first``'s first; one name is enough where several share the data.

        ``anew`` asks also for those that are waited for.
        """
        names = [name for market in markets for name in self._roster.names_of(market)[:1]]
        self._subscriptions.resync(sorted(names, key=lambda name: name != first), anew=anew)
        self.move()

    def move(self) -> None:
        """Let time pass for what was sent and what is to be."""
        before = self._subscriptions.resyncs
        now = self._instant.now
        for outcome in self._subscriptions.tick(now, self._vigil.busy_until(now)):
            self._tell(outcome)
        if self._subscriptions.resyncs != before and self.recorded is not None:
            self.recorded("resync")
        self._doubt_unproven(now)

    def drain(self, now: float) -> list[Request]:
        """Messages to send now, in order; of a replay none, which are taken as sent."""
        ready = self._subscriptions.drain(now)
        if self._passive:
            for request in ready:
                self._subscriptions.sent(request, now, None)
            return []
        for request in ready:
            if (request.action, request.channel) == (Action.UNSUBSCRIBE, LEVEL2):
                self._judge(request.products)
        return ready

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """A message has gone out; see :meth:`Subscriptions.sent`."""
        had_one = not self._subscriptions.went_without
        self._subscriptions.sent(request, now, token)
        if had_one and self._subscriptions.went_without:
            self._say("unsigned", "warn", "there is no token to be had any more: messages go without one")

    def acknowledged(self, subscriptions: Mapping[str, Sequence[str]]) -> None:
        """The venue has said what the connection is subscribed to."""
        outcome = self._subscriptions.acknowledged(subscriptions, self._vigil.age.lag or 0.0)
        if outcome is not None:
            self._tell(outcome)
        dropped = self._subscriptions.take_dropped()
        if dropped:
            self._dropped(dropped)

    def refused(self, words: str) -> None:
        """The venue has sent an error frame."""
        outcome = self._subscriptions.refused(words, self._instant.now)
        if outcome is None:
            self._say("error", "bad", f"the venue sent an error: {words}")
        else:
            self._tell(outcome)
            self._doubt_refused(outcome)

    def _doubt_refused(self, outcome: Outcome) -> None:
        """Doubt books whose snapshot was on its way before our own unsubscribe, as the refused subscribe shows."""
        markets = [m for name in outcome.request.products for m in self._roster.concerned(name)]
        left = [market for market in dict.fromkeys(markets) if self._subscriptions.is_left(market.name)]
        cause = f"the venue refused to subscribe it again: {outcome.words}"
        self._verdicts.doubt(left, cause, "warn", asked=outcome.follow_up)

    def _dropped(self, places: Sequence[Place]) -> None:
        """The venue no longer names something as subscribed that it had confirmed."""
        books = [market for channel, name in places if channel == LEVEL2 for market in self._roster.concerned(name)]
        self._verdicts.doubt(dict.fromkeys(books), "the venue no longer lists it as subscribed", "warn")
        others = ", ".join(f"{channel} {name}".strip() for channel, name in places if channel != LEVEL2)
        if others:
            again = "" if self._passive else ": subscribing again"
            self._say("dropped", "warn", f"the venue no longer lists {others} as subscribed{again}")

    def _doubt_unproven(self, now: float) -> None:
        """Doubt books that nothing has shown to be subscribed since our own unsubscribe."""
        for name, since, late in self._subscriptions.unproven():
            market = self._roster.market(name)
            changed_at = market.changes.at
            if market.doubt or (changed_at is not None and changed_at >= since + STILL_CHANGES_AFTER):
                self._subscriptions.proven(name)
            elif now - since + late > PROVEN_WITHIN:
                self._subscriptions.proven(name)
                self._verdicts.doubt([market], "the venue has not confirmed it as subscribed", "warn")
            elif now - since > ASKED_AFTER:
                self._subscriptions.ask_what_is_subscribed()

    def _judge(self, products: Sequence[str]) -> None:
        for name in products:
            for market in self._roster.concerned(name):
                self._verdicts.judge(market)

    def _tell(self, outcome: Outcome) -> None:
        if self._passive:
            return
        advised = self._refusals.take(outcome, self._venue_clock.offset, self._instant.now)
        what = outcome.request.channel
        match outcome.answer:
            case Answer.REFUSED:
                with_token = "token refused" if outcome.with_token else "message refused"
                self._say("refused", "bad", f"{with_token} ({what}): {outcome.words}; {outcome.follow_up}")
            case Answer.UNANSWERED if outcome.with_token:
                self._say("unanswered", "note", f"no answer within 2 s to a message with a token ({what})")
            case _:
                pass
        if advised and self._refusals.advice:
            likeliest = self._refusals.advice[0]
            self._say("advice", "warn", f"likely: {likeliest.what}; {likeliest.cure}")

    def _say(self, kind: str, level: str, text: str) -> None:
        self._events.say(kind, level, text, now=self._instant.now, at=self._instant.unix)


@dataclass(frozen=True, slots=True)
class RefusedToken:
    """The facts at hand when a message with a token has been refused."""

    channel: str
    words: str
    """The venue's."""
    same_without_token: bool | None
    """Whether a message to the same channel was taken without a token since."""
    accepted_before: bool
    """Whether a token was accepted earlier in this session."""
    offset: Offset | None
    """How far this machine's clock is from the venue's."""


Diagnose = Callable[[RefusedToken], tuple[Advice, ...]]
"""Likely causes and their cures, the likeliest first."""


class Refusals:
    """Keeps the facts of the last refusal until a token is accepted.

    Args:
        diagnose: Judges them; None where nothing is signed.
    """

    def __init__(self, diagnose: Diagnose | None) -> None:
        self._diagnose = diagnose
        self._refused: tuple[str, str] | None = None
        self._same_without_token: bool | None = None
        self._accepted = False
        self.accepted_at: float | None = None
        """Monotonic seconds at which a token was last accepted."""
        self.advice: tuple[Advice, ...] = ()
        """Of the last refusal; empty once a token has been accepted."""

    def take(self, outcome: Outcome, offset: Offset | None, now: float) -> bool:
        """Take in what became of a message; True when there is new advice to give."""
        channel = outcome.request.channel
        if outcome.with_token and outcome.answer is Answer.ACCEPTED:
            self._refused, self._same_without_token, self.advice = None, None, ()
            self._accepted, self.accepted_at = True, now
            return False
        if outcome.with_token and outcome.answer is Answer.REFUSED:
            self._refused = (channel, outcome.words)
        elif self._refused is not None and not outcome.with_token and outcome.answer is not Answer.UNANSWERED:
            self._same_without_token = outcome.answer is Answer.ACCEPTED
        else:
            return False
        return self.judge(offset)

    def judge(self, offset: Offset | None) -> bool:
        """Judge the facts anew; True when the advice has changed."""
        if self._refused is None or self._diagnose is None:
            return False
        channel, words = self._refused
        before = self.advice
        self.advice = self._diagnose(RefusedToken(channel, words, self._same_without_token, self._accepted, offset))
        return self.advice[:1] != before[:1]
