"""The checks on the network, in order: proxy, name, port, certificate, REST, connection, subscription, book.

Where a check fails, those that rest on it are skipped and name it, so that the cause stands alone. The doctor's
connection is its own, opened once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError

from websockets.exceptions import InvalidProxy
from websockets.headers import build_authorization_basic
from websockets.proxy import Proxy, get_proxy, parse_proxy
from websockets.uri import parse_uri

from depthview import __version__
from depthview.auth.diagnosis import RefusalFacts, likely_causes
from depthview.auth.endpoints import rest_base
from depthview.auth.tokens import Signer
from depthview.coinbase.requests import HEARTBEATS, LEVEL2, Action, Request, encode
from depthview.core import clock_offset
from depthview.core.text import plain_text, plural
from depthview.doctor import judgements
from depthview.doctor.judgements import Watch, judge
from depthview.doctor.report import NETWORK, Status, Step, StepResult, skipped
from depthview.errors import ConnectionFailed
from depthview.feed.websocket import (
    MAX_MESSAGE_BYTES,
    NO_SOCKS,
    NO_SOCKS_CURE,
    PING_INTERVAL,
    PING_TIMEOUT,
    LimitedConnection,
    NoRedirect,
    connection_failed,
    connection_lost,
    http_date,
)
from depthview.system.event_loop import abandonable
from depthview.system.http import get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock
    from depthview.doctor.local_checks import Preparation

_PROXY_VARIABLES: Final = ("wss_proxy", "ws_proxy", "socks_proxy", "https_proxy", "http_proxy", "all_proxy")
_EXPIRES_SOON_DAYS: Final = 14
_DAY: Final = 86_400.0
_ANSWER_BYTES: Final = 16_384
_CHECK_NETWORK: Final = "check the network, and whether a firewall stands in between"
_UNSET: Final = "correct the variable, unset it, or name the host in NO_PROXY"


class Approach:
    """How far the approach has come.

    Args:
        endpoint: The goal.
        clock: Times each step.
        timeout: Seconds that each step may take.
        tell: Takes each result as it comes.
    """

    def __init__(self, endpoint: Endpoint, clock: Clock, timeout: float, tell: Callable[[StepResult], None]) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._timeout = timeout
        self._tell = tell

    async def run(self, env: Mapping[str, str]) -> bool:
        """Take the four steps; False where one has failed, which leaves nothing to go on with.

        Args:
            env: The environment, for the name of the variable that names a proxy.
        """
        try:
            async with asyncio.timeout(4 * self._timeout):
                proxy = self._proxy()
                if isinstance(proxy, StepResult):
                    self._tell(proxy)
                    return False
                if proxy is None:
                    self._tell(skipped(Step.PROXY, "none is set, or none for this host"))
                    return await self._direct()
                return await self._through(proxy, _variable(env))
        except TimeoutError:
            self._tell(StepResult(Step.TCP, Status.FAILURE, "the host could not be reached in time", _CHECK_NETWORK))
            return False

    def _proxy(self) -> Proxy | StepResult | None:
        """The proxy that the connection will take; websockets decides it in the same words."""
        if self._endpoint.loopback:
            return None
        address = get_proxy(parse_uri(self._endpoint.url))
        if address is None:
            return None
        try:
            proxy = parse_proxy(address)
        except InvalidProxy:
            return StepResult(Step.PROXY, Status.FAILURE, "the proxy that the environment names has no address", _UNSET)
        if proxy.scheme.startswith("socks") and not _knows_socks():
            return StepResult(Step.PROXY, Status.FAILURE, NO_SOCKS, NO_SOCKS_CURE)
        return proxy

    async def _direct(self) -> bool:
        began = self._clock.monotonic()
        host, port = self._endpoint.host, self._endpoint.port
        try:
            async with asyncio.timeout(self._timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
        except (OSError, TimeoutError):
            what = f"{host} has no address, or no name server answers"
            self._told(
                Step.RESOLUTION, Status.FAILURE, what, began, "check the name (--url), the network and its name server"
            )
            return False
        many = len({address[4][0] for address in found})
        self._told(Step.RESOLUTION, Status.OK, plural(many, "address", "addresses"), began)
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            what = f"nothing listens at port {port} of {host}"
            self._told(Step.TCP, Status.FAILURE, what, began, "check the port (--url), and that the server runs")
            return False
        except (OSError, TimeoutError) as error:
            self._told(Step.TCP, Status.FAILURE, str(connection_failed(error, host)), began, _CHECK_NETWORK)
            return False
        self._told(Step.TCP, Status.OK, f"port {port} is open", began)
        async with _closing(reader, writer):
            return await self._tls(writer)

    async def _through(self, proxy: Proxy, variable: str) -> bool:
        """By way of a proxy: the name is resolved there, and TLS runs through it."""
        began = self._clock.monotonic()
        if proxy.scheme.startswith("socks"):
            self._told(Step.PROXY, Status.OK, f"SOCKS, set by {variable}; tried with the handshake", began)
            for step in (Step.RESOLUTION, Step.TCP, Step.TLS):
                self._tell(skipped(step, "by way of the proxy"))
            return True
        context = ssl.create_default_context() if proxy.scheme == "https" else None
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(proxy.host, proxy.port, ssl=context)
        except (OSError, TimeoutError) as error:
            reason = str(connection_failed(error, "the proxy"))
            self._told(Step.PROXY, Status.FAILURE, f"{reason} (set by {variable})", began, _UNSET)
            return False
        async with _closing(reader, writer):
            refusal = await self._tunnel(reader, writer, proxy)
            if refusal:
                self._told(Step.PROXY, Status.FAILURE, f"the proxy {refusal} (set by {variable})", began, _UNSET)
                return False
            self._told(Step.PROXY, Status.OK, f"it lets us through (set by {variable})", began)
            self._tell(skipped(Step.RESOLUTION, "the proxy resolves the name"))
            self._tell(skipped(Step.TCP, "by way of the proxy"))
            return await self._tls(writer)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Proxy) -> str:
        """Ask the proxy for a tunnel; empty where it opens one, else what it did instead."""
        host = f"[{self._endpoint.host}]" if ":" in self._endpoint.host else self._endpoint.host
        goal = f"{host}:{self._endpoint.port}"
        lines = [f"CONNECT {goal} HTTP/1.1", f"Host: {goal}"]
        if proxy.user_info is not None:
            lines.append(f"Proxy-Authorization: {build_authorization_basic(*proxy.user_info)}")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        try:
            async with asyncio.timeout(self._timeout):
                answer = await reader.readuntil(b"\r\n\r\n")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return "does not answer as one"
        words = answer[:_ANSWER_BYTES].split(None, 2)
        status = words[1] if len(words) > 1 else b""
        if status == b"407":
            return "wants a user name and password"
        if status[:1] == b"2":
            return ""
        return f"refuses this host (HTTP {plain_text(status.decode('ascii', 'replace'), 8)})"

    async def _tls(self, writer: asyncio.StreamWriter) -> bool:
        if not self._endpoint.tls:
            self._tell(skipped(Step.TLS, "ws:// to this machine has none"))
            return True
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                await writer.start_tls(ssl.create_default_context(), server_hostname=self._endpoint.host)
        except (OSError, TimeoutError) as error:
            what = str(connection_failed(error, self._endpoint.host))
            cure = "check the host (--url) and this machine's clock; behind an inspecting proxy, trust its certificate"
            self._told(Step.TLS, Status.FAILURE, what.removesuffix(": nothing was sent"), began, cure)
            return False
        certificate = writer.get_extra_info("peercert")
        status, what, cure = judge_certificate(certificate or {}, self._clock.unix())
        self._told(Step.TLS, status, what, began, cure)
        return True

    def _told(self, step: Step, status: Status, what: str, began: float, cure: str = "") -> None:
        self._tell(StepResult(step, status, what, cure, self._clock.monotonic() - began))


def judge_certificate(certificate: Mapping[str, Any], now: float) -> tuple[Status, str, str]:
    """Status, words and cure for a certificate that is trusted.

    Args:
        certificate: As :meth:`ssl.SSLSocket.getpeercert` gives it.
        now: Unix seconds.
    """
    issuer = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    named = plain_text(issuer.get("organizationName") or issuer.get("commonName") or "an unnamed issuer", 48)
    try:
        days = (ssl.cert_time_to_seconds(certificate["notAfter"]) - now) / _DAY
    except (KeyError, ValueError):
        return Status.OK, f"trusted, issued by {named}", ""
    left = f"{days:,.0f} days" if days >= 2 else f"{max(0.0, days * 24):.0f} hours"
    what = f"trusted, issued by {named}, valid for {left}"
    if days < _EXPIRES_SOON_DAYS:
        return Status.WARNING, what, "its owner must renew it soon"
    return Status.OK, what, ""


def _variable(env: Mapping[str, str]) -> str:
    """The name of the variable that names the proxy; its value stays unsaid, since it may hold a password."""
    return next((name for known in _PROXY_VARIABLES for name in (known, known.upper()) if env.get(name)), "the system")


def _knows_socks() -> bool:
    from importlib.util import find_spec

    return find_spec("python_socks") is not None


@asynccontextmanager
async def _closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        # Abrupt: this connection has served its purpose, and a polite end would wait for the other side's.
        writer.transport.abort()
        reader.feed_eof()


_CLOSE_TIMEOUT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the handshake told, by this machine's clock."""

    date: str | None
    """The answer's ``Date`` header."""
    sent_at: float
    """Unix seconds."""
    answered_at: float
    """Unix seconds."""


class Conversation:
    """An open connection, read by a task of its own.

    Args:
        socket: The connection.
        handshake: How it came about.
        clock: Stamps the frames.
    """

    def __init__(self, socket: LimitedConnection, handshake: Handshake, clock: Clock) -> None:
        self.handshake: Final = handshake
        self.watch: Final = Watch()
        self.lost: ConnectionFailed | None = None
        """Why the connection is gone, once it is."""
        self._socket = socket
        self._clock = clock
        self._moved = asyncio.Event()

    async def send(self, request: Request, token: str | None) -> None:
        """Send a message; into a connection that is gone it goes nowhere."""
        try:
            await self._socket.send(encode(request, token), text=True)
        except Exception as error:  # whatever the library raises, the connection is of no use any more
            self._lose(error)

    async def until(self, wanted: Callable[[Watch], bool], within: float) -> bool:
        """Wait for something to have come in; False where it has not, in that time or on this connection.

        Args:
            wanted: Whether it is there.
            within: Seconds.
        """
        try:
            async with asyncio.timeout(within):
                while not wanted(self.watch):
                    if self.lost is not None:
                        return False
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    async def watched_for(self, seconds: float) -> None:
        """Let so much time pass, or less where the connection is lost."""
        await self.until(lambda _: False, seconds)

    async def read(self) -> None:
        """Take frames in until the connection ends."""
        while True:
            try:
                message = await self._socket.recv()
            except Exception as error:  # as in send()
                self._lose(error)
                return
            self._socket.received(message)
            self.watch.take(message, self._clock.monotonic(), self._clock.unix())
            self._moved.set()

    def _lose(self, error: Exception) -> None:
        self.lost = self.lost or connection_lost(error)
        self._moved.set()


@asynccontextmanager
async def conversation(
    endpoint: Endpoint, clock: Clock, *, within: float, largest_message: int
) -> AsyncIterator[Conversation]:
    """An open connection, made as the viewer makes its own.

    Args:
        endpoint: Where to.
        clock: Stamps handshake and frames.
        within: Seconds for the handshake.
        largest_message: Bytes.

    Raises:
        ConnectionFailed: On entering, when it cannot be made.
    """
    # At DEBUG this logger writes out frames, tokens included.
    logging.getLogger("websockets.client").setLevel(logging.WARNING)
    sent_at = clock.unix()
    try:
        socket = await NoRedirect(
            endpoint.url,
            proxy=None if endpoint.loopback else True,
            compression=None,
            max_size=largest_message,
            open_timeout=within,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            close_timeout=_CLOSE_TIMEOUT,
            user_agent_header=f"depthview/{__version__}",
            create_connection=LimitedConnection,
        )
        assert isinstance(socket, LimitedConnection)  # noqa: S101  # it was told to be
    except Exception as error:
        raise connection_failed(error, endpoint.shown) from None
    date = socket.response.headers.get("Date") if socket.response is not None else None
    opened = Conversation(socket, Handshake(date, sent_at, clock.unix()), clock)
    reader = asyncio.create_task(opened.read(), name="depthview-doctor")
    try:
        yield opened
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await socket.close()


PATH: Final = "/api/v3/brokerage/key_permissions"
"""Used by the venue's own Python client."""
_LARGEST: Final = 64 * 1024
_REFUSED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int = 0
    """HTTP status; 0 where nothing came."""
    may: tuple[str, ...] | None = None
    """What the key may do, of ``view``, ``trade`` and ``transfer``; None where the answer says nothing of it."""


def ask(endpoint: Endpoint, signer: Signer, timeout: float) -> Answer:
    """Ask with a REST token, which names method, host and path. Waits for the network: call it in a thread.

    Args:
        endpoint: One that a token may go to; the REST interface that belongs to it is asked.
        signer: Makes the token.
        timeout: Seconds.
    """
    base = rest_base(endpoint)
    token = signer.sign_rest("GET", base.partition("://")[2], PATH)
    try:
        with get(base + PATH, loopback=endpoint.loopback, timeout=timeout, token=token.text) as response:
            return Answer(response.status, permissions(response.read(_LARGEST)))
    except HTTPError as error:
        error.close()
        return Answer(error.code)
    except (URLError, OSError, ValueError):
        return Answer()


def permissions(body: bytes) -> tuple[str, ...] | None:
    """What an answer says that the key may do; None where it says nothing."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("can_view"), bool):
        return None
    return tuple(right for right in ("view", "trade", "transfer") if document.get(f"can_{right}") is True)


def judge_rest(answer: Answer, *, accepted: bool | None, seconds: float) -> StepResult:
    """The step's result.

    Args:
        answer: From :func:`ask`.
        accepted: Whether the WebSocket accepted a token of the same key; None where it was not tried or did not say.
        seconds: Time taken.
    """

    def result(status: Status, what: str, cure: str = "") -> StepResult:
        return StepResult(Step.REST, status, what, cure, seconds)

    if answer.status == 0:
        return result(Status.FAILURE, "REST does not answer", "check the network")
    if answer.status in _REFUSED:
        if accepted:
            what = f"REST refuses the key (HTTP {answer.status}), which the WebSocket accepts: rights or address"
            return result(Status.FAILURE, what, "look at the key's rights and addresses in the CDP portal")
        if accepted is False:
            what = f"REST refuses the key too (HTTP {answer.status}): it is the key, see acceptance"
            return result(Status.SKIPPED, what)
        what = f"REST refuses the key (HTTP {answer.status}): it is dead, or bound to other addresses"
        return result(Status.FAILURE, what, "look at the key in the CDP portal, or make a new one (ECDSA, view only)")
    if answer.may is None:
        what = f"REST answers, but not with the key's permissions (HTTP {answer.status})"
        return result(Status.WARNING, what, "try again; the address may have changed")
    alive = "the key is alive" + (": the WebSocket token is at fault, not the key" if accepted is False else "")
    may = ", ".join(answer.may) or "do nothing"
    if "view" not in answer.may:
        return result(Status.FAILURE, f"{alive}; it may {may}, but not view", "give it view rights in the CDP portal")
    if len(answer.may) > 1:
        what = f"{alive}; it may {may}: more than a viewer needs"
        return result(Status.WARNING, what, "use a key with view rights only")
    return result(Status.OK, f"{alive}; it may view, and nothing else")


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
        prepared: From :mod:`depthview.doctor.local_checks`.
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
            self._tell(judge_rest(answer, accepted=self._accepted, seconds=seconds))

    async def _answer_of_rest(self, endpoint: Endpoint, signer: Signer) -> Answer:
        # The timeout of the request itself leaves out the name lookup.
        try:
            async with asyncio.timeout(2 * self._patience.connect):
                return await abandonable(lambda: ask(endpoint, signer, self._patience.connect))
        except TimeoutError:
            return Answer()
