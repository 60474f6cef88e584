"""The command: in a process of its own where signals or its clients need one, else here."""

from __future__ import annotations

import argparse
import io
import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives import serialization
from websockets.exceptions import ConnectionClosed

from depthview.clock import SystemClock
from depthview.errors import DepthviewError
from depthview.exchange.command import add_arguments, run
from depthview.exchange.keys import make_key
from tests.exchange.client import connected, sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAIN: Final = """
import argparse, sys
from depthview.errors import DepthviewError
from depthview.exchange.command import add_arguments, run
parser = argparse.ArgumentParser()
add_arguments(parser)
try:
    sys.exit(run(parser.parse_args()))
except DepthviewError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""
_SMALL: Final = ("--products", "xlm-eur,ETH-EUR", "--levels", "30")


@contextmanager
def _exchange(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # our own interpreter and arguments
        [sys.executable, "-c", _MAIN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> dict[str, str | None]:
    assert process.stdout is not None
    told: dict[str, str | None] = json.loads(process.stdout.readline())
    return told


def _run(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output of the command, here."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    out = io.StringIO()
    return run(parser.parse_args(arguments), out), out.getvalue()


def _refused(*arguments: str) -> tuple[int, str]:
    """Exit code and one-line message of a command that is refused."""
    with pytest.raises(DepthviewError) as refusal:
        _run(*arguments)
    assert "\n" not in str(refusal.value)
    return refusal.value.exit_code, str(refusal.value)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)]
)
def test_a_signal_ends_it_with_its_code_and_the_truth_written(tmp_path: Path, number: int, code: int) -> None:
    truth = tmp_path / "truth.json"
    with _exchange(*_SMALL, "--truth", str(truth), "--quiet-after", "0") as process:
        told = _line(process)
        assert told["key_file"] is None
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (code, "", "")
    assert truth.stat().st_mode & 0o777 == 0o600
    books = json.loads(truth.read_text())
    assert sorted(books) == ["ETH-EUR", "XLM-EUR"]
    assert len(books["XLM-EUR"]["bids"][0]) == 2


def test_the_truth_of_a_quiet_market_depends_on_the_seed_alone(tmp_path: Path) -> None:
    books = []
    for name in ("a", "b"):
        path = tmp_path / name
        code, out = _run(*_SMALL, "--seed", "5", "--quiet-after", "0.3", "--for", "1", "--truth", str(path))
        assert (code, json.loads(out)["url"][:15]) == (0, "ws://127.0.0.1:")
        books.append(json.loads(path.read_text()))
    assert books[0] == books[1]


async def test_the_key_it_makes_opens_its_door(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    with _exchange(*_SMALL, "--key-out", str(path), "--auth", "required", "--nonce", "strict") as process:
        told = _line(process)
        assert told["key_file"] == str(path)
        assert path.stat().st_mode & 0o777 == 0o600
        written = json.loads(path.read_text())
        key = make_key()
        token = sign(
            type(key)(written["name"], written["privateKey"], key.public_key),
            SystemClock().unix(),
        )
        async with connected(str(told["url"])) as client:
            await client.subscribe("heartbeats", jwt=token)
            assert await client.acknowledged() == {"heartbeats": ["heartbeats"]}
            await client.subscribe("heartbeats", jwt=token)
            assert await client.error() == "authentication failure"


async def test_faults_are_provoked_and_put_on_record(tmp_path: Path) -> None:
    path = tmp_path / "injected.jsonl"
    faults = ("--fault", "gap:at=2,count=2", "--fault", "close:frame=9,code=1001")
    with _exchange(*_SMALL, *faults, "--rate", "200", "--injected", str(path)) as process:
        async with connected(str(_line(process)["url"])) as client:
            await client.subscribe("level2", "ETH-EUR")
            with pytest.raises(ConnectionClosed):
                await client.until(lambda _frame: False)
            assert [frame["sequence_num"] for frame in client.frames] == [0, 1, 4, 5, 6, 7]
        entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert path.stat().st_mode & 0o777 == 0o600
    touched = [(entry["fault"], entry["sequence"]) for entry in entries if entry["what"] == "frame"]
    assert touched == [("gap", 2), ("gap", 3), ("close", None)]


async def test_a_public_key_can_be_given(tmp_path: Path) -> None:
    key, path = make_key(), tmp_path / "public.pem"
    path.write_bytes(
        key.public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with _exchange(*_SMALL, "--public-key", str(path), "--key-name", key.name, "--numbering", "product") as process:
        told = _line(process)
        assert told["key_file"] is None
        async with connected(str(told["url"])) as client:
            await client.subscribe("heartbeats", jwt=sign(key, SystemClock().unix()))
            assert await client.acknowledged() == {"heartbeats": ["heartbeats"]}
            assert "sequence_num" not in client.frames[0]


def test_files_that_exist_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "there.json"
    path.write_text("mine")
    for option in ("--key-out", "--truth"):
        code, line = _refused(*_SMALL, option, str(path))
        assert code == 78
        assert "exists already: remove it or name another file" in line
    assert path.read_text() == "mine"


def test_arguments_that_do_not_fit_are_refused_with_the_cure(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("hello")
    for arguments, expected, words in [
        (("--products", "NOPE-USD"), 2, "does not trade"),
        (("--levels", "0"), 2, "out of range"),
        (("--auth", "required"), 2, "--key-out"),
        (("--fault", "gpa"), 2, "did you mean gap?"),
        (("--fault", "gap:product=NOPE-USD"), 2, "does not trade"),
        (("--injected", str(tmp_path / "no" / "folder")), 78, "cannot be created"),
        (("--key-name", "x"), 2, "go together"),
        (("--public-key", str(bad), "--key-name", "x"), 78, "is not a public key in PEM"),
        (("--truth", str(tmp_path / "no" / "folder")), 78, "cannot be created"),
    ]:
        code, line = _refused(*arguments)
        assert code == expected
        assert words in line


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "soon"])
def test_seconds_are_numbers_from_0(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args([f"--quiet-after={text}"])
    assert f"'{text}' is not a number of seconds from 0" in capsys.readouterr().err


def _modules(statement: str) -> set[str]:
    """What is loaded after a statement in a fresh interpreter."""
    program = f"{statement}; import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(loaded.stdout.split())


def test_its_arguments_are_cheap_to_load() -> None:
    loaded = _modules("import depthview.exchange.command")
    assert not loaded & {"asyncio", "websockets", "jwt", "cryptography", "msgspec"}


def test_the_exchange_loads_nothing_of_the_viewer() -> None:
    ours = {name for name in _modules("import depthview.exchange.server") if name.startswith("depthview.")}
    assert "depthview.exchange.market" in ours
    foreign = {name for name in ours if not name.startswith(("depthview.exchange", "depthview.system"))}
    assert foreign <= {"depthview.clock", "depthview.errors"}
