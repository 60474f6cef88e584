"""The run of third-party clients: what it accepts, what fails it, and what it leaves out."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tools.interop.__main__ import main
from tools.interop.clients import CLIENTS, Client, make
from tools.interop.judgement import complaints, refusal_complaints

if TYPE_CHECKING:
    from pathlib import Path

EXACT, FLOATS = CLIENTS[0], CLIENTS[1]
TRUTH = {"BTC-USD": {"bids": [["10.5", "2"], ["10", "1"]], "asks": [["11", "0.1"]]}}
REFUSED = {"books": {}, "refusals": ["401 Unauthorized", "authentication failure"]}


def _answer(client: Client, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # any part of an answer
    channels = dict.fromkeys(client.channels, 1)
    return {"books": TRUTH, "channels": channels, "refusals": [], "seconds": 12.0, **changes}


def test_true_books_pass_exactly_or_as_floats() -> None:
    assert complaints(EXACT, _answer(EXACT), TRUTH, 10.0) == []
    floats = {"BTC-USD": {"bids": [[10.5, 2.0], [10.0, 1.0]], "asks": [[11.0, 0.1]]}}
    assert complaints(FLOATS, _answer(FLOATS, books=floats), TRUTH, 10.0) == []
    assert refusal_complaints(REFUSED) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"books": {}}, "bids of BTC-USD: 0 levels and not 2"),
        (
            {"books": {"BTC-USD": TRUTH["BTC-USD"] | {"bids": [["10.5", "2"], ["10", "3"]]}}},
            "level 2 is ['10', '3'] and not ['10', '1']",
        ),
        ({"books": {"BTC-USD": TRUTH["BTC-USD"] | {"asks": []}}}, "asks of BTC-USD: 0 levels and not 1"),
        ({"seconds": 9.9}, "saw books move for 9.9 s only"),
        ({"refusals": ["authentication failure"]}, "refused: authentication failure"),
        ({"channels": {"l2_data": 5}}, "understood nothing of candles"),
    ],
)
def test_whatever_is_wrong_is_told(changes: dict[str, Any], words: str) -> None:
    (complaint,) = complaints(EXACT, _answer(EXACT, **changes), TRUTH, 10.0)[:1]
    assert words in complaint


def test_a_truth_without_levels_proves_nothing() -> None:
    empty = {"BTC-USD": {"bids": [], "asks": [["11", "0.1"]]}}
    assert complaints(EXACT, _answer(EXACT, books=empty), empty, 10.0)


@pytest.mark.parametrize(
    "answer", [{"failure": "ended with 1"}, {"books": {}, "refusals": []}, REFUSED | {"books": TRUTH}]
)
def test_a_wrong_key_must_be_refused(answer: dict[str, Any]) -> None:
    assert refusal_complaints(answer)


@dataclass(frozen=True)
class _Made(Client):
    """A client made by any command, that tells anything."""

    step: tuple[str, ...] = ()
    tells: str = "{}"

    def steps(self, cache: Path) -> list[list[str]]:
        return [list(self.step)] if self.step else []

    def command(self, cache: Path) -> list[str]:
        return [sys.executable, "-c", "import sys; print('ready', flush=True); input(); print(sys.argv[1])", self.tells]


def _client(*step: str, tells: str = "{}") -> _Made:
    return _Made("fake", "1", "fake.py", frozenset(), step=step, tells=tells)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (("sleep", "60"), "its environment was not made in time"),
        ((sys.executable, "-c", "import sys; sys.exit('no route to the registry')"), "no route to the registry"),
        (("no-such-program-at-all",), "no-such-program-at-all is not installed"),
    ],
)
def test_what_cannot_be_made_is_left_out_only_where_that_was_asked_for(
    step: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = _client(*step)
    assert main(["--cache", str(tmp_path), "--within", "1"], [client]) == 0
    told = capsys.readouterr().out
    assert told.startswith("interop: fake: NOT RUN: ")
    assert words in told
    assert not client.is_made(tmp_path)
    if "sleep" not in step:
        assert main(["--cache", str(tmp_path)], [client]) == 1


def test_what_is_made_is_not_made_again(tmp_path: Path) -> None:
    assert make([_client("true")], tmp_path) == {}
    assert make([_client("false")], tmp_path) == {}


def test_wrong_books_fail_the_run_whatever_may_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tells = json.dumps(_answer(EXACT) | {"refusals": ["authentication failure"]})
    assert main(["--cache", str(tmp_path), "--within", "60"], [_client(tells=tells)]) == 1
    told = capsys.readouterr().out
    assert "level 1 is ['10.5', '2'] and not" in told
    assert "got books with a wrong key" in told
