"""Handshakes, tokens, limits and clocks on the wire, and the REST address that tells of a key."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from depthview.clock import SystemClock
from depthview.exchange.keys import make_key
from depthview.exchange.options import ClaimsPolicy, ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.exchange.tokens import RefusalReason
from tests.exchange.client import HANDSHAKE, connected, eventually, sign
from tests.exchange.stage import PRODUCT, SMALL, Stage, stage

if TYPE_CHECKING:
    from tests.support.calibration import Scaled

pytestmark = pytest.mark.usefixtures("strict_loop")

KEY = make_key()
KEYS = {KEY.name: KEY.public_key}
PERMISSIONS = "/api/v3/brokerage/key_permissions"


async def _refused(url: str) -> tuple[int, dict[str, str]]:
    """Status and headers of a handshake that is not accepted."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, proxy=None):
            pass
    response = refused.value.response
    return response.status_code, {name.lower(): value for name, value in response.headers.raw_items()}


@pytest.mark.parametrize("status", [401, 403, 500, 502, 503, 599])
async def test_handshakes_are_answered_by_any_status_as_often_as_asked(status: int) -> None:
    options = ExchangeOptions(**SMALL, faults=(f"handshake:status={status},times=2,retry_after=7",))
    async with Exchange(options, SystemClock()) as exchange:
        for _ in range(2):
            told, headers = await _refused(exchange.url)
            assert (told, headers["retry-after"]) == (status, "7")
        async with connected(exchange.url) as client:
            await client.subscribe("heartbeats")
            await client.acknowledged()
        whats = [entry.what for entry in exchange.injected]
        assert whats == ["begin", "frame", "frame", "end"]


async def test_what_is_open_is_cut_off_first_unless_told_otherwise() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("handshake:drop=0")
        await at.more(3)
        assert (await _refused(at.exchange.url))[0] == 503
        at.exchange.provoke("rate_limit:http=1,retry_after=3")
        with pytest.raises(ConnectionClosed):
            await at.client.until(lambda _frame: False)
        status, headers = await _refused(at.exchange.url)
        assert (status, headers["retry-after"]) == (429, "3")
        async with connected(at.exchange.url):
            pass


async def test_a_redirect_says_where_to() -> None:
    options = ExchangeOptions(**SMALL, faults=("redirect:location=wss://example.invalid/x?y=z,status=307",))
    async with Exchange(options, SystemClock()) as exchange:
        reader, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
        writer.write(HANDSHAKE)
        head = (await reader.read()).decode().split("\r\n")
        writer.close()
        assert head[0] == "HTTP/1.1 307 Temporary Redirect"
        assert "Location: wss://example.invalid/x?y=z" in head


async def test_a_handshake_may_hang_and_is_cut_off_in_the_end() -> None:
    options = ExchangeOptions(**SMALL, faults=("hang:seconds=0.5",))
    async with Exchange(options, SystemClock()) as exchange:
        with pytest.raises(TimeoutError):
            async with connect(exchange.url, proxy=None, open_timeout=0.2):
                pass
        async with connected(exchange.url) as client:
            await client.subscribe("heartbeats")
            await client.acknowledged()
        exchange.provoke("hang:seconds=0.1")
        with pytest.raises((ConnectionError, InvalidMessage)):
            async with connect(exchange.url, proxy=None, open_timeout=5):
                pass


@pytest.mark.timed
async def test_an_exchange_ends_at_once_though_somebody_hangs(scaled: Scaled) -> None:
    async with Exchange(ExchangeOptions(**SMALL, faults=("hang:seconds=60",)), SystemClock()) as exchange:
        _, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
        writer.write(HANDSHAKE)
        await eventually(lambda: any(entry.what == "frame" for entry in exchange.injected))
        leaving = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - leaving < scaled(1.0)
    writer.close()


async def _answer(at: Stage, token: str | None) -> str:
    await at.client.subscribe("heartbeats", **({} if token is None else {"jwt": token}))
    frame = await at.client.until(lambda frame: frame.get("channel") in {None, "subscriptions"})
    return str(frame.get("message", "obeyed"))


async def test_good_tokens_are_refused_and_the_public_goes_on() -> None:
    async with stage("refuse_auth:times=2", keys=KEYS) as at:
        now = SystemClock().unix()
        assert await _answer(at, sign(KEY, now)) == "authentication failure"
        assert await _answer(at, None) == "obeyed"
        assert await _answer(at, sign(KEY, now)) == "authentication failure"
        assert await _answer(at, sign(KEY, now)) == "obeyed"
        assert {refusal.reason for refusal in at.exchange.refusals} == {RefusalReason.COMMAND.value}
        assert len(at.injected("refuse_auth")) == 2


async def test_refusing_may_last_for_a_time() -> None:
    async with stage("refuse_auth:seconds=1", keys=KEYS, speed=4) as at:
        assert await _answer(at, sign(KEY, SystemClock().unix())) == "authentication failure"
        await at.over("refuse_auth")
        assert await _answer(at, sign(KEY, SystemClock().unix())) == "obeyed"


async def test_tokens_expire_sooner_than_they_say() -> None:
    async with stage("expire:life=10", keys=KEYS) as at:
        now = SystemClock().unix()
        assert await _answer(at, sign(KEY, now - 5)) == "obeyed"
        assert await _answer(at, sign(KEY, now - 11)) == "authentication failure"
        assert [refusal.reason for refusal in at.exchange.refusals] == [RefusalReason.EXPIRED.value]


@pytest.mark.parametrize("offset", [-300, 300])
async def test_a_wrong_clock_shows_in_stamps_in_the_date_header_and_where_tokens_are_judged(offset: int) -> None:
    async with stage(f"clock:offset={offset}", keys=KEYS) as at:
        now = SystemClock().unix()
        assert at.client.socket.response is not None
        date = parsedate_to_datetime(at.client.socket.response.headers["Date"]).timestamp()
        assert abs(date - now - offset) < 3
        assert await _answer(at, sign(KEY, now)) == "authentication failure"
        assert (
            at.exchange.refusals[0].reason
            == (RefusalReason.NOT_YET_VALID if offset < 0 else RefusalReason.EXPIRED).value
        )
        assert await _answer(at, sign(KEY, now + offset)) == "obeyed"
        _, body = await _get(at.exchange, "/api/v3/brokerage/time")
        assert abs(int(body["epochSeconds"]) - now - offset) < 3
        assert abs(at.exchange.injected[0].at - now) < 3


async def test_a_rate_limit_is_an_error_frame_for_every_request_until_it_is_over() -> None:
    async with stage(speed=4) as at:
        await at.level2()
        at.exchange.provoke("rate_limit:seconds=1")
        assert await at.client.error() == "rate limit exceeded"
        await at.client.subscribe("ticker", PRODUCT)
        assert await at.client.error() == "rate limit exceeded"
        await at.over("rate_limit")
        await at.client.subscribe("ticker", PRODUCT)
        assert "ticker" in await at.client.acknowledged()


async def _get(exchange: Exchange, target: str, *headers: str) -> tuple[int, Any]:
    """Status and body of a plain GET; the body read as JSON where it is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
    lines = [f"GET {target} HTTP/1.1", *headers]
    if not any(header.startswith("Host:") for header in headers):
        lines.append(f"Host: 127.0.0.1:{exchange.port}")
    writer.write("\r\n".join((*lines, "", "")).encode())
    head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    is_json = b"application/json" in head
    return int(head.split()[1]), json.loads(body) if is_json else body.decode()


def _bearer(uri: object, **changes: Any) -> str:  # noqa: ANN401  # claims of several types
    token = sign(KEY, SystemClock().unix(), claims={"uri": uri, **changes})
    return f"Authorization: Bearer {token}"


@pytest.mark.parametrize("claims", list(ClaimsPolicy))
async def test_a_key_may_ask_what_it_may_do(claims: ClaimsPolicy) -> None:
    options = ExchangeOptions(**SMALL, keys=KEYS, claims=claims)
    async with Exchange(options, SystemClock()) as exchange:
        expected = {
            "can_view": True,
            "can_trade": False,
            "can_transfer": False,
            "portfolio_uuid": "00000000-0000-4000-8000-000000000001",
            "portfolio_type": "DEFAULT",
        }
        for host in ("api.coinbase.com", f"127.0.0.1:{exchange.port}"):
            assert await _get(exchange, PERMISSIONS, _bearer(f"GET {host}{PERMISSIONS}")) == (200, expected)
        asked = await _get(exchange, f"{PERMISSIONS}?x=1", "Host: venue.test", _bearer(f"GET venue.test{PERMISSIONS}"))
        assert asked == (200, expected)
        exchange.provoke("permissions:view=1,trade=1,transfer=1")
        _, told = await _get(exchange, PERMISSIONS, _bearer(f"GET api.coinbase.com{PERMISSIONS}"))
        assert (told["can_trade"], told["can_transfer"]) == (True, True)


async def test_what_a_keys_owner_pays_is_told_to_nobody_else() -> None:
    path = "/api/v3/brokerage/transaction_summary"
    async with Exchange(ExchangeOptions(**SMALL, keys=KEYS), SystemClock()) as exchange:
        status, told = await _get(exchange, path, _bearer(f"GET http://127.0.0.1:{exchange.port}{path}"))
        assert (status, told["fee_tier"]["taker_fee_rate"]) == (200, "0.006")
        assert await _get(exchange, path, _bearer(f"GET api.coinbase.com{PERMISSIONS}")) == (401, "Unauthorized\n")
        assert await _get(exchange, path) == (401, "Unauthorized\n")


async def test_nobody_else_may() -> None:
    async with Exchange(ExchangeOptions(**SMALL, keys=KEYS), SystemClock()) as exchange:
        good = f"GET api.coinbase.com{PERMISSIONS}"
        other = make_key()
        now = SystemClock().unix()
        cases: list[tuple[str | None, RefusalReason]] = [
            (None, RefusalReason.NO_TOKEN),
            ("Authorization: Basic eDp5", RefusalReason.NO_TOKEN),
            ("Authorization: Bearer x.y.z", RefusalReason.MALFORMED),
            (f"Authorization: Bearer {sign(other, now, claims={'uri': good})}", RefusalReason.UNKNOWN_KEY),
            (_bearer(None), RefusalReason.OTHER_URI),
            (_bearer([good]), RefusalReason.OTHER_URI),
            (_bearer(f"POST api.coinbase.com{PERMISSIONS}"), RefusalReason.OTHER_URI),
            (_bearer(f"GET https://api.coinbase.com{PERMISSIONS}"), RefusalReason.OTHER_URI),
            (_bearer(good, exp=int(now) - 1), RefusalReason.EXPIRED),
        ]
        for header, _ in cases:
            status, body = await _get(exchange, PERMISSIONS, *([] if header is None else [header]))
            assert (status, body) == (401, "Unauthorized\n")
        assert [refusal.reason for refusal in exchange.refusals] == [reason.value for _, reason in cases]
