"""Rows as text: CSV with a heading, or JSON Lines. Every line is whole, and whatever is unknown is empty or null."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Protocol

import msgspec

from depthview.evidence.export.options import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.evidence.export.rows import Row


class Writing(Protocol):
    """One way to write rows."""

    def heading(self) -> bytes:
        """What stands before the first row."""

    def line(self, row: Row) -> bytes:
        """One row, with its line end."""


class _Csv:
    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer, lineterminator="\n")

    def heading(self) -> bytes:
        return self.line(tuple(self._columns))

    def line(self, row: Row) -> bytes:
        self._writer.writerow(row)
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text.encode()


class _Jsonl:
    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def heading(self) -> bytes:
        return b""

    def line(self, row: Row) -> bytes:
        return msgspec.json.encode(dict(zip(self._columns, row, strict=True))) + b"\n"


def writing(form: Format, columns: Sequence[str]) -> Writing:
    """The way to write rows of these columns."""
    return _Csv(columns) if form is Format.CSV else _Jsonl(columns)
