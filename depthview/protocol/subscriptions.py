"""What was asked of the venue, what it confirmed, and what became of each token. Sans-I/O.

The owner tells what happened (:meth:`Subscriptions.opened`, ``acknowledged``, ``refused``, ``snapshot``, ``sent``),
calls :meth:`Subscriptions.tick` a few times a second, and sends whatever :meth:`Subscriptions.drain` hands out.

Wire facts that this rests on:

- There is no request id: an answer belongs to a request by order and content only (documented by absence).
- An acknowledgement holds all that the connection is subscribed to, by request channel name (observed).
- A second subscribe brings no second snapshot; unsubscribe and subscribe does (reported).
- Limits of 8 unauthenticated messages a second (documented) and 30 level2 products a connection (reported).
- A token is judged when its message is sent; it holds up nothing afterwards (reported; the guide hints otherwise for
  private channels, which are not used here).
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from depthview.core.plaintext import plain_text
from depthview.protocol.requests import HEARTBEATS, LEVEL2, PRODUCT_CHANNELS, Action, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ANSWER_WITHIN: Final = 2.0
"""Seconds after which a message counts as unanswered."""
DATA_WITHIN: Final = 5.0
"""Seconds within which a subscription must bring its snapshot."""
RENEW_BEFORE: Final = 20.0
"""Seconds before ``exp`` at which the next token goes out."""
MAX_PRODUCTS: Final = 30
_MESSAGES: Final = 7
_IN_SECONDS: Final = 1.5
"""So many messages in so many seconds: the venue counts a second by its own clock, after what the way has bunched."""
_BETWEEN_RESYNCS: Final = 2.0
_RETRY_AFTER: Final = (5.0, 15.0, 60.0)
_AUTHENTICATION: Final = "authentication"
_RATE_LIMIT: Final = "rate limit"
_WORDS: Final = re.compile(r"[A-Z0-9-]+").findall


class Answer(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message and its answer."""

    answer: Answer
    request: Request
    with_token: bool
    words: str = ""
    """The venue's words, where it refused."""
    follow_up: str = ""
    """What is done about a refusal, in words."""


@dataclass(slots=True)
class Token:
    """The last token sent."""

    sent_at: float
    """Monotonic seconds."""
    expires_at: float
    """Monotonic seconds at which ``exp`` passes."""
    life: float
    answer: Answer | None = None
    words: str = ""


@dataclass(slots=True)
class Want:
    """A product that shall be on show, on the present connection."""

    since: float | None = None
    """Monotonic seconds of the first level2 subscribe on this connection; None while it has not gone out."""
    asked_at: float | None = None
    """Monotonic seconds of the last level2 subscribe; None while it has not gone out, or after an unsubscribe."""
    tries: int = 0
    """How often it has been asked for again because nothing ever came."""
    confirmed: bool = False
    """Whether an acknowledgement has named it."""
    answered: bool = False
    """Whether a snapshot has come since it was last asked for."""
    proved: bool = False
    """Whether it has ever had a snapshot on this connection, so that silence is a fault and not an unknown name."""
    refusal: str = ""
    """The venue's words, where it refused the subscription; until it confirms it, or a snapshot comes."""


@dataclass(slots=True)
class _Outstanding:
    request: Request
    sent_at: float
    token: Token | None


class Subscriptions:
    """The desk that all messages to the venue pass over.

    Args:
        signed: Whether there is a key to sign with.
        renew: Whether a fresh token is sent before the last one expires.
    """

    def __init__(self, *, signed: bool = False, renew: bool = True) -> None:
        self.signed: Final = signed
        self._renew: Final = renew and signed
        self.wants: dict[str, Want] = {}
        """By the name asked for, in the order of asking."""
        self.tokens_sent = 0
        self.resyncs = 0
        """Since the start; one for all the products that it concerned."""
        self.token: Token | None = None
        self.suspended_until: float | None = None
        """While set, messages go without a token, because tokens were refused; then the next one is tried."""
        self._open = False
        self._queue: deque[Request] = deque()
        self._later: list[tuple[float, Request]] = []
        self._outstanding: deque[_Outstanding] = deque()
        self._confirmed: frozenset[tuple[str, str]] = frozenset()
        self._channels: set[tuple[str, str]] = set()
        self._sent_at: deque[float] = deque(maxlen=_MESSAGES)
        self._renew_at: float | None = None
        self._refusals = 0
        self._resync_at: float | None = None
        self._resync_due: dict[str, None] = {}

    # --- what the owner wants ---------------------------------------------------------------------------------

    def want(self, product: str) -> None:
        """Put a product on show; asked for at once when the connection is open."""
        if product in self.wants:
            return
        self.wants[product] = Want()
        if self._open:
            for channel in PRODUCT_CHANNELS:
                self._queue.append(Request(Action.SUBSCRIBE, channel, (product,)))

    def drop(self, product: str, *, shared: bool = False) -> None:
        """Take a product off show.

        Args:
            product: The name that it was asked for by.
            shared: Another product on show draws on the same data, so the venue is not told.
        """
        if self.wants.pop(product, None) is None:
            return
        self._resync_due.pop(product, None)
        if self._open and not shared:
            # A name that was dropped while another shared its data is still subscribed.
            twin = product.removesuffix("C") if product.endswith("-USDC") else f"{product}C"
            both = (LEVEL2, twin) in self._channels and twin not in self.wants
            for channel in PRODUCT_CHANNELS:
                self._queue.append(Request(Action.UNSUBSCRIBE, channel, (product, twin) if both else (product,)))

    def resync(self, products: Iterable[str]) -> None:
        """Ask for new snapshots, all in one go; at once, or as soon as the last resync lies far enough back."""
        for product in products:
            want = self.wants.get(product)
            if want is not None and (want.asked_at is None or want.answered):
                self._resync_due[product] = None

    def resync_allowed_in(self, now: float) -> float:
        """Seconds until a resync may go out; 0 when it may now."""
        return 0.0 if self._resync_at is None else max(0.0, self._resync_at + _BETWEEN_RESYNCS - now)

    def renew_heartbeats(self) -> None:
        """Subscribe heartbeats again, for when they have stopped."""
        if self._open and not any(request.channel == HEARTBEATS for request in self._queue):
            self._queue.append(Request(Action.SUBSCRIBE, HEARTBEATS))

    # --- what happened ----------------------------------------------------------------------------------------

    def opened(self) -> None:
        """A new connection: everything is asked for anew, heartbeats first, then what the ladder waits for."""
        self.closed()
        self._open = True
        products = tuple(self.wants)
        self._queue.append(Request(Action.SUBSCRIBE, HEARTBEATS))
        if products:
            self._queue.extend(Request(Action.SUBSCRIBE, channel, products) for channel in PRODUCT_CHANNELS)

    def closed(self) -> None:
        """The connection is gone, and with it everything that was asked on it."""
        self._open = False
        self._queue.clear()
        self._later.clear()
        self._outstanding.clear()
        self._confirmed = frozenset()
        self._channels.clear()
        self._resync_due.clear()
        self._resync_at = None
        self._renew_at = None
        for product in self.wants:
            self.wants[product] = Want()

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """A message has gone out.

        Args:
            request: As :meth:`drain` handed it out.
            now: Monotonic seconds.
            token: Seconds until ``exp`` and whole life in seconds of the token it carried; None without one.
        """
        carried: Token | None = None
        if token is not None:
            left, life = token
            carried = self.token = Token(now, now + left, life)
            self.tokens_sent += 1
            self._renew_at = carried.expires_at - min(RENEW_BEFORE, life / 2) if self._renew else None
        self._outstanding.append(_Outstanding(request, now, carried))
        places = {(request.channel, product) for product in request.products or ("",)}
        if request.action is Action.SUBSCRIBE:
            self._channels |= places
        else:
            self._channels -= places
        if request.channel == LEVEL2:
            for product in request.products:
                want = self.wants.get(product)
                if want is None:
                    continue
                if request.action is Action.SUBSCRIBE:
                    want.asked_at = now
                    want.since = now if want.since is None else want.since
                else:
                    # Only what was unsubscribed brings a new snapshot (reported).
                    want.asked_at = None
                    want.answered = False

    def acknowledged(self, subscriptions: Mapping[str, Sequence[str]]) -> Outcome | None:
        """The venue has said what the connection is subscribed to.

        Returns:
            The message that this answers; None where none was waiting.
        """
        self._confirmed = frozenset(
            (channel, product) for channel, products in subscriptions.items() for product in products
        )
        for product, want in self.wants.items():
            if self._is_confirmed(LEVEL2, product):
                want.confirmed = True
                want.refusal = ""
        if not self._outstanding:
            return None
        answered = next((o for o in self._outstanding if self._shows(o.request)), self._outstanding[0])
        self._outstanding.remove(answered)
        if answered.token is not None:
            answered.token.answer = Answer.ACCEPTED
            self._refusals = 0
            self.suspended_until = None
        return Outcome(Answer.ACCEPTED, answered.request, answered.token is not None)

    def refused(self, words: str, now: float) -> Outcome | None:
        """The venue has sent an error frame; by order it answers the oldest message waiting.

        Returns:
            That message and what is done about it; None where none was waiting.
        """
        if not self._outstanding:
            return None
        oldest = self._outstanding.popleft()
        request = oldest.request
        if oldest.token is not None:
            oldest.token.answer = Answer.REFUSED
            oldest.token.words = words
        if _AUTHENTICATION in words.lower() and oldest.token is not None:
            follow_up = self._token_refused(request, now)
        else:
            follow_up = self._message_refused(request, words, now)
        return Outcome(Answer.REFUSED, request, oldest.token is not None, words, follow_up)

    def snapshot(self, product: str) -> None:
        """A snapshot has come for a product on show."""
        want = self.wants.get(product)
        if want is not None:
            want.answered = want.proved = True
            want.refusal = ""

    def tick(self, now: float) -> list[Outcome]:
        """Let time pass: give up on answers, renew the token, send what was put off."""
        outcomes: list[Outcome] = []
        while self._outstanding and now - self._outstanding[0].sent_at >= ANSWER_WITHIN:
            late = self._outstanding.popleft()
            if late.token is not None:
                late.token.answer = Answer.UNANSWERED
            outcomes.append(Outcome(Answer.UNANSWERED, late.request, late.token is not None))
        if not self._open:
            return outcomes
        due = [request for at, request in self._later if at <= now]
        if due:
            self._later = [(at, request) for at, request in self._later if at > now]
            for request in due:
                self._repeat(request)
        self._ask_again(now)
        if self.suspended_until is not None and self.suspended_until <= now:
            self.suspended_until = None
            self._queue.append(Request(Action.SUBSCRIBE, HEARTBEATS, attempt=1))
        elif self._renew_at is not None and self._renew_at <= now:
            self._renew_at = None
            if self.suspended_until is None:
                self.renew_heartbeats()
        if self._resync_due and not self.resync_allowed_in(now):
            products = tuple(self._resync_due)
            self._resync_due.clear()
            self._resync_at = now
            self.resyncs += 1
            self._queue.append(Request(Action.UNSUBSCRIBE, LEVEL2, products))
            self._queue.append(Request(Action.SUBSCRIBE, LEVEL2, products))
        return outcomes

    def drain(self, now: float) -> list[Request]:
        """Messages that shall go out now, in order; each must be reported back by :meth:`sent`.

        Never more than the venue takes in a second: what is over stays for the next call.
        """
        ready: list[Request] = []
        while self._queue:
            if len(self._sent_at) == _MESSAGES and now - self._sent_at[0] < _IN_SECONDS:
                break
            request = self._queue.popleft()
            self._sent_at.append(now)
            ready.append(replace(request, signed=request.signed and self.signed and self.suspended_until is None))
        return ready

    # --- what stands ------------------------------------------------------------------------------------------

    def overdue(self, now: float) -> list[str]:
        """Products that have worked on this connection and whose new snapshot does not come."""
        return [
            product
            for product, want in self.wants.items()
            if want.proved and not want.answered and want.asked_at is not None and now - want.asked_at > DATA_WITHIN
        ]

    def asked(self) -> tuple[str, ...]:
        """All subscriptions asked for on this connection, as ``channel PRODUCT`` or ``channel``, sorted."""
        return tuple(sorted(f"{channel} {product}".strip() for channel, product in self._channels))

    def confirmed(self) -> tuple[str, ...]:
        """What the last acknowledgement showed, in the same spelling, safe to show."""
        return tuple(sorted(plain_text(c if c == p else f"{c} {p}") for c, p in self._confirmed))

    def missing(self) -> tuple[str, ...]:
        """Those of :meth:`asked` that the last acknowledgement did not show."""
        return tuple(
            sorted(
                f"{channel} {product}".strip()
                for channel, product in self._channels
                if not self._is_confirmed(channel, product)
            )
        )

    def renews_in(self, now: float) -> float | None:
        """Seconds until a token goes out by itself; None when none will."""
        at = self.suspended_until if self.suspended_until is not None else self._renew_at
        return None if at is None else max(0.0, at - now)

    def _message_refused(self, request: Request, words: str, now: float) -> str:
        places = {(request.channel, product) for product in request.products or ("",)}
        refused = request.products
        if request.action is Action.SUBSCRIBE:
            self._channels -= places
            if len(refused) > 1 and _RATE_LIMIT not in words.lower():
                # One bad name must not take the others with it: the name if the venue says it, else by halves.
                said = set(_WORDS(words.upper()))
                refused = tuple(product for product in request.products if product in said)
                others = tuple(product for product in request.products if product not in said)
                parts = [others] if refused else [others[: len(others) // 2], others[len(others) // 2 :]]
                self._queue.extend(replace(request, products=part) for part in parts if part)
                if not refused:
                    return "asked again in halves"
            if request.channel == LEVEL2:
                for product in refused:
                    if product in self.wants:
                        self.wants[product].refusal = words
        wait = _RETRY_AFTER[min(request.attempt, len(_RETRY_AFTER) - 1)]
        self._later.append((now + wait, replace(request, products=refused, attempt=request.attempt + 1)))
        return f"next try in {wait:.0f} s"

    def _repeat(self, request: Request) -> None:
        """Queue a refused message once more, as far as it still fits what is wanted."""
        if not request.products:
            self._queue.append(request)
            return
        shown = tuple(product for product in request.products if product in self.wants)
        if request.action is Action.UNSUBSCRIBE:
            gone = tuple(product for product in request.products if product not in self.wants)
            if gone:
                self._queue.append(replace(request, products=gone))
            if not shown or request.channel != LEVEL2:
                return
            # Half of a resync. The subscribe that went with it may have been taken, and must not be undone.
            self._queue.append(replace(request, products=shown))
        else:
            on_its_way = {
                product
                for other in (*self._queue, *(waiting.request for waiting in self._outstanding))
                if (other.action, other.channel) == (Action.SUBSCRIBE, request.channel)
                for product in other.products
            }
            shown = tuple(product for product in shown if product not in on_its_way)
        if shown:
            self._queue.append(replace(request, action=Action.SUBSCRIBE, products=shown))

    def _ask_again(self, now: float) -> None:
        """Ask once more for what was asked for and never came: its first snapshot may be what was lost.

        An acknowledgement comes after the snapshot (observed), so without one it may still be on its way.
        """
        missed = [
            product
            for product, want in self.wants.items()
            if want.asked_at is not None
            and not (want.answered or want.proved or want.refusal)
            and now - want.asked_at > _RETRY_AFTER[min(want.tries + (not want.confirmed), len(_RETRY_AFTER) - 1)]
        ]
        for product in missed:
            self.wants[product].tries += 1
            self.wants[product].asked_at = None
        if missed:
            self._queue.append(Request(Action.UNSUBSCRIBE, LEVEL2, tuple(missed)))
            self._queue.append(Request(Action.SUBSCRIBE, LEVEL2, tuple(missed)))

    def _token_refused(self, request: Request, now: float) -> str:
        if request.attempt == 0 and not self._refusals:
            self._repeat(replace(request, attempt=1))
            return "sent again with a fresh token"
        wait = _RETRY_AFTER[min(self._refusals, len(_RETRY_AFTER) - 1)]
        if self.suspended_until is None:
            self._refusals += 1
            self.suspended_until = now + wait
        self._repeat(replace(request, attempt=0))
        return f"going on without a token, next one in {self.suspended_until - now:.0f} s"

    def _is_confirmed(self, channel: str, product: str) -> bool:
        if not product:
            return any(name == channel for name, _ in self._confirmed)
        return (channel, product) in self._confirmed or (
            product.endswith("-USDC") and (channel, product[:-1]) in self._confirmed
        )

    def _shows(self, request: Request) -> bool:
        subscribed = request.action is Action.SUBSCRIBE
        if not request.products:
            return subscribed == self._is_confirmed(request.channel, "")
        return any(subscribed == self._is_confirmed(request.channel, product) for product in request.products)
