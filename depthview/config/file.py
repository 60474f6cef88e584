"""The configuration file as TOML, and the line of each name in it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from depthview.core.text import shown_path
from depthview.errors import ConfigurationError
from depthview.system.files import open_without_waiting
from depthview.system.os_errors import os_reason

Name = tuple[str, ...]
"""The tables around a key, then the key."""

_MOST_BYTES: Final = 256 * 1024
_TABLE: Final = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?")
_PART: Final = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+))\s*(\.|=|$)")


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file; numbers with a point are exact decimals."""

    path: Path
    content: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[Name, int] = field(default_factory=dict)
    """From 1, for names that begin a line."""

    def place(self, name: Name) -> str:
        """The file and the line of ``name``, or of the nearest table around it that has one."""
        line = self.line(name)
        return shown_path(self.path) + (f", line {line}" if line else "")

    def line(self, name: Name) -> int | None:
        """The line of ``name``, or of the nearest table around it that has one."""
        while name and name not in self.lines:
            name = name[:-1]
        return self.lines.get(name)


def read_document(path: Path, *, must_exist: bool) -> Document | None:
    """The file at ``path``; None if it neither exists nor must exist.

    Raises:
        ConfigurationError: It cannot be read, or is not valid TOML.
    """
    try:
        with open(path, "rb", opener=open_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigurationError(f"configuration {shown_path(path)} is not a regular file: name another")
            raw = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        if not must_exist:
            return None
        raise ConfigurationError(
            f"configuration {shown_path(path)} does not exist: `depthview config init` writes a first one"
        ) from None
    except (OSError, ValueError) as e:
        raise ConfigurationError(f"cannot read configuration {shown_path(path)}: {os_reason(e)}") from None
    if len(raw) > _MOST_BYTES:
        raise ConfigurationError(
            f"configuration {shown_path(path)} is larger than {_MOST_BYTES:,} bytes: is this the right file?"
        )
    return parse_document(raw, path)


def parse_document(raw: bytes, path: Path) -> Document:
    """``raw`` as TOML.

    Raises:
        ConfigurationError: It is not valid TOML.
    """
    import tomllib  # most users have no such file, and start faster without it

    try:
        text = raw.decode("utf-8-sig")
        content = tomllib.loads(text, parse_float=Decimal)
    except UnicodeDecodeError:
        raise ConfigurationError(f"configuration {shown_path(path)} is not UTF-8 text: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as e:
        raise ConfigurationError(f"configuration {shown_path(path)} is not valid TOML: {_safe(str(e))}") from None
    except (ValueError, ArithmeticError):
        raise ConfigurationError(
            f"configuration {shown_path(path)} is not valid TOML: a number in it is too large"
        ) from None
    except RecursionError:
        raise ConfigurationError(
            f"configuration {shown_path(path)} is not valid TOML: it is nested too deeply"
        ) from None
    return Document(path, content, _lines_of(text))


def _safe(message: str) -> str:
    """The parser's message: a place, and a phrase that quotes at most a character or a key's name."""
    cut = message if len(message) <= 160 else message[:160] + "…"
    return "".join(c if c.isprintable() else " " for c in cut[:1].lower() + cut[1:])


def _lines_of(text: str) -> dict[Name, int]:
    """The lines of keys and tables, for messages: an array over several lines has the line of its key."""
    found: dict[Name, int] = {}
    table: Name = ()
    for number, line in enumerate(text.splitlines(), 1):
        heading = _TABLE.fullmatch(line)
        parts = _key_of(heading[1] if heading else line)
        if heading:
            table = parts
            found.setdefault(table, number)
        elif parts:
            for depth in range(1, len(parts) + 1):
                found.setdefault((*table, *parts[:depth]), number)
    return found


def _key_of(text: str) -> Name:
    """The dotted key at the beginning of ``text``; empty where there is none."""
    parts: list[str] = []
    at = 0
    while match := _PART.match(text, at):
        parts.append(next(group for group in match.groups()[:3] if group is not None))
        at = match.end()
        if match[4] != ".":
            return tuple(parts)
    return ()
