"""What a key file says besides the key: old ones tell a good deal (reported), the present portal's say nothing.

It is evidence and no proof: the file is as old as the download, and the portal may have changed the key since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from depthview.auth.keys import KeyDefect
from depthview.auth.public_key import parse_public_key, same_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.auth.public_key import PublicKey

_CDP_NAME = re.compile(r"organizations/[0-9A-Fa-f-]{36}/apiKeys/[0-9A-Fa-f-]{36}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_EXCHANGE_NAME = re.compile(r"[0-9a-f]{32}")
_LEGACY_NAME = re.compile(r"[A-Za-z0-9]{16}")
_MILLISECONDS_FROM: Final = 100_000_000_000
"""Unix seconds do not get there before the year 5138."""


class NameShape(StrEnum):
    """What a key's name looks like."""

    CDP = "organizations/{org_id}/apiKeys/{key_id}"
    """The documented form."""
    BARE_ID = "a bare id"
    """As Ed25519 key files have it."""
    EXCHANGE = "the key of Coinbase Exchange"
    LEGACY = "a legacy (HMAC) API key"
    OTHER = "none of the venue's names"


class KeyType(StrEnum):
    """What kind of key the file says it is."""

    UNSAID = ""
    TRADING = "trading"
    GENERAL = "general"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class KeyEvidence:
    """The file's word on its key; everything is optional."""

    enabled: bool | None = None
    created_at: float | None = None
    """Unix seconds."""
    addresses: int = 0
    """How many addresses the key is bound to; 0 where the file names none."""
    scopes: int = 0
    """How many scopes the file names."""
    views: bool | None = None
    """Whether one of them lets the key read; None where none is named."""
    key_type: KeyType = KeyType.UNSAID
    public_key_fits: bool | None = None
    """Whether the file's ``publicKey`` is the private key's other half; None where there is none that can be read."""


NO_EVIDENCE: Final = KeyEvidence()


def name_shape(name: str) -> NameShape:
    """What a key's name looks like."""
    for shape, pattern in (
        (NameShape.CDP, _CDP_NAME),
        (NameShape.BARE_ID, _UUID),
        (NameShape.EXCHANGE, _EXCHANGE_NAME),
        (NameShape.LEGACY, _LEGACY_NAME),
    ):
        if pattern.fullmatch(name):
            return shape
    return NameShape.OTHER


def read_evidence(document: Mapping[str, object], public_key: PublicKey) -> KeyEvidence:
    """What a key file says of its key.

    Args:
        document: The file's JSON object. Names are taken in any case, with or without underscores.
        public_key: The public half of the private key in it.
    """
    fields = {name.replace("_", "").lower(): value for name, value in document.items()}
    enabled, addresses, scopes = fields.get("enabled"), fields.get("allowedips"), fields.get("scopes")
    names = [scope.lower() for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
    return KeyEvidence(
        enabled=enabled if isinstance(enabled, bool) else None,
        created_at=_unix(fields.get("createtime") or fields.get("createdat")),
        addresses=len(addresses) if isinstance(addresses, list) else 0,
        scopes=len(names),
        views=any("view" in name or "read" in name for name in names) if names else None,
        key_type=_key_type(fields.get("keytype")),
        public_key_fits=_fits(fields.get("publickey"), public_key),
    )


def _fits(text: object, public_key: PublicKey) -> bool | None:
    if not isinstance(text, str) or not text.strip():
        return None
    found = parse_public_key(text)
    return None if isinstance(found, KeyDefect) else same_key(found, public_key)


def _key_type(text: object) -> KeyType:
    if not isinstance(text, str) or not text.strip():
        return KeyType.UNSAID
    words = text.upper()
    if "TRAD" in words:
        return KeyType.TRADING
    return KeyType.GENERAL if "GENERAL" in words else KeyType.OTHER


def _unix(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        if not 0 < value < 1000 * _MILLISECONDS_FROM:
            return None
        return value / 1000 if value >= _MILLISECONDS_FROM else float(value)
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
