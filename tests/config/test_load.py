"""The configuration in force: precedence of the sources, and the messages for a file that is invalid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from depthview.config.load import Configuration, ValueSource, configuration_path, load
from depthview.config.options import (
    DUST,
    FORM,
    FPS,
    IMBALANCE,
    KEY_FILE,
    LADDERS,
    LARGE,
    PRODUCTS,
    SETTINGS,
    TAPE,
    TAPE_FILTER,
    THEME,
    TIME,
)
from depthview.config.state import SavedState
from depthview.config.template import shown_text
from depthview.errors import ConfigurationError, UsageError
from depthview.preferences.display import Form, Imbalance, Threshold, TradeShare
from depthview.ui.themes import doubt_of_sides_on


def of(text: str, tmp_path: Path, flags: dict[str, object] | None = None, **env: str) -> Configuration:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(flags or {}, env, path, must_exist=True)


def refusal(text: str, tmp_path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        of(text, tmp_path)
    told = str(caught.value)
    assert told.isprintable()
    return told.removeprefix(f"configuration {tmp_path / 'config.toml'}")


def test_precedence_is_flags_environment_file_defaults(tmp_path: Path) -> None:
    text = 'form = "dom"\ntheme = "nord"\nfps = 5\n'
    both = of(text, tmp_path, {"form": "sides"}, DEPTHVIEW_FORM="book", DEPTHVIEW_THEME="mono", DEPTHVIEW_FPS=" ")
    assert both.value(FORM) is Form.SIDES
    assert both.value(THEME) == "mono"
    assert both.value(FPS) == 5, "an empty variable says nothing"
    assert both.value(LADDERS) == "1"
    told = {entry.name: both.sourced(entry).origin for entry in (FORM, THEME, FPS, LADDERS)}
    assert told == {
        "form": "flag, --form", "theme": "environment, DEPTHVIEW_THEME", "fps": "file, line 3", "ladders": "default",
    }  # fmt: skip


def test_what_was_remembered_fills_only_what_is_left_open(tmp_path: Path) -> None:
    text = 'form = "dom"\n[groups]\nBTC-USD = 0.50\n'
    last = SavedState(
        {"form": Form.SIDES, "theme": "nord", "fps": 1},
        {"BTC-USD": Decimal(5), "ETH-USD": Decimal(1)},
        "something was wrong",
    )
    found = of(text, tmp_path).with_remembered(last)
    assert found.value(FORM) is Form.DOM
    assert found.sourced(THEME).source is ValueSource.REMEMBERED
    assert found.value(FPS) == 10, "the draw rate is no arrangement"
    assert found.groups == {"BTC-USD": Decimal("0.50")}
    assert found.remembered_groups == {"ETH-USD": Decimal(1)}
    assert found.notice == "something was wrong"


def test_every_kind_of_value(tmp_path: Path) -> None:
    found = of(
        'products = ["btc-usd", "Eth-Eur"]\ndust = 0.0001\nimbalance = "25 bps"\ntape = "auto"\nladders = 3\n'
        'time = "LOCAL"\nkey_file = "~/a key.json"\n',
        tmp_path,
    )
    assert found.value(PRODUCTS) == ("BTC-USD", "ETH-EUR")
    assert found.value(DUST) == Decimal("0.0001")
    assert found.value(IMBALANCE) == Imbalance(0, 25)
    assert found.value(TAPE) is None
    assert found.value(LADDERS) == "3"
    assert found.value(TIME) == "local"
    assert found.value(KEY_FILE) == "~/a key.json"
    assert of("dust = 0\ntape = true\n", tmp_path).value(DUST) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('thme = "nord"', ", line 1: 'thme' is not a setting: did you mean theme?"),
        ("\nxyz = 1", ", line 2: 'xyz' is not a setting: `depthview config show` lists them"),
        ('theme = "nrod"', ", line 1: theme 'nrod' is not a theme: did you mean nord?"),
        ('\n\nform = "dmo"\n', ", line 3: form 'dmo' is not one of book, dom, sides: did you mean dom?"),
        ("form = 3", ", line 1: form 3 is not one of book, dom, sides"),
        ("fps = 31", ", line 1: fps 31 is not a whole number from 1 to 30"),
        ("fps = true", ", line 1: fps true is not a whole number from 1 to 30"),
        ("fps = 7.5", ", line 1: fps 7.5 is not a whole number from 1 to 30"),
        ("dust = -1", ", line 1: dust -1 is neither a size above 0, such as 0.5 or 10, nor off"),
        ("dust = nan", ", line 1: dust NaN is neither a size above 0, such as 0.5 or 10, nor off"),
        ("large = true", ', line 1: large true is neither a size above 0, such as 0.5 or "10000 quote", nor auto'),
        ('large = "5 quotes"', ", line 1: large '5 quotes' is neither a size above 0"),
        (
            'tape_filter = "thenth"',
            ", line 1: tape_filter 'thenth' is not one of all, half, quarter, tenth: did you mean",
        ),
        ("tape_filter = 0", ", line 1: tape_filter 0 is neither one of all, half, quarter, tenth nor a size above 0"),
        ('bell = "loud"', ", line 1: bell 'loud' is neither true nor false"),
        ('tape = "loud"', ", line 1: tape 'loud' is not one of true, false, auto"),
        ('imbalance = "0 bps"', ", line 1: imbalance '0 bps' is neither levels nor basis points"),
        ("ladders = 5", ", line 1: ladders '5' is not one of 1, 2, 3, 4, grid"),
        ("products = 1", ", line 1: products 1 is not a list of products"),
        ('products = ["BTC"]', ", line 1: products 'BTC' is not a product name"),
        ("products = []", ", line 1: products is empty"),
        ("groups = 5", ", line 1: groups is a table: write its lines under [groups]"),
        ("[groups]\nBTC-USD = 0", ", line 2: the group of 'BTC-USD': 0 is not a plain number above 0"),
        ("[groups]\nBTC_USD = 1", ", line 2: the group of 'BTC_USD': 'BTC_USD' is not a product name"),
        ("[fps]\nx = 1", ", line 1: fps a table is not a whole number"),
        ("private_key = 1", ", line 1: private_key is not a setting: keys and tokens do not belong here"),
        ("fps = \n", " is not valid TOML: invalid value (at line 1, column 7)"),
        (f"fps = {'9' * 5000}\n", " is not valid TOML: a number in it is too large"),
        ("fps = 1e99999999999999999999\n", " is not valid TOML: a number in it is too large"),
        ("fps = 1\nfps = 2\n", " is not valid TOML: cannot overwrite a value (at line 2, column 8)"),
    ],
)
def test_an_invalid_file_is_refused_in_one_line(text: str, told: str, tmp_path: Path) -> None:
    assert refusal(text, tmp_path).startswith(told)


def test_of_several_faults_the_first_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    assert refusal('theme = "zz"\nfps = 0\nnope = 1\n', tmp_path).endswith("(2 more after it)")
    assert ", line 1: " in refusal('theme = "zz"\nfps = 0\n', tmp_path)


def test_nothing_of_a_key_is_repeated(tmp_path: Path) -> None:
    for text in (
        'key_file = "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEE"',
        'secret = "MHcCAQEE"',
        "key_file = 'a\x7fMHcC'",
    ):
        assert "MHcC" not in refusal(text, tmp_path)


def test_hostile_names_and_values_come_back_without_their_escapes(tmp_path: Path) -> None:
    refusal('"\\u001b]0;x\\u0007\\u202e" = 1', tmp_path)
    refusal('theme = "\\u001b[31m\\n"', tmp_path)
    refusal('[keys]\n"\\u001b" = "x"', tmp_path)
    refusal("x = [\n" * 2000, tmp_path)


def test_wrong_flags_are_usage_and_wrong_variables_configuration(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"--tape-filter 'hal' is not one of all, half, quarter, tenth: did you mean half\?"
    ):
        of("", tmp_path, {"tape_filter": "hal"})
    with pytest.raises(ConfigurationError, match="DEPTHVIEW_FPS '0' is not a whole number"):
        of("", tmp_path, DEPTHVIEW_FPS="0")


def test_sizes_may_be_in_either_currency(tmp_path: Path) -> None:
    found = of('large = "250000 quote"\ntape_filter = 0.5\n', tmp_path)
    assert found.value(LARGE) == Threshold(Decimal(250_000), in_quote=True)
    assert found.value(TAPE_FILTER) == Threshold(Decimal("0.5"))
    assert of("", tmp_path, {"tape_filter": "Quarter", "large": "auto"}).value(TAPE_FILTER) is TradeShare.QUARTER
    assert of("", tmp_path, DEPTHVIEW_LARGE="2quote").value(LARGE) == Threshold(Decimal(2), in_quote=True)


def test_a_variable_that_is_none_is_named_with_the_one_it_is_like(tmp_path: Path) -> None:
    found = of(
        "", tmp_path, DEPTHVIEW_THEM="nord", DEPTHVIEW_ZZZ="1", DEPTHVIEW_FORN=" ", DEPTHVIEW_CONFIG="x", OTHER="y"
    )
    assert found.warnings == (
        "'DEPTHVIEW_THEM' is not a variable of depthview: did you mean DEPTHVIEW_THEME?",
        "'DEPTHVIEW_ZZZ' is not a variable of depthview",
    )
    told = shown_text(found, doubt_of_sides_on)
    assert "did you mean DEPTHVIEW_THEME?" in told
    assert found.with_remembered(SavedState(damage="damaged")).notice == "\n".join([*found.warnings, "damaged"])


def test_a_file_that_was_named_must_be_there_and_any_must_be_one(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert load({}, {}, missing, must_exist=False) == Configuration(missing)
    cases = [(missing, "does not exist: `depthview config init`"), (tmp_path, "director|not a regular file")]
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "huge").write_bytes(b"#" * 300_000)
    cases += [
        (tmp_path / "binary", "not UTF-8"),
        (tmp_path / "huge", "larger than"),
        (Path("a\0b"), "not a valid file name"),
    ]
    for path, told in cases:
        with pytest.raises(ConfigurationError, match=told) as caught:
            load({}, {}, path, must_exist=True)
        assert str(caught.value).isprintable()


def test_where_the_file_is() -> None:
    folder = Path("folder")
    assert configuration_path(None, {}, folder) == (folder / "config.toml", False)
    assert configuration_path(None, {"DEPTHVIEW_CONFIG": "b.toml"}, folder) == (Path("b.toml"), True)
    assert configuration_path("a.toml", {"DEPTHVIEW_CONFIG": "b.toml"}, folder) == (Path("a.toml"), True)
    assert configuration_path("~nobody-at-all/x", {}, folder) == (Path("~nobody-at-all/x"), True)


def test_names_are_fit_for_flags_and_variables() -> None:
    names = [entry.name for entry in SETTINGS]
    assert len(set(names)) == len(names)
    assert {(e.flag, e.variable) for e in SETTINGS if e.name == "tape_filter"} == {
        ("--tape-filter", "DEPTHVIEW_TAPE_FILTER")
    }
