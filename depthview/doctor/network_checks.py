"""The steps on the network, one after the other; each is told as soon as it is done.

Where a step fails, those that rest on it are skipped and name it, so that the cause stands alone. What is refused or
never comes for a reason that another step has named is skipped too, not failed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from depthview.auth.diagnosis import RefusalFacts, likely_causes
from depthview.auth.tokens import Signer
from depthview.coinbase.requests import HEARTBEATS, LEVEL2, Action, Request
from depthview.core import clock_offset
from depthview.doctor import judgements, rest
from depthview.doctor.approach import Approach
from depthview.doctor.clock_judgement import judge
from depthview.doctor.conversation import conversation
from depthview.doctor.results import NETWORK, Status, Step, StepResult, skipped
from depthview.errors import ConnectionFailed
from depthview.feed.websocket import MAX_MESSAGE_BYTES, http_date
from depthview.system.event_loop import abandonable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock
    from depthview.doctor.conversation import Conversation
    from depthview.doctor.preparation import Preparation

_WAY: Final = (Step.PROXY, Step.RESOLUTION, Step.TCP, Step.TLS)
_RENEWAL: Final = Request(Action.SUBSCRIBE, HEARTBEATS)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how much is waited for."""

    connect: float = 10.0
    """Seconds for each step of the way to the host."""
    answer: float = 3.0
    """Seconds for the answer to a message."""
    snapshot: float = 10.0
    """Seconds for the first snapshots."""
    largest_message: int = MAX_MESSAGE_BYTES


class Examination:
    """One run over the network.

    Args:
        prepared: From :mod:`depthview.doctor.preparation`.
        products: To subscribe.
        for_seconds: How long the feed is watched after the first snapshots.
        clock: Times everything.
        tell: Takes each result as it comes.
        with_rest: Whether REST is asked about the key.
        patience: Limits; what the viewer allows, by default.
    """

    def __init__(
        self,
        prepared: Preparation,
        products: tuple[str, ...],
        for_seconds: float,
        clock: Clock,
        tell: Callable[[StepResult], None],
        *,
        with_rest: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self._prepared = prepared
        self._products = products
        self._for_seconds = for_seconds
        self._clock = clock
        self._listener = tell
        self._with_rest = with_rest
        self._patience = patience or Patience()
        self._told: dict[Step, StepResult] = {}
        self._refused = ""
        self._accepted: bool | None = None
        self._offset: clock_offset.Offset | None = None

    async def run(self, env: Mapping[str, str]) -> None:
        """Take every step, or say why not.

        Args:
            env: The environment, for the name of the variable that names a proxy.
        """
        endpoint = self._prepared.endpoint
        if endpoint is None:
            self._skip_rest_of_way("the configuration cannot be used")
        else:
            way = Approach(endpoint, self._clock, self._patience.connect, self._tell)
            if await way.run(env):
                await self._talk(endpoint)
            self._skip_rest_of_way("")
        await self._ask_rest()

    def _tell(self, result: StepResult) -> None:
        self._told[result.step] = result
        self._listener(result)

    def _skip_rest_of_way(self, why: str) -> None:
        """Account for every step that was not reached."""
        failed = next((step for step, result in self._told.items() if result.status is Status.FAILURE), None)
        for step in NETWORK:
            if step not in self._told:
                self._tell(skipped(step, why or f"not reached: see {failed}"))

    def _fails(self, step: Step) -> bool:
        return step in self._told and self._told[step].status is Status.FAILURE

    async def _talk(self, endpoint: Endpoint) -> None:
        began = self._clock.monotonic()
        try:
            async with conversation(
                endpoint,
                self._clock,
                within=self._patience.connect,
                largest_message=self._patience.largest_message,
            ) as talk:
                seconds = self._clock.monotonic() - began
                self._tell(StepResult(Step.HANDSHAKE, Status.OK, "the server speaks WebSocket", "", seconds))
                await self._hold(talk)
        except ConnectionFailed as failure:
            what, _, cure = str(failure).partition(": ")
            seconds = self._clock.monotonic() - began
            cure = cure or "check the address (--url) and the network; try again later"
            self._tell(StepResult(Step.HANDSHAKE, Status.FAILURE, what, cure, seconds))

    async def _hold(self, talk: Conversation) -> None:
        await self._subscribe_without_token(talk)
        if self._fails(Step.WITHOUT_TOKEN) and not self._refused:
            return
        self._measure_clock(talk)
        await self._subscribe_with_token(talk)
        if self._refused and not self._accepted:
            return
        began = self._clock.monotonic()
        request = Request(Action.SUBSCRIBE, LEVEL2, self._products)
        refusals = len(talk.watch.refusals)
        await talk.send(request, self._token() if self._accepted else None)
        await talk.until(
            lambda watch: len(watch.refusals) > refusals or all(map(watch.snapshot_of, self._products)),
            self._patience.snapshot,
        )
        self._tell(
            judgements.snapshot(
                talk.watch,
                self._products,
                talk.watch.refusals[refusals:],
                talk.lost,
                began=began,
                now=self._clock.monotonic(),
                limit=self._patience.largest_message,
            )
        )
        await self._watch(talk)

    async def _watch(self, talk: Conversation) -> None:
        began = self._clock.monotonic()
        await talk.watched_for(self._for_seconds)
        now = self._clock.monotonic()
        # A connection that the snapshot has ended says nothing of the rest.
        if self._fails(Step.SNAPSHOT) and talk.lost is not None:
            return
        self._tell(judgements.heartbeats(talk.watch, began, now, lost=talk.lost is not None))
        self._tell(judgements.sequence(talk.watch, talk.lost, now - began))

    async def _subscribe_without_token(self, talk: Conversation) -> None:
        began = self._clock.monotonic()
        await talk.send(_RENEWAL, None)
        answered = await talk.until(lambda watch: bool(watch.acknowledgements or watch.refusals), self._patience.answer)
        seconds = self._clock.monotonic() - began
        if talk.watch.acknowledgements:
            self._tell(StepResult(Step.WITHOUT_TOKEN, Status.OK, "accepted", "", seconds))
        elif answered:
            self._refused = talk.watch.refusals[-1]
            self._tell(judgements.refused_without_token(self._refused, self._prepared.tokens is not None, seconds))
        else:
            self._tell(judgements.silent(talk.watch, talk.lost, seconds))

    def _measure_clock(self, talk: Conversation) -> None:
        handshake = talk.handshake
        trip = handshake.answered_at - handshake.sent_at
        self._offset = clock_offset.combined(
            clock_offset.from_date(http_date(handshake.date), handshake.sent_at, handshake.answered_at),
            clock_offset.from_frames(talk.watch.ages, trip),
        )
        self._tell(judge(self._offset, signs=self._prepared.tokens is not None))

    async def _subscribe_with_token(self, talk: Conversation) -> None:
        if self._prepared.tokens is None:
            for step in (Step.WITH_TOKEN, Step.ACCEPTANCE):
                self._tell(skipped(step, self._prepared.unsigned))
            return
        began = self._clock.monotonic()
        token = self._token()
        if token is None:
            self._tell(skipped(Step.WITH_TOKEN, "the ready-made token has expired"))
            self._tell(skipped(Step.ACCEPTANCE, "no token was sent"))
            return
        acknowledgements, refusals = talk.watch.acknowledgements, len(talk.watch.refusals)
        await talk.send(_RENEWAL, token)
        sent = self._clock.monotonic()
        self._tell(StepResult(Step.WITH_TOKEN, Status.OK, "signed and sent", "", sent - began))
        await talk.until(
            lambda watch: watch.acknowledgements > acknowledgements or len(watch.refusals) > refusals,
            self._patience.answer,
        )
        seconds = self._clock.monotonic() - sent
        if talk.watch.acknowledgements > acknowledgements:
            self._accepted = True
            self._tell(StepResult(Step.ACCEPTANCE, Status.OK, "the venue accepts the token", "", seconds))
        elif len(talk.watch.refusals) > refusals:
            self._accepted = False
            self._tell(self._acceptance_refused(talk.watch.refusals[-1], seconds))
        else:
            what = "the message with the token was not answered in time"
            self._tell(StepResult(Step.ACCEPTANCE, Status.WARNING, what, "try again", seconds))

    def _acceptance_refused(self, words: str, seconds: float) -> StepResult:
        if self._fails(Step.CLOCK):
            return StepResult(Step.ACCEPTANCE, Status.SKIPPED, f"{words}: because of the clock, see there", "", seconds)
        credentials, offset = self._prepared.credentials, self._offset
        facts = RefusalFacts(
            now=self._clock.unix(),
            channel=HEARTBEATS,
            clock_ahead=None if offset is None else offset.ahead,
            clock_uncertainty=0.0 if offset is None else offset.uncertainty,
            same_without_token=not self._refused,
        )
        if credentials is not None:
            facts = replace(
                facts,
                key_name=credentials.key_name,
                algorithm=credentials.algorithm,
                evidence=credentials.evidence,
            )
        causes = likely_causes(facts)
        what = f"{words}; likeliest: {causes[0].what}"
        return StepResult(Step.ACCEPTANCE, Status.FAILURE, what, causes[0].cure, seconds)

    def _token(self) -> str | None:
        tokens = self._prepared.tokens
        token = None if tokens is None else tokens.sign()
        return None if token is None else token.text

    async def _ask_rest(self) -> None:
        endpoint, signer = self._prepared.endpoint, self._prepared.tokens
        if not self._with_rest:
            self._tell(skipped(Step.REST, "not asked for: --rest"))
        elif endpoint is None or not isinstance(signer, Signer):
            self._tell(skipped(Step.REST, self._prepared.unsigned or "there is no key to sign a REST token with"))
        elif broken := next((step for step in (*_WAY, Step.CLOCK) if self._fails(step)), None):
            self._tell(skipped(Step.REST, f"not asked: see {broken}"))
        else:
            began = self._clock.monotonic()
            answer = await self._answer_of_rest(endpoint, signer)
            seconds = self._clock.monotonic() - began
            self._tell(rest.judge_rest(answer, accepted=self._accepted, seconds=seconds))

    async def _answer_of_rest(self, endpoint: Endpoint, signer: Signer) -> rest.Answer:
        # The timeout of the request itself leaves out the name lookup.
        try:
            async with asyncio.timeout(2 * self._patience.connect):
                return await abandonable(lambda: rest.ask(endpoint, signer, self._patience.connect))
        except TimeoutError:
            return rest.Answer()
