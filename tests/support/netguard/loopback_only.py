"""The guard itself; imports nothing that a subprocess would not have loaded anyway."""

from __future__ import annotations

import socket
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOPBACK_NAMES = ("", "localhost", "ip6-localhost")
_WITH_SOCKET = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg")
_WITH_HOST = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


class SocketRefused(RuntimeError):
    """A socket was about to leave this machine."""


def install(note: Callable[[str], None]) -> None:
    """Refuse from now on, for the life of the process, every socket call that leaves loopback.

    Args:
        note: Told of every call before it is made: ``allowed EVENT ADDRESS`` or ``refused EVENT ADDRESS``.
    """

    def hook(event: str, args: tuple[object, ...]) -> None:
        if not event.startswith("socket."):
            return
        if event in _WITH_SOCKET:
            allowed, shown = _socket_call(args[0], args[1])
        elif event in _WITH_HOST:
            allowed, shown = _is_loopback(args[0], resolving=True), repr(args[0])
        elif event == "socket.getnameinfo":
            allowed, shown = _address_call(args[0])
        else:
            return
        note(f"{'allowed' if allowed else 'refused'} {event} {shown}")
        if not allowed:
            raise SocketRefused(f"{event} to {shown}: tests and demo stay on loopback")

    sys.addaudithook(hook)


def _socket_call(caller: object, address: object) -> tuple[bool, str]:
    family = getattr(caller, "family", None)
    if family == socket.AF_UNIX or address is None:  # no address: a connected socket, judged when it connected
        return True, "local"
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return False, repr(family)
    return _address_call(address)


def _address_call(address: object) -> tuple[bool, str]:
    host = address[0] if isinstance(address, tuple) and address else address
    return _is_loopback(host, resolving=False), repr(address)


def _is_loopback(host: object, *, resolving: bool) -> bool:
    if host is None:
        return resolving  # asks for a wildcard or loopback address; what is bound to is judged then
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text == "":
        return resolving  # as above, but bound to it means every interface
    if text in _LOOPBACK_NAMES:
        return True
    try:
        return ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False
