"""Which key does what: the table of keys with what a configuration says otherwise. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.ui.key_names import shown_name
from depthview.ui.keys import KEYS, LEAVING, PALETTE, REMAPPABLE, SECTIONS, SLOTS, STOP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from depthview.ui.keys import Key


class Clash(NamedTuple):
    """Two things on one key."""

    key: str
    """Textual's name."""
    ids: tuple[str, str]
    """What wants it; the second is ``app.quit-anywhere`` where the key is one that always leaves."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys in force.

    Args:
        changed: Textual's names of keys by id, for those that are not as in the table; none for no key at all.
    """

    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def keys(self, key_id: str) -> tuple[str, ...]:
        """Textual's names of the keys of ``key_id``.

        Raises:
            KeyError: No such id.
        """
        found = self.changed.get(key_id)
        return tuple(filter(None, REMAPPABLE[key_id].keys.split(","))) if found is None else found

    def name(self, key_id: str) -> str:
        """The first of its keys as a person writes it; empty where it has none."""
        keys = self.keys(key_id)
        return shown_name(keys[0]) if keys else ""

    def shown(self, key: Key) -> str:
        """What help page and palette write for ``key``, its pair included."""
        names = [self.name(key.id), self.name(key.pair) if key.pair else ""]
        return " ".join(name for name in names if name)

    def shown_slots(self) -> str:
        """What they write for the numbers."""
        names = [self.name(slot.id) for slot in SLOTS]
        given = [name for name in names if name]
        if given == [str(n) for n in range(1, len(SLOTS) + 1)]:
            return "1-9"
        return " ".join(given)

    def clashes(self) -> Iterator[Clash]:
        """Every key that two things want which can be wanted at the same time."""
        taken: dict[str, list[Key]] = {}
        for key in REMAPPABLE.values():
            for name in self.keys(key.id):
                if name in LEAVING:
                    yield Clash(name, (key.id, "app.quit-anywhere"))
                for other in taken.get(name, ()):
                    if not _exclusive(key, other):
                        yield Clash(name, (other.id, key.id))
                taken.setdefault(name, []).append(key)


def _exclusive(one: Key, other: Key) -> bool:
    return one.instead_of == other.id or other.instead_of == one.id


def footer(keymap: Keymap, *, replay: bool, where: str = "ladder") -> list[tuple[str, str, str]]:
    """Keys for the footer, the most important first: key, label and action; the numbers have no action.

    Args:
        keymap: The keys in force.
        replay: Whether those of a replay are in force.
        where: ``ladder`` or ``grid``, whichever is on the screen.
    """
    sections = [section for section in SECTIONS if section.where in {"", where} and (replay or not section.replay)]
    keys = [key for section in sections for key in section.keys]
    replaced = {key.instead_of for key in keys}
    entries: list[tuple[int, str, str, str]] = [(_SLOT_RANK, keymap.shown_slots(), "product", "")]
    for key in keys:
        if not key.label or key.id in replaced:
            continue
        pair = keymap.name(key.pair) if key.pair else ""
        name = keymap.name(key.id)
        both = f"{name} {pair}" if len(name) == len(pair) == 1 else name
        if both:
            entries.append((key.rank, both, key.label, key.action))
    return [(name, label, action) for _, name, label, action in sorted(entries, key=lambda e: e[0]) if name]


_SLOT_RANK: Final = 65
DEFAULT_KEYMAP: Final = Keymap()
"""As in the table."""
ANYWHERE: Final = (PALETTE, STOP)
"""Keys of the application, which work over every page."""
ALL: Final = (*KEYS, *SLOTS)
"""Keys of the market screen."""
