"""What is told of a key or a token: a grade, what it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is, as documented; what the venue does beyond its documents is not known."""

    WRONG = "wrong"
    """It cannot work."""
    DIFFERS = "differs"
    """It departs from what the venue's guide or portal gives, and may be refused for it."""
    NOTE = "note"
    """It is worth knowing and no fault."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a key or a token. It never holds a character of a private key or of a token's compact form."""

    grade: Grade
    what: str
    cure: str = ""
    """What to do about it; empty where nothing needs doing."""
    part: str = ""
    """Of a token: the header or claim concerned, such as ``claims.nbf``. Empty for a key."""


def has_wrong(findings: list[Finding] | tuple[Finding, ...]) -> bool:
    """Whether one of them cannot work."""
    return any(finding.grade is Grade.WRONG for finding in findings)
