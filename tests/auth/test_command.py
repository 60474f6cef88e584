"""``depthview auth``: what it prints where, with which exit code."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import jwt
import pytest

from depthview.auth import command
from depthview.auth.tokens import BACKDATED_SECONDS, TOKEN_LIFE_SECONDS
from depthview.clock import SystemClock
from depthview.errors import CredentialError, UsageError
from tests.auth.keys import NAME, forms, new_ec, write_key, write_text
from tests.auth.made_tokens import KEY, NOW, claims, header, made

if TYPE_CHECKING:
    from collections.abc import Callable

F = forms()
Result = tuple[int, str, str]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def no_key_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DEPTHVIEW_KEY_FILE", "COINBASE_API_KEY", "COINBASE_API_SECRET", "JWT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    return str(write_key(tmp_path / "k.json", F.sec1))


@pytest.fixture
def public_key(tmp_path: Path) -> str:
    from depthview.auth.keys import public_pem

    return str(write_text(tmp_path / "p.pem", public_pem(KEY.public_key()).replace("PUBLIC KEY", "EC PUBLIC KEY")))


def _run(*words: str, stdin: str = "", terminal: bool = False) -> Result:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    out, err = _Terminal() if terminal else io.StringIO(), io.StringIO()
    code = command.run(parser.parse_args(words), io.BytesIO(stdin.encode()), out, err)
    return code, out.getvalue(), err.getvalue()


def test_a_token_is_printed_as_the_guide_prints_it(key_file: str) -> None:
    before = SystemClock().unix()
    code, out, err = _run("token", "--key-file", key_file)
    assert (code, err) == (0, "")
    prefix, _, token = out.rstrip("\n").partition("=")
    assert prefix == "export JWT"
    told = jwt.decode(token, options={"verify_signature": False})
    assert before - BACKDATED_SECONDS - 1 <= told["nbf"] <= SystemClock().unix() - BACKDATED_SECONDS
    assert told["exp"] - told["nbf"] == TOKEN_LIFE_SECONDS == 120


def test_at_a_terminal_it_warns_beside_it(key_file: str) -> None:
    code, out, err = _run("token", "--key-file", key_file, terminal=True)
    assert code == 0
    assert out.startswith("export JWT=ey")
    for words in ("credential", "115 s", "nbf is set 5 s back", "names no host"):
        assert words in err
    assert out.partition("=")[2].strip() not in err


def test_header_and_claims_come_out_the_same_every_time(key_file: str) -> None:
    words = ("token", "--key-file", key_file, "--at", str(NOW), "--nonce", "00ff")
    assert _run(*words, "--parts") == _run(*words, "--parts")
    parts = _run(*words, "--parts")[1]
    assert f'"nbf": {NOW}, "exp": {NOW + 120}' in parts
    assert '"nonce": "00ff"' in parts
    token = _run(*words)[1].strip().partition("=")[2]
    assert [part in parts for part in token.split(".")] == [True, True, False]


@pytest.mark.parametrize(
    "words",
    [
        ("token", "--at", "now"),
        ("token", "--at", "9" * 5000),
        ("token", "--nonce", ""),
        ("token", "--nonce", "é"),
        ("token", "--json"),
        ("token", "--public-key", "x"),
        ("token", "--decode", "--parts"),
        ("token", "--decode", "--nonce", "1"),
        ("token", "--jwt-from-env"),
        ("public-key", "--jwt-from-env"),
    ],
)
def test_words_that_do_not_go_together(words: tuple[str, ...], key_file: str) -> None:
    more = () if "--jwt-from-env" in words else ("--key-file", key_file)
    with pytest.raises(UsageError):
        _run(*words, *more)


@pytest.mark.parametrize("what", ["token", "public-key", "check"])
def test_without_a_key_it_says_how_to_name_one(what: str) -> None:
    with pytest.raises(CredentialError, match="--key-file"):
        _run(what)


def test_a_good_token_is_explained(public_key: str) -> None:
    words = ("token", "--decode", "--public-key", public_key, "--at", str(NOW + 1))
    code, out, _ = _run(*words, stdin=f"export JWT={made()}\n")
    assert code == 0
    for words_of in (
        '"kid": "organizations/',
        '"sub": "organizations/',
        "life left  119 s",
        "signature  fits the key (the key of --public-key)",
        "stripped   an `export JWT=` prefix",
        "everything is as documented",
    ):
        assert words_of in out


def test_each_finding_is_one_line_with_part_and_cure(public_key: str) -> None:
    token = made(header(nonce=None, typ=None), claims(iss="coinbase-cloud"))
    code, out, _ = _run("token", "--decode", "--public-key", public_key, "--at", str(NOW + 1), stdin=token)
    assert code == 1
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[-3:]] == ["wrong", "differs", "note"]
    assert [line.split()[1] for line in lines[-3:]] == ["header.nonce:", "claims.iss:", "header.typ:"]
    assert " -> " in lines[-3]


def test_only_wrong_makes_exit_1(public_key: str) -> None:
    words = ("token", "--decode", "--public-key", public_key, "--at", str(NOW + 1))
    assert _run(*words, stdin=made(None, claims(aud=["cdp_service"], exp=NOW + 999)))[0] == 0
    assert _run(*words, stdin=made(None, claims(exp=NOW)))[0] == 1
    assert _run(*words, stdin="no token")[0] == 1


def test_findings_as_json(public_key: str) -> None:
    token = made(None, claims(nbf=str(NOW)))
    words = ("token", "--decode", "--json", "--public-key", public_key, "--at", str(NOW + 1))
    code, out, _ = _run(*words, stdin=token)
    assert code == 1
    assert json.loads(out) == {
        "findings": [
            {
                "grade": "wrong",
                "part": "claims.nbf",
                "what": "nbf is a string; as documented it is a number",
                "cure": "remove the quotes: nbf is a whole number of seconds since 1970",
            }
        ]
    }


def test_the_configured_key_is_what_a_signature_must_fit(key_file: str) -> None:
    token = _run("token", "--key-file", key_file)[1]
    assert (
        "fits the key (the configured key …0000)" in _run("token", "--decode", "--key-file", key_file, stdin=token)[1]
    )
    assert "not checked: no public key (no key is configured" in _run("token", "--decode", stdin=token)[1]
    other = made(None, claims(nbf=int(SystemClock().unix()) - 5, exp=int(SystemClock().unix()) + 115), key=new_ec())
    code, out, _ = _run("token", "--decode", "--key-file", key_file, stdin=other)
    assert code == 1
    assert "wrong      signature: the signature is not valid for this key" in out


def test_a_broken_key_that_was_not_named_hinders_no_explanation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = write_text(tmp_path / "broken.json", "{")
    monkeypatch.setenv("DEPTHVIEW_KEY_FILE", str(broken))
    assert "the configured key cannot be used" in _run("token", "--decode", "--at", str(NOW), stdin=made())[1]
    with pytest.raises(CredentialError):
        _run("token", "--decode", "--key-file", str(broken), stdin=made())


def test_stdin_has_a_bound() -> None:
    with pytest.raises(UsageError, match="64 KiB"):
        _run("token", "--decode", stdin="x" * 70_000)


@pytest.mark.parametrize(("private_key", "kind"), [(F.sec1, "EC"), (F.ed25519_64, "Ed25519")], ids=["EC", "Ed25519"])
def test_the_public_half_is_a_pem(tmp_path: Path, private_key: str, kind: str) -> None:
    path = write_key(tmp_path / "k.json", private_key)
    code, out, _ = _run("public-key", "--key-file", str(path))
    assert code == 0
    assert out.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert out.endswith("-----END PUBLIC KEY-----\n")
    token = _run("token", "--key-file", str(path))[1].strip().partition("=")[2]
    # With leeway, as PyJWT reads a clock of its own.
    jwt.decode(token, out, algorithms=["ES256" if kind == "EC" else "EdDSA"], leeway=2)


def test_check_says_what_the_key_is(key_file: str) -> None:
    code, out, _ = _run("check", "--key-file", key_file)
    assert code == 0
    for words in (
        "ES256 (ECDSA on P-256)",
        NAME,
        "key file ~/k.json",
        "0600, owner only",
        "signed and verified; valid for 115 s, as nbf is set 5 s back",
    ):
        assert words in out


@pytest.mark.parametrize("what", ["token", "public-key", "check"])
def test_public_and_a_key_that_is_needed_contradict_each_other(what: str) -> None:
    with pytest.raises(UsageError, match="--public means no key, but this command needs one"):
        _run(what, "--public")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is nothing on standard input"),
        ("hello", "it has 1 part; a token has three"),
        (F.sec1, "it is a private key, not a token"),
        ('{"privateKey": "' + F.sec1.replace("\n", "\\n") + '"}', "it is a private key, not a token"),
    ],
    ids=["nothing", "a word", "a PEM", "a key file"],
)
def test_what_is_no_token_at_all_is_one_finding(text: str, words: str) -> None:
    code, out, _ = _run("token", "--decode", "--public", stdin=text)
    assert code == 1
    findings = [line for line in out.splitlines() if line.startswith(("wrong", "differs", "note"))]
    assert len(findings) == 1
    assert words in findings[0]


def test_check_of_a_disabled_key_is_exit_78(tmp_path: Path) -> None:
    path = write_key(tmp_path / "k.json", F.sec1, enabled=False)
    code, out, _ = _run("check", "--key-file", str(path))
    assert code == 78
    assert "wrong        the key file says that the key is disabled -> " in out


def test_check_of_the_environment_and_of_an_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COINBASE_API_KEY", NAME)
    monkeypatch.setenv("COINBASE_API_SECRET", F.ed25519_64)
    code, out, _ = _run("check", "--env-key")
    assert code == 0
    assert "none: the key is in the environment" in out
    assert "reported to work and not proved" in out
    path = write_text(tmp_path / ".env", f"NAME={NAME}\nPRIVATE_KEY='{F.sec1}'\n")
    code, out, _ = _run("check", "--env-file", str(path))
    assert (code, ".env file ~/.env" in out) == (0, True)


def test_check_of_a_ready_made_token(monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(SystemClock().unix())
    monkeypatch.setenv("JWT", f"'{made(None, claims(nbf=now - 5, exp=now + 60))}'")
    code, out, _ = _run("check", "--jwt-from-env")
    assert code == 0
    assert "it cannot be renewed, and later messages carry no token" in out
    assert "stripped     quotes" in out
    monkeypatch.setenv("JWT", made(None, claims(nbf=now - 500, exp=now - 380)))
    with pytest.raises(CredentialError, match=r"claims\.exp: expired"):
        _run("check", "--jwt-from-env")


def test_importing_the_command_costs_nothing_heavy(run_python: Callable[[str], str]) -> None:
    loaded = run_python("import sys, depthview.auth.command, depthview.doctor.command; print(*sys.modules)").split()
    assert not {"jwt", "cryptography", "websockets", "asyncio", "msgspec"} & set(loaded)


@pytest.fixture
def run_python() -> Callable[[str], str]:
    import subprocess
    import sys

    def run(code: str) -> str:
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
        return done.stdout

    return run
