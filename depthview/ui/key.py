"""What a key is: its names, what it does, and the places where it works. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Place(Enum):
    """What is on the screen, and so which keys are in force."""

    LADDER = "the market with a ladder in front"
    GRID = "the market as a grid of products"
    PAGE = "help, health, token, events"
    WIRE = "the frames as they came"
    FRAME = "one frame whole"
    START = "what is there before the market"
    FIELD = "a field to type in"
    LIST = "a field over a list: the finder, the palette"


MARKET: Final = (Place.LADDER, Place.GRID)
PAGES: Final = (Place.PAGE, Place.WIRE, Place.FRAME)
FIELDS: Final = (Place.FIELD, Place.LIST)


class Key(NamedTuple):
    """One thing that can be done by a key."""

    id: str
    """Names it in a configuration."""
    keys: str
    """The keys unless a configuration says otherwise: Textual's names, separated by commas."""
    action: str
    """Of the screens of its places, in fields the field's; ``app.`` before it makes it the application's."""
    command: str
    """What it does in a few words, for the command palette. No two alike."""
    help: str
    """In a sentence. Names no key: they can be changed."""
    label: str = ""
    """For the footer; empty leaves it out."""
    rank: int = 1000
    """Its place in the footer, lowest first: as many are shown as fit."""
    pair: str = ""
    """Id of the opposite, which footer and help page show with this one."""
    priority: bool = False
    """Whether it is taken before whatever has the focus can have it."""
    instead_of: tuple[str, ...] = ()
    """Ids of what it replaces on the same key while it is in force."""
    where: tuple[Place, ...] = ()
    """Its places, where they are not those of its section."""
    opens: Place | None = None
    """The place that it opens, which it closes again."""
    needed: bool = False
    """Whether there would be no way back without it."""


class Section(NamedTuple):
    """Keys that belong together."""

    title: str
    keys: tuple[Key, ...]
    note: str = ""
    """When they work, if not always."""
    replay: bool = False
    """In force in a replay only."""
    where: tuple[Place, ...] = MARKET
    """Where its keys work unless they say otherwise, and in whose footer they are."""
