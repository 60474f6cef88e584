"""Keys are found, read in all their forms, and refused in one line that holds nothing of them."""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import pickle
import stat
import traceback
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.traceback import Traceback

from depthview.auth.credentials import Credentials, find_credentials, from_environment
from depthview.auth.keys import Secret
from depthview.config.run_options import CredentialOptions
from depthview.errors import CredentialError
from tests.auth.keys import NAME, forms, load_key_file, secret_pieces, write_key, write_text

if TYPE_CHECKING:
    from collections.abc import Callable

F = forms()

GOOD: dict[str, tuple[str, str]] = {
    "SEC1": (F.sec1, "ES256"),
    "PKCS8": (F.pkcs8, "ES256"),
    "no final newline": (F.sec1.rstrip("\n"), "ES256"),
    "literal newlines": (F.sec1.replace("\n", "\\n"), "ES256"),
    "doubled backslashes": (F.sec1.replace("\n", "\\\\n"), "ES256"),
    "literal CR LF": (F.sec1.replace("\n", "\\r\\n"), "ES256"),
    "CR LF": (F.sec1.replace("\n", "\r\n"), "ES256"),
    "CR alone": (F.sec1.replace("\n", "\r"), "ES256"),
    "line ends turned to spaces": (F.sec1.replace("\n", " "), "ES256"),
    "double quotes": (f'"{F.sec1}"', "ES256"),
    "single quotes and spaces": (f"  '{F.sec1}' ", "ES256"),
    "indented": (F.sec1.replace("\n", "\n    "), "ES256"),
    "curve parameters first": (
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + F.sec1,
        "ES256",
    ),
    "Ed25519, 64 bytes": (F.ed25519_64, "EdDSA"),
    "Ed25519, 32 bytes": (F.ed25519_32, "EdDSA"),
    "Ed25519, quoted and wrapped": (f'"{F.ed25519_64[:40]}\n{F.ed25519_64[40:]}"\n', "EdDSA"),
    "Ed25519, PEM": (F.ed25519_pem, "EdDSA"),
}


@pytest.mark.parametrize(("private_key", "algorithm"), GOOD.values(), ids=GOOD)
def test_every_form_of_a_key_file_is_read(tmp_path: Path, private_key: str, algorithm: str) -> None:
    found = load_key_file(write_key(tmp_path / "k.json", private_key))
    assert (found.key_name, found.algorithm) == (NAME, algorithm)
    assert _is_the_key_of(found, "ec" if algorithm == "ES256" else "ed")


@pytest.mark.parametrize(("private_key", "algorithm"), GOOD.values(), ids=GOOD)
def test_every_form_is_read_from_the_environment(private_key: str, algorithm: str) -> None:
    env = {"COINBASE_API_KEY": f" '{NAME}'\r\n", "COINBASE_API_SECRET": private_key}
    found = from_environment(env)
    assert (found.key_name, found.algorithm, found.source) == (NAME, algorithm, "environment COINBASE_API_KEY")


def _is_the_key_of(found: Credentials, kind: str) -> bool:
    key = found.private_key.reveal()
    if kind == "ed":
        return isinstance(key, Ed25519PrivateKey)
    return isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)


def test_id_stands_for_name_and_other_fields_are_left_alone(tmp_path: Path) -> None:
    text = json.dumps({"id": "66666666-7777-8888-9999-000000000000", "privateKey": F.ed25519_64, "principal": [1]})
    found = load_key_file(write_text(tmp_path / "k.json", "\ufeff" + text + "\r\n"))
    assert (found.key_name, found.algorithm) == ("66666666-7777-8888-9999-000000000000", "EdDSA")


BAD_KEYS: dict[str, tuple[object, str]] = {
    "no key": (None, 'no "privateKey"'),
    "a number": (5, "not a string"),
    "empty": ("", "empty private key"),
    "only quotes": ('""', "empty private key"),
    "placeholder": ("YOUR PRIVATE KEY", "placeholder"),
    "placeholder in a PEM": (
        "-----BEGIN EC PRIVATE KEY-----\nYOUR PRIVATE KEY\n-----END EC PRIVATE KEY-----\n",
        "placeholder",
    ),
    "empty PEM": ("-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n", "placeholder"),
    "P-384": (F.p384, "secp384r1"),
    "RSA": (F.rsa, "RSA"),
    "RSA in PKCS8": (F.rsa_pkcs8, "RSA"),
    "encrypted": (F.encrypted, "encrypted"),
    "encrypted SEC1": (F.encrypted_sec1, "encrypted"),
    "public": (F.public, "public key"),
    "cut off": (F.sec1[:150], "END line"),
    "body cut off": (F.sec1[:120] + "\n-----END EC PRIVATE KEY-----\n", "damaged PEM"),
    "no BEGIN line": (F.sec1.partition("\n")[2], "BEGIN line"),
    "unknown header": (F.sec1.replace("EC PRIVATE KEY", "ECDSA Private Key"), "the header ECDSA"),
    "a letter changed": (F.sec1.replace(F.sec1[60:70], "*" * 10), "damaged PEM"),
    "not base64": (F.ed25519_64[:-4] + "!?!?", "neither PEM nor base64"),
    "too short": (F.ed25519_64[:60], "32 or 64 bytes"),
    "halves that do not fit": (F.ed25519_64[:44] + "A" * 42 + "==", "not an Ed25519 key"),
}


@pytest.mark.parametrize(("private_key", "named"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_that_cannot_be_used_is_named(tmp_path: Path, private_key: object, named: str) -> None:
    path = write_key(tmp_path / "k.json", private_key)
    _refused(lambda: load_key_file(path), named, str(private_key))


BAD_TEXTS: dict[str, tuple[str, str]] = {
    "empty": ("", "is empty"),
    "spaces": (" \n", "is empty"),
    "bare PEM": (F.sec1, "bare PEM"),
    "not JSON": (f'{{"name": "{NAME}", "privateKey": {F.ed25519_64}', "not JSON"),
    "trailing junk": (json.dumps({"name": NAME, "privateKey": F.sec1}) + " junk", "not JSON (line 1)"),
    "a list": (json.dumps([F.sec1]), "not an object"),
    "deep nesting": ("[" * 60_000, "not JSON"),
    "no name": (json.dumps({"privateKey": F.sec1}), 'neither "name" nor "id"'),
    "name is a number": (json.dumps({"name": 7, "privateKey": F.sec1}), "not a string"),
    "name is blank": (json.dumps({"name": " ", "privateKey": F.sec1}), "empty key name"),
    "name is a placeholder": (
        json.dumps({"name": "organizations/{org_id}/apiKeys/{key_id}", "privateKey": F.sec1}),
        "placeholder for a key name",
    ),
    "name and key swapped": (json.dumps({"name": F.sec1, "privateKey": NAME}), "were name and key swapped?"),
    "name and base64 swapped": (json.dumps({"id": F.ed25519_64, "privateKey": NAME}), "were name and key swapped?"),
}


@pytest.mark.parametrize(("text", "named"), BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_a_file_that_is_no_key_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = write_text(tmp_path / "k.json", text)
    _refused(lambda: load_key_file(path), named, F.sec1 + F.ed25519_64)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = write_text(tmp_path / "k.json", "")
    path.write_bytes(json.dumps({"name": NAME, "privateKey": F.sec1}).encode("utf-16"))
    _refused(lambda: load_key_file(path), "not UTF-8", F.sec1)


def test_missing_and_irregular_files_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "loop").symlink_to("loop")
    for path, named in [
        (tmp_path / "missing.json", "does not exist"),
        (tmp_path / "missing" / "k.json", "does not exist"),
        (tmp_path, "is a directory"),
        (tmp_path / "pipe", "not a regular file"),
        (tmp_path / "loop", "cannot be read"),
        (Path("nul\0in it"), "cannot be read"),
    ]:
        _refused(lambda path=path: load_key_file(path), named, F.sec1)  # type: ignore[misc]  # bound at once


def test_a_file_of_100_mb_is_refused_unread(tmp_path: Path) -> None:
    path = write_text(tmp_path / "k.json", "{")
    os.truncate(path, 100_000_000)
    tracemalloc.start()
    _refused(lambda: load_key_file(path), "over 64 KiB", F.sec1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_file_that_hides_its_size_is_refused_too() -> None:
    endless = Path("/proc/self/smaps")
    if not endless.exists() or len(endless.read_bytes()) <= 65536:
        pytest.skip("needs a file of /proc that says 0 bytes and holds more than 64 KiB")
    _refused(lambda: load_key_file(endless, allow_loose_permissions=True), "over 64 KiB", F.sec1)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o777])
def test_a_file_that_is_open_to_others_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = write_key(tmp_path / "my key.json", F.sec1, mode=mode)
    text = _refused(lambda: load_key_file(path), f"mode {mode:04o}", F.sec1)
    assert f"chmod 600 '{path}'" in text
    assert load_key_file(path, allow_loose_permissions=True).key_name == NAME


def test_links_are_followed_and_the_target_judged(tmp_path: Path) -> None:
    target = write_key(tmp_path / "k.json", F.sec1)
    link = tmp_path / "link.json"
    link.symlink_to(target)
    assert load_key_file(link).key_name == NAME
    target.chmod(0o644)
    _refused(lambda: load_key_file(link), "accessible to others", F.sec1)


def test_half_an_environment_is_named() -> None:
    _refused(lambda: from_environment({}), "COINBASE_API_KEY is not set", F.sec1)
    _refused(lambda: from_environment({"COINBASE_API_KEY": NAME}), "COINBASE_API_SECRET is not set", F.sec1)
    _refused(lambda: from_environment({"COINBASE_API_KEY": F.sec1, "COINBASE_API_SECRET": NAME}), "swapped", F.sec1)


def _refused(attempt: Callable[[], object], named: str, secret: str) -> str:
    """Fails unless ``attempt`` is refused in one line with ``named`` in it, and nowhere a piece of ``secret``."""
    with pytest.raises(CredentialError) as caught:
        attempt()
    text = str(caught.value)
    assert named in text
    assert ": " in text, "names no cure"
    assert "\n" not in text
    told = text + _told_by_traceback(caught.value)
    assert not [piece for piece in secret_pieces(secret) if piece in told]
    return text


def _told_by_traceback(error: BaseException) -> str:
    """What a crash report with locals would print of our own frames; there must be no cause or context beside them."""
    assert error.__cause__ is None
    assert error.__context__ is None
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = [frame for frame in frames if frame.f_globals["__name__"].startswith("depthview.")]
    assert ours, "the error came from nowhere"
    return "".join(repr(value) for frame in ours for value in frame.f_locals.values())


def test_the_terminal_sees_no_key_in_a_crash_with_locals(tmp_path: Path) -> None:
    path = write_key(tmp_path / "k.json", F.sec1, junk="x", mode=0o600)
    credentials = load_key_file(path)
    screen = io.StringIO()
    try:
        _crash(credentials)
    except RuntimeError:
        Console(file=screen, width=400).print(Traceback(show_locals=True, locals_max_string=10_000))
    assert "credentials" in screen.getvalue()
    assert not [piece for piece in secret_pieces(F.sec1) if piece in screen.getvalue()]


def _crash(credentials: Credentials) -> None:
    pair = (credentials, credentials.private_key)
    raise RuntimeError(f"with {pair} at hand")


def test_credentials_show_where_they_are_from_and_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    credentials = load_key_file(write_key(tmp_path / "k.json", F.sec1))
    logging.getLogger("test").warning("%s %r", credentials, credentials)
    for text in (repr(credentials), str(credentials), f"{credentials}", caplog.text):
        assert "…0000" in text
        assert "k.json" in text
        assert NAME not in text
        assert not [piece for piece in secret_pieces(F.sec1) if piece in text]


def test_a_secret_is_opaque_and_stays_where_it_is() -> None:
    secret = Secret("hunter22hunter22")
    assert secret.reveal() == "hunter22hunter22"
    assert {repr(secret), str(secret), f"{secret}", f"{secret:>9}", f"{secret!r}"} == {"Secret(…)"}
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            attempt(secret)


class TestOrder:
    """Which key is taken where several could be."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in ("option", "variable", "config"):
            (tmp_path / name).mkdir()
            write_key(tmp_path / name / "cdp_api_key.json", F.sec1, name=f"from-{name}")
        return tmp_path

    @pytest.fixture
    def env(self, folder: Path) -> dict[str, str]:
        return {
            "DEPTHVIEW_KEY_FILE": str(folder / "variable" / "cdp_api_key.json"),
            "COINBASE_API_KEY": "from-environment",
            "COINBASE_API_SECRET": F.sec1,
        }

    def _name(self, options: CredentialOptions, env: dict[str, str], config: Path) -> str | None:
        found = find_credentials(options, env, config)
        return None if found is None else found.key_name

    def test_the_option_comes_first(self, folder: Path, env: dict[str, str]) -> None:
        options = CredentialOptions(key_file=folder / "option" / "cdp_api_key.json")
        assert self._name(options, env, folder / "config") == "from-option"

    def test_then_the_variable(self, folder: Path, env: dict[str, str]) -> None:
        assert self._name(CredentialOptions(), env, folder / "config") == "from-variable"

    def test_then_the_config_folder(self, folder: Path, env: dict[str, str]) -> None:
        env["DEPTHVIEW_KEY_FILE"] = ""
        assert self._name(CredentialOptions(), env, folder / "config") == "from-config"

    def test_then_none_although_a_bot_has_left_its_key(self, folder: Path, env: dict[str, str]) -> None:
        del env["DEPTHVIEW_KEY_FILE"]
        assert self._name(CredentialOptions(), env, folder) is None

    def test_the_bots_key_only_on_request(self, folder: Path, env: dict[str, str]) -> None:
        assert self._name(CredentialOptions(env_key=True), env, folder / "config") == "from-environment"

    def test_public_means_none(self, folder: Path, env: dict[str, str]) -> None:
        assert self._name(CredentialOptions(public=True), env, folder / "config") is None

    def test_home_is_understood(self, folder: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(folder))
        env["DEPTHVIEW_KEY_FILE"] = "~/variable/cdp_api_key.json"
        found = find_credentials(CredentialOptions(), env, folder / "config")
        assert found is not None
        assert found.source == "key file ~/variable/cdp_api_key.json"

    def test_a_key_that_was_named_must_work(self, folder: Path, env: dict[str, str]) -> None:
        env["DEPTHVIEW_KEY_FILE"] = str(folder / "gone.json")
        _refused(lambda: find_credentials(CredentialOptions(), env, folder / "config"), "does not exist", F.sec1)
        env["COINBASE_API_SECRET"] = F.p384
        _refused(lambda: find_credentials(CredentialOptions(env_key=True), env, folder), "secp384r1", F.p384 + F.sec1)

    def test_a_broken_default_key_is_not_passed_over(self, folder: Path) -> None:
        (folder / "config" / "cdp_api_key.json").chmod(0o644)
        _refused(lambda: find_credentials(CredentialOptions(), {}, folder / "config"), "accessible to others", F.sec1)

    def test_loose_permissions_are_passed_on(self, folder: Path) -> None:
        path = folder / "config" / "cdp_api_key.json"
        path.chmod(0o444)
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
        options = CredentialOptions(allow_loose_permissions=True)
        assert self._name(options, {}, folder / "config") == "from-config"
