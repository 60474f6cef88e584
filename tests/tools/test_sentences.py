"""The list of sentences that a user can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.sentences import ROOT, sentences

if TYPE_CHECKING:
    from pathlib import Path

_MODULE = '''
"""A docstring is not listed."""
import re
PATTERN = re.compile("not a sentence")
parser.add_argument("--key-file", help="file that holds the key")
raise UsageError(f"no file {path}: name another one")
events.say("kind", "warn", f"the venue sent {count} errors")
LABEL = "open orders"
WORD = "label"
'''


def test_each_sentence_has_its_line_and_kind(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(_MODULE)
    assert [(found.line, found.kind, found.text) for found in sentences(module)] == [
        (5, "help", "file that holds the key"),
        (6, "error", "no file {...}: name another one"),
        (7, "event", "the venue sent {...} errors"),
        (8, "label", "open orders"),
    ]


def test_the_package_s_own_are_found() -> None:
    listed = [found.text for found in sentences(ROOT / "depthview" / "auth" / "endpoints.py")]
    assert "the address has a user name or password: remove it" in listed
