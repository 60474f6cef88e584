"""Tokens and findings as text and as JSON, safe for a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from depthview.auth.token_report import take_apart
from depthview.core.text import plain_text

if TYPE_CHECKING:
    from depthview.auth.diagnosis import Finding
    from depthview.auth.token_report import TokenReport, TokenText


def parts_of(text: str) -> str:
    """Header and claims of a token, plain and encoded; without a signature they are not a credential."""
    token = take_apart(text)
    header, claims = text.split(".")[:2]
    return (
        f"header          {_shown(token.header)}\nclaims          {_shown(token.claims)}\n"
        f"encoded header  {header}\nencoded claims  {claims}\n"
    )


def report_as_json(report: TokenReport) -> str:
    findings = [
        {"grade": finding.grade.value, "part": finding.part, "what": finding.what, "cure": finding.cure}
        for finding in report.findings
    ]
    return json.dumps({"findings": findings}) + "\n"


def report_as_text(token: TokenText, report: TokenReport, against: str) -> str:
    """The token and the findings, one per line.

    Args:
        token: The token.
        report: What was found.
        against: The key that the signature was verified with, or why there was none.
    """
    left = report.life_left
    life = "unknown" if left is None else f"{left:,.0f} s" if left > 0 else f"none: expired {-left:,.0f} s ago"
    lines = [f"header     {_shown(token.header)}", f"claims     {_shown(token.claims)}", f"life left  {life}"]
    lines.append(f"signature  {report.signature.value} ({against})")
    lines += [f"stripped   {what}" for what in token.stripped]
    lines += [finding_line(finding) for finding in report.findings]
    if not report.findings:
        lines.append("everything is as documented")
    return "\n".join(lines) + "\n"


def finding_line(finding: Finding, width: int = 9) -> str:
    """One finding in one line: grade in ``width`` columns, part, what, and the cure after an arrow."""
    head = f"{finding.grade.value:<{width}}  " + (f"{finding.part}: " if finding.part else "")
    return head + finding.what + (f" -> {finding.cure}" if finding.cure else "")


def _shown(document: object) -> str:
    return "unreadable" if document is None else plain_text(json.dumps(document), 2_000)
