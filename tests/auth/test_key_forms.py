"""The forms that issue from guides and old portals: .env files, bare PEMs, foreign secrets, and what a file says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from depthview.auth.credentials import (
    KeyPlace,
    PlaceKind,
    find_credentials,
    loose_mode,
    place_of_key,
    read_key,
)
from depthview.auth.diagnosis import Grade, describe, kind_of
from depthview.auth.keys import KeyDefect, NameShape, load_public_key, name_shape, parse_public_key, public_pem
from depthview.config.run_options import CredentialOptions
from depthview.errors import CredentialError, UsageError
from tests.auth.keys import NAME, forms, load_key_file, new_ec, secret_pieces, write_key, write_text

if TYPE_CHECKING:
    from pathlib import Path

F = forms()
NOW = 1_786_309_548.0
ONE_LINE = F.sec1.strip().replace("\n", "\\n")

ENV_FILES: dict[str, str] = {
    "bare": f"NAME={NAME}\nPRIVATE_KEY={ONE_LINE}\n",
    "double quotes": f'NAME="{NAME}"\nPRIVATE_KEY="{ONE_LINE}"\n',
    "single quotes": f"NAME='{NAME}'\nPRIVATE_KEY='{ONE_LINE}'\n",
    "export, comments, blanks": f"# mine\nexport NAME={NAME} # the name\n\nexport PRIVATE_KEY = {ONE_LINE}\nOTHER=1\n",
    "quoted over lines": f'NAME={NAME}\nPRIVATE_KEY="{F.sec1}"\nOTHER=1\n',
    "bare over lines": f"NAME={NAME}\nPRIVATE_KEY={F.sec1}OTHER=1\n",
    "key first": f'PRIVATE_KEY="{F.sec1}"\nNAME={NAME}',
    "CR LF, BOM": f"\ufeffNAME={NAME}\r\nPRIVATE_KEY={ONE_LINE}\r\n",
    "doubled backslashes": f"NAME={NAME}\nPRIVATE_KEY={F.sec1.strip()}\n".replace("\n", "\\\\n").replace(
        f"{NAME}\\\\n", f"{NAME}\n"
    ),
    "the SDK's variables": f"COINBASE_API_KEY={NAME}\nCOINBASE_API_SECRET={ONE_LINE}\n",
}


@pytest.mark.parametrize("text", ENV_FILES.values(), ids=ENV_FILES)
def test_every_form_of_an_env_file_is_read(tmp_path: Path, text: str) -> None:
    path = write_text(tmp_path / ".env", text)
    found = find_credentials(CredentialOptions(env_file=path), {}, tmp_path)
    assert found is not None
    assert (found.key_name, found.algorithm, found.source) == (NAME, "ES256", f".env file {path}")


BAD_ENV_FILES: dict[str, tuple[str, str]] = {
    "empty": ("", "has neither NAME nor PRIVATE_KEY"),
    "only a name": (f"NAME={NAME}\n", "has NAME but no PRIVATE_KEY"),
    "only a key": (f"PRIVATE_KEY={ONE_LINE}\n", "has PRIVATE_KEY but no NAME"),
    "an empty key": (f"NAME={NAME}\nPRIVATE_KEY=\n", "has an empty private key"),
    "the guide's placeholder": (f'NAME={NAME}\nPRIVATE_KEY="YOUR PRIVATE KEY"\n', "placeholder"),
    "a quote that never ends": (f'NAME={NAME}\nPRIVATE_KEY="{F.sec1[:100]}\n', "cut off"),
    "a key file": (json.dumps({"name": NAME, "privateKey": F.sec1}), "is a key file, not a .env file"),
}


@pytest.mark.parametrize(("text", "named"), BAD_ENV_FILES.values(), ids=BAD_ENV_FILES)
def test_an_env_file_that_cannot_be_used_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = write_text(tmp_path / ".env", text)
    with pytest.raises(CredentialError) as caught:
        find_credentials(CredentialOptions(env_file=path), {}, tmp_path)
    assert named in str(caught.value)
    assert not [piece for piece in secret_pieces(F.sec1) if piece in str(caught.value)]


def test_an_env_file_is_judged_like_a_key_file(tmp_path: Path) -> None:
    path = write_text(tmp_path / ".env", ENV_FILES["bare"], mode=0o644)
    with pytest.raises(CredentialError, match="accessible to others"):
        find_credentials(CredentialOptions(env_file=path), {}, tmp_path)
    with pytest.raises(CredentialError, match="is a directory"):
        find_credentials(CredentialOptions(env_file=tmp_path), {}, tmp_path)
    as_key_file = write_text(tmp_path / "k.json", ENV_FILES["bare"])
    with pytest.raises(CredentialError, match="give it with --env-file"):
        load_key_file(as_key_file)


@pytest.mark.parametrize("text", [F.sec1, F.pkcs8, F.sec1.replace("\n", "\r\n"), ONE_LINE, f"\ufeff{F.sec1}"])
def test_a_bare_pem_with_its_name_beside_it(tmp_path: Path, text: str) -> None:
    path = write_text(tmp_path / "key.pem", text)
    found = find_credentials(CredentialOptions(key_file=path, key_name=NAME), {}, tmp_path)
    assert found is not None
    assert found.key_name == NAME
    with pytest.raises(CredentialError, match="--key-name NAME"):
        load_key_file(path)


def test_a_name_beside_a_file_that_has_another_is_refused(tmp_path: Path) -> None:
    path = write_key(tmp_path / "k.json", F.sec1)
    assert load_key_file(path, key_name=NAME).key_name == NAME
    with pytest.raises(CredentialError, match="another name than"):
        load_key_file(path, key_name=NAME + "x")
    nameless = write_text(tmp_path / "n.json", json.dumps({"privateKey": F.sec1}))
    assert load_key_file(nameless, key_name=NAME).key_name == NAME


FOREIGN: dict[str, tuple[str, str, str]] = {
    "legacy HMAC secret": ("a8Kd03kLmN7qRs5TuVwXyZ1b2C3d4E5f", "legacy (HMAC) API key", "Secret API key"),
    "header that the header ECDSA": (
        F.sec1.replace("EC PRIVATE KEY", "ECDSA Private Key"),
        "the header ECDSA",
        "BEGIN EC PRIVATE KEY",
    ),
    "OpenSSH": (F.sec1.replace("EC PRIVATE KEY", "OPENSSH PRIVATE KEY"), "an SSH key", "Secret API key"),
    "no BEGIN and END": ("".join(F.sec1.split("\n")[1:-2]), "BEGIN and END lines", "download"),
    "a key id": ("66666666-7777-8888-9999-000000000000", "name or id", "download"),
    "a token": ("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "a token where", "--jwt-from-env"),
    "empty": ("", "empty private key", "Chrome or a private window"),
    "placeholder": ("YOUR PRIVATE KEY", "placeholder", "Chrome or a private window"),
}


@pytest.mark.parametrize(("text", "named", "cure"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_key_of_this_venue_is_named_with_its_cure(tmp_path: Path, text: str, named: str, cure: str) -> None:
    found = read_key(KeyPlace(PlaceKind.KEY_FILE, write_key(tmp_path / "k.json", text)), {})
    assert isinstance(found, KeyDefect)
    assert named in found.what
    assert cure in found.cure
    assert not [piece for piece in secret_pieces(text) if piece in found.what + found.cure]


def test_an_exchange_key_is_known_by_its_passphrase(tmp_path: Path) -> None:
    path = write_key(tmp_path / "k.json", F.ed25519_64, passphrase="hunter22")
    with pytest.raises(CredentialError, match="Coinbase Exchange: it has a passphrase"):
        load_key_file(path)


def test_lost_padding_is_put_back(tmp_path: Path) -> None:
    assert load_key_file(write_key(tmp_path / "k.json", F.ed25519_64.rstrip("="))).algorithm == "EdDSA"


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        (NAME, NameShape.CDP),
        ("66666666-7777-8888-9999-000000000000", NameShape.BARE_ID),
        ("0123456789abcdef0123456789abcdef", NameShape.EXCHANGE),
        ("a8Kd03kLmN7qRs5T", NameShape.LEGACY),
        (NAME.replace("apiKeys", "apikeys"), NameShape.OTHER),
        ("my-key", NameShape.OTHER),
    ],
)
def test_the_shape_of_a_name(name: str, shape: NameShape) -> None:
    assert name_shape(name) is shape


def _old_file(tmp_path: Path, **fields: object) -> list[tuple[Grade, str]]:
    found = load_key_file(write_text(tmp_path / "k.json", json.dumps({"name": NAME, "privateKey": F.sec1, **fields})))
    return [(finding.grade, finding.what) for finding in describe(found, NOW)]


def _public_of(pem: str) -> str:
    assert pem == F.sec1
    found = parse_public_key(F.public)
    assert not isinstance(found, KeyDefect)
    return public_pem(found)


def test_a_plain_key_leaves_nothing_to_say(tmp_path: Path) -> None:
    assert _old_file(tmp_path) == []
    label = _public_of(F.sec1).replace("PUBLIC KEY", "EC PUBLIC KEY")
    told = _old_file(
        tmp_path,
        publicKey=label,
        enabled=True,
        createTime="2026-08-01T10:00:00.123456789Z",
        scopes=["rat#view"],
        allowedIps=[],
        keyType="TRADING_API_KEY",
    )
    assert told == []


EVIDENCE: dict[str, tuple[dict[str, object], Grade, str]] = {
    "disabled": ({"enabled": False}, Grade.WRONG, "is disabled"),
    "another's public key": (
        {"publicKey": public_pem(new_ec().public_key())},
        Grade.WRONG,
        "publicKey does not belong",
    ),
    "young": ({"createTime": "2026-08-09T21:00:00Z"}, Grade.DIFFERS, "younger than 48 h"),
    "young, in milliseconds": ({"createdAt": 1_786_300_000_000}, Grade.DIFFERS, "younger than 48 h"),
    "from the future": ({"create_time": NOW + 500}, Grade.DIFFERS, "younger than 48 h"),
    "no view": ({"scopes": ["rat#trade", "rat#transfer"]}, Grade.DIFFERS, "none of them is view"),
    "bound": ({"allowed_ips": ["192.0.2.1"]}, Grade.NOTE, "allows the key from 1 address only"),
    "general": ({"keyType": "GENERAL_API_KEY"}, Grade.NOTE, "not a trading key"),
    "Ed25519": ({"privateKey": F.ed25519_64}, Grade.NOTE, "reported to work and not proved"),
    "a bare id for ECDSA": (
        {"name": "66666666-7777-8888-9999-000000000000"},
        Grade.DIFFERS,
        "the key name is a bare id",
    ),
    "an Exchange name": ({"name": "0123456789abcdef0123456789abcdef"}, Grade.DIFFERS, "key of Coinbase Exchange"),
    "another name": ({"name": "my-key"}, Grade.DIFFERS, "does not look like one of the venue's"),
}


@pytest.mark.parametrize(("fields", "grade", "words"), EVIDENCE.values(), ids=EVIDENCE)
def test_what_a_file_says_is_evidence(tmp_path: Path, fields: dict[str, object], grade: Grade, words: str) -> None:
    told = _old_file(tmp_path, **fields)
    assert [found for found, _ in told] == [grade]
    assert words in told[0][1]


def test_the_worst_comes_first(tmp_path: Path) -> None:
    told = _old_file(tmp_path, allowedIps=["192.0.2.1", "192.0.2.2"], scopes=["rat#trade"], enabled=False)
    assert [grade for grade, _ in told] == [Grade.WRONG, Grade.DIFFERS, Grade.NOTE]


@pytest.mark.parametrize(
    "fields",
    [
        {"createTime": "yesterday", "enabled": "no", "scopes": "view", "allowedIps": 5, "keyType": 7, "publicKey": "x"},
        {"createTime": 10**400, "scopes": [1, None], "publicKey": ["x"]},
        {"createTime": True, "createdAt": float("inf"), "keyType": ""},
    ],
)
def test_evidence_of_no_known_form_is_none(tmp_path: Path, fields: dict[str, object]) -> None:
    found = load_key_file(write_text(tmp_path / "k.json", json.dumps({"name": NAME, "privateKey": F.sec1, **fields})))
    evidence = found.evidence
    assert (evidence.enabled, evidence.created_at, evidence.addresses, evidence.views) == (None, None, 0, None)
    assert (evidence.views, evidence.public_key_fits) == (None, None)
    assert evidence.is_trading is None


def test_the_kind_in_words(tmp_path: Path) -> None:
    assert kind_of(load_key_file(write_key(tmp_path / "a.json", F.sec1))) == "ES256 (ECDSA on P-256)"
    assert kind_of(load_key_file(write_key(tmp_path / "b.json", F.ed25519_64))) == "EdDSA (Ed25519)"


@pytest.mark.parametrize(
    "text",
    [
        F.public,
        F.public.replace("PUBLIC KEY", "EC PUBLIC KEY"),
        F.public.replace("\n", "\\n"),
        f'"{F.public}"',
        "".join(F.public.split("\n")[1:-2]),
    ],
)
def test_every_form_of_a_public_key_is_read(tmp_path: Path, text: str) -> None:
    assert public_pem(load_public_key(write_text(tmp_path / "p.pem", text))) == F.public


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "not a public key"),
        ("x", "not a public key"),
        (F.sec1, "holds a private key"),
        (F.public[:80], "not a public key"),
    ],
    ids=["nothing", "other text", "a private key", "half a public key"],
)
def test_what_is_no_public_key_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(CredentialError, match=named) as caught:
        load_public_key(write_text(tmp_path / "p.pem", text))
    assert not [piece for piece in secret_pieces(F.sec1) if piece in str(caught.value)]


def test_a_public_key_file_that_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="cannot be read"):
        load_public_key(tmp_path / "none.pem")
    with pytest.raises(CredentialError, match="over 16 KiB"):
        load_public_key(write_text(tmp_path / "p.pem", "x" * 20_000))


def test_options_that_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        CredentialOptions(key_name=NAME)
    assert CredentialOptions(env_file=tmp_path).explicit
    assert CredentialOptions(jwt_from_env=True).explicit
    assert not CredentialOptions(public=True).explicit


def test_a_ready_made_token_leaves_the_key_alone(tmp_path: Path) -> None:
    write_key(tmp_path / "cdp_api_key.json", F.sec1)
    assert place_of_key(CredentialOptions(jwt_from_env=True), {}, tmp_path) is None


def test_loose_mode(tmp_path: Path) -> None:
    path = write_key(tmp_path / "k.json", F.sec1, mode=0o640)
    assert loose_mode(KeyPlace(PlaceKind.KEY_FILE, path)) == 0o640
    path.chmod(0o400)
    assert loose_mode(KeyPlace(PlaceKind.KEY_FILE, path)) is None
    assert loose_mode(KeyPlace(PlaceKind.ENVIRONMENT)) is None
