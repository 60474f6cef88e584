"""The way to the host: proxy, name, port, certificate. Each step by itself, so that the one that is broken is named."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from websockets.exceptions import InvalidProxy
from websockets.headers import build_authorization_basic
from websockets.proxy import Proxy, get_proxy, parse_proxy
from websockets.uri import parse_uri

from depthview.core.text import plain_text
from depthview.doctor.results import Status, Step, StepResult, skipped
from depthview.feed.websocket import NO_SOCKS, NO_SOCKS_CURE, connection_failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock

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
        self._told(Step.RESOLUTION, Status.OK, f"{many} address{'es' if many > 1 else ''}", began)
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
