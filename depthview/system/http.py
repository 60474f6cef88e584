"""HTTPS requests of the standard library, without redirects."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

from depthview import __version__

if TYPE_CHECKING:
    from email.message import Message
    from http.client import HTTPResponse
    from typing import IO


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none: a redirect would lead a token to another host."""


def get(url: str, *, loopback: bool, timeout: float, token: str = "") -> HTTPResponse:
    """The open response to a GET; redirects are errors. Blocks: call it in a thread.

    Args:
        url: ``https://``, or ``http://`` to loopback, which the caller has checked.
        loopback: Whether the host is this machine; then no proxy is used.
        timeout: Seconds for each operation on the socket.
        token: Sent as a bearer token where not empty.

    Raises:
        urllib.error.HTTPError: Any status but 2xx.
        OSError: No connection; :exc:`urllib.error.URLError` is one.
        http.client.HTTPException: The answer is not HTTP.
        ValueError: The URL cannot be requested.
    """
    headers = {"User-Agent": f"depthview/{__version__}"} | ({"Authorization": f"Bearer {token}"} if token else {})
    handlers = [_NoRedirect(), *([urllib.request.ProxyHandler({})] if loopback else [])]
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  # see the argument
    response: HTTPResponse = urllib.request.build_opener(*handlers).open(request, timeout=timeout)
    return response
