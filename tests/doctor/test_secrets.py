"""Whatever is said of keys and tokens, by whomever, holds no 8 characters in a row of any of them.

Every defect, finding, cause and report that the other tests provoke is provoked again here with fresh keys, and all of
its text is walked. The one exception is `auth token` itself, whose purpose is to print a token.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
from contextlib import redirect_stderr
from typing import TYPE_CHECKING

import pytest

from depthview.auth import command
from depthview.auth.diagnosis import RefusalFacts, likely_causes
from depthview.auth.ready_token import ready_token_from
from depthview.auth.report import report_as_json, report_as_text
from depthview.auth.token_report import explain, take_apart
from depthview.auth.tokens import Signer
from depthview.clock import SystemClock
from depthview.commands.wiring import wired
from depthview.config.run_options import CredentialOptions, LiveSource, RunOptions
from depthview.doctor.report import as_json, as_line
from depthview.errors import DepthviewError
from depthview.ui.health import token_lines, token_page
from depthview.views.market import ViewRequest
from tests.auth.keys import NAME, forms, secret_pieces, write_key, write_text
from tests.auth.made_tokens import KEY, NOW, made
from tests.auth.test_credentials import BAD_KEYS, BAD_TEXTS, GOOD
from tests.auth.test_key_forms import BAD_ENV_FILES, ENV_FILES, EVIDENCE, FOREIGN
from tests.auth.test_token_report import FORUM, RULES, SAMPLES
from tests.doctor.scripted import Script, examined, scripted

if TYPE_CHECKING:
    from pathlib import Path

F = forms()
PUBLIC_HALF = F.public
EVERY_KEY = "\n".join((F.sec1, F.pkcs8, F.ed25519_64, F.ed25519_32, F.ed25519_pem, F.p384, F.rsa, F.encrypted))
KEY_PIECES = secret_pieces(EVERY_KEY) - secret_pieces(PUBLIC_HALF)
# Words that our own texts contain by right are no secrets, though a placeholder may hold them.
FOREIGN_PIECES = secret_pieces(FOREIGN["legacy HMAC secret"][0]) | secret_pieces(FOREIGN["a token"][0])


def _none_of(text: str, pieces: set[str]) -> None:
    found = {text[at : at + 8] for at in range(len(text) - 7)} & pieces
    assert not found


def _said_by_check(monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """All that `auth check` prints, raises and logs."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    out, err, log = io.StringIO(), io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    raised = ""
    try:
        with redirect_stderr(err):
            command.run(parser.parse_args(["check", *words]), io.BytesIO(), out, err)
    except DepthviewError as fault:
        raised = f"{fault}{fault!r}"
    finally:
        logging.getLogger().removeHandler(handler)
    said = out.getvalue() + err.getvalue() + log.getvalue() + raised
    assert said
    return said


def _key_files(folder: Path) -> list[Path]:
    """Every key file of the other tests, sound and broken."""
    texts = [json.dumps({"name": NAME, "privateKey": key}) for key, _ in GOOD.values()]
    texts += [json.dumps({"name": NAME, "privateKey": key}) for key, _ in BAD_KEYS.values()]
    texts += [text for text, _ in BAD_TEXTS.values()]
    texts += [json.dumps({"name": NAME, "privateKey": key}) for key, _, _ in FOREIGN.values()]
    texts += [json.dumps({"name": NAME, "privateKey": F.sec1, **fields}) for fields, _, _ in EVIDENCE.values()]
    texts += [F.sec1, F.pkcs8]
    return [write_text(folder / f"{at}.json", text) for at, text in enumerate(texts)]


def test_nothing_of_a_key_is_said_of_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = _key_files(tmp_path)
    assert len(paths) > 60
    for path in paths:
        said = _said_by_check(monkeypatch, "--key-file", str(path))
        _none_of(said, KEY_PIECES | FOREIGN_PIECES)
    for at, text in enumerate([*ENV_FILES.values(), *(text for text, _ in BAD_ENV_FILES.values())]):
        path = write_text(tmp_path / f"{at}.env", text)
        _none_of(_said_by_check(monkeypatch, "--env-file", str(path)), KEY_PIECES)


async def _shown_by_viewer(path: Path) -> str:
    """The token page of a viewer that is about to use a key file, or what it says instead of starting."""
    settings = RunOptions(source=LiveSource("ws://127.0.0.1:9"), credentials=CredentialOptions(key_file=path))
    try:
        async with wired(settings, {}, path.parent) as wiring:
            view = wiring.views.view(ViewRequest("BTC-USD", (), 0, {}))
            lines = [*token_page(view, 200), *token_lines(view.token, view.feed, 200)]
            return "\n".join("".join(text for text, _ in line) for line in lines)
    except DepthviewError as fault:
        return str(fault)


async def test_nothing_of_a_key_is_on_the_token_page_of_any_file(tmp_path: Path) -> None:
    shown = [await _shown_by_viewer(path) for path in _key_files(tmp_path)]
    assert sum("KEY" in text for text in shown) > 10
    assert any("the key file says that the key is disabled" in text for text in shown)
    for text in shown:
        _none_of(text, KEY_PIECES | FOREIGN_PIECES)


def test_nothing_of_a_key_is_said_of_any_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, _ in [*GOOD.values(), *BAD_KEYS.values()]:
        if isinstance(key, str):
            monkeypatch.setenv("COINBASE_API_KEY", NAME)
            monkeypatch.setenv("COINBASE_API_SECRET", key)
            _none_of(_said_by_check(monkeypatch, "--env-key"), KEY_PIECES)


TOKENS = [
    *(token for token, _ in SAMPLES.values()),
    *(token for token, _ in FORUM.values()),
    *(token for token, _, _, _ in RULES.values()),
]


@pytest.mark.parametrize("token", TOKENS)
def test_nothing_of_a_token_is_said_when_it_is_explained(token: str) -> None:
    taken = take_apart(f"export JWT='{token}' text")
    report = explain(taken, NOW + 1.0, KEY.public_key())
    facts = RefusalFacts(now=float(NOW), token_findings=report.findings)
    said = report_as_text(taken, report, "a key") + report_as_json(report) + repr(report) + repr(taken)
    said += "".join(f"{cause}" for cause in likely_causes(facts))
    try:
        said += repr(ready_token_from({"JWT": token}, NOW + 1.0))
    except DepthviewError as fault:
        said += str(fault)
    _none_of(said, secret_pieces(token.replace(".", "\n")))


@pytest.mark.parametrize(
    "script",
    [
        Script(),
        Script(refuses_tokens=True),
        Script(wants_tokens=True),
        Script(refuses_tokens=True, clock_ahead=300),
        Script(closes_after_snapshot=True),
        Script(status=403),
    ],
    ids=["good", "refused", "wanted", "clock", "lost", "no handshake"],
)
async def test_nothing_of_key_or_token_is_in_a_doctor_s_report(
    tmp_path: Path, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_key(tmp_path / "k.json", F.sec1)
    with caplog.at_level(logging.DEBUG, logger="depthview"):
        async with scripted(script) as port:
            results = await examined(
                f"ws://127.0.0.1:{port}", tmp_path, CredentialOptions(key_file=path), with_rest=True
            )
    said = as_json(results) + "".join(map(as_line, results)) + repr(results) + caplog.text
    assert bool(script.tokens) == (script.status == 101)
    _none_of(said, KEY_PIECES)
    assert bool(script.rest_tokens) == (not script.clock_ahead)
    for token in script.tokens + script.rest_tokens:
        _none_of(said, secret_pieces(token.replace(".", "\n")))
    assert NAME not in said


def test_the_walk_itself_finds_what_is_there() -> None:
    from depthview.auth.credentials import from_environment

    credentials = from_environment({"COINBASE_API_KEY": NAME, "COINBASE_API_SECRET": F.sec1})
    token = Signer(credentials, SystemClock()).sign().text
    with pytest.raises(AssertionError):
        _none_of(f"x{token}", secret_pieces(token.replace(".", "\n")))
    with pytest.raises(AssertionError):
        _none_of(f"… {F.sec1[80:92]} …", KEY_PIECES)
    _none_of(made()[:7], secret_pieces(made()))
