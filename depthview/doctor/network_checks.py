"""The checks on the network, in order: the route, the WebSocket, the subscriptions, the book, and REST.

Where a check fails, those that depend on it are skipped and name it, so that the cause stands alone. One connection is
opened, by the feed's own connector.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from depthview.auth.diagnosis import RefusalFacts, likely_causes
from depthview.auth.tokens import Signer
from depthview.coinbase.requests import HEARTBEATS, LEVEL2, Action, Request
from depthview.core import clock_offset
from depthview.doctor import judgements
from depthview.doctor.probe import Probe, probing
from depthview.doctor.report import NETWORK, Step, StepResult, StepStatus, skipped
from depthview.doctor.rest_check import RestAnswer, ask, judge_rest
from depthview.doctor.route_checks import RouteChecks, proxy_variable
from depthview.errors import ConnectionFailed
from depthview.feed.connection import MAX_MESSAGE_BYTES
from depthview.feed.websocket import WebSocketConnector
from depthview.system.event_loop import in_daemon_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock
    from depthview.doctor.local_checks import Setup

_REST_NEEDS: Final = (Step.PROXY, Step.RESOLUTION, Step.TCP, Step.TLS, Step.CLOCK)
_RENEWAL: Final = Request(Action.SUBSCRIBE, HEARTBEATS)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the checks wait, in seconds, and how much they accept."""

    connect: float = 10.0
    """For each step of the route, and for the handshake."""
    answer: float = 3.0
    """For the answer to a message."""
    snapshot: float = 10.0
    """For the first snapshots."""
    largest_message: int = MAX_MESSAGE_BYTES
    """Bytes."""


class NetworkChecks:
    """One run over the network.

    Args:
        setup: From :mod:`depthview.doctor.local_checks`.
        products: To subscribe.
        for_seconds: How long the feed is watched after the first snapshots.
        clock: Times everything.
        tell: Called with each result.
        with_rest: Whether REST is asked about the key.
        limits: By default those of the viewer.
    """

    def __init__(
        self,
        setup: Setup,
        products: tuple[str, ...],
        for_seconds: float,
        clock: Clock,
        tell: Callable[[StepResult], None],
        *,
        with_rest: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self._setup = setup
        self._products = products
        self._for_seconds = for_seconds
        self._clock = clock
        self._listener = tell
        self._with_rest = with_rest
        self._limits = limits or Limits()
        self._told: dict[Step, StepResult] = {}
        self._refused = ""
        """What the venue said to the message without a token, where it refused it."""
        self._accepted: bool | None = None
        """Whether the venue accepted a token; None where none was sent, or nothing was answered."""
        self._offset: clock_offset.Offset | None = None

    async def run(self, env: Mapping[str, str]) -> None:
        """Run every step, or say why not.

        Args:
            env: The environment, for the name of the variable that sets a proxy.
        """
        endpoint = self._setup.endpoint
        if endpoint is None:
            self._skip_others("the configuration cannot be used")
        else:
            route = RouteChecks(endpoint, self._clock, self._limits.connect, self._tell)
            if await route.run(proxy_variable(env)):
                await self._check_feed(endpoint)
            self._skip_others("")
        await self._check_rest()

    def _tell(self, result: StepResult) -> None:
        self._told[result.step] = result
        self._listener(result)

    def _skip_others(self, why: str) -> None:
        failed = next((step for step, result in self._told.items() if result.status is StepStatus.FAILURE), None)
        for step in NETWORK:
            if step not in self._told:
                self._tell(skipped(step, why or f"not reached: see {failed}"))

    def _has_failed(self, step: Step) -> bool:
        return step in self._told and self._told[step].status is StepStatus.FAILURE

    async def _check_feed(self, endpoint: Endpoint) -> None:
        limits, began = self._limits, self._clock.monotonic()
        connector = WebSocketConnector(
            endpoint, self._clock, open_timeout=limits.connect, max_bytes=limits.largest_message
        )
        try:
            async with probing(connector, self._clock) as probe:
                seconds = self._clock.monotonic() - began
                self._tell(StepResult(Step.HANDSHAKE, StepStatus.OK, "the server speaks WebSocket", "", seconds))
                await self._check_subscriptions(probe)
        except ConnectionFailed as failure:
            what, _, cure = str(failure).partition(": ")
            seconds = self._clock.monotonic() - began
            cure = cure or "check the address (--url) and the network; try again later"
            self._tell(StepResult(Step.HANDSHAKE, StepStatus.FAILURE, what, cure, seconds))

    async def _check_subscriptions(self, probe: Probe) -> None:
        await self._subscribe_without_token(probe)
        if self._has_failed(Step.WITHOUT_TOKEN) and not self._refused:
            return
        self._measure_clock(probe)
        await self._subscribe_with_token(probe)
        if self._refused and not self._accepted:
            return
        await self._subscribe_books(probe)
        began = self._clock.monotonic()
        await probe.until(lambda _: False, self._for_seconds)
        now = self._clock.monotonic()
        # A connection that the snapshot has ended says nothing of the rest.
        if probe.lost is None or not self._has_failed(Step.SNAPSHOT):
            self._tell(judgements.heartbeats(probe.received, began, now, lost=probe.lost is not None))
            self._tell(judgements.sequence(probe.received, probe.lost, now - began))

    async def _subscribe_without_token(self, probe: Probe) -> None:
        received, began = probe.received, self._clock.monotonic()
        await probe.send(_RENEWAL, None)
        await probe.until(lambda received: bool(received.acknowledgements or received.refusals), self._limits.answer)
        seconds = self._clock.monotonic() - began
        if received.acknowledgements:
            self._tell(StepResult(Step.WITHOUT_TOKEN, StepStatus.OK, "accepted", "", seconds))
        elif received.refusals:
            self._refused = received.refusals[-1]
            self._tell(judgements.refused_without_token(self._refused, self._setup.tokens is not None, seconds))
        else:
            self._tell(judgements.silent(received, probe.lost, seconds))

    def _measure_clock(self, probe: Probe) -> None:
        age = probe.received.least_age
        by_frames = clock_offset.from_frames([] if age is None else [age], probe.round_trip)
        self._offset = clock_offset.combined(probe.date_offset, by_frames)
        self._tell(judgements.clock(self._offset, signs=self._setup.tokens is not None))

    async def _subscribe_with_token(self, probe: Probe) -> None:
        if self._setup.tokens is None:
            for step in (Step.WITH_TOKEN, Step.ACCEPTANCE):
                self._tell(skipped(step, self._setup.unsigned))
            return
        began, token = self._clock.monotonic(), self._token()
        if token is None:
            self._tell(skipped(Step.WITH_TOKEN, "the ready-made token has expired"))
            self._tell(skipped(Step.ACCEPTANCE, "no token was sent"))
            return
        received = probe.received
        acknowledged, refused = received.acknowledgements, len(received.refusals)
        await probe.send(_RENEWAL, token)
        sent = self._clock.monotonic()
        self._tell(StepResult(Step.WITH_TOKEN, StepStatus.OK, "signed and sent", "", sent - began))
        await probe.until(
            lambda received: received.acknowledgements > acknowledged or len(received.refusals) > refused,
            self._limits.answer,
        )
        seconds = self._clock.monotonic() - sent
        if received.acknowledgements > acknowledged:
            self._accepted = True
            self._tell(StepResult(Step.ACCEPTANCE, StepStatus.OK, "the venue accepts the token", "", seconds))
        elif len(received.refusals) > refused:
            self._accepted = False
            self._tell(self._token_refused(received.refusals[-1], seconds))
        else:
            what = "no answer in time to the message with the token"
            self._tell(StepResult(Step.ACCEPTANCE, StepStatus.WARNING, what, "try again", seconds))

    def _token_refused(self, words: str, seconds: float) -> StepResult:
        if self._has_failed(Step.CLOCK):
            return StepResult(
                Step.ACCEPTANCE, StepStatus.SKIPPED, f"{words}: because of the clock, see that step", "", seconds
            )
        facts = RefusalFacts(
            now=self._clock.unix(),
            channel=HEARTBEATS,
            offset=self._offset,
            same_without_token=not self._refused,
        )
        if (key := self._setup.credentials) is not None:
            facts = replace(facts, key_name=key.key_name, algorithm=key.algorithm, evidence=key.evidence)
        likeliest = likely_causes(facts)[0]
        what = f"{words}; most likely: {likeliest.what}"
        return StepResult(Step.ACCEPTANCE, StepStatus.FAILURE, what, likeliest.cure, seconds)

    async def _subscribe_books(self, probe: Probe) -> None:
        began, refused = self._clock.monotonic(), len(probe.received.refusals)
        token = self._token() if self._accepted else None
        await probe.send(Request(Action.SUBSCRIBE, LEVEL2, self._products), token)
        await probe.until(
            lambda received: len(received.refusals) > refused or all(map(received.snapshot_of, self._products)),
            self._limits.snapshot,
        )
        self._tell(
            judgements.snapshot(
                probe.received,
                self._products,
                probe.received.refusals[refused:],
                probe.lost,
                began=began,
                now=self._clock.monotonic(),
                limit=self._limits.largest_message,
            )
        )

    def _token(self) -> str | None:
        tokens = self._setup.tokens
        token = None if tokens is None else tokens.sign()
        return None if token is None else token.text

    async def _check_rest(self) -> None:
        endpoint, signer = self._setup.endpoint, self._setup.tokens
        if not self._with_rest:
            self._tell(skipped(Step.REST, "not requested: --rest"))
        elif endpoint is None or not isinstance(signer, Signer):
            self._tell(skipped(Step.REST, self._setup.unsigned or "there is no key to sign a REST token with"))
        elif failed := next(filter(self._has_failed, _REST_NEEDS), None):
            self._tell(skipped(Step.REST, f"not requested: see {failed}"))
        else:
            began, timeout = self._clock.monotonic(), self._limits.connect
            try:
                # The timeout of the request itself does not cover the name lookup.
                async with asyncio.timeout(2 * timeout):
                    answer = await in_daemon_thread(lambda: ask(endpoint, signer, timeout))
            except TimeoutError:
                answer = RestAnswer()
            self._tell(judge_rest(answer, accepted=self._accepted, seconds=self._clock.monotonic() - began))
