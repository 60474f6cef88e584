"""What the command line refuses: the exit code, and one line that names the fault and its cure."""

from __future__ import annotations

import json
import os
import sys

import pytest

from depthview.cli import main
from tests.auth.keys import forms, write_key
from tests.support.processes import COMMAND, Bench, Finished
from tests.support.recordings import small_recording
from tests.support.terminal import Terminal

_TOO_MANY = ",".join(f"P{number}-USD" for number in range(31))
_HOSTILE = "\x1b]0;owned\x07\n\N{RIGHT-TO-LEFT OVERRIDE}"

_USAGE = {
    "a flag that is none": ("stream --frobnicate", "unrecognized arguments: --frobnicate; see depthview"),
    "a shortened flag": ("stream --dem", "unrecognized arguments: --dem"),
    "a command that is none": ("strem BTC-USD", "'strem' is not a product name: product names look like BTC-USD"),
    "no product": ("stream BTC_USD", "'BTC_USD' is not a product name: product names look like BTC-USD"),
    "a 31st product": (f"stream {_TOO_MANY}", "31 products were named: one connection takes 30 at most"),
    "a speed without a replay": ("stream --demo --speed max", "--speed requires --replay FILE"),
    "no speed": ("stream --replay x --speed fast", "--speed 'fast' is neither a number above 0"),
    "no depth": ("stream --demo --depth -1", "--depth '-1' is not a whole number from 0"),
    "a depth of words": ("stream --demo --depth all", "--depth 'all' is not a whole number from 0"),
    "no count": ("stream --demo --count 0", "--count '0' is not a whole number from 1"),
    "no seconds": ("stream --demo --for soon", "--for 'soon' is not a number of seconds"),
    "no time between": ("stream --demo --every 0", "--every '0' is not above 0"),
    "two sources": ("stream --demo --url wss://venue.example", "not allowed with argument"),
    "two keys": ("stream --key-file x --env-key", "not allowed with argument"),
    "a key for the demo": ("stream --demo --key-file x", "--demo and --replay do not use your key"),
    "a recording of a replay": ("stream --replay x --record y", "a replay is a recording already"),
    "untrusted books nowhere": ("stream --demo --include-untrusted", "requires --dump-book FILE"),
    "no file to record to": ("record BTC-USD --demo", "are required: --output; see depthview record --help"),
    "no recording": ("replay", "are required: FILE; see depthview replay --help"),
    "numbers that are not judged, live": ("stream BTC-USD --sequence-scope none", "is for recordings"),
    "numbers that are not judged, in the demo": ("stream --demo --sequence-scope none", "is for recordings"),
    "a scope that is none": ("stream --demo --sequence-scope both", "invalid choice: 'both'"),
    "a product of no exchange": ("exchange --products NOPE-USD", "NOPE-USD"),
    "a token without a key": ("exchange --auth required", "make one with --key-out"),
    "a port that is none": ("exchange --port 70000", "give 0 to 65535"),
    "a viewer without a terminal": ("", "the viewer needs a terminal; for scripts there is `depthview stream`"),
    "a replay without a terminal": ("replay x", "the viewer needs a terminal"),
}
_CONFIGURATION = {
    "ws to another machine": ("stream --url ws://venue.example", "use wss://, or a loopback address"),
    "ws to a name like loopback": ("stream --url ws://127.0.0.1.venue.example", "use wss://"),
    "no websocket address": ("stream --url https://venue.example", "it must begin with wss://"),
    "a password in the address": ("stream --url wss://me:secret@venue.example", "remove it"),
    "a key file that is missing": ("stream --url ws://127.0.0.1:9 --key-file gone.json", "check the path"),
    "a key file that is open": ("stream --url ws://127.0.0.1:9 --key-file open.json", "chmod 600"),
    "a key file that is none": ("stream --url ws://127.0.0.1:9 --key-file foreign.txt", "key file"),
    "no key in the environment": ("stream --url ws://127.0.0.1:9 --env-key", "set both, or remove --env-key"),
    "a truth that exists": ("exchange --truth there.json", "remove it or name another file"),
    "a public key that is missing": ("exchange --public-key gone.pem --key-name me", "check the path"),
}
_FAILURE = {
    "a recording that is missing": ("stream --replay gone.jsonl", "it does not exist"),
    "a recording that is none": (
        "stream --replay foreign.txt",
        "neither the header of a depthview recording nor a frame",
    ),
    "a recording of another version": ("stream --replay later.jsonl", "update depthview"),
    "a recording that is empty": ("stream --replay empty.jsonl", "it is empty"),
    "a folder for a recording": ("stream --replay .", "it is a directory"),
    "a file to record to that exists": ("stream --demo --record there.json", "name another, or add --force"),
    "a folder that is not there": ("record --demo --output none/such", "its folder does not exist"),
}
_FILES = {
    "a dump that exists": ("stream --demo --dump-book there.json", "name another, or add --force"),
    "a log that exists": ("stream --demo --log-file there.json", "name another, or add --force"),
    "a home of nobody": ("stream --demo --dump-book ~nobody-at-all/x", "its folder does not exist"),
}


@pytest.fixture
def furnished(bench: Bench) -> Bench:
    """A folder with files that will not do."""
    write_key(bench.folder / "open.json", forms().sec1, mode=0o644)
    write_key(bench.folder / "mine.json", forms().sec1)
    (bench.folder / "foreign.txt").write_text("hello\n")
    (bench.folder / "empty.jsonl").write_text("")
    (bench.folder / "there.json").write_text("mine")
    (bench.folder / "later.jsonl").write_text('{"depthview":"recording","version":99}\n')
    return bench


_REFUSALS = [
    pytest.param(words, code, cure, id=name)
    for code, refusals in ((2, _USAGE), (2, _FILES), (78, _CONFIGURATION), (1, _FAILURE))
    for name, (words, cure) in refusals.items()
]
_AS_A_PROCESS = [("stream --frobnicate", 2), ("stream --url ws://venue.example", 78), ("stream --replay gone.jsonl", 1)]


@pytest.mark.parametrize(("words", "code", "cure"), _REFUSALS)
def test_what_is_refused_is_one_line_and_an_exit_code(
    furnished: Bench,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    words: str,
    code: int,
    cure: str,
) -> None:
    environment = furnished.environment()
    for name in {*os.environ} - {*environment}:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(furnished.folder)
    monkeypatch.setattr(sys, "argv", ["depthview", *words.split()])
    try:
        ended = main()
    except SystemExit as end:
        ended = int(end.code or 0)
    told = capfdbinary.readouterr()
    done = Finished(ended, told.out, told.err.decode(), [])
    assert done.code == code, done.err
    assert cure in done.one_line()
    assert done.out == b""
    assert (furnished.folder / "there.json").read_text() == "mine"


@pytest.mark.parametrize(("words", "code"), _AS_A_PROCESS)
def test_a_process_ends_with_that_line_and_code(bench: Bench, words: str, code: int) -> None:
    done = bench.run(*words.split())
    assert (done.code, done.out) == (code, b"")
    done.one_line()


def test_a_password_in_an_address_is_not_repeated(bench: Bench) -> None:
    assert "secret" not in bench.run("stream", "--url", "wss://me:secret@venue.example").err


def test_a_key_file_is_never_quoted(furnished: Bench) -> None:
    done = furnished.run("stream", "--url", "ws://127.0.0.1:9", "--key-file", "open.json")
    secret = json.loads((furnished.folder / "open.json").read_text())["privateKey"]
    assert not any(line in done.err for line in secret.splitlines() if len(line) > 20)


@pytest.mark.parametrize("words", [["stream", f"--{_HOSTILE}"], ["stream", _HOSTILE], ["stream", "--replay", _HOSTILE]])
def test_what_was_typed_comes_back_without_its_escapes(bench: Bench, words: list[str]) -> None:
    done = bench.run(*words)
    assert done.code in (1, 2)
    done.one_line()


_WITHOUT_A_FEED = ("--version", "exchange --for 0.1", "config show", "doctor --demo --for 0.1")


@pytest.mark.parametrize("words", ["auth public-key --key-file mine.json", *_WITHOUT_A_FEED])
def test_a_full_disk_is_told_in_a_line(furnished: Bench, words: str) -> None:
    with open("/dev/full", "wb") as full:
        done = furnished.run(*words.split(), stdout=full)
    assert done.code == 1
    assert done.one_line() == "depthview: cannot write to standard output: no space left on device"


@pytest.mark.parametrize("words", ["auth token --key-file mine.json", *_WITHOUT_A_FEED])
def test_a_closed_pipe_ends_it_quietly(furnished: Bench, words: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as pipe:
        done = furnished.run(*words.split(), stdout=pipe)
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("words", ["stream --demo", "--demo", "doctor --demo", "auth token", "exchange"])
def test_a_closed_standard_output_is_told_in_a_line(bench: Bench, words: str) -> None:
    done = bench.run(*words.split(), command=("sh", "-c", 'exec "$0" "$@" >&-', *COMMAND))
    assert done.code == 2
    done.one_line()


def test_a_terminal_that_cannot_show_it_is_told_so(bench: Bench) -> None:
    with Terminal(["-m", "depthview", "--demo"], bench.environment(), bench.folder, kind="dumb") as terminal:
        assert terminal.ends() == 2
        assert "TERM=dumb" in terminal.text
        assert "depthview stream" in terminal.text
        assert b"\x1b" not in terminal.written


def test_a_damaged_recording_is_shown_up_to_the_damage(bench: Bench) -> None:
    path = bench.folder / "cut.jsonl"
    small_recording(path, 1.0)
    path.write_bytes(path.read_bytes()[:-40])
    done = bench.run("stream", "--replay", path, "--speed", "max")
    assert done.code == 1
    assert done.one_line() == f"depthview: cannot replay {path}: record 13 is cut off"
    last = done.last()["BTC-USD"]
    assert (last["verdict"], last["bids"]) == ("SYNCED", [["1", "10"]])
