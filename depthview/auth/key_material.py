"""From a key file's text, or a name and a private key that came apart, to a key under its name.

Nothing in this module raises: what is wrong with a key comes back as a :class:`~depthview.auth.keys.KeyDefect`.
An exception would keep the frames of the parsers alive, whose locals are the key, for a traceback to print.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from depthview.auth.key_evidence import NO_EVIDENCE, KeyEvidence, read_evidence
from depthview.auth.keys import DOWNLOAD_AGAIN, NEW_KEY, KeyDefect, ParsedKey, parse_private_key
from depthview.auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:@-]{0,199}")
_PLACEHOLDER_NAME = re.compile(r"\byour\b|your[ _-]|[<{]|\.\.\.|…|x{4}", re.IGNORECASE)
_OLD_FIELDS: Final = frozenset({"passphrase", "apipassphrase"})


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A private key and the name under which the venue knows it."""

    name: str = field(repr=False)
    key: ParsedKey
    evidence: KeyEvidence = NO_EVIDENCE


def parse_key_document(raw: Secret[bytes], *, name: str = "") -> NamedKey | KeyDefect:
    """The key in a file: the JSON of the CDP portal, or a bare PEM with its name given beside it.

    Two JSON forms (documented): ``{"name", "privateKey"}`` with a PEM, and ``{"id", "privateKey"}`` with base64 of an
    Ed25519 key. What else the file says is kept as evidence, as old files say much more.

    Args:
        raw: The file's bytes.
        name: The key's name where the file may not hold it (``--key-name``).
    """
    # The one broad catch: whatever a parser may yet raise, its frames hold the key and must not leave this module.
    try:
        return _parse_key_document(raw, name)
    except Exception:
        return KeyDefect("cannot be read", DOWNLOAD_AGAIN)


def parse_named_key(name: str, private_key: Secret[str]) -> NamedKey | KeyDefect:
    """The key whose name and private half came apart, as environment variables have them."""
    try:
        return _parse_named_key(name, private_key)
    except Exception:  # as above
        return KeyDefect("cannot be read", DOWNLOAD_AGAIN)


def _parse_key_document(raw: Secret[bytes], name: str) -> NamedKey | KeyDefect:
    if not raw.reveal().strip():
        return KeyDefect("is empty", NEW_KEY)
    try:
        text = raw.reveal().decode("utf-8-sig")
    except UnicodeDecodeError:
        return KeyDefect("is not UTF-8 text", "save it as UTF-8, or " + DOWNLOAD_AGAIN)
    if text.lstrip(" \t\r\n'\"").startswith("-----BEGIN"):
        if name:
            return _parse_named_key(name, Secret(text))
        return KeyDefect(
            "is a bare PEM without the key's name",
            "give the name beside it with --key-name NAME, or use the JSON file of the CDP portal",
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


def _parse_fields(document: Mapping[str, object], name: str) -> NamedKey | KeyDefect:
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
        return KeyDefect("has a name of its own, which is not that of --key-name", "leave out --key-name")
    named = _parse_named_key(own, Secret(private_key))
    if isinstance(named, KeyDefect):
        return named
    return replace(named, evidence=read_evidence(document, named.key.private_key.reveal().public_key()))


def _parse_named_key(name: str, private_key: Secret[str]) -> NamedKey | KeyDefect:
    bare_name = name.strip(" \t\r\n'\"")
    if not bare_name:
        return KeyDefect("has an empty key name", DOWNLOAD_AGAIN)
    if _PLACEHOLDER_NAME.search(bare_name):
        return KeyDefect("has a placeholder for a key name", NEW_KEY)
    # The name travels inside every token: a private key that was pasted in its place must never get that far.
    if not _KEY_NAME.fullmatch(bare_name):
        return KeyDefect(
            "has a key name with characters that no name has",
            "it looks like organizations/{org_id}/apiKeys/{key_id}, or a bare id; were name and key swapped?",
        )
    parsed = parse_private_key(private_key)
    return parsed if isinstance(parsed, KeyDefect) else NamedKey(bare_name, parsed)
