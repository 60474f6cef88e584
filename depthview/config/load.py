"""What is in force, and why: flags, then the environment, the file, how the last session ended, and the defaults.

The tables ``[keys]`` and ``[colors]`` are checked here, and what is wrong with them is named with its line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast

from depthview.config.file import Document, Name, read_document
from depthview.config.options import (
    BY_NAME,
    ENTRIES,
    FLIGHT_FOLDER,
    FLIGHT_RECORDER,
    KEY_FILE,
    REMEMBER,
    Entry,
    Unfit,
    number_above_zero,
    shown,
)
from depthview.config.state import recall
from depthview.core.text import is_product_id
from depthview.errors import ConfigurationError, UsageError, did_you_mean
from depthview.preferences.colors import COLOR_NAMES, NO_COLOURS, OwnColours
from depthview.preferences.keymap import (
    DEFAULT_KEYMAP,
    KEY_NAMES,
    Clash,
    Keymap,
    is_text,
    is_typed,
    shown_name,
    textual_name,
)
from depthview.preferences.keys import LEAVING, REMAPPABLE
from depthview.system.paths import config_folder, state_folder, user_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from depthview.config.state import Recalled


class Wrong(NamedTuple):
    """Something that cannot be obeyed, and where it stands below the table."""

    name: Name
    what: str


def read_keys(table: Mapping[str, object]) -> tuple[Keymap, list[Wrong]]:
    """The keys in force with ``table``, and what is wrong with it."""
    changed: dict[str, tuple[str, ...]] = {}
    names: dict[str, Name] = {}
    wrong: list[Wrong] = []
    for name, value in _flat(table):
        key_id = ".".join(name)
        if key_id not in REMAPPABLE:
            wrong.append(Wrong(name, f"{shown(key_id)} is no action of a key{did_you_mean(key_id, REMAPPABLE)}"))
            continue
        try:
            changed[key_id], names[key_id] = _fitting(key_id, _keys(value)), name
        except Unfit as reason:
            wrong.append(Wrong(name, f"{key_id}: {reason}"))
    keymap = Keymap(changed)
    if not wrong:
        wrong = [_told(clash, names) for clash in keymap.clashes()]
    return keymap, wrong


def _flat(table: Mapping[str, object], above: Name = ()) -> Iterator[tuple[Name, object]]:
    """``ladder.form`` may be written as a dotted key, as a quoted one, and as a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*above, name))
        else:
            yield (*above, name), value


def _keys(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(key, str) for key in given):
        raise Unfit(f'{shown(value)} is neither a key, such as "v", nor a list of keys, such as ["c", "home"]')
    found: list[str] = []
    for key in given:
        if key in ("", "none"):
            continue
        name = textual_name(key)
        if name is None:
            raise Unfit(f"{shown(key)} is no key{_cure(key)}")
        if name in LEAVING:
            raise Unfit(f"{shown_name(name)} always leaves depthview: take another key")
        found.append(name)
    return tuple(dict.fromkeys(found))


def _fitting(key_id: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    if not keys and REMAPPABLE[key_id].needed:
        raise Unfit("without a key there would be no way back: give it one")
    text = next(filter(is_text, keys), None) if is_typed(key_id) else None
    if text is not None:
        raise Unfit(f"{shown_name(text)} is text where one types: take a key that writes nothing, like f5 or ctrl+x")
    return keys


def _cure(key: str) -> str:
    base = key.rpartition("+")[2]
    if key.lower().startswith("shift+") and len(base) == 1:
        return f": write {base.upper()}, or what else Shift makes of it"
    return did_you_mean(key, KEY_NAMES) or ": they are written like v, B, [, space, f5 or ctrl+x"


def _told(clash: Clash, names: Mapping[str, Name]) -> Wrong:
    key = shown_name(clash.key)
    one, other = clash.ids
    blamed = other if other in names else one
    first = one if blamed == other else other
    return Wrong(names.get(blamed, ()), f"{key} would be both {first} and {blamed}: give one of them another key")


_HEX: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")


def read_colours(table: Mapping[str, object]) -> tuple[OwnColours, list[Wrong]]:
    """The colours that ``table`` asks for, and what is wrong with it."""
    asked: dict[str, str] = {}
    wrong: list[Wrong] = []
    for name, value in table.items():
        if name not in OwnColours._fields:
            known = did_you_mean(name, OwnColours._fields) or f": there are {', '.join(OwnColours._fields)}"
            wrong.append(Wrong((name,), f"{shown(name)} is nothing that has a colour of its own{known}"))
            continue
        try:
            asked[name] = _colour(value)
        except Unfit as reason:
            wrong.append(Wrong((name,), f"the colour of {name}: {reason}"))
    return OwnColours(**asked), wrong


def _colour(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit(f'{shown(value)} is no colour: write it in quotes, as "#56b4e9" or "orange"')
    text = value.strip().lower()
    if _HEX.fullmatch(text):
        return text
    if text in COLOR_NAMES:
        return text
    near = "" if text.startswith("#") else did_you_mean(text, COLOR_NAMES)
    raise Unfit(f"{shown(value)} is no colour{near or ': they are written as #56b4e9, or by a name such as orange'}")


T = TypeVar("T")

FILE_NAME: Final = "config.toml"
FILE_VARIABLE: Final = "DEPTHVIEW_CONFIG"
_PREFIX: Final = "DEPTHVIEW_"
_MOST_STRANGERS: Final = 5
_TABLES: Final = ("groups", "keys", "colors")
_SECRETS: Final = ("secret", "private_key", "privatekey", "api_key", "apikey", "key", "token", "jwt", "password")


class Source(StrEnum):
    """Where a value is from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    REMEMBERED = "remembered"
    DEFAULT = "default"


class Given(NamedTuple):
    """A value and where it is from."""

    value: object
    source: Source
    where: str = ""
    """The flag, the variable or the line."""

    @property
    def told(self) -> str:
        """For a comment beside it."""
        return f"{self.source}, {self.where}" if self.where else self.source.value


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every setting with its origin."""

    path: Path
    """Where the file is, or would be."""
    found: bool = False
    given: Mapping[str, Given] = field(default_factory=dict)
    """By name; what is missing has its default."""
    groups: Mapping[str, Decimal] = field(default_factory=dict)
    """Row widths in quote currency by product."""
    remembered_groups: Mapping[str, Decimal] = field(default_factory=dict)
    """Those that the last session ended with."""
    keymap: Keymap = DEFAULT_KEYMAP
    colours: OwnColours = NO_COLOURS
    """Laid over the theme."""
    notice: str = ""
    """What to tell at the start: of strange variables, and of a memory that could not be read."""
    strangers: tuple[str, ...] = ()
    """What to say of each variable that is called like one of depthview's and is none."""

    def value(self, entry: Entry[T]) -> T:
        """The value of ``entry``."""
        found = self.given.get(entry.name)
        return entry.default if found is None else cast("T", found.value)

    def origin(self, entry: Entry[object]) -> Given:
        """The value of ``entry`` and where it is from."""
        return self.given.get(entry.name) or Given(entry.default, Source.DEFAULT)

    def settled(self, entry: Entry[object]) -> bool:
        """Whether anything but a default says it."""
        return entry.name in self.given

    def with_remembered(self, last: Recalled) -> Configuration:
        """This, and where it leaves something open, what the last session ended with."""
        more = {
            name: Given(value, Source.REMEMBERED)
            for name, value in last.values.items()
            if name in BY_NAME and BY_NAME[name].remembered and name not in self.given
        }
        kept = {product: width for product, width in last.groups.items() if product not in self.groups}
        return replace(
            self, given={**self.given, **more}, remembered_groups=kept, notice=_lines(self.notice, last.damage)
        )


def configuration_path(named: str | None, env: Mapping[str, str], folder: Path) -> tuple[Path, bool]:
    """Where the file is, and whether somebody has named it: then it has to be there.

    Args:
        named: With ``--config``.
        env: The environment.
        folder: The user's configuration folder.
    """
    chosen = named or env.get(FILE_VARIABLE, "").strip()
    if not chosen:
        return folder / FILE_NAME, False
    return user_path(chosen), True


def load(flags: Mapping[str, object], env: Mapping[str, str], path: Path, *, must_exist: bool) -> Configuration:
    """What flags, environment and file say together.

    Args:
        flags: Values of those flags that were given, by the setting's name.
        env: The environment; empty variables count as missing.
        path: Of the file.
        must_exist: Whether a missing file is a fault.

    Raises:
        UsageError: A flag that cannot be obeyed.
        ConfigurationError: A variable, or something in the file, that cannot be obeyed.
    """
    document = read_document(path, must_exist=must_exist)
    configuration = Configuration(path) if document is None else _of_file(document)
    given = {**configuration.given, **_of_environment(env), **_of_flags(flags)}
    strangers = _strangers(env)
    return replace(configuration, given=given, strangers=strangers, notice=_lines(*strangers))


def _lines(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _strangers(env: Mapping[str, str]) -> tuple[str, ...]:
    known = {FILE_VARIABLE, *(entry.variable for entry in ENTRIES)}
    strange = sorted(name for name in env if name.startswith(_PREFIX) and name not in known and env[name].strip())
    told = []
    for name in strange[:_MOST_STRANGERS]:
        # Without what all of them begin with, which would make any of them like any other.
        near = get_close_matches(name.removeprefix(_PREFIX), [one.removeprefix(_PREFIX) for one in known], n=1)
        meant = f": did you mean {_PREFIX}{near[0]}?" if near else ""
        told.append(f"{shown(name)} is no variable of depthview's{meant}")
    return tuple(told)


def _of_flags(flags: Mapping[str, object]) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for entry in ENTRIES:
        value = flags.get(entry.name)
        if value is not None:
            try:
                found[entry.name] = Given(entry.read(value), Source.FLAG, entry.option)
            except Unfit as reason:
                raise UsageError(f"{entry.option} {reason}") from None
    return found


def _of_environment(env: Mapping[str, str]) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for entry in ENTRIES:
        value = env.get(entry.variable, "").strip()
        if value:
            try:
                found[entry.name] = Given(entry.read(value), Source.ENVIRONMENT, entry.variable)
            except Unfit as reason:
                raise ConfigurationError(f"{entry.variable} {reason}") from None
    return found


def _of_file(document: Document) -> Configuration:
    wrong: list[tuple[Name, str]] = []
    given: dict[str, Given] = {}
    for name, value in document.content.items():
        if name in _TABLES:
            continue
        entry = BY_NAME.get(name)
        if entry is None:
            wrong.append(((name,), _no_setting(name)))
            continue
        try:
            line = document.line((name,))
            given[name] = Given(entry.read(value), Source.FILE, f"line {line}" if line else "")
        except Unfit as reason:
            wrong.append(((name,), f"{name} {reason}"))
    groups: dict[str, Decimal] = {}
    for product, width in _table(document, "groups", wrong).items():
        try:
            groups[_product(product)] = number_above_zero(width)
        except Unfit as reason:
            wrong.append((("groups", product), f"the group of {shown(product)}: {reason}"))
    keymap, wrong_keys = read_keys(_table(document, "keys", wrong))
    wrong += [(("keys", *name), what) for name, what in wrong_keys]
    colours, wrong_colours = read_colours(_table(document, "colors", wrong))
    wrong += [(("colors", *name), what) for name, what in wrong_colours]
    if wrong:
        wrong.sort(key=lambda fault: document.line(fault[0]) or 0)
        worst, what = wrong[0]
        more = f" ({len(wrong) - 1} more after it)" if len(wrong) > 1 else ""
        raise ConfigurationError(f"configuration {document.place(worst)}: {what}{more}")
    return Configuration(document.path, found=True, given=given, groups=groups, keymap=keymap, colours=colours)


def _table(document: Document, name: str, wrong: list[tuple[Name, str]]) -> Mapping[str, object]:
    table = document.content.get(name, {})
    if isinstance(table, dict):
        return table
    wrong.append(((name,), f"{name} is a table: write its lines under [{name}]"))
    return {}


def _product(name: str) -> str:
    if not name.isascii() or not is_product_id(name.upper()):
        raise Unfit("no product is called so: they look like BTC-USD")
    return name.upper()


def _no_setting(name: str) -> str:
    if name.lower() in _SECRETS:
        return f"{name} is no setting: keys and tokens do not belong here, name the key's file with key_file"
    known = [*BY_NAME, *_TABLES]
    near = did_you_mean(name, known)
    return f"{shown(name)} is no setting{near or ': `depthview config show` lists them'}"


def path_of(args: argparse.Namespace) -> tuple[Path, bool]:
    """Where the file is, and whether somebody has named it."""
    return configuration_path(getattr(args, "config", None), os.environ, config_folder())


def key_file_of(configuration: Configuration) -> Path | None:
    """The key file that the configuration names; a relative path is meant from the file that says it."""
    given = configuration.origin(KEY_FILE)
    if not given.value:
        return None
    path = user_path(str(given.value))
    return configuration.path.parent / path if given.source is Source.FILE else path


def flight_folder_of(configuration: Configuration) -> Path | None:
    """Where flight recordings are made, a relative path as of :func:`key_file_of`; None where none are wanted."""
    if not configuration.value(FLIGHT_RECORDER):
        return None
    given = configuration.origin(FLIGHT_FOLDER)
    if not given.value:
        return state_folder() / "flights"
    path = user_path(str(given.value))
    return configuration.path.parent / path if given.source is Source.FILE else path


def configuration_of(args: argparse.Namespace, *, remembered: bool) -> Configuration:
    """The settings in force.

    Args:
        args: What the command line parsed to; flags that were not given are None or missing.
        remembered: Whether how the last session was left may say what else is left open.

    Raises:
        UsageError: A flag that cannot be obeyed.
        ConfigurationError: A file or a variable that cannot be.
    """
    path, named = path_of(args)
    flags = {entry.name: getattr(args, f"setting_{entry.name}", None) for entry in ENTRIES}
    configuration = load(flags, os.environ, path, must_exist=named)
    if remembered and configuration.value(REMEMBER):
        configuration = configuration.with_remembered(recall(state_folder()))
    return configuration
