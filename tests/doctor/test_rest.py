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

from depthview.auth.credentials import load_key_file
from depthview.auth.endpoints import Endpoint
from depthview.auth.tokens import Signer
from depthview.clock import SystemClock
from depthview.doctor.network_checks import PATH, Answer, ask, judge_rest, permissions
from depthview.doctor.report import Status
from tests.auth.keys import forms, write_key

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
    assert answer == Answer(200, ("view",))
    path, header = rest.requests[0]
    assert path == PATH == "/api/v3/brokerage/key_permissions"
    scheme, _, token = header.partition(" ")
    assert scheme == "Bearer"
    public_key = signer.credentials.private_key.reveal().public_key()
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
        (401, "Unauthorized", Answer(401)),
        (302, "", Answer(302)),
        (200, "not JSON", Answer(200)),
        (200, "[]", Answer(200)),
        (200, '{"can_view": "yes"}', Answer(200)),
        (
            200,
            '{"can_view": true, "can_trade": true, "can_transfer": true}',
            Answer(200, ("view", "trade", "transfer")),
        ),
    ],
)
async def test_what_comes_back(tmp_path: Path, status: int, body: str, expected: Answer) -> None:
    rest = _Rest(status, body)
    async with _served(rest) as port:
        answer = await asyncio.to_thread(ask, Endpoint.parse(f"ws://127.0.0.1:{port}"), _signer(tmp_path), 5.0)
    assert answer == expected
    assert len(rest.requests) == 1, "a redirect was followed"


async def test_nobody_there(tmp_path: Path) -> None:
    async with _served(_Rest(200, "")) as port:
        pass
    answer = await asyncio.to_thread(ask, Endpoint.parse(f"ws://127.0.0.1:{port}"), _signer(tmp_path), 5.0)
    assert answer == Answer()


@pytest.mark.parametrize(
    ("answer", "accepted", "status", "words"),
    [
        (Answer(200, ("view",)), True, Status.OK, "it may view, and nothing else"),
        (Answer(200, ("view",)), False, Status.OK, "the WebSocket token is at fault, not the key"),
        (Answer(200, ("view", "trade")), True, Status.WARNING, "it may view, trade: more than a viewer needs"),
        (Answer(200, ("view", "transfer")), None, Status.WARNING, "view, transfer"),
        (Answer(200, ("trade",)), True, Status.FAILURE, "but not view"),
        (Answer(200, ()), True, Status.FAILURE, "it may do nothing"),
        (Answer(401), False, Status.SKIPPED, "it is the key, see acceptance"),
        (Answer(401), None, Status.FAILURE, "it is dead"),
        (Answer(403), True, Status.FAILURE, "which the WebSocket accepts"),
        (Answer(404), True, Status.WARNING, "HTTP 404"),
        (Answer(), None, Status.FAILURE, "does not answer"),
    ],
)
def test_what_it_means(answer: Answer, accepted: bool | None, status: Status, words: str) -> None:
    result = judge_rest(answer, accepted=accepted, seconds=0.1)
    assert result.status is status
    assert words in result.what
    assert bool(result.cure) is (status in (Status.WARNING, Status.FAILURE))


def test_deep_nonsense_is_no_permission() -> None:
    assert permissions(b"[" * 60_000) is None
