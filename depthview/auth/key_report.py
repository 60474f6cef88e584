"""What is to be said of a key before it is tried. Pure: credentials and the time in, findings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.auth.findings import Finding, Grade
from depthview.auth.key_evidence import KeyType, NameShape, name_shape

if TYPE_CHECKING:
    from depthview.auth.credentials import Credentials

ACTIVE_AFTER_SECONDS: Final = 48 * 3600.0
"""A new key may take so long until it works (reported)."""
_PORTAL: Final = "look at the key in the CDP portal"
_CURVES: Final = {"ES256": "ECDSA on P-256", "EdDSA": "Ed25519"}


def kind_of(credentials: Credentials) -> str:
    """The key's kind in words, such as ``ES256 (ECDSA on P-256)``."""
    return f"{credentials.algorithm} ({_CURVES[credentials.algorithm]})"


def describe(credentials: Credentials, now: float) -> list[Finding]:
    """All that can be said of a key without asking the venue, the worst first.

    Args:
        credentials: The key.
        now: Unix seconds.
    """
    found = [
        *_of_name(credentials.key_name, credentials.algorithm),
        *_of_evidence(credentials, now),
        *_of_algorithm(credentials.algorithm),
    ]
    order = list(Grade)
    return sorted(found, key=lambda finding: order.index(finding.grade))


def _of_name(name: str, algorithm: str) -> list[Finding]:
    shape = name_shape(name)
    if shape is NameShape.CDP or (shape is NameShape.BARE_ID and algorithm == "EdDSA"):
        return []
    cure = "compare it with the name in the CDP portal: organizations/{org_id}/apiKeys/{key_id}"
    if shape is NameShape.BARE_ID:
        return [Finding(Grade.DIFFERS, "the key name is a bare id, which only Ed25519 keys have (observed)", cure)]
    if shape is NameShape.OTHER:
        return [Finding(Grade.DIFFERS, "the key name does not look like one of the venue's", cure)]
    return [
        Finding(
            Grade.DIFFERS,
            f"the key name looks like {shape.value}",
            'make a "Secret API key" in the CDP portal: no other kind works here (documented)',
        )
    ]


def _of_evidence(credentials: Credentials, now: float) -> list[Finding]:
    evidence, found = credentials.evidence, []
    if evidence.enabled is False:
        found.append(Finding(Grade.WRONG, "the key file says that the key is disabled", f"{_PORTAL} and enable it"))
    if evidence.public_key_fits is False:
        found.append(
            Finding(
                Grade.WRONG,
                "the key file's publicKey does not belong to its privateKey",
                "download the key file again, or make a new key",
            )
        )
    if evidence.views is False:
        found.append(
            Finding(Grade.DIFFERS, "the key file names scopes, and none of them is view", "give the key view rights")
        )
    age = None if evidence.created_at is None else now - evidence.created_at
    if age is not None and age < ACTIVE_AFTER_SECONDS:
        hours = max(1, round((ACTIVE_AFTER_SECONDS - max(0.0, age)) / 3600))
        found.append(
            Finding(
                Grade.DIFFERS,
                "the key file says that the key is younger than 48 h; a new key may not be active yet (reported)",
                f"wait up to {hours} h, or see in the CDP portal whether it is active",
            )
        )
    if evidence.addresses:
        many = "address" if evidence.addresses == 1 else "addresses"
        found.append(
            Finding(
                Grade.NOTE,
                f"the key file says that the key works from {evidence.addresses} {many} only",
                f"where tokens are refused, {_PORTAL} and see whether yours is among them",
            )
        )
    if evidence.key_type in (KeyType.GENERAL, KeyType.OTHER):
        found.append(Finding(Grade.NOTE, "the key file says that the key is no trading key; a general one may do"))
    return found


def _of_algorithm(algorithm: str) -> list[Finding]:
    if algorithm != "EdDSA":
        return []
    return [
        Finding(
            Grade.NOTE,
            "Ed25519 (EdDSA) is reported to work and not proved on this feed",
            "where tokens are refused, make an ECDSA key",
        )
    ]
