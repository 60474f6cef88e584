"""Endpoints, and the rule of which may receive a token.

A WebSocket token names no host: whoever receives it can use it. What is not allowed here is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from depthview.errors import EndpointRefused

VENUE_URL: Final = "wss://advanced-trade-ws.coinbase.com"
"""Market data (documented)."""
VENUE_HOSTS: Final = frozenset({"advanced-trade-ws.coinbase.com", "advanced-trade-ws-user.coinbase.com"})
"""Both hosts of the venue's WebSocket (documented)."""
VENUE_REST: Final = "https://api.coinbase.com"
"""Its REST interface (documented)."""

_DEFAULT_PORTS: Final = {"wss": 443, "ws": 80}
_LOOPBACK_NETWORK: Final = IPv4Network("127.0.0.0/8")
_HOST_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
_LONGEST_HOST: Final = 253


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A WebSocket address that may be connected to: TLS, or loopback."""

    scheme: str
    host: str
    """Lower case, without the brackets of an IPv6 address."""
    port: int
    target: str = ""
    """Path and query; never shown, since a query may hold a secret."""

    @classmethod
    def parse(cls, url: str) -> Endpoint:
        """The address in ``url``.

        Raises:
            EndpointRefused: Not a WebSocket address, an ambiguous one (user info, control characters, letters beyond
                ASCII, a backslash), or ``ws://`` to another machine. The message contains the host at most.
        """
        text = url.strip(" ")
        # Before urlsplit, which silently drops tabs and line ends.
        if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
            raise EndpointRefused("the address has invalid characters: write it in plain ASCII")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, None
        if parts is None or parts.scheme not in _DEFAULT_PORTS:
            raise EndpointRefused("the address is not a WebSocket one: it must begin with wss://")
        if "@" in parts.netloc:
            raise EndpointRefused("the address has a user name or password: remove it")
        if parts.fragment or "#" in text:
            raise EndpointRefused("the address has a fragment (#): remove it")
        if not _is_host(host):
            raise EndpointRefused("the address has no valid host: write it like wss://host.example:443/path")
        endpoint = cls(
            parts.scheme,
            host,
            _DEFAULT_PORTS[parts.scheme] if port is None else port,
            parts.path + (f"?{parts.query}" if parts.query else ""),
        )
        if endpoint.port == 0:
            raise EndpointRefused("the address has port 0: give a valid port")
        if not endpoint.tls and not endpoint.loopback:
            raise EndpointRefused(f"ws:// to {host} is not encrypted: use wss://, or a loopback address")
        return endpoint

    @property
    def tls(self) -> bool:
        return self.scheme == "wss"

    @property
    def loopback(self) -> bool:
        """Whether it is this machine: 127.0.0.0/8, ::1 or ``localhost``, in no other spelling."""
        if self.host == "localhost":
            return True
        address = _address(self.host)
        if isinstance(address, IPv4Address):
            return address in _LOOPBACK_NETWORK
        return address == IPv6Address("::1")

    @property
    def venue(self) -> bool:
        """Whether this is Coinbase itself: one of its two hosts, over TLS, at port 443."""
        return self.tls and self.host in VENUE_HOSTS and self.port == _DEFAULT_PORTS["wss"]

    @property
    def shown(self) -> str:
        """For screen and log: host, and port where it is not the default."""
        return _host_and_port(self.host, self.port, _DEFAULT_PORTS[self.scheme])

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.shown}{self.target}"


def may_receive_token(endpoint: Endpoint, *, credentials_explicit: bool) -> bool:
    """Whether a token may be sent to ``endpoint``.

    Args:
        endpoint: Where the connection leads.
        credentials_explicit: The command that named the address named the key too (``--key-file``, ``--env-key``). A
            key that was only found (in its default place, by ``DEPTHVIEW_KEY_FILE``) does not count.
    """
    return endpoint.venue or (credentials_explicit and (endpoint.tls or endpoint.loopback))


def rest_base(endpoint: Endpoint) -> str:
    """Scheme and host of the REST interface that belongs to ``endpoint``, without a slash at its end."""
    if endpoint.venue:
        return VENUE_REST
    if endpoint.tls:
        return "https://" + _host_and_port(endpoint.host, endpoint.port, 443)
    return "http://" + _host_and_port(endpoint.host, endpoint.port, 80)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_host(host: str) -> bool:
    if ":" in host or "%" in host:
        return isinstance(_address(host), IPv6Address) and "%" not in host
    return len(host) <= _LONGEST_HOST and _HOST_NAME.fullmatch(host) is not None


def _host_and_port(host: str, port: int, default: int) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port == default else f"{bracketed}:{port}"
