"""The configuration in force: flags, then the environment, the file, how the last session ended, and the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast

from depthview.config.arguments import flags_of
from depthview.config.file import Document, read_document
from depthview.config.options import (
    FLAGS,
    FLIGHT_FOLDER,
    FLIGHT_RECORDER,
    KEY_FILE,
    PRODUCTS,
    REMEMBER,
    SETTING_BY_NAME,
    SETTINGS,
)
from depthview.config.state import read_state
from depthview.config.tables import TABLES, Problem, read_colors, read_groups, read_keys
from depthview.config.values import InvalidValue, read_flag, shown
from depthview.errors import ConfigurationError, did_you_mean
from depthview.preferences.colors import NO_COLORS, OwnColors
from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap, shown_name
from depthview.system.paths import config_folder, state_folder, user_path

if TYPE_CHECKING:
    import argparse

    from depthview.config.options import Option, Setting
    from depthview.config.state import SavedState

T = TypeVar("T")

FILE_NAME: Final = "config.toml"
FILE_VARIABLE: Final = "DEPTHVIEW_CONFIG"
_PREFIX: Final = "DEPTHVIEW_"
_MAX_UNKNOWN: Final = 5
_SECRETS: Final = ("secret", "private_key", "privatekey", "api_key", "apikey", "key", "token", "jwt", "password")


class ValueSource(StrEnum):
    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    REMEMBERED = "remembered"
    DEFAULT = "default"


class SourcedValue(NamedTuple):
    value: object
    source: ValueSource
    where: str = ""
    """The flag, the variable or the line."""

    @property
    def origin(self) -> str:
        return f"{self.source}, {self.where}" if self.where else self.source.value


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every option with its value and where that is from."""

    path: Path
    """Where the file is, or would be."""
    found: bool = False
    values: Mapping[str, SourcedValue] = field(default_factory=dict)
    """By the option's name; what is missing has its default."""
    groups: Mapping[str, Decimal] = field(default_factory=dict)
    """Row widths in quote currency by product."""
    remembered_groups: Mapping[str, Decimal] = field(default_factory=dict)
    """Those that the last session ended with."""
    keymap: Keymap = DEFAULT_KEYMAP
    colors: OwnColors = NO_COLORS
    """Laid over the theme."""
    warnings: tuple[str, ...] = ()
    """Unknown ``DEPTHVIEW_`` variables, and new default keys that lose to the user's own."""
    damage: str = ""
    """What to report of a saved state that could not be read."""

    @property
    def notice(self) -> str:
        return "\n".join(filter(None, (*self.warnings, self.damage)))

    def value(self, option: Option[T]) -> T:
        found = self.values.get(option.name)
        return option.default if found is None else cast("T", found.value)

    def sourced(self, option: Option[object]) -> SourcedValue:
        return self.values.get(option.name) or SourcedValue(option.default, ValueSource.DEFAULT)

    def file_of(self, setting: Setting[str]) -> Path | None:
        """The path that ``setting`` names; a relative one in the file is relative to the file."""
        found = self.sourced(setting)
        if not found.value:
            return None
        path = user_path(str(found.value))
        return self.path.parent / path if found.source is ValueSource.FILE else path

    @property
    def key_file(self) -> Path | None:
        """The key file that the file or the environment names."""
        return self.file_of(KEY_FILE)

    @property
    def flight_folder(self) -> Path | None:
        """The folder of the flight recordings; None where none are wanted."""
        if not self.value(FLIGHT_RECORDER):
            return None
        return self.file_of(FLIGHT_FOLDER) or state_folder() / "flights"

    def with_remembered(self, last: SavedState) -> Configuration:
        """This, completed by what the last session ended with."""
        remembered = {
            name: SourcedValue(value, ValueSource.REMEMBERED)
            for name, value in last.values.items()
            if name in SETTING_BY_NAME and SETTING_BY_NAME[name].remembered
        }
        groups = {product: width for product, width in last.groups.items() if product not in self.groups}
        return replace(self, values={**remembered, **self.values}, remembered_groups=groups, damage=last.damage)


def configuration_path(named: str | None, env: Mapping[str, str], folder: Path) -> tuple[Path, bool]:
    """Where the file is, and whether it was named explicitly and so must exist.

    Args:
        named: With ``--config``.
        env: The environment.
        folder: The user's configuration folder.
    """
    chosen = named or env.get(FILE_VARIABLE, "").strip()
    return (user_path(chosen), True) if chosen else (folder / FILE_NAME, False)


def load(flags: Mapping[str, object], env: Mapping[str, str], path: Path, *, must_exist: bool) -> Configuration:
    """What flags, environment and file say together.

    Args:
        flags: Values of the flags that were given, by the option's name.
        env: The environment; empty variables count as missing.
        path: Of the file.
        must_exist: Whether a missing file is an error.

    Raises:
        UsageError: An invalid flag.
        ConfigurationError: A variable, or something in the file, that is invalid.
    """
    document = read_document(path, must_exist=must_exist)
    configuration = Configuration(path) if document is None else _from_file(document)
    return replace(
        configuration,
        values={**configuration.values, **_from_environment(env), **_from_flags(flags)},
        warnings=(*_unknown_variables(env), *configuration.warnings),
    )


def _unknown_variables(env: Mapping[str, str]) -> list[str]:
    known = {FILE_VARIABLE, *(setting.variable for setting in SETTINGS)}
    unknown = sorted(name for name in env if name.startswith(_PREFIX) and name not in known and env[name].strip())
    if not unknown:
        return []
    from difflib import get_close_matches  # needed for mistakes only

    told = []
    for name in unknown[:_MAX_UNKNOWN]:
        # Compared without the prefix, which would make any of them similar to any other.
        near = get_close_matches(name.removeprefix(_PREFIX), [one.removeprefix(_PREFIX) for one in known], n=1)
        meant = f": did you mean {_PREFIX}{near[0]}?" if near else ""
        told.append(f"{shown(name)} is not a variable of depthview{meant}")
    return told


def _from_flags(flags: Mapping[str, object]) -> dict[str, SourcedValue]:
    found: dict[str, SourcedValue] = {}
    for option in (PRODUCTS, *FLAGS):
        if (value := flags.get(option.name)) is not None:
            flag = "" if option is PRODUCTS else option.flag
            found[option.name] = SourcedValue(read_flag(flag, option.read, value), ValueSource.FLAG, flag)
    return found


def _from_environment(env: Mapping[str, str]) -> dict[str, SourcedValue]:
    found: dict[str, SourcedValue] = {}
    for setting in SETTINGS:
        if value := env.get(setting.variable, "").strip():
            try:
                read = setting.read(value)
            except InvalidValue as reason:
                raise ConfigurationError(f"{setting.variable} {reason}") from None
            found[setting.name] = SourcedValue(read, ValueSource.ENVIRONMENT, setting.variable)
    return found


def _from_file(document: Document) -> Configuration:
    problems: list[Problem] = []
    values: dict[str, SourcedValue] = {}
    for name, value in document.content.items():
        if name in TABLES:
            continue
        if name not in SETTING_BY_NAME:
            problems.append(Problem((name,), _unknown_setting(name)))
            continue
        try:
            line = document.line((name,))
            read = SETTING_BY_NAME[name].read(value)
            values[name] = SourcedValue(read, ValueSource.FILE, f"line {line}" if line else "")
        except InvalidValue as reason:
            problems.append(Problem((name,), f"{name} {reason}"))
    tables = {name: _table(document, name, problems) for name in TABLES}
    groups = read_groups(tables["groups"], problems)
    keymap = read_keys(tables["keys"], problems)
    colors = read_colors(tables["colors"], problems)
    if problems:
        problems.sort(key=lambda problem: document.line(problem.name) or 0)
        first = problems[0]
        more = f" ({len(problems) - 1} more after it)" if len(problems) > 1 else ""
        raise ConfigurationError(f"configuration {document.place(first.name)}: {first.message}{more}")
    return Configuration(
        document.path,
        found=True,
        values=values,
        groups=groups,
        keymap=keymap,
        colors=colors,
        warnings=_lost_defaults(keymap),
    )


def _lost_defaults(keymap: Keymap) -> tuple[str, ...]:
    lost = [f"{shown_name(key)} stays {user} and is not {new}" for key, (user, new) in keymap.lost_defaults()]
    return (f"your keys win over new defaults: {', '.join(lost)}; see [keys]",) if lost else ()


def _table(document: Document, name: str, problems: list[Problem]) -> Mapping[str, object]:
    table = document.content.get(name, {})
    if isinstance(table, dict):
        return table
    problems.append(Problem((name,), f"{name} is a table: write its lines under [{name}]"))
    return {}


def _unknown_setting(name: str) -> str:
    if name.lower() in _SECRETS:
        return f"{name} is not a setting: keys and tokens do not belong here, name the key's file with key_file"
    near = did_you_mean(name, [*SETTING_BY_NAME, *TABLES])
    return f"{shown(name)} is not a setting{near or ': `depthview config show` lists them'}"


def path_of(args: argparse.Namespace) -> tuple[Path, bool]:
    """As :func:`configuration_path`, for a parsed command line and this process's environment."""
    return configuration_path(getattr(args, "config", None), os.environ, config_folder())


def configuration_of(args: argparse.Namespace, *, remembered: bool) -> Configuration:
    """The configuration in force.

    Args:
        args: What the command line parsed to; flags that were not given are None or missing.
        remembered: Whether what the last session ended with counts.

    Raises:
        UsageError: An invalid flag.
        ConfigurationError: An invalid file or variable.
    """
    path, named = path_of(args)
    configuration = load(flags_of(args), os.environ, path, must_exist=named)
    if remembered and configuration.value(REMEMBER):
        configuration = configuration.with_remembered(read_state(state_folder()))
    return configuration
