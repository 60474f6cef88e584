"""``depthview config`` and the file, as a user meets them."""

from __future__ import annotations

import json
import stat
import tomllib
from typing import TYPE_CHECKING

from tests.auth.keys import forms, write_key
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from tests.support.processes import Bench


def _file(bench: Bench, text: str) -> None:
    folder = bench.folder / "depthview"
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(text)


def test_it_says_where_the_file_would_be_and_begins_one(bench: Bench) -> None:
    path = bench.folder / "depthview" / "config.toml"
    assert bench.run("config", "path").out.decode() == f"{path}\n"
    done = bench.run("config", "init")
    assert (done.code, done.out.decode()) == (0, f"{path}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert tomllib.loads(path.read_text()) == {}
    path.write_text("fps = 7\n")
    again = bench.run("config", "init")
    assert again.code == 78
    assert "add --force" in again.one_line()
    assert path.read_text() == "fps = 7\n"
    assert bench.run("config", "init", "--force").code == 0
    assert "#fps = 10" in path.read_text()


def test_it_shows_what_is_in_force_and_why(bench: Bench) -> None:
    _file(bench, 'theme = "nord"\nfps = 7\nform = "dom"\n')
    env = {"DEPTHVIEW_FPS": "8"}
    shown = bench.run("config", "show", "--form", "sides", env=env)
    assert tomllib.loads(shown.out.decode())["theme"] == "nord"
    assert b"fps = 8                            # environment, DEPTHVIEW_FPS\n" in shown.out
    document = json.loads(bench.run("config", "show", "--json", "--form", "sides", env=env).out)
    told = {name: (entry["value"], entry["from"]) for name, entry in document["settings"].items()}
    assert told["theme"] == ("nord", "file")
    assert told["form"] == ("sides", "flag")
    assert told["bell"] == (False, "default")


def test_another_file_can_be_named(bench: Bench) -> None:
    (bench.folder / "mine.toml").write_text("fps = 3\n")
    for words, env in ((["--config", "mine.toml"], {}), ([], {"DEPTHVIEW_CONFIG": "mine.toml"})):
        document = json.loads(bench.run("config", "show", "--json", *words, env=env).out)
        assert document["settings"]["fps"]["value"] == 3
    assert bench.run("config", "show", "--config", "none.toml").code == 78


def test_an_invalid_file_is_one_line_and_78_for_every_command(bench: Bench) -> None:
    _file(bench, '\nthme = "nord"\n')
    for words in ("", "stream", "record --output x", "replay x", "doctor", "auth check", "config show"):
        done = bench.run(*words.split())
        assert done.code == 78, words
        assert done.one_line().endswith("config.toml, line 2: 'thme' is not a setting: did you mean theme?")


def test_a_key_that_is_text_in_a_field_is_one_line_and_78(bench: Bench) -> None:
    _file(bench, '[keys]\nwire.follow = "o"\nentry.cancel = "x"\n')
    done = bench.run("config", "show")
    assert done.code == 78
    cure = "entry.cancel: x types text in a field: choose a key that does not, such as f5 or ctrl+x"
    assert done.one_line().endswith(f"config.toml, line 3: {cure}")


def test_products_of_the_file_are_those_of_a_live_feed(bench: Bench, busy_exchange: tuple[str, object]) -> None:
    _file(bench, 'products = ["eth-eur"]\n')
    url = busy_exchange[0]
    assert set(bench.run("stream", "--url", url, "--count", "1").last()) == {"ETH-EUR"}
    assert set(bench.run("stream", "BTC-USD", "--url", url, "--count", "1").last()) == {"BTC-USD"}
    assert set(bench.run("stream", "--demo", "--count", "1").last()) == {"BTC-USD", "ETH-USD", "SOL-USD"}


def test_the_key_file_of_the_file_is_used_where_none_is_named(bench: Bench) -> None:
    _file(bench, 'key_file = "keys/mine.json"\n')
    (bench.folder / "depthview" / "keys").mkdir()
    write_key(bench.folder / "depthview" / "keys" / "mine.json", forms().sec1)
    told = bench.run("auth", "check")
    assert told.code == 0
    assert b"depthview/keys/mine.json" in told.out
    other = bench.run("auth", "check", env={"DEPTHVIEW_KEY_FILE": "gone.json"})
    assert "gone.json" in other.err


def test_a_key_that_only_the_file_names_goes_to_no_other_host(bench: Bench, busy_exchange: tuple[str, object]) -> None:
    _file(bench, 'key_file = "mine.json"\n')
    write_key(bench.folder / "depthview" / "mine.json", forms().sec1)
    done = bench.run("stream", "BTC-USD", "--url", busy_exchange[0], "--count", "1")
    assert done.last()["BTC-USD"]["token"] is None


def test_the_screen_begins_as_the_last_live_session_ended(bench: Bench, busy_exchange: tuple[str, object]) -> None:
    words = ["-m", "depthview", "BTC-USD", "--url", busy_exchange[0]]
    kept = bench.folder / ".local" / "state" / "depthview" / "arrangement.json"

    def session(*more: str, keys: bytes = b"", shows: tuple[str, ...] = ("SYNCED",)) -> None:
        with Terminal([*words, *more], bench.environment(), bench.folder, columns=120, rows=40) as terminal:
            for text in shows:
                terminal.shows(text)
            if keys:
                terminal.press(keys)
                terminal.shows("rows of")
            terminal.press(b"q")
            assert terminal.ends() == 0

    session("--no-remember", keys=b"]")
    assert not kept.exists()
    session(keys=b"]")
    assert json.loads(kept.read_text())["groups"] == {"BTC-USD": "0.02"}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    session(shows=("SYNCED", "rows of 0.02"))
    session("--group", "0.5", shows=("SYNCED", "rows of 0.50"))
    kept.write_text("{")
    session(shows=("SYNCED", "discarded"))
    assert json.loads(kept.read_text())["groups"] == {}


def test_a_demo_leaves_the_next_live_session_as_it_was(bench: Bench) -> None:
    with Terminal(["-m", "depthview", "--demo"], bench.environment(), bench.folder, columns=120, rows=40) as terminal:
        terminal.shows("SYNCED")
        terminal.press(b"]")
        terminal.shows("rows of")
        terminal.press(b"q")
        assert terminal.ends() == 0
    assert not (bench.folder / ".local").exists()
