"""What depthview 0.1.0 left in a home folder is read as 0.1.0 read it.

``home_0_1_0`` was made by running that version: ``config init``, a live session whose keys changed form, bars, row
width and ladders and kept a flight recording, and one ``record``, on its embedded exchange with a generated key.
``config.toml`` has every setting but those that the session was to remember, and ``expected.json`` holds what 0.1.0
itself said of all of it. What has been added to a document or a table since then is not compared.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from depthview.cli import main
from depthview.commands.view import initial_arrangement
from depthview.config.load import load
from depthview.config.state import read_state
from depthview.preferences.display import BarScale, Form
from tests.support.processes import Bench

if TYPE_CHECKING:
    from collections.abc import Mapping

_MADE = Path(__file__).parent / "home_0_1_0"
_EXPECTED: Mapping[str, Any] = json.loads((_MADE / "expected.json").read_text())


@pytest.fixture
def home(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, where this process and those that it starts find their files."""
    config, state = bench.folder / "depthview", bench.folder / ".local" / "state" / "depthview"
    config.mkdir()
    state.mkdir(parents=True)
    shutil.copy(_MADE / "config.toml", config)
    shutil.copy(_MADE / "arrangement.json", state)
    monkeypatch.setenv("HOME", str(bench.folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(bench.folder))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return bench.folder


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def _output(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    capsys.readouterr()
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def _assert_holds(found: object, expected: object, place: str = "") -> None:
    """Everything of ``expected`` is in ``found``, which may hold more."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), place
        for name, value in expected.items():
            assert name in found, f"{place}.{name}"
            _assert_holds(found[name], value, f"{place}.{name}")
    else:
        assert found == expected, place


def test_the_configuration_is_read_as_before(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _assert_holds(json.loads(_output(capsys, "config", "show", "--json")), _EXPECTED["config show"]["file"])


def test_variables_are_read_as_before(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in json.loads((_MADE / "variables.json").read_text()).items():
        monkeypatch.setenv(name, value)
    _assert_holds(json.loads(_output(capsys, "config", "show", "--json")), _EXPECTED["config show"]["environment"])


def test_the_first_file_is_read_as_before(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (_MADE / "initial.toml").read_text()
    named = home / "named.toml"
    named.write_text(re.sub(r"^#(?=[\w\[])", "", text, flags=re.MULTILINE))
    shown = _output(capsys, "config", "show", "--json", "--config", named)
    _assert_holds(json.loads(shown), _EXPECTED["config show"]["initial"])
    named.write_text(text)
    document = json.loads(_output(capsys, "config", "show", "--json", "--config", named))
    assert {setting["from"] for setting in document["settings"].values()} == {"default", "remembered"}


def test_a_remembered_form_and_row_width_beat_the_defaults(home: Path) -> None:
    path = home / "depthview" / "config.toml"
    configuration = load({}, {}, path, must_exist=True).with_remembered(read_state(_MADE))
    start = initial_arrangement(configuration, one_group=False)
    assert (start.choices.form, start.choices.bars, start.ladders) == (Form.DOM, BarScale.LOG, 2)
    assert start.groups == {"ETH-USD": Decimal("0.05"), "BTC-USD": Decimal("0.50")}


@pytest.mark.parametrize(("name", "file"), [("recording", "recording.jsonl"), ("flight", "flight.jsonl.gz")])
def test_recordings_and_flights_are_read_as_before(name: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = _EXPECTED[name]
    inspected = json.loads(_output(capsys, "inspect", _MADE / file, "--json"))
    _assert_holds({**inspected, "file": None}, {**expected["inspect"], "file": None})
    for what in ("trades", "top", "depth"):
        table = expected[f"export {what}"]
        rows = list(csv.reader(io.StringIO(_output(capsys, "export", _MADE / file, "--what", what))))
        columns = [rows[0].index(column) for column in table["columns"]]
        text = "\n".join(",".join(row[column] for column in columns) for row in rows)
        assert (len(rows) - 1, hashlib.sha256(text.encode()).hexdigest()) == (table["rows"], table["sha256"])


@pytest.mark.parametrize(("name", "file"), [("recording", "recording.jsonl"), ("flight", "flight.jsonl.gz")])
def test_recordings_and_flights_end_in_the_same_book(name: str, file: str, bench: Bench) -> None:
    words = ("--speed", "max", "--depth", "0", "--every", "1000")
    done = bench.run("stream", "--replay", _MADE / file, *words)
    assert done.code == 0, done.err
    _assert_holds(done.samples[-1], _EXPECTED[name]["stream"])
