"""Connections that cannot be made: what is tried again and what is not, in which words, and who gets to see a token."""

from __future__ import annotations

import asyncio
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.server import ServerConnection, serve

from depthview.errors import ConnectionFailed
from depthview.feed import websocket
from depthview.views.market import ConnectionState
from tests.support.feed import ends, feed, lone_worker, seconds_to_next_try
from tests.support.listeners import listener, tls_server
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.session.session import MarketSession


pytestmark = pytest.mark.usefixtures("strict_loop")


async def _final(url: str) -> tuple[str, MarketSession]:
    """Run a feed that gives up at once; returns its last words."""
    worker, session = lone_worker(url)
    async with asyncio.timeout(5):
        with pytest.raises(ConnectionFailed) as caught:
            await worker.run()
    assert caught.value.final
    assert session.connection.state is ConnectionState.FAILED
    assert session.connection.detail == str(caught.value)
    assert {session.products.market(product).verdict.value for product in session.products.names()} == {"DOWN"}
    return str(caught.value), session


async def _waiting(url: str) -> tuple[str, float]:
    """Run a feed until it waits for its next try; returns why, and for how long."""
    worker, session = lone_worker(url)
    task = asyncio.create_task(worker.run())
    await until(lambda: session.connection.state is ConnectionState.WAITING, "a wait")
    wait = seconds_to_next_try(session)
    await ends(task)
    return session.connection.detail, wait


# --- answers of the server --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_the_other_server_never_hears_of_us(status: int) -> None:
    async with listener() as elsewhere:
        head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: ws://127.0.0.1:{elsewhere.port}/\r\nContent-Length: 0\r\n\r\n"
        async with listener(head.encode()) as server:
            words, _ = await _final(f"ws://127.0.0.1:{server.port}")
            assert words == (
                f"127.0.0.1:{server.port} answered with a redirect ({status}), which is refused: correct --url"
            )
            assert server.connections == 1
            assert b"eyJ" not in server.got
        await asyncio.sleep(0)
        assert elsewhere.connections == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusal_by_status_is_final(status: int) -> None:
    async with feed() as running:
        await running.synced()
        running.relay.answer(status)
        await running.relay.close(1012)
        await until(running.task.done, "the end")
        with pytest.raises(ConnectionFailed, match=rf"refused the WebSocket \(HTTP {status}\)") as caught:
            running.task.result()
        assert caught.value.code == status
        assert running.session.connection.state is ConnectionState.FAILED
        assert running.relay.handshakes == 2


@pytest.mark.parametrize("status", [408, 503])
async def test_a_server_that_is_not_available_is_tried_again(status: int) -> None:
    async with feed(signed=False) as running:
        await running.synced()
        running.relay.answer(status)
        await running.relay.close(1001)
        await until(lambda: running.told(f"is not available (HTTP {status}); next try in"), "the failure")
        await running.synced()
        assert running.relay.handshakes == 3
        assert running.sample("BTC-USD")["connection"]["reconnects"] == 1


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [("7", 7, 7.1), ("", 5, 5.1), ("1e9", 300, 300.1), ("-3", 5, 5.1), ("nan", 5, 5.1), ("8|9", 8, 8.1)],
    ids=["as asked", "not said", "for ever", "negative", "no number", "twice"],
)
async def test_a_limited_rate_is_respected_within_reason(retry_after: str, least: float, most: float) -> None:
    async with feed(signed=False) as running:
        await running.synced()
        running.relay.answer(429, **({"Retry_After": retry_after} if retry_after else {}))
        await running.relay.close(1001)
        await until(lambda: running.told("limits the rate (HTTP 429)"), "the failure")
        assert least <= seconds_to_next_try(running.session) <= most
        assert running.relay.handshakes == 2


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"SSH-2.0-hello\r\n\r\n", b"\xff\x00\r\n\r\n", b""]
)
async def test_what_is_no_websocket_server_is_called_so_or_refused(answer: bytes) -> None:
    async with listener(answer) as server:
        worker, session = lone_worker(f"ws://127.0.0.1:{server.port}")
        task = asyncio.create_task(worker.run())
        await until(lambda: session.connection.detail, "a word")
        assert session.connection.detail.startswith(f"127.0.0.1:{server.port} ")
        assert session.connection.detail.isprintable()
        assert b"eyJ" not in server.got
        await ends(task)


# --- no answer --------------------------------------------------------------------------------------------------------


async def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    words, wait = await _waiting(f"ws://127.0.0.1:{port}")
    assert words == f"127.0.0.1:{port} refused the connection"
    assert 0.25 <= wait <= 0.5


async def test_all_addresses_of_a_name_refuse() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    words, _ = await _waiting(f"ws://localhost:{port}")
    assert words == f"localhost:{port} refused the connection"


async def test_a_name_that_cannot_be_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    words, wait = await _waiting("wss://venue.example")
    assert words == "cannot resolve venue.example: check the name and the network"
    assert 0.25 <= wait <= 0.5


async def test_a_name_that_is_none_is_not_tried_again() -> None:
    label = "a" * 64
    words, _ = await _final(f"wss://{label}.example")
    assert words == f"{label}.example is not a valid host name: check the address"


async def test_a_server_that_never_answers_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "OPEN_TIMEOUT", 0.2)
    async with listener() as server:
        words, _ = await _waiting(f"ws://127.0.0.1:{server.port}")
        assert words == f"127.0.0.1:{server.port} did not answer in time"
        assert b"eyJ" not in server.got


async def test_while_it_is_tried_the_verdict_says_so_and_no_wait_is_told_of_any_more() -> None:
    async with listener() as server:
        worker, session = lone_worker(f"ws://127.0.0.1:{server.port}")
        task = asyncio.create_task(worker.run())
        await until(lambda: server.got, "the handshake's first half")
        for product in session.products.names():
            judgement = session.products.market(product).judgement
            assert (judgement.verdict.value, judgement.reason) == ("DOWN", "connecting")
        await ends(task)


async def test_a_peer_that_answers_no_pings_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "PING_INTERVAL", 0.1)
    monkeypatch.setattr(websocket, "PING_TIMEOUT", 0.1)
    monkeypatch.setattr(websocket, "_CLOSE_TIMEOUT", 0.1)

    async def stall(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    async with serve(stall, "127.0.0.1", 0, ping_interval=None, close_timeout=0.1) as server:
        worker, session = lone_worker(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        task = asyncio.create_task(worker.run())
        await until(lambda: session.connection.state is ConnectionState.WAITING, "the watchdog")
        assert session.connection.detail == "no answer to pings: the connection is dead"
        await ends(task)


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "days", "trusted", "reason"),
    [
        ("127.0.0.1", 2, False, "self-signed certificate"),
        ("venue.example", 2, True, "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        ("127.0.0.1", -1, True, "certificate has expired"),
    ],
    ids=["self-signed", "another's", "expired"],
)
async def test_a_certificate_that_is_not_good_ends_the_feed_before_a_byte_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, days: int, trusted: bool, reason: str
) -> None:
    context, certificate = tls_server(tmp_path, name, days=days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listener(b"", context) as server:
        words, session = await _final(f"wss://127.0.0.1:{server.port}")
        address = f"127.0.0.1:{server.port}"
        assert words == f"TLS certificate of {address} is not trusted ({reason}): nothing was sent"
        assert not server.got
        assert session.events.newest(1)[0].text == f"{words}; not trying again"


async def test_a_good_certificate_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = tls_server(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listener(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", context) as server:
        words, _ = await _final(f"wss://127.0.0.1:{server.port}")
        assert "(HTTP 403)" in words
        assert server.got.startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"HTTP/1.1 400 No\r\n\r\n", "TLS with {} failed"), (b"", "{} cut the connection off during the handshake")],
    ids=["in clear", "hangs up"],
)
async def test_a_plain_server_behind_a_tls_address_gets_nothing_but_a_greeting(answer: bytes, words: str) -> None:
    async with listener(answer, hasty=True) as server:
        detail, _ = await _waiting(f"wss://127.0.0.1:{server.port}")
        assert detail.startswith(words.format(f"127.0.0.1:{server.port}"))
        assert b"GET" not in server.got


# --- proxies ----------------------------------------------------------------------------------------------------------


async def test_no_proxy_stands_between_us_and_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listener() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with feed(signed=False) as running:
            await running.synced()
        assert proxy.connections == 0


async def test_the_venue_is_reached_through_the_proxy_and_the_token_is_not_in_the_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = f"HTTP/1.1 {HTTPStatus.FORBIDDEN.value} No\r\nContent-Length: 0\r\n\r\n"
    async with listener(refusal.encode()) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        words, _ = await _waiting("wss://advanced-trade-ws.coinbase.com")
        assert words == "the proxy refused to connect to advanced-trade-ws.coinbase.com"
        assert proxy.got.startswith(b"CONNECT advanced-trade-ws.coinbase.com:443 HTTP/1.1\r\n")
        assert b"eyJ" not in proxy.got


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        (
            "socks5://127.0.0.1:9",
            "the environment names a SOCKS proxy, which needs the package python-socks: "
            "pip install 'python-socks[asyncio]', or set an HTTP proxy, or none",
        ),
        ("gopher://127.0.0.1:9", "the proxy in the environment is not an address: correct it"),
    ],
)
async def test_a_proxy_that_cannot_be_used_ends_the_feed(
    monkeypatch: pytest.MonkeyPatch, proxy: str, words: str
) -> None:
    monkeypatch.setenv("wss_proxy", proxy)
    assert (await _final("wss://venue.example"))[0] == words
