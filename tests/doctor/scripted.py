"""A venue of few words on loopback, that can be broken in one way at a time; and what it takes to reach it."""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from depthview.clock import SystemClock
from depthview.config.run_options import CredentialOptions
from depthview.doctor.local_checks import check_setup
from depthview.doctor.network_checks import Limits, NetworkChecks
from depthview.doctor.report import Step, StepResult, StepStatus
from tests.auth.keys import new_ec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from websockets.http11 import Request, Response

LIMITS = Limits(connect=2.0, answer=0.5, snapshot=1.0)


@dataclass
class Script:
    """What this venue does; the defaults are good manners."""

    silent: bool = False
    heartbeats: bool = True
    refuses_tokens: bool = False
    wants_tokens: bool = False
    clock_ahead: float = 0.0
    """Of its frames and its Date header, in seconds."""
    levels: int = 20
    unknown: tuple[str, ...] = ()
    """Products that it has nothing to say of, as the venue has nothing to say of an unknown one."""
    gap: bool = False
    closes_after_snapshot: bool = False
    status: int = 101
    tokens: list[str] = field(default_factory=list)
    """Every token that came in a message."""
    rest_tokens: list[str] = field(default_factory=list)
    """Every token that came in a header."""


class _Talk:
    def __init__(self, socket: ServerConnection, script: Script) -> None:
        self._socket = socket
        self._script = script
        self._number = 0
        self._subscriptions: dict[str, list[str]] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            beats = tasks.create_task(self._beat())
            try:
                async for message in self._socket:
                    await self._obey(json.loads(message))
            finally:
                beats.cancel()

    async def _emit(self, channel: str, event: dict[str, Any]) -> None:
        now = datetime.now(UTC) + timedelta(seconds=self._script.clock_ahead)  # noqa: TID251  # the venue's own clock
        frame = {
            "channel": channel,
            "timestamp": now.isoformat().replace("+00:00", "Z"),
            "sequence_num": self._number,
            "events": [event],
        }
        self._number += 1
        await self._socket.send(json.dumps(frame))

    async def _beat(self) -> None:
        counter = 100
        while True:
            await asyncio.sleep(0.05)
            if self._script.heartbeats and "heartbeats" in self._subscriptions:
                counter += 1
                if self._script.gap and counter == 104:
                    self._number += 3
                await self._emit("heartbeats", {"heartbeat_counter": counter})

    async def _obey(self, request: dict[str, Any]) -> None:
        script, token = self._script, request.get("jwt")
        if script.silent:
            return
        if token is not None:
            script.tokens.append(token)
        if (token is None and script.wants_tokens) or (token is not None and script.refuses_tokens):
            await self._socket.send(json.dumps({"type": "error", "message": "authentication failure"}))
            return
        channel = request["channel"]
        for product in request.get("product_ids", []):
            if product in script.unknown:
                continue
            rows = [{"side": "bid", "price_level": str(at + 1), "new_quantity": "1"} for at in range(script.levels)]
            await self._emit("l2_data", {"type": "snapshot", "product_id": product, "updates": rows})
        if channel == "level2" and script.closes_after_snapshot:
            await self._socket.close(1011)
            return
        self._subscriptions[channel] = request.get("product_ids", [channel])
        await self._emit("subscriptions", {"subscriptions": self._subscriptions})


@asynccontextmanager
async def scripted(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port that it listens on."""

    async def talk(socket: ServerConnection) -> None:
        try:
            await _Talk(socket, script).run()
        except* ConnectionClosed:
            pass  # the usual end

    def refuse(socket: ServerConnection, request: Request) -> Response | None:
        if "Authorization" in request.headers:
            script.rest_tokens.append(request.headers["Authorization"].removeprefix("Bearer "))
            return socket.respond(401, "no\n")
        return None if script.status == 101 else socket.respond(script.status, "no\n")

    def dated(_: ServerConnection, __: Request, response: Response) -> Response:
        now = datetime.now(UTC) + timedelta(seconds=script.clock_ahead)  # noqa: TID251  # as above
        del response.headers["Date"]
        response.headers["Date"] = format_datetime(now, usegmt=True)
        return response

    server = serve(talk, "127.0.0.1", 0, ssl=tls, process_request=refuse, process_response=dated, compression=None)
    async with server as listening:
        port: int = listening.sockets[0].getsockname()[1]
        yield port


async def examined(
    url: str,
    folder: Path,
    options: CredentialOptions | None = None,
    *,
    products: tuple[str, ...] = ("BTC-USD",),
    for_seconds: float = 0.3,
    limits: Limits = LIMITS,
    with_rest: bool = False,
    env: Mapping[str, str] | None = None,
) -> list[StepResult]:
    """All results of one examination, the steps before the network included."""
    clock = SystemClock()
    prepared = check_setup(url, options or CredentialOptions(), env or {}, folder / "config", clock)
    results = list(prepared.results)
    examination = NetworkChecks(
        prepared, products, for_seconds, clock, results.append, with_rest=with_rest, limits=limits
    )
    await examination.run(env or {})
    assert [result.step for result in results] == [step for step in Step if step is not Step.TERMINAL]
    return results


def faulty(results: list[StepResult]) -> dict[Step, StepStatus]:
    """The steps that warn or fail."""
    return {
        result.step: result.status for result in results if result.status in (StepStatus.WARNING, StepStatus.FAILURE)
    }


def told(results: list[StepResult], step: Step) -> StepResult:
    return next(result for result in results if result.step is step)


def patient(largest_message: int) -> Limits:
    return replace(LIMITS, largest_message=largest_message)


def certificate(folder: Path, name: str, days: float) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for a name or address, and the file that makes its certificate trusted."""
    key, now = new_ec(), datetime.now(UTC)  # noqa: TID251  # certificates live by wall time
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Throw-away Issuer")])
    try:
        san: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        san = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([san]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    pem, private = folder / "server.pem", folder / "server.key"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context, pem


@asynccontextmanager
async def connect_proxy(port: int, status: int = 200) -> AsyncIterator[tuple[int, list[str]]]:
    """A proxy whose every tunnel leads to ``port`` on this machine: its own port, and what it was asked for."""
    asked: list[str] = []
    pipes: set[asyncio.Task[None]] = set()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # one side is gone; so is the tunnel
        finally:
            writer.close()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        writer.write(f"HTTP/1.1 {status} whatever\r\n\r\n".encode())
        if status != 200:
            writer.close()
            return
        inward, outward = await asyncio.open_connection("127.0.0.1", port)
        for task in (asyncio.create_task(pipe(reader, outward)), asyncio.create_task(pipe(inward, writer))):
            pipes.add(task)
            task.add_done_callback(pipes.discard)

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()
        await asyncio.gather(*pipes, return_exceptions=True)
