"""What the venue's REST interface says of the key: whether it is alive, and what it may do. Asked for only."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError

from depthview import __version__
from depthview.auth.endpoints import rest_base
from depthview.doctor.results import Status, Step, StepResult

if TYPE_CHECKING:
    from email.message import Message
    from typing import IO

    from depthview.auth.endpoints import Endpoint
    from depthview.auth.tokens import Signer

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


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none: it would lead the token to another host."""


def ask(endpoint: Endpoint, signer: Signer, timeout: float) -> Answer:
    """Ask with a REST token, which names method, host and path. Waits for the network: call it in a thread.

    Args:
        endpoint: One that a token may go to; the REST interface that belongs to it is asked.
        signer: Makes the token.
        timeout: Seconds.
    """
    base = rest_base(endpoint)
    token = signer.sign_rest("GET", base.partition("://")[2], PATH)
    handlers: list[Any] = [_NoRedirect()]
    if endpoint.loopback:
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(  # noqa: S310  # https, or http to loopback: Endpoint has seen to it
        base + PATH,
        headers={"User-Agent": f"depthview/{__version__}", "Authorization": f"Bearer {token.text}"},
    )
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as answer:
            return Answer(answer.status, permissions(answer.read(_LARGEST)))
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
