"""Servers on loopback that are no exchange: they count, keep what they get, and answer what they are told to."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from depthview.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@dataclass
class Listener:
    """What a server has seen."""

    port: int = 0
    connections: int = 0
    got: bytearray = field(default_factory=bytearray)
    """Everything that clients sent, after TLS where there is any."""


@asynccontextmanager
async def listener(
    answer: bytes | None = None, tls: ssl.SSLContext | None = None, *, hasty: bool = False
) -> AsyncIterator[Listener]:
    """A TCP server.

    Args:
        answer: Sent once the head of a request has come, and the connection closed; None answers nothing, ever.
        tls: For a TLS server.
        hasty: Answer whatever comes, without waiting for the end of the head.
    """
    seen = Listener()
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        writers.append(writer)
        try:
            while piece := await reader.read(65536):
                seen.got += piece
                if answer is not None and (hasty or b"\r\n\r\n" in seen.got):
                    writer.write(answer)
                    await writer.drain()
                    break
        except (ConnectionError, ssl.SSLError):
            pass  # a client that leaves without a word is what some tests are about
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


def tls_server(folder: Path, name: str, *, days: int = 2) -> tuple[ssl.SSLContext, Path]:
    """A TLS server's context with a self-signed certificate, and the file that a client would have to trust.

    Args:
        folder: Where to write the certificate and its key.
        name: Whose certificate: a host name or an IP address.
        days: Until when it is good, from now; it has been so for ten days.
    """
    key = generate_private_key(SECP256R1())
    now = datetime.datetime.fromtimestamp(SystemClock().unix(), datetime.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    try:
        known_as: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        known_as = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=10))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([known_as]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, chain = folder / "trusted.pem", folder / "chain.pem"
    trusted.write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(trusted.read_bytes() + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, trusted
