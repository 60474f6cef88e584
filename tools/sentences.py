"""Lists every sentence that a user can see, with its place: ``python -m tools.sentences [--kind KIND] [WORD]``.

For reading them all. A sentence is a string of the package with two words at least that is neither a docstring nor a
pattern; values in an f-string appear as ``{...}``. Its kind is that of the call that takes it.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
_HELP: Final = re.compile(r"add_argument|add_parser|ArgumentParser|add_subparsers|Option|Setting|Binding|Key|fault")
_ERROR: Final = re.compile(
    r"\w*(?:Error|Failed|Refused|Frame|Defect|Finding|StepResult|Invalid\w*)|skipped|_(?:wrong|differs|note)"
)
_EVENT: Final = re.compile(r"add|say|rewrite|close|_say|doubt|_doubt|closed|told")
_NOT_SHOWN: Final = re.compile(
    r"compile|getLogger|cast|TypeVar|NewType|match|fullmatch|search|sub|split|partition|encode"
)
_WORDS: Final = re.compile(r"[A-Za-z]{2,}.* .*[A-Za-z]{2,}|^[A-Z][a-z]+ ")
_KINDS: Final = ("help", "error", "event", "label")


class Sentence(NamedTuple):
    """One string that may be seen."""

    path: Path
    line: int
    kind: str
    text: str


def sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of a module, in its order."""
    tree = ast.parse(path.read_text("utf-8"))
    found: list[Sentence] = []
    _collect(tree, "label", path, found)
    yield from sorted(found, key=lambda sentence: sentence.line)


def _collect(node: ast.AST, kind: str, path: Path, found: list[Sentence]) -> None:
    if isinstance(node, ast.Call):
        kind = _kind(node, kind)
        if not kind:
            return
    elif isinstance(node, ast.Raise):
        kind = "error"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.JoinedStr | ast.Constant):
        text = _text(node)
        if _WORDS.search(text):
            found.append(Sentence(path, node.lineno, kind, text))
        if isinstance(node, ast.JoinedStr):
            for value in node.values:
                if isinstance(value, ast.FormattedValue):
                    _collect(value.value, kind, path, found)
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                _collect(child, kind, path, found)


def _kind(call: ast.Call, outer: str) -> str:
    """The kind of a call's strings; empty where they are not shown."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if _NOT_SHOWN.fullmatch(name):
        return ""
    kinds = {"help": _HELP, "error": _ERROR, "event": _EVENT}
    return next((kind for kind, pattern in kinds.items() if pattern.fullmatch(name)), outer)


def _text(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{...}" for part in node.values)


def main() -> None:
    """Print the sentences, one per line."""
    parser = argparse.ArgumentParser(description="List every sentence that a user can see.")
    parser.add_argument("word", nargs="?", default="", help="only sentences that contain it")
    parser.add_argument("--kind", choices=_KINDS, help="only sentences of this kind")
    parser.add_argument("--under", default="depthview", help="a folder or file (default: depthview)")
    args = parser.parse_args()
    under = ROOT / args.under
    for path in [under] if under.is_file() else sorted(under.rglob("*.py")):
        for sentence in sentences(path):
            if args.kind in (None, sentence.kind) and args.word.lower() in sentence.text.lower():
                text = " ".join(sentence.text.split())
                line = f"{path.relative_to(ROOT)}:{sentence.line}  {sentence.kind:<5}  {text}"
                sys.stdout.buffer.write(f"{line}\n".encode(errors="backslashreplace"))


if __name__ == "__main__":
    main()
