"""What is hostile: texts that a terminal or a markup parser would obey, numbers that are none, frames that are none.

All of it travels as JSON escapes, except where it is the JSON itself that is spoilt.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from depthview.exchange.faults.parcels import Binary

if TYPE_CHECKING:
    from depthview.exchange.faults.parcels import Parcel

_LONG: Final = 5_000

TEXTS: Final = {
    "ansi": "\x1b[2J\x1b[31mANSI\x1b[0m",
    "osc52": "\x1b]52;c;aG9zdGlsZQ==\x07OSC",
    "c1": "\x9b31mC1\x9d0;title\x9c",
    "bidi": "\u202eIDIB\u2066x\u200f",
    "newline": "LINE\r\n\x00\x08BREAK\u2028\u2029",
    "markup": "[/][bold red]MARKUP[/bold][@click=app.quit]x[/]",
    "combining": "Z" + "\u0301" * 200,
    "long": "L" * _LONG,
    "surrogate": "lone \ud800 surrogate",
}
"""By kind."""

NUMBERS: Final[dict[str, str | float | None]] = {
    "negative": "-1",
    "nan": "NaN",
    "snan": "sNaN",
    "infinity": "Infinity",
    "empty": "",
    "null": None,
    "exponent": "1e400",
    "giant": "1e999999999",
    "digits": "9" * 4_000,
    "hex": "0x10",
    "underscore": "1_000",
    "arabic": "\u0661\u0662\u0663",
    "number": 1.5,
    "plus": "+1",
}
"""By kind; ``side`` is not among them: its numbers are fine."""

_CUT_OFF: Final = b'{"channel":"l2_data","timestamp":"2026-08-09T21:05:48Z","events":[{"type":"upd'
_BIGINT: Final = b'{"channel":"heartbeats","sequence_num":' + b"9" * _LONG + b',"events":[]}'

GARBAGE: Final[dict[str, bytes | Parcel]] = {
    "json": _CUT_OFF,
    "list": b'[{"channel":"l2_data"}]',
    "scalar": b"42",
    "null": b"null",
    "empty": b"",
    "binary": Binary(bytes(range(256))),
    "deep": b'{"channel":' + b"[" * 100_000,
    "bigint": _BIGINT,
}
"""By kind."""

NOT_UTF8: Final = b'{"type":"error","message":"\xff\xfe\xc0\x80"}'


def encode(document: object) -> bytes:
    """JSON in ASCII: whatever is in a text, a lone surrogate too, is escaped."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")
