"""The system's limits: what they stop is told with the limit's name and its cure, and the rest goes on."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import signal
import socket
import ssl
import sys
from typing import TYPE_CHECKING, Any

import pytest

from depthview.auth.endpoints import Endpoint
from depthview.clock import SystemClock
from depthview.errors import ConnectionFailed, CredentialError, RecordingError
from depthview.exchange.keys import make_key
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.feed.failures import connection_failed
from depthview.feed.websocket import WebSocketConnector
from depthview.recordings.reader import opened
from depthview.recordings.writer import Recorder
from depthview.system.logs import open_log
from tests.auth.keys import load_key_file
from tests.recordings.reading import read_all
from tests.support.descriptors import no_more_files
from tests.support.processes import COMMAND
from tests.support.relay import Relay
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.support.processes import Bench

_CURE = "too many open files: raise the limit with `ulimit -n`"
_linux = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of other processes are Linux's")


# --- open files -------------------------------------------------------------------------------------------------------


async def test_a_connection_for_which_there_is_no_descriptor_is_tried_again_and_says_why() -> None:
    async with Exchange(ExchangeOptions(), SystemClock()) as exchange:
        connector = WebSocketConnector(Endpoint.parse(exchange.url), SystemClock())
        with no_more_files(), pytest.raises(ConnectionFailed) as caught:
            async with connector.open():
                pass
        assert str(caught.value) == f"cannot connect to 127.0.0.1:{exchange.port}: {_CURE}"
        assert not caught.value.final
        async with connector.open() as link:
            assert not link.waiting


@pytest.mark.parametrize(
    "hidden",
    [
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        ssl.SSLCertVerificationError(1, "unable to get local issuer certificate"),
        OSError("libssl.so.3: cannot open shared object file: Too many open files"),
    ],
    ids=["a name lookup", "a certificate", "an import"],
)
def test_what_hides_the_limit_is_seen_through(hidden: Exception) -> None:
    with no_more_files():
        failure = connection_failed(hidden, "venue.example")
    assert str(failure) == f"cannot connect to venue.example: {_CURE}"
    assert not failure.final


def test_a_key_file_and_a_recording_that_cannot_be_opened_name_the_limit(tmp_path: Path) -> None:
    key_file = tmp_path / "key.json"
    key_file.touch(0o600)
    key_file.write_text(make_key().as_key_file())
    with no_more_files():
        with pytest.raises(CredentialError, match=f"cannot be read .{_CURE}.: then try again"):
            load_key_file(key_file)
        with pytest.raises(RecordingError, match=f"cannot record to .*: {_CURE}"):
            Recorder(tmp_path / "r.jsonl", clock=SystemClock())
        with pytest.raises(RecordingError, match=f"cannot replay .*: {_CURE}"), opened(tmp_path / "r.jsonl"):
            pass
    load_key_file(key_file)
    Recorder(tmp_path / "r.jsonl", clock=SystemClock()).close()


@_linux
async def test_a_stream_without_descriptors_says_so_and_reconnects_when_it_has_some(bench: Bench) -> None:
    async with Exchange(ExchangeOptions(), SystemClock()) as exchange, Relay(exchange.url) as relay:
        stream = await asyncio.create_subprocess_exec(
            *COMMAND, "stream", "BTC-USD", "--url", relay.url, "--every", "0.1", "--depth", "1", "--no-rest",
            env=bench.environment(), cwd=bench.folder, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
        )  # fmt: skip
        try:
            samples = _samples(stream)
            await _first(samples, lambda sample: sample["verdict"] == "SYNCED")
            with no_more_files(stream.pid):
                await relay.close(1012)
                down = await _first(samples, lambda sample: "too many" in (sample["reason"] or ""))
                assert down["verdict"] == "DOWN"
                assert _CURE in down["reason"]
            await _first(samples, lambda sample: sample["verdict"] == "SYNCED")
        finally:
            stream.terminate()
            await stream.communicate()
        assert stream.returncode == 128 + signal.SIGTERM


async def _samples(stream: asyncio.subprocess.Process) -> AsyncIterator[dict[str, Any]]:
    assert stream.stdout is not None
    async for line in stream.stdout:
        yield json.loads(line)


async def _first(samples: AsyncIterator[dict[str, Any]], fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(20):
        async for sample in samples:
            if fits(sample):
                return sample
    raise AssertionError("the stream ended first")


@_linux
def test_an_exchange_without_descriptors_says_so_once_and_accepts_again(bench: Bench) -> None:
    process = bench.start("exchange")
    assert process.stdout is not None
    port = int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
    try:
        waiting = socket.socket()
        with no_more_files(process.pid):
            waiting.connect(("127.0.0.1", port))
            waiting.sendall(b"GET /api/v3/brokerage/time HTTP/1.1\r\nHost: x\r\n\r\n")
            waiting.settimeout(2.5)  # asyncio tries again each second
            with pytest.raises(TimeoutError):
                waiting.recv(1)
        waiting.settimeout(15)
        assert waiting.recv(12) == b"HTTP/1.1 200"
        waiting.close()
    finally:
        done = bench.finish(process, signal.SIGTERM)
    assert done.one_line() == f"depthview: cannot take new connections: {_CURE}"


@pytest.mark.parametrize("most", [6, 8, 10])
@pytest.mark.parametrize("words", ["stream BTC-USD --demo --for 1", "exchange --for 1", "doctor --demo --for 1"])
def test_too_few_descriptors_to_begin_with_are_told_in_a_line(bench: Bench, most: int, words: str) -> None:
    launch = (
        f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, ({most}, {most}));"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    done = bench.run(*words.split(), command=(sys.executable, "-c", launch, "-m", "depthview"))
    assert done.code == 1
    assert _CURE in done.one_line()


# --- size of files ----------------------------------------------------------------------------------------------------

_LIMIT = 150_000
"""Bytes: a demo's recording reaches it with the first snapshots."""
_LIMITED = (
    "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])));"
    "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)


def _limited(most: int = _LIMIT) -> tuple[str, ...]:
    return sys.executable, "-c", _LIMITED, str(most), "-m", "depthview"


@pytest.mark.parametrize(("name", "most"), [("r.jsonl", 150_000), ("r.jsonl.gz", 50_000)])
def test_a_recording_that_may_grow_no_more_is_a_valid_one_and_the_stream_goes_on(
    bench: Bench, name: str, most: int
) -> None:
    words = ("stream", "BTC-USD", "--demo", "--for", "5", "--record", name, "--depth", "1", "--every", "0.2")
    done = bench.run(*words, command=_limited(most))
    assert done.code == 1
    assert done.one_line().startswith("depthview: RECORDING STOPPED: file size limit reached at 0.")
    assert done.last()["BTC-USD"]["verdict"] == "SYNCED"
    assert read_all(bench.folder / name)[1] == ""
    assert 0 < (bench.folder / name).stat().st_size <= most
    assert bench.run("inspect", name).err == ""


def test_a_viewer_goes_on_without_its_recording_and_its_flight_recording(bench: Bench) -> None:
    command = ["-c", _LIMITED, str(_LIMIT), "-m", "depthview"]
    words = ["BTC-USD", "--demo", "--record", "r.jsonl", "--flight-folder", "flights", "--fault", "gap:at=4"]
    with Terminal([*command, *words], bench.environment(), bench.folder, columns=200, rows=50) as terminal:
        terminal.shows("RECORDING STOPPED: file")
        seen = len(terminal.written)
        terminal.until(lambda: len(terminal.written) > seen + 1000, "more frames")
        terminal.press(b"q")
        assert terminal.ends() == 0
        terminal.assert_restored()
    assert read_all(bench.folder / "r.jsonl")[1] == ""
    for path in (bench.folder / "flights").iterdir():
        assert path.stat().st_size <= _LIMIT


def test_standard_output_that_may_grow_no_more_ends_with_whole_lines(bench: Bench) -> None:
    words = ("stream", "BTC-USD", "--demo", "--for", "20", "--every", "0.05")
    with open(bench.folder / "out.jsonl", "wb") as out:
        done = bench.run(*words, command=_limited(), stdout=out)
    assert done.code == 1
    assert done.one_line() == "depthview: cannot write to standard output: file too large"
    lines = (bench.folder / "out.jsonl").read_bytes().split(b"\n")
    for line in lines[:-1]:
        json.loads(line)


def test_a_log_that_may_grow_no_more_leaves_the_screen_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    open_log(tmp_path / "log")
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        for _ in range(10):
            root.error("something went wrong")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        open_log(None)
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "log").stat().st_size == 100
