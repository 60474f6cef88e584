"""REST asked about the key, on a small server of our own; and what its answers mean."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import jwt
import pytest
from websockets.asyncio.server import ServerConnection, serve

from depthview.auth.endpoints import Endpoint
from depthview.auth.tokens import Signer
from depthview.clock import SystemClock
from depthview.doctor.report import StepStatus
from depthview.doctor.rest_check import PATH, RestAnswer, ask, judge_rest, rights_in
from tests.auth.keys import forms, load_key_file, write_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from websockets.http11 import Request, Response

F = forms()


class _Rest:
    def __init__(self, status: int, body: str) -> None:
        self.status = status
        self.body = body
        self.requests: list[tuple[str, str]] = []

    def answer(self, socket: ServerConnection, request: Request) -> Response:
        self.requests.append((request.path, request.headers.get("Authorization", "")))
        response = socket.respond(HTTPStatus(self.status), self.body)
        if 300 <= self.status < 400:
            response.headers["Location"] = "/elsewhere"
        return response


@asynccontextmanager
async def _served(rest: _Rest) -> AsyncIterator[int]:
    async def no_websocket(_: ServerConnection) -> None:
        raise AssertionError("REST was asked for")

    async with serve(no_websocket, "127.0.0.1", 0, process_request=rest.answer) as server:
        port: int = server.sockets[0].getsockname()[1]
        yield port


def _signer(tmp_path: Path) -> Signer:
    return Signer(load_key_file(write_key(tmp_path / "k.json", F.sec1)), SystemClock())


async def test_the_token_names_method_host_and_path(tmp_path: Path) -> None:
    rest = _Rest(200, json.dumps({"can_view": True, "can_trade": False, "can_transfer": False, "portfolio_uuid": "x"}))
    signer = _signer(tmp_path)
    async with _served(rest) as port:
        answer = await asyncio.to_thread(ask, Endpoint.parse(f"ws://127.0.0.1:{port}/feed"), signer, 5.0)
    assert answer == RestAnswer(200, ("view",))
    path, header = rest.requests[0]
    assert path == PATH == "/api/v3/brokerage/key_permissions"
    scheme, _, token = header.partition(" ")
    assert scheme == "Bearer"
    public_key = load_key_file(tmp_path / "k.json").private_key.reveal().public_key()
    claims = jwt.decode(token, public_key, algorithms=["ES256"], leeway=2)
    assert claims["uri"] == f"GET 127.0.0.1:{port}{PATH}"
    assert claims["exp"] - claims["nbf"] == 120


def test_the_venue_s_token_names_its_rest_host(tmp_path: Path) -> None:
    token = _signer(tmp_path).sign_rest("GET", "api.coinbase.com", PATH)
    claims = jwt.decode(token.text, options={"verify_signature": False})
    assert claims["uri"] == "GET api.coinbase.com/api/v3/brokerage/key_permissions"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, "Unauthorized", RestAnswer(401)),
        (302, "", RestAnswer(302)),
        (200, "not JSON", RestAnswer(200)),
        (200, "[]", RestAnswer(200)),
        (200, '{"can_view": "yes"}', RestAnswer(200)),
        (
            200,
            '{"can_view": true, "can_trade": true, "can_transfer": true}',
            RestAnswer(200, ("view", "trade", "transfer")),
        ),
    ],
)
async def test_what_comes_back(tmp_path: Path, status: int, body: str, expected: RestAnswer) -> None:
    rest = _Rest(status, body)
    async with _served(rest) as port:
        answer = await asyncio.to_thread(ask, Endpoint.parse(f"ws://127.0.0.1:{port}"), _signer(tmp_path), 5.0)
    assert answer == expected
    assert len(rest.requests) == 1, "a redirect was followed"


async def test_nobody_there(tmp_path: Path) -> None:
    async with _served(_Rest(200, "")) as port:
        pass
    answer = await asyncio.to_thread(ask, Endpoint.parse(f"ws://127.0.0.1:{port}"), _signer(tmp_path), 5.0)
    assert answer == RestAnswer()


@pytest.mark.parametrize(
    ("answer", "accepted", "status", "words"),
    [
        (RestAnswer(200, ("view",)), True, StepStatus.OK, "its rights: view only"),
        (RestAnswer(200, ("view",)), False, StepStatus.OK, "the WebSocket token is at fault, not the key"),
        (
            RestAnswer(200, ("view", "trade")),
            True,
            StepStatus.WARNING,
            "its rights: view, trade; a viewer needs view only",
        ),
        (RestAnswer(200, ("view", "transfer")), None, StepStatus.WARNING, "view, transfer"),
        (RestAnswer(200, ("trade",)), True, StepStatus.FAILURE, "view is missing"),
        (RestAnswer(200, ()), True, StepStatus.FAILURE, "its rights: none"),
        (RestAnswer(401), False, StepStatus.SKIPPED, "it is the key, see acceptance"),
        (RestAnswer(401), None, StepStatus.FAILURE, "it is deleted, disabled"),
        (RestAnswer(403), True, StepStatus.FAILURE, "which the WebSocket accepts"),
        (RestAnswer(404), True, StepStatus.WARNING, "HTTP 404"),
        (RestAnswer(), None, StepStatus.FAILURE, "does not answer"),
    ],
)
def test_what_it_means(answer: RestAnswer, accepted: bool | None, status: StepStatus, words: str) -> None:
    result = judge_rest(answer, accepted=accepted, seconds=0.1)
    assert result.status is status
    assert words in result.what
    assert bool(result.cure) is (status in (StepStatus.WARNING, StepStatus.FAILURE))


def test_deep_nonsense_is_no_permission() -> None:
    assert rights_in(b"[" * 60_000) is None
