"""A name server that never answers holds up no exit: not the viewer's, not a stream's, not the doctor's."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from depthview.auth.endpoints import Endpoint
from depthview.clock import SystemClock
from depthview.config.run_options import CredentialOptions
from depthview.doctor.local_checks import Setup, check_setup
from depthview.doctor.network_checks import Limits, NetworkChecks
from depthview.doctor.report import Step, StepStatus
from depthview.feed.product_list import products_of_venue
from depthview.system import event_loop
from tests.auth.keys import forms, write_key
from tests.doctor.scripted import Script, scripted
from tests.support.processes import patiently
from tests.support.terminal import Terminal
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from depthview.doctor.report import StepResult
    from tests.support.calibration import Scaled
    from tests.support.processes import Bench

URL = "wss://venue.example"
_PROGRAM = """
import socket, sys, time

def looked_up(*args, **kwargs):
    open("looking up", "w").close()
    time.sleep(60)

socket.getaddrinfo = looked_up
from depthview.cli import main
sys.exit(main(sys.argv[1:]))
"""
pytestmark = pytest.mark.timed
_OF_OUR_LOOP = 6
"""Arguments that the event loop's lookups have; those of ``urllib`` have fewer."""
_SOON = 4.0
"""Seconds; the lookup takes 60."""


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Name lookups wait for this test's end; set once one is under way."""
    begun, over = threading.Event(), threading.Event()

    def lookup(*_: object, **__: object) -> list[object]:
        begun.set()
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    yield begun
    over.set()


@pytest.mark.parametrize(("key", "code"), [(b"q", 0), (b"\x03", 130)], ids=["q", "Ctrl+C"])
def test_the_viewer_is_left_at_once(bench: Bench, key: bytes, code: int, scaled: Scaled) -> None:
    command = ["-c", _PROGRAM, "BTC-USD", "--public", "--url", URL]
    with Terminal(command, bench.environment(), bench.folder) as terminal:
        terminal.until((bench.folder / "looking up").exists, "a lookup")
        terminal.shows("DOWN")
        terminal.press(key)
        assert terminal.ends(seconds=scaled(_SOON)) == code


@pytest.mark.parametrize(
    "words", [["stream"], ["doctor"], ["doctor", "--rest"], ["record", "--output", "session.jsonl"]], ids=" ".join
)
def test_a_command_is_interrupted_at_once(bench: Bench, words: list[str], scaled: Scaled) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *words, "BTC-USD", "--public", "--url", URL],
        env=bench.environment(),
        cwd=bench.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            patiently((bench.folder / "looking up").exists, "a lookup")
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=scaled(_SOON))
        finally:
            process.kill()
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert (bench.folder / "session.jsonl").exists() is (words[0] == "record")


def test_the_doctor_gives_up_in_time_and_names_the_name(hanging: threading.Event, scaled: Scaled) -> None:
    told: list[StepResult] = []
    clock = SystemClock()
    prepared = Setup((), Endpoint.parse(URL), unsigned="there is no key")
    examination = NetworkChecks(prepared, ("BTC-USD",), 1.0, clock, told.append, limits=Limits(connect=0.2))
    began = clock.monotonic()
    event_loop.run(examination.run({}))
    assert clock.monotonic() - began < scaled(_SOON)
    assert hanging.is_set()
    assert [result.step for result in told if result.status is StepStatus.FAILURE] == [Step.RESOLUTION]


def test_rest_is_given_up_in_time_and_interrupted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scaled: Scaled
) -> None:
    begun, over, lookup = threading.Event(), threading.Event(), socket.getaddrinfo

    def hangs_for_rest(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401  # whatever it is called with
        if len(args) != _OF_OUR_LOOP:
            begun.set()
            over.wait(60)
        return lookup(*args, **kwargs)

    async def asked(told: list[StepResult], *, interrupted: bool) -> None:
        key = CredentialOptions(key_file=write_key(tmp_path / "key.json", forms().sec1))
        async with scripted(Script()) as port:
            monkeypatch.setattr(socket, "getaddrinfo", hangs_for_rest)
            prepared = check_setup(f"ws://localhost:{port}", key, {}, tmp_path, clock)
            limits = Limits(connect=60.0 if interrupted else 0.3, answer=2.0, snapshot=5.0)
            examination = NetworkChecks(prepared, ("BTC-USD",), 0.1, clock, told.append, with_rest=True, limits=limits)
            running = asyncio.create_task(examination.run({}))
            await until(begun.is_set, "REST's lookup")
            if interrupted:
                running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            monkeypatch.setattr(socket, "getaddrinfo", lookup)

    clock = SystemClock()
    try:
        for interrupted in (False, True):
            told: list[StepResult] = []
            begun.clear()
            began = clock.monotonic()
            event_loop.run(asked(told, interrupted=interrupted))
            assert clock.monotonic() - began < scaled(_SOON)
            failed = [result.step for result in told if result.status is StepStatus.FAILURE]
            assert failed == ([] if interrupted else [Step.REST])
    finally:
        over.set()


def test_the_product_list_is_given_up_with_whoever_wants_it(hanging: threading.Event, scaled: Scaled) -> None:
    async def asked() -> None:
        task = asyncio.create_task(products_of_venue("https://venue.example", loopback=True))
        await until(hanging.is_set, "the lookup")
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    clock = SystemClock()
    began = clock.monotonic()
    event_loop.run(asked())
    assert clock.monotonic() - began < scaled(_SOON)


async def test_what_an_abandonable_call_raises_or_returns_reaches_who_waits() -> None:
    assert await event_loop.in_daemon_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await event_loop.in_daemon_thread(lambda: 1 // 0)


def test_names_are_still_looked_up() -> None:
    async def addresses() -> set[str]:
        found = await asyncio.get_running_loop().getaddrinfo("localhost", 443, type=socket.SOCK_STREAM)
        return {str(address[4][0]) for address in found}

    found = event_loop.run(addresses())
    assert found
    assert found <= {"127.0.0.1", "::1"}
