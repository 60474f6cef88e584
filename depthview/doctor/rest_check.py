"""What the venue's REST interface says of the key: one request, made with ``--rest`` only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError, URLError

from depthview.auth.endpoints import rest_base
from depthview.doctor.report import Step, StepResult, StepStatus
from depthview.system.http import get

if TYPE_CHECKING:
    from depthview.auth.endpoints import Endpoint
    from depthview.auth.tokens import Signer

PATH: Final = "/api/v3/brokerage/key_permissions"
"""Used by the venue's own Python client."""
_LARGEST: Final = 64 * 1024
_REFUSED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class RestAnswer:
    status: int = 0
    """HTTP status; 0 where nothing came."""
    rights: tuple[str, ...] | None = None
    """Which of ``view``, ``trade`` and ``transfer`` the key has; None where the answer does not say."""


def ask(endpoint: Endpoint, signer: Signer, timeout: float) -> RestAnswer:
    """Request the key's rights with a REST token, which names method, host and path. Blocks: call it in a thread.

    Args:
        endpoint: One that may receive a token; the REST interface that belongs to it is asked.
        signer: Makes the token.
        timeout: Seconds.
    """
    base = rest_base(endpoint)
    token = signer.sign_rest("GET", base.partition("://")[2], PATH)
    try:
        with get(base + PATH, loopback=endpoint.loopback, timeout=timeout, token=token.text) as response:
            return RestAnswer(response.status, rights_in(response.read(_LARGEST)))
    except HTTPError as error:
        error.close()
        return RestAnswer(error.code)
    except (URLError, OSError, HTTPException, ValueError):
        return RestAnswer()


def rights_in(body: bytes) -> tuple[str, ...] | None:
    """The rights that an answer gives the key; None where it does not say."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("can_view"), bool):
        return None
    return tuple(right for right in ("view", "trade", "transfer") if document.get(f"can_{right}") is True)


def judge_rest(answer: RestAnswer, *, accepted: bool | None, seconds: float) -> StepResult:
    """The step's result.

    Args:
        answer: From :func:`ask`.
        accepted: Whether the WebSocket accepted a token of the same key; None where it was not tried or did not say.
        seconds: Time taken.
    """

    def result(status: StepStatus, what: str, cure: str = "") -> StepResult:
        return StepResult(Step.REST, status, what, cure, seconds)

    if answer.status == 0:
        return result(StepStatus.FAILURE, "REST does not answer", "check the network")
    if answer.status in _REFUSED:
        if accepted:
            what = f"REST refuses the key (HTTP {answer.status}), which the WebSocket accepts: rights or address"
            return result(StepStatus.FAILURE, what, "check the key's rights and allowed addresses in the CDP portal")
        if accepted is False:
            what = f"REST refuses the key too (HTTP {answer.status}): it is the key, see acceptance"
            return result(StepStatus.SKIPPED, what)
        what = f"REST refuses the key (HTTP {answer.status}): it is deleted, disabled or bound to other addresses"
        return result(StepStatus.FAILURE, what, "check the key in the CDP portal, or make a new one (ECDSA, view only)")
    if answer.rights is None:
        what = f"REST answers, but not with the key's rights (HTTP {answer.status})"
        return result(StepStatus.WARNING, what, "try again; the address may have changed")
    valid = "the key is valid" + (": the WebSocket token is at fault, not the key" if accepted is False else "")
    rights = ", ".join(answer.rights) or "none"
    if "view" not in answer.rights:
        what = f"{valid}; its rights: {rights}; view is missing"
        return result(StepStatus.FAILURE, what, "give it the view right in the CDP portal")
    if len(answer.rights) > 1:
        return result(
            StepStatus.WARNING, f"{valid}; its rights: {rights}; a viewer needs view only", "use a view-only key"
        )
    return result(StepStatus.OK, f"{valid}; its rights: view only")
