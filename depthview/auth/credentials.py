"""Finding and reading a key: in a file, a ``.env`` file or the environment.

A key file is opened once, checked by its descriptor and read up to a limit. Functions that handle the key return a
:class:`~depthview.auth.keys.KeyDefect` instead of raising, because an exception would keep the frames of the parsers
alive, whose locals are the key. Only callers that no longer hold it raise.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, TypeAlias

from depthview.auth.keys import (
    DOWNLOAD_AGAIN,
    NEW_KEY,
    NO_EVIDENCE,
    Algorithm,
    KeyDefect,
    KeyEvidence,
    PrivateKey,
    Secret,
    parse_private_key,
    read_evidence,
)
from depthview.core.text import shown_path
from depthview.errors import CredentialError
from depthview.system.core_dumps import forbid_core_dumps
from depthview.system.files import open_without_waiting
from depthview.system.os_errors import os_reason, too_many_files
from depthview.system.paths import path_from_home, user_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from depthview.config.run_options import CredentialOptions

P = ParamSpec("P")
_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:@-]{0,199}")
_PLACEHOLDER_NAME = re.compile(r"\byour\b|your[ _-]|[<{]|\.\.\.|…|x{4}", re.IGNORECASE)
_OLD_FIELDS: Final = frozenset({"passphrase", "apipassphrase"})


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    key_name: str
    """``organizations/{org_id}/apiKeys/{key_id}``, or a bare id: goes into every token as ``sub`` and ``kid``."""
    algorithm: Algorithm
    private_key: Secret[PrivateKey]
    evidence: KeyEvidence = NO_EVIDENCE
    """What the key's file says of it."""
    source: str = ""
    """For the screen, e.g. ``key file ~/cdp_api_key.json``."""

    @property
    def key_tail(self) -> str:
        """The last four characters of the key's id: enough to tell two keys apart."""
        return self.key_name[-4:]

    def __repr__(self) -> str:
        return f"Credentials(key …{self.key_tail}, {self.algorithm}, from {self.source})"


_Found: TypeAlias = Credentials | KeyDefect


def _contained(cure: str) -> Callable[[Callable[P, _Found]], Callable[P, _Found]]:
    """Turn whatever a parser raises into a defect: the frames in its traceback would hold the key."""

    def decorate(parse: Callable[P, _Found]) -> Callable[P, _Found]:
        @wraps(parse)
        def contained(*args: P.args, **kwargs: P.kwargs) -> _Found:
            try:
                return parse(*args, **kwargs)
            except Exception:
                return KeyDefect("cannot be read", cure)

        return contained

    return decorate


@_contained(DOWNLOAD_AGAIN)
def parse_key_document(raw: Secret[bytes], name: str = "") -> Credentials | KeyDefect:
    """The key in a file: the JSON of the CDP portal, or a bare PEM with its name given beside it.

    Two JSON forms (documented): ``{"name", "privateKey"}`` with a PEM, and ``{"id", "privateKey"}`` with base64 of an
    Ed25519 key. What else the file says is kept as evidence; old files say much more.

    Args:
        raw: The file's bytes.
        name: The key's name where the file may not hold it (``--key-name``).
    """
    if not raw.reveal().strip():
        return KeyDefect("is empty", NEW_KEY)
    try:
        text = raw.reveal().decode("utf-8-sig")
    except UnicodeDecodeError:
        return KeyDefect("is not UTF-8 text", "save it as UTF-8, or " + DOWNLOAD_AGAIN)
    if text.lstrip(" \t\r\n'\"").startswith("-----BEGIN"):
        if name:
            return parse_named_key(name, Secret(text))
        return KeyDefect(
            "is a bare PEM without the key's name",
            "give the name with --key-name NAME, or use the JSON file of the CDP portal",
        )
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if re.match(r"\s*(?:export\s+)?[A-Z_]+\s*=", text):
            return KeyDefect("is a .env file, not a key file", "give it with --env-file")
        return KeyDefect(f"is not JSON (line {error.lineno})", DOWNLOAD_AGAIN)
    except (ValueError, RecursionError):
        return KeyDefect("is not JSON", DOWNLOAD_AGAIN)
    if not isinstance(document, dict):
        return KeyDefect("is JSON but not an object", DOWNLOAD_AGAIN)
    return _parse_fields(document, name)


def _parse_fields(document: Mapping[str, object], name: str) -> Credentials | KeyDefect:
    if _OLD_FIELDS & {field.replace("_", "").lower() for field in document}:
        return KeyDefect("is a key of Coinbase Exchange: it has a passphrase", NEW_KEY)
    private_key = document.get("privateKey")
    if private_key is None:
        return KeyDefect('has no "privateKey"', DOWNLOAD_AGAIN)
    if not isinstance(private_key, str):
        return KeyDefect('has a "privateKey" that is not a string', DOWNLOAD_AGAIN)
    own = document.get("name") or document.get("id") or name
    if not own:
        return KeyDefect('has neither "name" nor "id"', DOWNLOAD_AGAIN)
    if not isinstance(own, str):
        return KeyDefect('has a "name" that is not a string', DOWNLOAD_AGAIN)
    if name and own.strip() != name.strip():
        return KeyDefect("has another name than --key-name", "remove --key-name")
    found = parse_named_key(own, Secret(private_key))
    if isinstance(found, KeyDefect):
        return found
    return replace(found, evidence=read_evidence(document, found.private_key.reveal().public_key()))


@_contained(DOWNLOAD_AGAIN)
def parse_named_key(name: str, private_key: Secret[str]) -> Credentials | KeyDefect:
    """The key whose name and private half are given separately, as environment variables have them."""
    bare_name = name.strip(" \t\r\n'\"")
    if not bare_name:
        return KeyDefect("has an empty key name", DOWNLOAD_AGAIN)
    if _PLACEHOLDER_NAME.search(bare_name):
        return KeyDefect("has a placeholder for a key name", NEW_KEY)
    # The name travels inside every token: a private key that was pasted in its place must never get that far.
    if not _KEY_NAME.fullmatch(bare_name):
        return KeyDefect(
            "has a key name with invalid characters",
            "it looks like organizations/{org_id}/apiKeys/{key_id}, or a bare id; were name and key swapped?",
        )
    parsed = parse_private_key(private_key)
    if isinstance(parsed, KeyDefect):
        return parsed
    return Credentials(bare_name, parsed.algorithm, parsed.private_key)


_PAIRS: Final = (("NAME", "PRIVATE_KEY"), ("COINBASE_API_KEY", "COINBASE_API_SECRET"))
"""The guide's own variables first, then the SDK's."""
_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)")
_COMMENT = re.compile(r"[ \t]#.*")


@_contained("check that it has lines such as NAME=... and PRIVATE_KEY=...")
def parse_env_file(raw: Secret[bytes]) -> Credentials | KeyDefect:
    """The key in a ``.env`` file; values may be bare, quoted, or span the lines of a PEM."""
    try:
        text = raw.reveal().decode("utf-8-sig")
    except UnicodeDecodeError:
        return KeyDefect("is not UTF-8 text", "save it as UTF-8")
    if text.lstrip().startswith(("{", "-----BEGIN")):
        return KeyDefect("is a key file, not a .env file", "give it with --key-file")
    values = dict(_assignments(re.split(r"\r\n|\r|\n", text)))
    for name, key in _PAIRS:
        if key in values:
            if name not in values:
                return KeyDefect(f"has {key} but no {name}", f"add a line {name}=organizations/.../apiKeys/...")
            return parse_named_key(values[name].reveal(), values[key])
    name, key = _PAIRS[0]
    found = f"has {name} but no {key}" if name in values else f"has neither {name} nor {key}"
    return KeyDefect(found, f"write the key as two lines, {name}=... and {key}=...")


def _assignments(lines: Sequence[str]) -> Iterator[tuple[str, Secret[str]]]:
    rest = iter(lines)
    for line in rest:
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            continue
        name, value = match[1], match[2]
        if value[:1] in ("'", '"'):
            value = _extended(value, rest, value[0])[1:].partition(value[0])[0]
        elif "-----BEGIN" in value:
            value = _extended(value, rest, "-----END")
        else:
            value = _COMMENT.sub("", value)
        yield name, Secret(value)


def _extended(value: str, rest: Iterator[str], end: str) -> str:
    """A value and the lines after it, up to the one with ``end`` or the last."""
    while end not in value[1:] and (more := next(rest, None)) is not None:
        value += "\n" + more
    return value


KEY_FILE_NAME: Final = "cdp_api_key.json"
KEY_FILE_VARIABLE: Final = "DEPTHVIEW_KEY_FILE"
KEY_NAME_VARIABLE: Final = "COINBASE_API_KEY"
KEY_SECRET_VARIABLE: Final = "COINBASE_API_SECRET"  # noqa: S105  # the variable's name
MAX_KEY_FILE_BYTES: Final = 64 * 1024
"""A real one has about 300."""


class PlaceKind(StrEnum):
    KEY_FILE = "key file"
    ENV_FILE = ".env file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    kind: PlaceKind
    path: Path | None = None
    key_name: str = ""
    """The name that was given beside a bare PEM."""

    @property
    def subject(self) -> str:
        """The subject of a message about what is wrong there."""
        if self.path is None:
            return f"the key in {KEY_NAME_VARIABLE} and {KEY_SECRET_VARIABLE}"
        return f"{self.kind} {shown_path(self.path)}"

    @property
    def source(self) -> str:
        return f"environment {KEY_NAME_VARIABLE}" if self.path is None else f"{self.kind} {path_from_home(self.path)}"


def place_of_key(options: CredentialOptions, env: Mapping[str, str], config_dir: Path) -> KeyPlace | None:
    """Where the key to use is, or None for the public feed.

    In this order: ``--public`` (none), ``--env-key``, ``--env-file``, ``--key-file``, ``DEPTHVIEW_KEY_FILE``, the one
    that the configuration names, ``cdp_api_key.json`` in ``config_dir``. The SDK's variables are read with
    ``--env-key`` only, because they often belong to a trading bot.
    """
    in_variable = env.get(KEY_FILE_VARIABLE, "").strip()
    del env  # a traceback that prints locals would print it, key and all
    if options.public or options.jwt_from_env:
        return None
    if options.env_key:
        return KeyPlace(PlaceKind.ENVIRONMENT)
    if options.env_file is not None:
        return KeyPlace(PlaceKind.ENV_FILE, user_path(options.env_file))
    path = options.key_file
    if path is None and in_variable:
        path = Path(in_variable)
    if path is None:
        path = options.configured_file
    if path is None and os.path.lexists(config_dir / KEY_FILE_NAME):
        path = config_dir / KEY_FILE_NAME
    if path is None:
        return None
    return KeyPlace(PlaceKind.KEY_FILE, user_path(path), options.key_name)


def read_key(
    place: KeyPlace, env: Mapping[str, str], *, allow_loose_permissions: bool = False
) -> Credentials | KeyDefect:
    """The key at a place, or what is wrong with it; nothing is raised.

    Args:
        place: From :func:`place_of_key`.
        env: The environment.
        allow_loose_permissions: Take a file even if group or others may read or write it.
    """
    forbid_core_dumps()
    if place.path is None:
        outcome = _read_environment(env)
    else:
        raw = _read_private_file(place.path, allow_loose_permissions=allow_loose_permissions)
        if isinstance(raw, KeyDefect):
            return raw
        is_key_file = place.kind is PlaceKind.KEY_FILE
        outcome = parse_key_document(raw, place.key_name) if is_key_file else parse_env_file(raw)
    return outcome if isinstance(outcome, KeyDefect) else replace(outcome, source=place.source)


def from_environment(env: Mapping[str, str]) -> Credentials:
    """The key that Coinbase's own SDK would find in the environment.

    Args:
        env: The environment. It is let go of before anything is raised; a caller should keep no copy in a local.

    Raises:
        CredentialError: What is wrong with the variables and the cure, and nothing of their values.
    """
    place = KeyPlace(PlaceKind.ENVIRONMENT)
    outcome = read_key(place, env)
    del env
    return _settled(outcome, place)


def find_credentials(options: CredentialOptions, env: Mapping[str, str], config_dir: Path) -> Credentials | None:
    """The key to use, or None for the public feed; see :func:`place_of_key` for the order.

    Raises:
        CredentialError: A key was named, or lies in its default place, and cannot be used.
    """
    place = place_of_key(options, env, config_dir)
    if place is None:
        return None
    outcome = read_key(place, env, allow_loose_permissions=options.allow_loose_permissions)
    del env
    return _settled(outcome, place)


def loose_mode(place: KeyPlace) -> int | None:
    """The permission bits of a file that group or others may use; None for any other.

    Raises:
        OSError: The file cannot be examined.
    """
    if place.path is None:
        return None
    mode = stat.S_IMODE(os.stat(place.path).st_mode)
    return mode if mode & (stat.S_IRWXG | stat.S_IRWXO) else None


def cure_of_loose_mode(path: Path) -> str:
    return f"run chmod 600 {_quoted(path)}, or give --allow-loose-permissions for a mounted secret"


def _settled(outcome: Credentials | KeyDefect, place: KeyPlace) -> Credentials:
    if isinstance(outcome, KeyDefect):
        raise CredentialError(f"{place.subject} {outcome.what}: {outcome.cure}")
    return outcome


def _read_environment(env: Mapping[str, str]) -> Credentials | KeyDefect:
    for variable in (KEY_NAME_VARIABLE, KEY_SECRET_VARIABLE):
        if variable not in env:
            return KeyDefect(f"is missing: {variable} is not set", "set both, or remove --env-key")
    return parse_named_key(env[KEY_NAME_VARIABLE], Secret(env[KEY_SECRET_VARIABLE]))


def _read_private_file(path: Path, *, allow_loose_permissions: bool) -> Secret[bytes] | KeyDefect:
    try:
        with open(path, "rb", opener=open_without_waiting) as file:
            defect = _file_defect(os.fstat(file.fileno()), path, allow_loose_permissions=allow_loose_permissions)
            if defect is not None:
                return defect
            raw = Secret(file.read(MAX_KEY_FILE_BYTES + 1))
    except (FileNotFoundError, NotADirectoryError):
        return KeyDefect("does not exist", "check the path; the CDP portal offers the file when a key is made")
    except IsADirectoryError:
        return KeyDefect("is a directory", f"give the file in it, such as {KEY_FILE_NAME}")
    except PermissionError:
        return KeyDefect("cannot be read: permission denied", f"run chmod 600 {_quoted(path)}, as its owner")
    except (OSError, ValueError) as error:
        is_limit = too_many_files(error) is not None
        return KeyDefect(f"cannot be read ({os_reason(error)})", "then try again" if is_limit else "check the path")
    # Checked again, since a file may grow, and some report no size.
    return _TOO_LARGE if len(raw.reveal()) > MAX_KEY_FILE_BYTES else raw


_TOO_LARGE: Final = KeyDefect("is over 64 KiB, too large for a key file", "check the path")


def _file_defect(found: os.stat_result, path: Path, *, allow_loose_permissions: bool) -> KeyDefect | None:
    if not stat.S_ISREG(found.st_mode):
        return KeyDefect("is not a regular file", "check the path")
    if found.st_size > MAX_KEY_FILE_BYTES:
        return _TOO_LARGE
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and not allow_loose_permissions:
        return KeyDefect(f"is accessible to others (mode {stat.S_IMODE(found.st_mode):04o})", cure_of_loose_mode(path))
    return None


def _quoted(path: Path) -> str:
    return shlex.quote(shown_path(path))
