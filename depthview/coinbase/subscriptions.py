"""What was requested of the venue, what it confirmed, and what became of each token. Sans-I/O.

The owner reports what happened (:meth:`Subscriptions.opened`, ``acknowledged``, ``refused``, ``snapshot``, ``sent``),
calls :meth:`Subscriptions.tick` a few times a second, and sends what :meth:`Subscriptions.drain` returns.

Wire facts that this rests on:

- There is no request id: an answer belongs to a request by order and content only (documented by absence).
- An acknowledgement holds all that the connection is subscribed to, by request channel name (observed).
- A second subscribe brings no second snapshot; unsubscribe and subscribe does (reported).
- Limits of 8 unauthenticated messages a second (documented) and 30 level2 products a connection (reported).
- A token is checked when its message is sent and is not needed afterwards (reported; the guide hints otherwise for
  private channels, which are not used here).

Requests wait in a queue that never sends faster than the venue accepts them. What was requested on a connection is
compared with what the venue acknowledged.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import replace
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Final

from depthview.coinbase.requests import (
    HEARTBEATS,
    LEVEL2,
    PRODUCT_CHANNELS,
    Action,
    Answer,
    Outcome,
    PendingRequest,
    Request,
    SubscriptionState,
)
from depthview.coinbase.token_renewal import RETRY_AFTER, TokenSchedule
from depthview.core.products import ProductNames
from depthview.core.text import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_MESSAGES: Final = 7
_IN_SECONDS: Final = 1.5
"""At most 7 messages in 1.5 seconds: the venue counts by its own clock, and messages may arrive there bunched."""


class SendQueue:
    """Requests, in order.

    The venue accepts 8 unauthenticated messages a second (documented); the count continues across reconnects.
    """

    def __init__(self) -> None:
        self._queue: deque[Request] = deque()
        self._later: list[tuple[float, Request]] = []
        self._sent_at: deque[float] = deque(maxlen=_MESSAGES)

    def __iter__(self) -> Iterator[Request]:
        """What waits to be sent, without what was put off."""
        return iter(self._queue)

    def put(self, *requests: Request) -> None:
        self._queue.extend(requests)

    def put_off(self, request: Request, until: float) -> None:
        """Return it from :meth:`due` after ``until``, monotonic seconds."""
        self._later.append((until, request))

    def all_products(self, channel: str) -> set[str]:
        """The products of all messages to a channel that wait or were put off."""
        requests = (*self._queue, *(request for _, request in self._later))
        return {product for request in requests if request.channel == channel for product in request.products}

    def withdraw(self, product: str) -> None:
        """Remove the unsubscribe and subscribe of a product's level2 that wait to be sent."""
        kept: deque[Request] = deque()
        found = False
        for request in self._queue:
            if request.channel == LEVEL2 and product in request.products:
                found = found or request.action is Action.UNSUBSCRIBE
                if found:
                    rest = tuple(other for other in request.products if other != product)
                    if rest:
                        kept.append(replace(request, products=rest))
                    continue
            kept.append(request)
        self._queue = kept

    def clear(self) -> None:
        self._queue.clear()
        self._later.clear()

    def due(self, now: float) -> list[Request]:
        """What was put off until now; the caller decides whether it is still needed."""
        found = [request for at, request in self._later if at <= now]
        if found:
            self._later = [(at, request) for at, request in self._later if at > now]
        return found

    def drain(self, now: float) -> list[Request]:
        """What may be sent now; what exceeds the venue's limit stays for the next call."""
        ready: list[Request] = []
        while self._queue and (len(self._sent_at) < _MESSAGES or now - self._sent_at[0] >= _IN_SECONDS):
            self._sent_at.append(now)
            ready.append(self._queue.popleft())
        return ready

    def products(self, action: Action, channel: str) -> set[str]:
        """The products of all messages of a kind that wait."""
        waiting = (other for other in self._queue if (other.action, other.channel) == (action, channel))
        return {product for other in waiting for product in other.products}


Place = tuple[str, str]
"""A channel and a product, which is empty where the channel has none."""
LOST_AFTER: Final = 10.0
"""Seconds after which an answer is no longer expected."""
_MAX_CONFIRMED: Final = 10_000
"""Places kept of one acknowledgement; a connection has 30 level2 products at most (reported)."""


class Confirmations:
    """What the venue has confirmed, as places: a channel and a product, or a channel and nothing.

    An acknowledgement lists all that the connection is subscribed to, by request channel name, and a product that
    shares another's book by that other's name (observed). It does not say which message it answers, and may come late.
    So for a channel and product that was subscribed before on this connection it is evidence only when every message
    sent before its last subscribe has been answered, or when an acknowledgement without it has come since: until then
    it may be older.

    Args:
        names: Which names are one market.
        ordered: Whether what is sent is known; False in a replay, in which every acknowledgement counts.
        whole: Whether an acknowledgement lists everything; False in a recording of several sockets.
    """

    def __init__(self, names: ProductNames, *, ordered: bool = True, whole: bool = True) -> None:
        self._names = names
        self._ordered: Final = ordered
        self._whole: Final = whole
        self._asked: dict[Place, int] = {}
        """Messages that must have been answered before an acknowledgement is no older than the last subscribe of it."""
        self._named: set[Place] = set()
        """What an acknowledgement has named since its last subscribe, and no later one has omitted."""
        self._left_out: set[Place] = set()
        """What an acknowledgement has omitted since then."""
        self._held: set[Place] = set()
        """Those named for which the acknowledgement is evidence."""
        self._known: set[Place] = set()
        """Markets that have been subscribed on this connection, by channel."""
        self._confirmed: frozenset[Place] = frozenset()
        self._markets: frozenset[Place] = frozenset()
        """What was confirmed, by the names of markets."""
        self._sent = 0
        self._unanswered: deque[float] = deque()
        """Monotonic seconds of sending."""

    def clear(self) -> None:
        self._asked.clear()
        self._named.clear()
        self._left_out.clear()
        self._held.clear()
        self._known.clear()
        self._confirmed = self._markets = frozenset()
        self._sent = 0
        self._unanswered.clear()

    def sent(self, request: Request, now: float) -> None:
        before, places = self._sent, _places(request)
        if request.action is Action.SUBSCRIBE:
            self._asked.update(dict.fromkeys(places, before))
        else:
            for place in places:
                self._asked.pop(place, None)
            self._named -= places
            self._held -= places
        # What concerns one name of a market concerns its others.
        concerned = {self._market(place) for place in places}
        for place in self._asked:
            market = self._market(place)
            if market in concerned:
                self._asked[place] = before if market in self._known else 0
                self._named.discard(place)
                self._left_out.discard(place)
                self._held.discard(place)
        self._known |= concerned
        if self._ordered:
            self._sent += 1
            self._unanswered.append(now)

    def refused(self, request: Request) -> None:
        for place in _places(request):
            self._asked.pop(place, None)
            self._named.discard(place)
            self._held.discard(place)

    def answered(self) -> None:
        if self._unanswered:
            self._unanswered.popleft()

    def expire(self, now: float) -> bool:
        """Give up on answers that are overdue, which makes evidence of those that came; whether there were any."""
        if not self._unanswered or now - self._unanswered[0] <= LOST_AFTER:
            return False
        while self._unanswered and now - self._unanswered[0] > LOST_AFTER:
            self._unanswered.popleft()
        self._held |= {place for place in self._named if self.settled >= self._asked[place]}
        return True

    @property
    def settled(self) -> int:
        """How many messages have been answered or given up, in the order of sending."""
        return self._sent - len(self._unanswered)

    def acknowledged(self, subscriptions: Mapping[str, Sequence[str]]) -> list[Place]:
        """The venue has listed what the connection is subscribed to.

        Returns:
            What it no longer names, though it has since the last subscribe.
        """
        settled = self.settled
        self.answered()
        places = ((channel, product) for channel, products in subscriptions.items() for product in products)
        self._confirmed = frozenset(islice(places, _MAX_CONFIRMED))
        self._markets = frozenset(map(self._market, self._confirmed))
        self._named = {place for place in self._asked if self.is_confirmed(*place)}
        if not self._whole:
            return []
        dropped = sorted(self._held - self._named)
        self._held &= self._named
        self._held |= {place for place in self._named if settled >= self._asked[place] or place in self._left_out}
        self._left_out = self._asked.keys() - self._named
        return dropped

    def is_held(self, channel: str, product: str) -> bool:
        """Whether the venue has confirmed its last subscribe, and still does."""
        return (channel, product) in self._held

    def forget(self, channel: str) -> None:
        """A channel is about to be subscribed again, as an event of a recording says."""
        self._named = {place for place in self._named if place[0] != channel}
        self._held &= self._named

    def is_confirmed(self, channel: str, product: str) -> bool:
        """Whether the last acknowledgement shows it; without a product, whether it shows the channel at all."""
        if not product:
            return any(name == channel for name, _ in self._confirmed)
        return self._market((channel, product)) in self._markets

    def others_asked(self, channel: str, product: str) -> tuple[str, ...]:
        """The other names of a product's market under which it was subscribed, sorted."""
        asked = (name for place, name in self._asked if place == channel and name and name != product)
        return tuple(sorted(name for name in asked if self._names.same(name, product)))

    def shows(self, request: Request) -> bool:
        """Whether the last acknowledgement may be the answer to a message."""
        subscribed = request.action is Action.SUBSCRIBE
        return any(subscribed == self.is_confirmed(request.channel, product) for product in request.products or ("",))

    def asked(self) -> tuple[str, ...]:
        """All subscriptions requested on this connection, as ``channel PRODUCT`` or ``channel``, sorted."""
        return _words(self._asked)

    def confirmed(self) -> tuple[str, ...]:
        """What the last acknowledgement listed, in the same form, safe to show."""
        return tuple(sorted(plain_text(c if c == p else f"{c} {p}") for c, p in self._confirmed))

    def missing(self) -> tuple[str, ...]:
        """Those of :meth:`asked` that the last acknowledgement did not list."""
        return _words(place for place in self._asked if not self.is_confirmed(*place))

    def _market(self, place: Place) -> Place:
        return place[0], self._names.market_of(place[1])


def _places(request: Request) -> set[Place]:
    return {(request.channel, product) for product in request.products or ("",)}


def _words(places: Iterable[Place]) -> tuple[str, ...]:
    return tuple(sorted(f"{channel} {product}".strip() for channel, product in places))


ANSWER_WITHIN: Final = 2.0
"""Seconds after which a message counts as unanswered."""
MAX_PRODUCTS: Final = 30
_BETWEEN_RESYNCS: Final = 2.0
_ATTEMPTS: Final = 4
"""How often the venue is asked what is subscribed while it does not answer."""
_BETWEEN_ATTEMPTS: Final = 0.6
"""Seconds; the send queue keeps the venue's limit."""
_AUTHENTICATION: Final = "authentication"
_RATE_LIMIT: Final = "rate limit"
_WORDS: Final = re.compile(r"[A-Z0-9-]+").findall


class Subscriptions:
    """All messages to the venue, their answers, and the state of each product's subscription.

    Args:
        signed: Whether there is a key to sign with.
        renew: Whether a fresh token is sent before the last one expires.
        passive: A replay: what was sent is unknown, and nothing is requested again.
        sockets: How many sockets the messages come from, in a recording of several.
    """

    def __init__(self, *, signed: bool = False, renew: bool = True, passive: bool = False, sockets: int = 1) -> None:
        self.signed: Final = signed
        self.states: dict[str, SubscriptionState] = {}
        """By the name requested, in the order of the requests."""
        self.names: Final = ProductNames()
        """Which names are one market."""
        self.resyncs = 0
        """Since the start; one for all the products that it concerned."""
        self.tokens: Final = TokenSchedule(renew=renew and signed)
        self._queue: Final = SendQueue()
        self._passive: Final = passive
        self.confirmations: Final = Confirmations(self.names, ordered=not passive, whole=sockets == 1)
        self._open = False
        self._now = 0.0
        """Monotonic seconds of the last call that had the time."""
        self._pending: deque[PendingRequest] = deque()
        self._unanswered: deque[PendingRequest] = deque()
        """Messages that count as unanswered, but may still be answered late."""
        self._resync_at: float | None = None
        self._resync_due: dict[str, None] = {}
        self._attempts: int | None = None
        """How often the venue has been asked what is subscribed; None while it need not be."""
        self._attempted_at = -inf
        self._unsubscribed: set[str] = set()
        """Markets whose level2 was unsubscribed on this connection and not subscribed since."""
        self._dropped: list[Place] = []
        """What the venue no longer names, until :meth:`take_dropped`."""
        self._drops: Counter[Place] = Counter()

    # --- what the owner requests ------------------------------------------------------------------------------

    def add(self, product: str) -> None:
        """Add a product; requested at once if the connection is open."""
        if product in self.states:
            return
        shared = self._states_of((product,))
        unsubscribed = self.names.market_of(product) in self._unsubscribed
        self.states[product] = replace(shared[0]) if shared else SubscriptionState(unsubscribed=unsubscribed)
        if self._open:
            for channel in PRODUCT_CHANNELS:
                self._queue.put(Request(Action.SUBSCRIBE, channel, (product,)))

    def remove(self, product: str, *, shared: bool = False) -> None:
        """Remove a product.

        Args:
            product: The name under which it was requested.
            shared: Another product uses the same data, so the venue is not told.
        """
        if self.states.pop(product, None) is None:
            return
        if product in self._resync_due:
            del self._resync_due[product]
            self._resync_due.update(dict.fromkeys([name for name in self.states if self.names.same(name, product)][:1]))
        if self._open and not shared:
            # A name that was removed while another shared its data is still subscribed.
            others = tuple(name for name in self.confirmations.others_asked(LEVEL2, product) if name not in self.states)
            for channel in PRODUCT_CHANNELS:
                self._queue.put(Request(Action.UNSUBSCRIBE, channel, (product, *others)))

    def resync(self, products: Iterable[str], *, anew: bool = False) -> None:
        """Request new snapshots, all in one resync: at once, or as soon as the last resync is long enough ago.

        Args:
            products: Those that already wait for a snapshot, or for a message to be sent, are left out.
            anew: Whether to request again what is waited for.
        """
        waiting = self._waiting()
        for product in products:
            state = self.states.get(product)
            if state is None or (anew and self.names.market_of(product) in waiting):
                continue
            if anew or state.asked_at is None or state.answered:
                self._resync_due[product] = None

    def ask_anew(self, product: str) -> None:
        """Request a product as if for the first time: what has come for it was another's."""
        self.states[product] = SubscriptionState()
        self.resync([product])

    def resync_allowed_in(self, now: float) -> float:
        """Seconds until a resync may be sent; 0 if it may be sent now."""
        return 0.0 if self._resync_at is None else max(0.0, self._resync_at + _BETWEEN_RESYNCS - now)

    def hasten(self, now: float) -> bool:
        """Request at the next tick what has not come in time, however often it was; whether there is anything."""
        hurried = [state for state in self.states.values() if state.hurry(now)]
        if hurried:
            self._resync_at = now
        return bool(hurried)

    def renew_heartbeats(self) -> None:
        """Subscribe heartbeats again, because they have stopped."""
        if self._open and not any(request.channel == HEARTBEATS for request in self._queue):
            self._queue.put(Request(Action.SUBSCRIBE, HEARTBEATS))

    def ask_what_is_subscribed(self) -> None:
        """Request an acknowledgement until one comes; each lists all that is subscribed (observed)."""
        if not self._passive and self._attempts is None:
            self._attempts = 0
            self._seek_acknowledgement(self._now)

    def acknowledgement_lost(self) -> None:
        """An acknowledgement may have been lost: request another."""
        if not self._passive:
            for state in self.states.values():
                state.may_be_dropped = True
            self.ask_what_is_subscribed()

    # --- what happened ----------------------------------------------------------------------------------------

    def opened(self) -> None:
        """Request everything on a new connection, heartbeats first, then what the ladder waits for."""
        self.closed()
        self._open = True
        products = tuple(self.states)
        self._queue.put(Request(Action.SUBSCRIBE, HEARTBEATS))
        if products:
            self._queue.put(*(Request(Action.SUBSCRIBE, channel, products) for channel in PRODUCT_CHANNELS))

    def closed(self) -> None:
        """Forget everything that was requested on the connection, which is gone."""
        self._open = False
        self._attempts = None
        self._queue.clear()
        self.confirmations.clear()
        self.tokens.closed()
        self._pending.clear()
        self._unanswered.clear()
        self._resync_due.clear()
        self._resync_at = None
        self._unsubscribed.clear()
        self._dropped.clear()
        self._drops.clear()
        for product in self.states:
            self.states[product] = SubscriptionState()

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """A message was sent.

        Args:
            request: As returned by :meth:`drain`.
            now: Monotonic seconds.
            token: Seconds until ``exp`` and whole life in seconds of the token it carried; None without one.
        """
        carried = None if token is None else self.tokens.carried(*token, now)
        if request.signed and token is None:
            self.tokens.lacked(now)
        self._now = now
        self._pending.append(PendingRequest(request, now, carried))
        self.confirmations.sent(request, now)
        if (request.action, request.channel) == (Action.SUBSCRIBE, LEVEL2):
            for state in self._states_of(request.products):
                state.asked_at = now
                state.since = now if state.since is None else state.since

    def acknowledged(self, subscriptions: Mapping[str, Sequence[str]], late: float = 0.0) -> Outcome | None:
        """The venue has listed what the connection is subscribed to.

        Args:
            subscriptions: Products by channel.
            late: Seconds by which the list came late.

        Returns:
            The message that this answers; None if none was waiting.
        """
        dropped = self.confirmations.acknowledged(subscriptions)
        self._attempts = None
        for product, state in self.states.items():
            state.may_be_dropped = False
            if self.confirmations.is_confirmed(LEVEL2, product):
                state.named(held=self.confirmations.is_held(LEVEL2, product))
            else:
                state.missed(self._now, late)
            if state.answered and (LEVEL2, product) in dropped:
                state.drops(passive=self._passive)
        self._dropped += dropped
        if not self._pending:
            if self._unanswered:
                self._unanswered.popleft()
            return None
        answered = next((o for o in self._pending if self.confirmations.shows(o.request)), self._pending[0])
        self._pending.remove(answered)
        if answered.token is not None:
            self.tokens.accepted(answered.token)
        return Outcome(Answer.ACCEPTED, answered.request, answered.token is not None)

    def refused(self, words: str, now: float) -> Outcome | None:
        """The venue has sent an error frame; by order it answers the oldest message waiting.

        Returns:
            That message and what is done about it; None if none was waiting.
        """
        self._now = now
        self.confirmations.answered()
        if not (self._pending or self._unanswered):
            return None
        oldest = (self._pending or self._unanswered).popleft()
        request = oldest.request
        if oldest.token is not None:
            oldest.token.answer = Answer.REFUSED
            oldest.token.words = words
        if _AUTHENTICATION in words.lower() and oldest.token is not None:
            follow_up = self._token_refused(request, now)
        else:
            follow_up = self._message_refused(request, words, now)
        return Outcome(Answer.REFUSED, request, oldest.token is not None, words, follow_up)

    def counts(self, product: str) -> bool:
        """Whether a snapshot that comes now can be of the product's current subscription."""
        state = self.states.get(product)
        return state is None or state.counts()

    def snapshot(self, product: str, late: float = 0.0) -> None:
        """A snapshot that :meth:`counts` has come, ``late`` seconds late."""
        state = self.states.get(product)
        if state is None:
            return
        # A resync that was to bring one and was not sent is no longer needed.
        self._resync_due.pop(product, None)
        self._queue.withdraw(product)
        state.snapshot(self._now, late)

    def is_left(self, product: str) -> bool:
        """Whether our unsubscribe was sent for its market, and no snapshot that counts has come since."""
        return any(state.unsubscribed for state in self._states_of((product,)))

    def take_dropped(self) -> list[Place]:
        """What the venue no longer names as subscribed, since the last call.

        Channels other than level2 are subscribed again here; for level2 see :meth:`resync`.
        """
        dropped, self._dropped = self._dropped, []
        if not self._passive:
            for place in dropped:
                if place[0] != LEVEL2:
                    self._subscribe_again(*place)
        return dropped

    def unproven(self) -> list[tuple[str, float, float]]:
        """Products whose last snapshot may be older than our own unsubscribe; see :class:`SubscriptionState`.

        Returns:
            For each the name, since when in monotonic seconds, and by how many seconds the data was late.
        """
        states = self.states.items()
        return [(n, s.unproven_since, s.unproven_late) for n, s in states if s.unproven_since is not None]

    def proven(self, product: str) -> None:
        """Other evidence than an acknowledgement shows a product to be subscribed, or its book is in doubt anyway."""
        self.states[product].unproven_since = None

    def resynced(self) -> None:
        """A recording says that new snapshots were requested: level2 was unsubscribed by us, and not by the venue."""
        self.resyncs += 1
        self.confirmations.forget(LEVEL2)

    def tick(self, now: float, busy_until: float = 0.0) -> list[Outcome]:
        """Let time pass: give up on answers, renew the token, send what was put off.

        Args:
            now: Monotonic seconds.
            busy_until: Monotonic seconds at which the last big message was complete: what is waited for came after it.
        """
        self._now = now
        if self.confirmations.expire(now):
            for product, state in self.states.items():
                if self.confirmations.is_held(LEVEL2, product):
                    state.named(held=True)
        outcomes: list[Outcome] = []
        while self._pending and now - self._pending[0].sent_at >= ANSWER_WITHIN:
            late = self._pending.popleft()
            if late.token is not None:
                late.token.answer = Answer.UNANSWERED
            self._unanswered.append(late)
            outcomes.append(Outcome(Answer.UNANSWERED, late.request, late.token is not None))
        while self._unanswered and now - self._unanswered[0].sent_at > LOST_AFTER:
            self._unanswered.popleft()
        if not self._open:
            return outcomes
        for request in self._queue.due(now):
            self._repeat(request)
        if not self._passive:
            self._ask_again(now, busy_until)
        self._seek_acknowledgement(now)
        if self.tokens.pause_is_over(now):
            self._queue.put(Request(Action.SUBSCRIBE, HEARTBEATS, attempt=1))
        elif self.tokens.renewal_is_due(now):
            self.renew_heartbeats()
        if self._resync_due and not self.resync_allowed_in(now):
            products = tuple(self._resync_due)
            self._resync_due.clear()
            self._resync_at = now
            self.resyncs += 1
            self._queue.put(Request(Action.UNSUBSCRIBE, LEVEL2, products), Request(Action.SUBSCRIBE, LEVEL2, products))
        return outcomes

    def drain(self, now: float) -> list[Request]:
        """Messages to send now, in order; the caller must report each with :meth:`sent`.

        Never more than the venue accepts in a second: the rest stays for the next call.
        """
        self._now = now
        with_token = self.signed and self.tokens.suspended_until is None
        ready = [replace(request, signed=request.signed and with_token) for request in self._queue.drain(now)]
        for request in ready:
            self._hand_out(request)
        return ready

    # --- what stands ------------------------------------------------------------------------------------------

    def overdue(self, now: float, busy_until: float = 0.0) -> list[str]:
        """Products that have worked on this connection and whose new snapshot does not come; see :meth:`tick`.

        Without those for which a message waits to be sent, as after a refusal.
        """
        overdue = [product for product, state in self.states.items() if state.is_overdue(now, busy_until)]
        if not overdue:
            return []
        waiting = self._waiting()
        return [product for product in overdue if self.names.market_of(product) not in waiting]

    # --- inside -----------------------------------------------------------------------------------------------

    def _states_of(self, products: Iterable[str]) -> list[SubscriptionState]:
        markets = {self.names.market_of(product) for product in products}
        return [state for name, state in self.states.items() if self.names.market_of(name) in markets]

    def _waiting(self) -> set[str]:
        """Markets for which level2 messages wait to be sent, as after a refusal."""
        return set(map(self.names.market_of, self._queue.all_products(LEVEL2)))

    def _hand_out(self, request: Request) -> None:
        """A message is about to be sent; what comes from here on may come before :meth:`sent` is called."""
        if request.channel != LEVEL2 or self._passive:
            return
        markets = map(self.names.market_of, request.products)
        if request.action is Action.UNSUBSCRIBE:
            self._unsubscribed.update(markets)
        else:
            self._unsubscribed.difference_update(markets)
        for state in self._states_of(request.products):
            if request.action is Action.UNSUBSCRIBE:
                state.unsubscribes()
            else:
                state.subscribes()

    def _subscribe_again(self, channel: str, product: str) -> None:
        """Subscribe what the venue has dropped: at once, and later where it keeps dropping it."""
        request = Request(Action.SUBSCRIBE, channel, (product,) if product else ())
        drops = self._drops[channel, product]
        self._drops[channel, product] += 1
        if drops:
            self._queue.put_off(request, self._now + RETRY_AFTER[min(drops, len(RETRY_AFTER)) - 1])
        else:
            self._queue.put(request)

    def _message_refused(self, request: Request, words: str, now: float) -> str:
        refused = request.products
        if request.channel == LEVEL2:
            # By order alone it is not sure which half of a resync was refused.
            for state in self._states_of(refused):
                state.refused()
        if request.action is Action.SUBSCRIBE:
            self.confirmations.refused(request)
            if len(refused) > 1 and _RATE_LIMIT not in words.lower():
                # One bad name must not take the others with it: the name if the venue says it, else by halves.
                said = set(_WORDS(words.upper()))
                refused = tuple(product for product in request.products if product in said)
                others = tuple(product for product in request.products if product not in said)
                parts = [others] if refused else [others[: len(others) // 2], others[len(others) // 2 :]]
                self._queue.put(*(replace(request, products=part) for part in parts if part))
                if not refused:
                    return "asked again in halves"
            if request.channel == LEVEL2:
                for product in refused:
                    if product in self.states:
                        self.states[product].refusal = words
                        self.states[product].put_off = True
        # A product whose book has come on this connection is no unknown name: it is not left for a minute.
        works = all(state.proved for state in self._states_of(refused)) and request.channel == LEVEL2
        wait = RETRY_AFTER[min(request.attempt, len(RETRY_AFTER) - 1 - works)]
        self._queue.put_off(replace(request, products=refused, attempt=request.attempt + 1), now + wait)
        return f"next try in {wait:.0f} s"

    def _repeat(self, request: Request) -> None:
        """Queue a refused message again, as far as it is still needed."""
        if not request.products:
            self._queue.put(request)
            return
        shown = tuple(product for product in request.products if product in self.states)
        if request.action is Action.UNSUBSCRIBE:
            gone = tuple(product for product in request.products if product not in self.states)
            if gone:
                self._queue.put(replace(request, products=gone))
            if not shown or request.channel != LEVEL2:
                return
            # Half of a resync, for those that have had no snapshot since. The subscribe that went with it may have been
            # accepted, and must not be undone.
            shown = tuple(product for product in shown if not self.states[product].answered)
            if shown:
                self._queue.put(replace(request, products=shown))
        else:
            on_its_way = self._queue.products(Action.SUBSCRIBE, request.channel)
            for waiting in self._pending:
                if (waiting.request.action, waiting.request.channel) == (Action.SUBSCRIBE, request.channel):
                    on_its_way.update(waiting.request.products)
            shown = tuple(product for product in shown if product not in on_its_way)
        if shown:
            self._queue.put(replace(request, action=Action.SUBSCRIBE, products=shown))

    def _ask_again(self, now: float, busy_until: float) -> None:
        """Request again what was requested and never came: its first snapshot may be what was lost."""
        missed = tuple(product for product, state in self.states.items() if state.is_lost(now, busy_until))
        for product in missed:
            self.states[product].tries += 1
            self.states[product].asked_at = None
            self.states[product].hurried = False
        if missed:
            self._queue.put(Request(Action.UNSUBSCRIBE, LEVEL2, missed), Request(Action.SUBSCRIBE, LEVEL2, missed))

    def _seek_acknowledgement(self, now: float) -> None:
        """Ask what is subscribed, until it was asked often enough."""
        if self._attempts is None or now - self._attempted_at < _BETWEEN_ATTEMPTS:
            return
        if self._attempts == _ATTEMPTS:
            self._attempts = None
            for state in self.states.values():
                state.may_be_dropped = False
        else:
            self._attempts += 1
            self._attempted_at = now
            self.renew_heartbeats()

    def _token_refused(self, request: Request, now: float) -> str:
        pause = self.tokens.refused(request.attempt, now)
        self._repeat(replace(request, attempt=int(pause is None)))
        if pause is None:
            return "sent again with a fresh token"
        return f"going on without a token, next one in {pause:.0f} s"
