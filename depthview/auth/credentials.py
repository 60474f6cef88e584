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
from pathlib import Path
from typing import TYPE_CHECKING, Final

from depthview.auth.key_material import (
    Algorithm,
    KeyDefect,
    NamedKey,
    PrivateKey,
    parse_key_document,
    parse_named_key,
)
from depthview.auth.secret import Secret
from depthview.errors import CredentialError
from depthview.private_file import open_without_waiting, shown_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.settings import CredentialOptions

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

    @property
    def key_tail(self) -> str:
        """The last four characters of the key's id: enough to tell two keys apart."""
        return self.key_name[-4:]

    def __repr__(self) -> str:
        return f"Credentials(key …{self.key_tail}, {self.algorithm}, from {self.source})"


def load_key_file(path: Path, *, allow_loose_permissions: bool = False) -> Credentials:
    """The key in a CDP key file (JSON).

    Args:
        path: The file; links are followed, since mounted secrets are links.
        allow_loose_permissions: Take it even if group or others may read it.

    Raises:
        CredentialError: What is wrong with the file and the cure, and nothing of its content.
    """
    outcome = _read_key_file(path, allow_loose_permissions=allow_loose_permissions)
    return _settled(outcome, f"key file {shown_path(path)}", f"key file {_from_home(path)}")


def from_environment(env: Mapping[str, str]) -> Credentials:
    """The key that Coinbase's own SDK would find in the environment.

    Args:
        env: The environment. It is let go of before anything is raised; a caller should keep no copy in a local.

    Raises:
        CredentialError: What is wrong with the variables and the cure, and nothing of their values.
    """
    outcome = _read_environment(env)
    del env  # a traceback that prints locals would print it, key and all
    return _settled(outcome, _IN_ENVIRONMENT, f"environment {KEY_NAME_VARIABLE}")


def find_credentials(options: CredentialOptions, env: Mapping[str, str], config_dir: Path) -> Credentials | None:
    """The key to use, or None for the public feed.

    In this order: ``--public`` (none), ``--env-key``, ``--key-file``, ``DEPTHVIEW_KEY_FILE``, ``cdp_api_key.json`` in
    ``config_dir``. The SDK's variables are read with ``--env-key`` only, because they often belong to a trading bot.

    Raises:
        CredentialError: A key was named, or lies in its default place, and cannot be used.
    """
    if options.public:
        return None
    outcome = _read_environment(env) if options.env_key else None
    in_variable = env.get(KEY_FILE_VARIABLE, "").strip()
    del env  # as above
    if outcome is not None:
        return _settled(outcome, _IN_ENVIRONMENT, f"environment {KEY_NAME_VARIABLE}")
    path = options.key_file
    if path is None and in_variable:
        path = Path(in_variable)
    if path is None and os.path.lexists(config_dir / KEY_FILE_NAME):
        path = config_dir / KEY_FILE_NAME
    if path is None:
        return None
    return load_key_file(Path(os.path.expanduser(path)), allow_loose_permissions=options.allow_loose_permissions)


_IN_ENVIRONMENT: Final = f"the key in {KEY_NAME_VARIABLE} and {KEY_SECRET_VARIABLE}"


def _settled(outcome: NamedKey | KeyDefect, subject: str, source: str) -> Credentials:
    if isinstance(outcome, KeyDefect):
        raise CredentialError(f"{subject} {outcome.what}: {outcome.cure}")
    return Credentials(outcome.name, outcome.key.algorithm, source, outcome.key.private_key)


def _read_environment(env: Mapping[str, str]) -> NamedKey | KeyDefect:
    for variable in (KEY_NAME_VARIABLE, KEY_SECRET_VARIABLE):
        if variable not in env:
            return KeyDefect(f"is not there: {variable} is not set", "set both, or leave out --env-key")
    return parse_named_key(env[KEY_NAME_VARIABLE], Secret(env[KEY_SECRET_VARIABLE]))


def _read_key_file(path: Path, *, allow_loose_permissions: bool) -> NamedKey | KeyDefect:
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
        return KeyDefect(f"cannot be read ({_reason(error)})", "check the path")
    # Once more, since a file may grow, and some report no size at all.
    return _TOO_LARGE if len(raw.reveal()) > MAX_KEY_FILE_BYTES else parse_key_document(raw)


_TOO_LARGE: Final = KeyDefect("is over 64 KiB, which no key file is", "check the path")


def _file_defect(found: os.stat_result, path: Path, *, allow_loose_permissions: bool) -> KeyDefect | None:
    if not stat.S_ISREG(found.st_mode):
        return KeyDefect("is not a regular file", "check the path")
    if found.st_size > MAX_KEY_FILE_BYTES:
        return _TOO_LARGE
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and not allow_loose_permissions:
        return KeyDefect(
            f"is open to others (mode {stat.S_IMODE(found.st_mode):04o})",
            f"run chmod 600 {_quoted(path)}, or give --allow-loose-permissions for a mounted secret",
        )
    return None


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or "not a path").lower()


def _quoted(path: Path) -> str:
    return shlex.quote(shown_path(path))


def _from_home(path: Path) -> str:
    """The path as it is shown all day: from ``~`` where it lies there."""
    home = os.path.expanduser("~")
    text = shown_path(path)
    return "~" + text[len(home) :] if home != "/" and text.startswith(home + os.sep) else text
