"""The checks of the route to the host: proxy, name resolution, TCP, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Literal

from websockets.exceptions import InvalidProxy
from websockets.headers import build_authorization_basic
from websockets.proxy import Proxy, get_proxy, parse_proxy
from websockets.uri import parse_uri

from depthview.core.text import plain_text, plural
from depthview.doctor.report import Step, StepResult, StepStatus, skipped
from depthview.feed.failures import NO_SOCKS, NO_SOCKS_CURE, connection_failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock

_PROXY_VARIABLES: Final = ("wss_proxy", "ws_proxy", "socks_proxy", "https_proxy", "http_proxy", "all_proxy")
_EXPIRES_SOON_DAYS: Final = 14
_DAY: Final = 86_400.0
_RESPONSE_BYTES: Final = 16_384
_CHECK_NETWORK: Final = "check the network, and whether a firewall stands in between"
_UNSET: Final = "correct the variable, unset it, or name the host in NO_PROXY"


class RouteChecks:
    """Checks the route to one host.

    Args:
        endpoint: The address of the feed.
        clock: Times each step.
        timeout: Seconds that each step may take.
        tell: Called with each result.
    """

    def __init__(self, endpoint: Endpoint, clock: Clock, timeout: float, tell: Callable[[StepResult], None]) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._timeout = timeout
        self._tell = tell
        self._began = clock.monotonic()

    async def run(self, proxy_variable: str) -> bool:
        """Run the four steps; False where one has failed.

        Args:
            proxy_variable: The name of the environment variable that sets the proxy, if one is used.
        """
        try:
            async with asyncio.timeout(4 * self._timeout):
                proxy = self._proxy()
                if isinstance(proxy, StepResult):
                    self._tell(proxy)
                    return False
                if proxy is not None:
                    return await self._by_proxy(proxy, proxy_variable)
                self._tell(skipped(Step.PROXY, "none is set, or none for this host"))
                return await self._direct()
        except TimeoutError:
            return self._failed(Step.TCP, "the host could not be reached in time", _CHECK_NETWORK)

    def _proxy(self) -> Proxy | StepResult | None:
        """The proxy that the connection will use, by the same functions of websockets that choose it."""
        if self._endpoint.loopback:
            return None
        address = get_proxy(parse_uri(self._endpoint.url))
        if address is None:
            return None
        try:
            proxy = parse_proxy(address)
        except InvalidProxy:
            return StepResult(Step.PROXY, StepStatus.FAILURE, "the proxy in the environment is not an address", _UNSET)
        if proxy.scheme.startswith("socks") and find_spec("python_socks") is None:
            return StepResult(Step.PROXY, StepStatus.FAILURE, NO_SOCKS, NO_SOCKS_CURE)
        return proxy

    async def _direct(self) -> bool:
        host, port = self._endpoint.host, self._endpoint.port
        try:
            async with asyncio.timeout(self._timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError):
            what = f"{host} has no address, or no name server answers"
            return self._failed(Step.RESOLUTION, what, "check the name (--url), the network and its name server")
        addresses = len({address[4][0] for address in found})
        self._report(Step.RESOLUTION, StepStatus.OK, plural(addresses, "address", "addresses"))
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            what = f"nothing listens at port {port} of {host}"
            return self._failed(Step.TCP, what, "check the port (--url), and that the server runs")
        except (OSError, TimeoutError) as error:
            return self._failed(Step.TCP, str(connection_failed(error, host)), _CHECK_NETWORK)
        self._report(Step.TCP, StepStatus.OK, f"port {port} is open")
        async with _closing(reader, writer):
            return await self._tls(writer)

    async def _by_proxy(self, proxy: Proxy, variable: str) -> bool:
        """The same through a proxy, which resolves the name; TLS runs inside its tunnel."""
        if proxy.scheme.startswith("socks"):
            self._report(Step.PROXY, StepStatus.OK, f"SOCKS, set by {variable}; tested with the handshake")
            for step in (Step.RESOLUTION, Step.TCP, Step.TLS):
                self._tell(skipped(step, "done by the proxy"))
            return True
        context = ssl.create_default_context() if proxy.scheme == "https" else None
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(proxy.host, proxy.port, ssl=context)
        except (OSError, TimeoutError) as error:
            reason = str(connection_failed(error, "the proxy"))
            return self._failed(Step.PROXY, f"{reason} (set by {variable})", _UNSET)
        async with _closing(reader, writer):
            refusal = await self._tunnel(reader, writer, proxy)
            if refusal:
                return self._failed(Step.PROXY, f"the proxy {refusal} (set by {variable})", _UNSET)
            self._report(Step.PROXY, StepStatus.OK, f"opens a tunnel (set by {variable})")
            self._tell(skipped(Step.RESOLUTION, "the proxy resolves the name"))
            self._tell(skipped(Step.TCP, "done by the proxy"))
            return await self._tls(writer)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Proxy) -> str:
        """Request a tunnel; empty where the proxy opens one, else what it did instead."""
        host = f"[{self._endpoint.host}]" if ":" in self._endpoint.host else self._endpoint.host
        target = f"{host}:{self._endpoint.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if proxy.user_info is not None:
            lines.append(f"Proxy-Authorization: {build_authorization_basic(*proxy.user_info)}")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        try:
            async with asyncio.timeout(self._timeout):
                response = await reader.readuntil(b"\r\n\r\n")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return "does not answer like a proxy"
        words = response[:_RESPONSE_BYTES].split(None, 2)
        status = words[1] if len(words) > 1 else b""
        if status == b"407":
            return "requires a user name and password"
        if status[:1] == b"2":
            return ""
        return f"refuses this host (HTTP {plain_text(status.decode('ascii', 'replace'), 8)})"

    async def _tls(self, writer: asyncio.StreamWriter) -> bool:
        if not self._endpoint.tls:
            self._tell(skipped(Step.TLS, "not used by ws:// on this machine"))
            return True
        try:
            async with asyncio.timeout(self._timeout):
                await writer.start_tls(ssl.create_default_context(), server_hostname=self._endpoint.host)
        except (OSError, TimeoutError) as error:
            what = str(connection_failed(error, self._endpoint.host)).removesuffix(": nothing was sent")
            cure = "check the host (--url) and this machine's clock; behind an inspecting proxy, trust its certificate"
            return self._failed(Step.TLS, what, cure)
        certificate = writer.get_extra_info("peercert")
        self._report(Step.TLS, *judge_certificate(certificate or {}, self._clock.unix()))
        return True

    def _failed(self, step: Step, what: str, cure: str) -> Literal[False]:
        self._report(step, StepStatus.FAILURE, what, cure)
        return False

    def _report(self, step: Step, status: StepStatus, what: str, cure: str = "") -> None:
        """Tell a result; the step has taken the time since the last one."""
        now = self._clock.monotonic()
        self._tell(StepResult(step, status, what, cure, now - self._began))
        self._began = now


def judge_certificate(certificate: Mapping[str, Any], now: float) -> tuple[StepStatus, str, str]:
    """Status, text and cure for a certificate that is trusted.

    Args:
        certificate: As :meth:`ssl.SSLSocket.getpeercert` gives it.
        now: Unix seconds.
    """
    issuer = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    named = plain_text(issuer.get("organizationName") or issuer.get("commonName") or "an unnamed issuer", 48)
    try:
        days = (ssl.cert_time_to_seconds(certificate["notAfter"]) - now) / _DAY
    except (KeyError, ValueError):
        return StepStatus.OK, f"trusted, issued by {named}", ""
    left = f"{days:,.0f} days" if days >= 2 else f"{max(0.0, days * 24):.0f} hours"
    what = f"trusted, issued by {named}, valid for {left}"
    if days < _EXPIRES_SOON_DAYS:
        return StepStatus.WARNING, what, "its owner must renew it soon"
    return StepStatus.OK, what, ""


def proxy_variable(env: Mapping[str, str]) -> str:
    """The name of the variable that sets the proxy; its value may hold a password and is never shown."""
    return next((name for known in _PROXY_VARIABLES for name in (known, known.upper()) if env.get(name)), "the system")


@asynccontextmanager
async def _closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        # Not a clean close, which would wait for the peer's.
        writer.transport.abort()
        reader.feed_eof()
