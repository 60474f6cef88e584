"""Each broken thing in turn is named, and no other; on real sockets of this machine."""

from __future__ import annotations

import asyncio
import base64
import socket
from typing import TYPE_CHECKING

import pytest

from depthview.auth.credentials import from_environment
from depthview.auth.endpoints import Endpoint
from depthview.clock import SystemClock
from depthview.config.run_options import CredentialOptions
from depthview.doctor.local_checks import demo_setup
from depthview.doctor.network_checks import Limits, NetworkChecks
from depthview.doctor.report import Step, StepResult, StepStatus, exit_code
from depthview.exchange.keys import make_key
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.feed.connection import MAX_MESSAGE_BYTES
from tests.auth.keys import forms, write_key
from tests.auth.made_tokens import claims, made
from tests.doctor.scripted import (
    Script,
    certificate,
    connect_proxy,
    examined,
    faulty,
    patient,
    scripted,
    told,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.calibration import Scaled

F = forms()
FAILED = StepStatus.FAILURE


@pytest.fixture(autouse=True)
def no_proxy_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("wss", "ws", "socks", "https", "http", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)


@pytest.fixture
def key(tmp_path: Path) -> CredentialOptions:
    return CredentialOptions(key_file=write_key(tmp_path / "k.json", F.sec1))


async def test_a_good_venue_leaves_nothing_to_say(tmp_path: Path, key: CredentialOptions) -> None:
    script = Script()
    async with scripted(script) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key, products=("BTC-USD", "ETH-USD"))
    assert faulty(results) == {}
    assert exit_code(results) == 0
    skipped = [result.step for result in results if result.status is StepStatus.SKIPPED]
    assert skipped == [Step.PROXY, Step.TLS, Step.REST]
    assert "BTC-USD: 20 levels" in told(results, Step.SNAPSHOT).what
    assert len(script.tokens) == 2
    assert script.tokens[0] != script.tokens[1]


async def test_without_a_key_the_public_way_is_gone(tmp_path: Path) -> None:
    script = Script()
    async with scripted(script) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path)
    assert (faulty(results), exit_code(results), script.tokens) == ({}, 0, [])
    assert told(results, Step.ACCEPTANCE).status is StepStatus.SKIPPED


async def test_an_address_that_is_none(tmp_path: Path) -> None:
    results = await examined("http://127.0.0.1:9", tmp_path)
    assert faulty(results) == {Step.CONFIGURATION: FAILED}
    assert exit_code(results) == 78


async def test_a_closed_port(tmp_path: Path, key: CredentialOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key, with_rest=True)
    assert faulty(results) == {Step.TCP: FAILED}
    assert told(results, Step.REST).what == "not requested: see TCP"
    assert f"nothing listens at port {port}" in told(results, Step.TCP).what
    assert told(results, Step.SNAPSHOT).what == "not reached: see TCP"
    assert exit_code(results) == 1


async def test_a_name_that_is_not_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    results = await examined("wss://venue.test", tmp_path)
    assert faulty(results) == {Step.RESOLUTION: FAILED}
    assert "venue.test" in told(results, Step.RESOLUTION).what


async def test_a_certificate_that_nobody_trusts(tmp_path: Path, key: CredentialOptions) -> None:
    context, _ = certificate(tmp_path, "127.0.0.1", days=300)
    script = Script()
    async with scripted(script, context) as port:
        results = await examined(f"wss://127.0.0.1:{port}", tmp_path, key)
    assert faulty(results) == {Step.TLS: FAILED}
    assert "not trusted" in told(results, Step.TLS).what
    assert script.tokens == []


@pytest.mark.parametrize(("days", "expected"), [(300, {}), (5, {Step.TLS: StepStatus.WARNING})])
async def test_a_trusted_certificate_and_one_that_ends_soon(
    tmp_path: Path, key: CredentialOptions, monkeypatch: pytest.MonkeyPatch, days: int, expected: dict[Step, StepStatus]
) -> None:
    context, trusted = certificate(tmp_path, "127.0.0.1", days=days)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with scripted(Script(), context) as port:
        results = await examined(f"wss://127.0.0.1:{port}", tmp_path, key)
    assert faulty(results) == expected
    assert f"issued by Throw-away Issuer, valid for {days}" in told(results, Step.TLS).what
    assert exit_code(results) == 0


class TestProxy:
    """The way by a proxy that the environment names."""

    @pytest.fixture
    def trusted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
        context, pem = certificate(tmp_path, "venue.test", days=300)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        return context

    async def test_one_that_lets_us_through(
        self, tmp_path: Path, key: CredentialOptions, monkeypatch: pytest.MonkeyPatch, trusted: object
    ) -> None:
        async with scripted(Script(), trusted) as port, connect_proxy(port) as (proxy, asked):  # type: ignore[arg-type]  # a fixture's
            env = {"https_proxy": f"http://me:hunter22hunter22@127.0.0.1:{proxy}"}
            monkeypatch.setenv("https_proxy", env["https_proxy"])
            results = await examined(f"wss://venue.test:{port}", tmp_path, key, env=env)
        assert faulty(results) == {}
        assert told(results, Step.PROXY).what == "opens a tunnel (set by https_proxy)"
        assert told(results, Step.RESOLUTION).what == "the proxy resolves the name"
        assert all(head.startswith(f"CONNECT venue.test:{port} ") for head in asked)
        assert base64.b64encode(b"me:hunter22hunter22").decode() in asked[0]
        assert "hunter22" not in str(results)

    @pytest.mark.parametrize(
        ("status", "words"), [(403, "refuses this host (HTTP 403)"), (407, "requires a user name")]
    )
    async def test_one_that_does_not(
        self, tmp_path: Path, key: CredentialOptions, monkeypatch: pytest.MonkeyPatch, status: int, words: str
    ) -> None:
        async with connect_proxy(9, status) as (proxy, _):
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy}")
            results = await examined("wss://venue.test", tmp_path, key)
        assert faulty(results) == {Step.PROXY: FAILED}
        assert words in told(results, Step.PROXY).what

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("http://127.0.0.1:{closed}", "the proxy refused the connection"),
            ("ftp://127.0.0.1:{closed}", "is not an address"),
            ("socks5h://127.0.0.1:{closed}", "python-socks"),
        ],
    )
    async def test_one_that_is_not_there(
        self, tmp_path: Path, key: CredentialOptions, monkeypatch: pytest.MonkeyPatch, address: str, words: str
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            closed = taken.getsockname()[1]
        monkeypatch.setenv("https_proxy", address.format(closed=closed))
        results = await examined("wss://venue.test", tmp_path, key)
        assert faulty(results) == {Step.PROXY: FAILED}
        assert words in told(results, Step.PROXY).what


@pytest.mark.parametrize(("status", "words"), [(403, "HTTP 403"), (503, "HTTP 503"), (302, "redirect (302)")])
async def test_a_handshake_that_is_refused(tmp_path: Path, key: CredentialOptions, status: int, words: str) -> None:
    async with scripted(Script(status=status)) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key)
    assert faulty(results) == {Step.HANDSHAKE: FAILED}
    assert words in told(results, Step.HANDSHAKE).what
    assert told(results, Step.HANDSHAKE).cure


@pytest.mark.parametrize("ahead", [300.0, -300.0])
async def test_a_clock_that_is_off(tmp_path: Path, key: CredentialOptions, ahead: float) -> None:
    async with scripted(Script(clock_ahead=ahead, refuses_tokens=True)) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key)
    assert faulty(results) == {Step.CLOCK: FAILED}
    side = "behind" if ahead > 0 else "ahead of"
    assert f"s {side} the venue" in told(results, Step.CLOCK).what
    assert "timedatectl" in told(results, Step.CLOCK).cure
    assert "because of the clock" in told(results, Step.ACCEPTANCE).what
    assert told(results, Step.SNAPSHOT).status is StepStatus.OK


async def test_a_clock_that_is_off_a_little(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(clock_ahead=-3)) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key)
    assert faulty(results) == {Step.CLOCK: StepStatus.WARNING}
    assert exit_code(results) == 0


async def test_an_unknown_key(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(refuses_tokens=True)) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key)
    assert faulty(results) == {Step.ACCEPTANCE: FAILED}
    found = told(results, Step.ACCEPTANCE)
    assert "authentication failure; most likely: the venue does not know the key" in found.what
    assert "CDP portal" in found.cure
    assert told(results, Step.SNAPSHOT).status is StepStatus.OK
    assert exit_code(results) == 1


async def test_a_server_that_wants_a_token_for_everything(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(wants_tokens=True)) as port:
        with_key = await examined(f"ws://127.0.0.1:{port}", tmp_path, key)
        without = await examined(f"ws://127.0.0.1:{port}", tmp_path)
    assert faulty(with_key) == {Step.WITHOUT_TOKEN: StepStatus.WARNING}
    assert "this server requires a token for every message" in told(with_key, Step.WITHOUT_TOKEN).what
    assert told(with_key, Step.SNAPSHOT).status is StepStatus.OK
    assert faulty(without) == {Step.WITHOUT_TOKEN: FAILED}
    assert "--key-file" in told(without, Step.WITHOUT_TOKEN).cure


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_key_file_that_is_open_to_others(tmp_path: Path, allowed: bool) -> None:
    path = write_key(tmp_path / "k.json", F.sec1, mode=0o644)
    script = Script()
    async with scripted(script) as port:
        options = CredentialOptions(key_file=path, allow_loose_permissions=allowed)
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, options)
    assert faulty(results) == ({} if allowed else {Step.PERMISSIONS: FAILED})
    assert exit_code(results) == (0 if allowed else 78)
    assert bool(script.tokens) is allowed
    assert "mode 0644" in told(results, Step.PERMISSIONS).what
    assert told(results, Step.SNAPSHOT).status is StepStatus.OK


async def test_a_key_that_cannot_be_read(tmp_path: Path) -> None:
    options = CredentialOptions(key_file=write_key(tmp_path / "k.json", F.p384))
    async with scripted(Script()) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, options)
    assert faulty(results) == {Step.KEY: FAILED}
    assert "secp384r1" in told(results, Step.KEY).what
    assert exit_code(results) == 78
    assert told(results, Step.HEARTBEATS).status is StepStatus.OK


async def test_silence_after_the_handshake(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(silent=True)) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key)
    assert faulty(results) == {Step.WITHOUT_TOKEN: FAILED}
    assert told(results, Step.WITHOUT_TOKEN).what.startswith("silence: the server accepted the handshake")


async def test_no_heartbeats(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(heartbeats=False)) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key, for_seconds=3.1)
        briefly = await examined(f"ws://127.0.0.1:{port}", tmp_path, key, for_seconds=0.1)
    assert faulty(results) == {Step.HEARTBEATS: FAILED}
    assert told(results, Step.HEARTBEATS).what.startswith("none within 3.1 s")
    assert faulty(briefly) == {}
    assert "too short to judge" in told(briefly, Step.HEARTBEATS).what


async def test_a_snapshot_over_the_limit(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(levels=2_000)) as port:
        url = f"ws://127.0.0.1:{port}"
        over = await examined(url, tmp_path, key, limits=patient(largest_message=50_000))
        near = await examined(url, tmp_path, key, limits=patient(largest_message=150_000))
    assert faulty(over) == {Step.SNAPSHOT: FAILED}
    assert "over the limit of 50,000 bytes" in told(over, Step.SNAPSHOT).what
    assert told(over, Step.HEARTBEATS).what == "not reached: see first snapshot"
    assert faulty(near) == {Step.SNAPSHOT: StepStatus.WARNING}


async def test_a_product_that_is_none(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(unknown=("NONE-USD",))) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key, products=("BTC-USD", "NONE-USD"))
    assert faulty(results) == {Step.SNAPSHOT: FAILED}
    assert told(results, Step.SNAPSHOT).what == "no snapshot received for NONE-USD"


async def test_a_gap(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(gap=True)) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key, for_seconds=0.8)
    assert faulty(results) == {Step.SEQUENCE: FAILED}
    assert "1 gap, 3 messages missed" in told(results, Step.SEQUENCE).what


async def test_a_connection_that_is_lost(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script(closes_after_snapshot=True)) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path, key)
    assert faulty(results) == {Step.SEQUENCE: FAILED}
    assert "internal error (1011)" in told(results, Step.SEQUENCE).what


async def test_a_ready_made_token(tmp_path: Path) -> None:
    now = int(SystemClock().unix())
    token = made(None, claims(nbf=now - 5, exp=now + 60))
    script = Script()
    async with scripted(script) as port:
        url, options = f"ws://127.0.0.1:{port}", CredentialOptions(jwt_from_env=True)
        results = await examined(url, tmp_path, options, env={"JWT": f"export JWT={token}"})
        refused = await examined(url, tmp_path, options, env={"JWT": "nonsense"})
    assert faulty(results) == {}
    assert script.tokens == [token, token]
    assert "stripped: an `export JWT=` prefix" in told(results, Step.KEY).what
    assert faulty(refused) == {Step.KEY: FAILED}
    assert exit_code(refused) == 78


async def test_a_key_that_was_found_goes_to_no_other_host(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    write_key(tmp_path / "config" / "cdp_api_key.json", F.sec1)
    script = Script()
    async with scripted(script) as port:
        results = await examined(f"ws://127.0.0.1:{port}", tmp_path)
    assert (faulty(results), script.tokens) == ({}, [])
    assert "unless a key is named together with --url" in told(results, Step.KEY).what


class _VenueClock(SystemClock):
    def __init__(self, ahead: float) -> None:
        self._ahead = ahead

    def unix(self) -> float:
        return super().unix() + self._ahead


async def _demo(
    *,
    public: bool = False,
    known: bool = True,
    venue_ahead: float = 0.0,
    for_seconds: float = 0.3,
    faults: tuple[str, ...] = (),
    with_rest: bool = True,
    largest_message: int = MAX_MESSAGE_BYTES,
) -> list[StepResult]:
    """All results of an examination of the embedded exchange."""
    clock, key = SystemClock(), make_key()
    keys = {(key if known else make_key()).name: key.public_key}
    made_key = from_environment({"COINBASE_API_KEY": key.name, "COINBASE_API_SECRET": key.private_pem})
    async with Exchange(ExchangeOptions(keys=keys, faults=faults), _VenueClock(venue_ahead)) as exchange:
        prepared = demo_setup(Endpoint.parse(exchange.url), None if public else made_key, clock)
        results = list(prepared.results)
        products = ("BTC-USD", "ETH-USD")
        limits = Limits(largest_message=largest_message)
        examination = NetworkChecks(
            prepared, products, for_seconds, clock, results.append, with_rest=with_rest, limits=limits
        )
        await examination.run({})
    assert key.name not in str(results)
    return results


@pytest.mark.timed
@pytest.mark.parametrize("public", [False, True])
async def test_the_demo_is_green_and_quick(public: bool, scaled: Scaled) -> None:
    clock = SystemClock()
    began = clock.monotonic()
    results = await _demo(public=public, for_seconds=1.2)
    assert clock.monotonic() - began < 1.2 + scaled(3.0)
    assert faulty(results) == {}
    assert told(results, Step.HEARTBEATS).status is StepStatus.OK
    assert told(results, Step.REST).status is (StepStatus.SKIPPED if public else StepStatus.OK)


@pytest.mark.parametrize("ahead", [300.0, -300.0])
async def test_the_demo_with_its_clock_moved(ahead: float) -> None:
    results = await _demo(venue_ahead=ahead)
    assert faulty(results) == {Step.CLOCK: FAILED}
    assert "because of the clock" in told(results, Step.ACCEPTANCE).what


async def test_the_demo_with_a_key_that_it_does_not_know() -> None:
    results = await _demo(known=False)
    assert faulty(results) == {Step.ACCEPTANCE: FAILED}
    assert "does not know the key" in told(results, Step.ACCEPTANCE).what
    # REST has refused it too, which is the same thing once more.
    assert told(results, Step.REST).status is StepStatus.SKIPPED
    assert "(HTTP 401): it is the key" in told(results, Step.REST).what


async def test_the_demo_without_heartbeats() -> None:
    results = await _demo(faults=("heartbeat_stop:seconds=30,resubscribe=0,after=0",), for_seconds=3.2)
    assert faulty(results) == {Step.HEARTBEATS: FAILED}
    assert told(results, Step.HEARTBEATS).what.startswith("none within 3.2 s, though they are subscribed")
    assert told(results, Step.SEQUENCE).status is StepStatus.OK


async def test_the_demo_with_a_snapshot_over_the_limit() -> None:
    results = await _demo(faults=("huge_snapshot:seconds=60,after=0",), largest_message=8 << 20)
    assert faulty(results) == {Step.SNAPSHOT: FAILED}
    assert told(results, Step.SNAPSHOT).what.startswith("a snapshot is over the limit of 8,388,608 bytes")


async def test_the_demo_in_silence() -> None:
    results = await _demo(faults=("stall:seconds=30,lose=1,after=0",), with_rest=False)
    assert faulty(results) == {Step.WITHOUT_TOKEN: FAILED}
    assert told(results, Step.WITHOUT_TOKEN).what.startswith("silence: the server accepted the handshake")


async def test_it_can_be_cut_short(tmp_path: Path, key: CredentialOptions) -> None:
    async with scripted(Script()) as port:
        task = asyncio.create_task(examined(f"ws://127.0.0.1:{port}", tmp_path, key, for_seconds=60))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(task, 0.4)
    assert task.cancelled()
