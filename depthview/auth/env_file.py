"""A ``.env`` file with a key in it, as the guide's PHP and Java samples have one: ``NAME`` and ``PRIVATE_KEY``.

Nothing here raises, for the reason given in :mod:`depthview.auth.key_material`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from depthview.auth.key_material import NamedKey, parse_named_key
from depthview.auth.keys import KeyDefect
from depthview.auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PAIRS: Final = (("NAME", "PRIVATE_KEY"), ("COINBASE_API_KEY", "COINBASE_API_SECRET"))
"""The guide's own variables first, then the SDK's."""
_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)")
_COMMENT = re.compile(r"[ \t]#.*")


def parse_env_file(raw: Secret[bytes]) -> NamedKey | KeyDefect:
    """The key in a ``.env`` file; values may be bare, quoted, or stretch over the lines of a PEM."""
    try:
        return _parse(raw)
    except Exception:  # whatever a parser may yet raise, its frames hold the key
        return KeyDefect("cannot be read", "check that it has lines such as NAME=... and PRIVATE_KEY=...")


def _parse(raw: Secret[bytes]) -> NamedKey | KeyDefect:
    try:
        text = raw.reveal().decode("utf-8-sig")
    except UnicodeDecodeError:
        return KeyDefect("is not UTF-8 text", "save it as UTF-8")
    if text.lstrip().startswith(("{", "-----BEGIN")):
        return KeyDefect("is a key file, not a .env file", "give it with --key-file")
    values = dict(_assignments(re.split(r"\r\n|\r|\n", text)))
    for name, key in _PAIRS:
        if key in values:
            if name not in values:
                return KeyDefect(f"has {key} but no {name}", f"add a line {name}=organizations/.../apiKeys/...")
            return parse_named_key(values[name].reveal(), values[key])
    name, key = _PAIRS[0]
    found = f"has {name} but no {key}" if name in values else f"has neither {name} nor {key}"
    return KeyDefect(found, f"write the key as two lines, {name}=... and {key}=...")


def _assignments(lines: Sequence[str]) -> Iterator[tuple[str, Secret[str]]]:
    rest = iter(lines)
    for line in rest:
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            continue
        name, value = match[1], match[2]
        quote = value[:1] if value[:1] in ("'", '"') else ""
        if quote:
            while quote not in value[1:]:
                more = next(rest, None)
                if more is None:
                    break
                value += "\n" + more
            value = value[1:].partition(quote)[0]
        elif "-----BEGIN" in value:
            while "-----END" not in value:
                more = next(rest, None)
                if more is None:
                    break
                value += "\n" + more
        else:
            value = _COMMENT.sub("", value)
        yield name, Secret(value)
