"""Where a key comes from: a file, the environment, or nowhere.

A key file is opened once, judged by its descriptor and read within a bound. Everything that touches the key returns
its outcome instead of raising (see :mod:`depthview.auth.key_material`), and the functions here raise only after they
have let go of it: no traceback of ours has a key among its locals or its causes.
"""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from depthview.auth.env_file import parse_env_file
from depthview.auth.key_evidence import NO_EVIDENCE, KeyEvidence
from depthview.auth.key_material import NamedKey, parse_key_document, parse_named_key
from depthview.auth.keys import Algorithm, KeyDefect, PrivateKey
from depthview.auth.secret import Secret
from depthview.core.text import shown_path
from depthview.errors import CredentialError
from depthview.system.core_dumps import forbid_core_dumps
from depthview.system.files import open_without_waiting
from depthview.system.os_errors import os_reason, too_many_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.config.options import CredentialOptions

KEY_FILE_NAME: Final = "cdp_api_key.json"
KEY_FILE_VARIABLE: Final = "DEPTHVIEW_KEY_FILE"
KEY_NAME_VARIABLE: Final = "COINBASE_API_KEY"
KEY_SECRET_VARIABLE: Final = "COINBASE_API_SECRET"  # noqa: S105  # the variable's name
MAX_KEY_FILE_BYTES: Final = 64 * 1024
"""A real one has about 300."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A key that tokens can be signed with, and where it came from."""

    key_name: str
    """``organizations/{org_id}/apiKeys/{key_id}``, or a bare id: goes into every token as ``sub`` and ``kid``."""
    algorithm: Algorithm
    source: str
    """For the screen, e.g. ``key file ~/cdp_api_key.json``."""
    private_key: Secret[PrivateKey]
    evidence: KeyEvidence = NO_EVIDENCE
    """What the key's file says of it."""

    @property
    def key_tail(self) -> str:
        """The last four characters of the key's id: enough to tell two keys apart."""
        return self.key_name[-4:]

    def __repr__(self) -> str:
        return f"Credentials(key …{self.key_tail}, {self.algorithm}, from {self.source})"


class PlaceKind(StrEnum):
    """What a key is kept in."""

    KEY_FILE = "key file"
    ENV_FILE = ".env file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key is to be found."""

    kind: PlaceKind
    path: Path | None = None
    """None for the environment."""
    key_name: str = ""
    """The name that was given beside a bare PEM."""

    @property
    def subject(self) -> str:
        """For the beginning of a sentence about what is wrong there."""
        if self.path is None:
            return f"the key in {KEY_NAME_VARIABLE} and {KEY_SECRET_VARIABLE}"
        return f"{self.kind} {shown_path(self.path)}"

    @property
    def source(self) -> str:
        """As the screen shows it all day."""
        return f"environment {KEY_NAME_VARIABLE}" if self.path is None else f"{self.kind} {from_home(self.path)}"


def place_of_key(options: CredentialOptions, env: Mapping[str, str], config_dir: Path) -> KeyPlace | None:
    """Where the key to use is, or None for the public feed.

    In this order: ``--public`` (none), ``--env-key``, ``--env-file``, ``--key-file``, ``DEPTHVIEW_KEY_FILE``,
    the one that the configuration names, ``cdp_api_key.json`` in ``config_dir``. The
    SDK's variables are read with ``--env-key`` only, because they often
    belong to a trading bot.
    """
    in_variable = env.get(KEY_FILE_VARIABLE, "").strip()
    del env  # a traceback that prints locals would print it, key and all
    if options.public or options.jwt_from_env:
        return None
    if options.env_key:
        return KeyPlace(PlaceKind.ENVIRONMENT)
    if options.env_file is not None:
        return KeyPlace(PlaceKind.ENV_FILE, Path(os.path.expanduser(options.env_file)))
    path = options.key_file
    if path is None and in_variable:
        path = Path(in_variable)
    if path is None:
        path = options.configured_file
    if path is None and os.path.lexists(config_dir / KEY_FILE_NAME):
        path = config_dir / KEY_FILE_NAME
    if path is None:
        return None
    return KeyPlace(PlaceKind.KEY_FILE, Path(os.path.expanduser(path)), options.key_name)


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
        outcome = parse_key_document(raw, name=place.key_name) if is_key_file else parse_env_file(raw)
    if isinstance(outcome, KeyDefect):
        return outcome
    key = outcome.key
    return Credentials(outcome.name, key.algorithm, place.source, key.private_key, outcome.evidence)


def load_key_file(path: Path, *, allow_loose_permissions: bool = False, key_name: str = "") -> Credentials:
    """The key in a CDP key file (JSON), or in a bare PEM under the name given.

    Args:
        path: The file; links are followed, since mounted secrets are links.
        allow_loose_permissions: Take it even if group or others may read it.
        key_name: The key's name, where the file does not hold it.

    Raises:
        CredentialError: What is wrong with the file and the cure, and nothing of its content.
    """
    place = KeyPlace(PlaceKind.KEY_FILE, path, key_name)
    return _settled(read_key(place, {}, allow_loose_permissions=allow_loose_permissions), place)


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
    """The permission bits of a file that group or others may use; None where there is nothing to object to.

    Raises:
        OSError: The file is not to be had.
    """
    if place.path is None:
        return None
    mode = stat.S_IMODE(os.stat(place.path).st_mode)
    return mode if mode & (stat.S_IRWXG | stat.S_IRWXO) else None


def cure_of_loose_mode(path: Path) -> str:
    """What to do about a file that is open to others."""
    return f"run chmod 600 {_quoted(path)}, or give --allow-loose-permissions for a mounted secret"


def from_home(path: Path) -> str:
    """The path as it is shown all day: from ``~`` where it lies there."""
    home = os.path.expanduser("~")
    text = shown_path(path)
    return "~" + text[len(home) :] if home != "/" and text.startswith(home + os.sep) else text


def _settled(outcome: Credentials | KeyDefect, place: KeyPlace) -> Credentials:
    if isinstance(outcome, KeyDefect):
        raise CredentialError(f"{place.subject} {outcome.what}: {outcome.cure}")
    return outcome


def _read_environment(env: Mapping[str, str]) -> NamedKey | KeyDefect:
    for variable in (KEY_NAME_VARIABLE, KEY_SECRET_VARIABLE):
        if variable not in env:
            return KeyDefect(f"is not there: {variable} is not set", "set both, or leave out --env-key")
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
        return KeyDefect("is a directory", f"name the file in it, such as {KEY_FILE_NAME}")
    except PermissionError:
        return KeyDefect("may not be read by you", f"chmod 600 {_quoted(path)}, as its owner")
    except (OSError, ValueError) as error:
        is_limit = too_many_files(error) is not None
        return KeyDefect(f"cannot be read ({os_reason(error)})", "then try again" if is_limit else "check the path")
    # Once more, since a file may grow, and some report no size at all.
    return _TOO_LARGE if len(raw.reveal()) > MAX_KEY_FILE_BYTES else raw


_TOO_LARGE: Final = KeyDefect("is over 64 KiB, which no key file is", "check the path")


def _file_defect(found: os.stat_result, path: Path, *, allow_loose_permissions: bool) -> KeyDefect | None:
    if not stat.S_ISREG(found.st_mode):
        return KeyDefect("is not a regular file", "check the path")
    if found.st_size > MAX_KEY_FILE_BYTES:
        return _TOO_LARGE
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and not allow_loose_permissions:
        return KeyDefect(f"is open to others (mode {stat.S_IMODE(found.st_mode):04o})", cure_of_loose_mode(path))
    return None


def _quoted(path: Path) -> str:
    return shlex.quote(shown_path(path))
