"""The keys: one table, from which bindings, footer, help page, palette and configuration are made.

To add a key, add one :class:`Key` to its section, and the action that it names to the screens of its places. Ids are
what a configuration calls keys by, so they are never renamed.
"""

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
    since: str = ""
    """The version that brought its default keys, if later than 0.1.0: keys that a user has bound win over them."""


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


SLOTS: Final = tuple(
    Key(f"product.slot.{n}", str(n), f"slot({n})", f"Product {n}",
        "The product of that number; a click on its tab does it too.")
    for n in range(1, 10)
)  # fmt: skip
PALETTE: Final = Key(
    "app.palette", "ctrl+p", "app.command_palette", "Palette",
    "All of these by name, themes, and in a demo the faults that its exchange can be asked for.",
)  # fmt: skip
STOP: Final = Key("app.stop", "ctrl+z", "app.stop", "Stop", "Back to the shell; fg continues.")
ANYWHERE: Final = (PALETTE, STOP)
"""Keys of the application, which work in every place."""
LEAVING: Final = ("ctrl+q", "ctrl+c")
"""Leave from anywhere, whatever a configuration says."""

SECTIONS: Final = (
    Section("EVERYWHERE", (
        Key("app.quit", "q", "app.quit", "Quit",
            "Leave. Ctrl+Q does it from anywhere, Ctrl+C too (exit code 130).", "quit", 10,
            where=(*MARKET, *PAGES, Place.START)),
        Key("app.help", "question_mark,f1", "page('help')", "Help", "Every column, word, number and key.", "help", 20,
            opens=Place.PAGE),
    )),
    Section("PRODUCTS", (
        Key("product.find", "slash", "find", "Find a product",
            "Find any product of the venue and add it.", "find", 50),
        Key("product.next", "tab", "cycle(1)", "Next product",
            "The product of the next tab, or of the one before.", "next", 70, pair="product.previous", priority=True),
        Key("product.previous", "shift+tab", "cycle(-1)", "Previous product",
            "The product of the tab before.", priority=True),
        Key("product.remove", "x", "remove", "Remove the product",
            "Take the product off the screen and unsubscribe it.", "remove", 130),
        Key("product.restore", "u", "restore", "Undo the removal",
            "Bring the last removed product back.", "undo", 140),
    )),
    Section("SCREEN", (
        Key("depth.freeze", "space", "freeze", "Freeze, or go on",
            "Freeze the picture of the ladders and the tape. The feed goes on, and so do verdict and counters.",
            "freeze", 40),
        Key("view.ladders", "w", "ladders", "More ladders, or the grid",
            "One ladder, several side by side as room allows, a grid of all products, and one again.", "ladders", 63),
        Key("health.panel", "i", "page('health')", "Health", "Everything known of the connection.", "health", 90,
            opens=Place.PAGE),
        Key("token.panel", "a", "page('token')", "Token",
            "Everything known of key and token: countdown, clock, and why a token was refused.", "token", 100,
            opens=Place.PAGE),
        Key("events.log", "e", "page('events')", "Events", "The whole event log.", "events", 110,
            opens=Place.PAGE),
        Key("feed.resync", "r", "resync", "Resync",
            "Ask the venue for new snapshots of all products.", "resync", 120),
    )),
    Section("LADDER", (
        Key("depth.finer", "left_square_bracket", "group(-1)", "Finer rows",
            "Narrower or wider rows: prices gathered, sizes summed.", "group", 60, pair="depth.coarser", where=MARKET),
        Key("depth.coarser", "right_square_bracket", "group(1)", "Coarser rows",
            "Wider rows: prices gathered, sizes summed.", where=MARKET),
        Key("ladder.form", "v", "ladder('form')", "Form of the ladder",
            "Asks over bids, the price in the centre, or bids and asks of equal rank on one row.", "form", 62),
        Key("ladder.grid", "f", "ladder('spacing')", "Compact rows, or a fixed grid",
            "Rows for prices that have a size, or for every price, which stay where they are.", "rows", 66),
        Key("ladder.up", "up,k", "ladder('move', -1)", "Cursor up",
            "The level cursor to the next row up or down. The ladder is held at it from then on.", "cursor", 67,
            pair="ladder.down"),
        Key("ladder.down", "down,j", "ladder('move', 1)", "Cursor down", "The level cursor a row down."),
        Key("ladder.page-up", "pageup", "ladder('page', -1)", "Page up",
            "What lies above or below what is shown; the wheel does it too. The ladder is held there.",
            pair="ladder.page-down"),
        Key("ladder.page-down", "pagedown", "ladder('page', 1)", "Page down", "What lies below what is shown."),
        Key("ladder.follow", "c,home", "ladder('follow')", "Follow the market", "Back from a held price to the market.",
            "follow", 69),
        Key("ladder.drop", "escape", "ladder('drop')", "Drop the cursor",
            "The ladder stays where it is held.", instead_of=("grid.back",)),
        Key("ladder.price", "p", "ladder('price')", "Price of a size",
            "What buying and selling a size would come to; 250k is 250,000, and a currency may be named.", "price", 68),
        Key("ladder.unit", "b", "ladder('unit')", "Sizes in base or quote", "Sizes and sums in the other currency."),
        Key("ladder.bars", "B", "ladder('bars')", "Linear or logarithmic bars", "How sizes become lengths."),
        Key("ladder.imbalance", "n", "ladder('imbalance')", "Imbalance over what",
            "5, 10 or 20 levels a side, or what rests within 10 or 50 basis points of the mid."),
        Key("ladder.large", "L", "ladder('large')", "Mark large levels from a size",
            "A size from which levels are marked as large; without one those far above their neighbours are."),
        Key("ladder.dust", "d", "ladder('dust', 1)", "Hide more dust",
            "Levels under a size are hidden: a larger or a smaller size. Sums stay whole.", pair="ladder.less-dust"),
        Key("ladder.less-dust", "D", "ladder('dust', -1)", "Hide less dust", "Levels under a smaller size, or none."),
        Key("ladder.copy", "y", "ladder('copy')", "Copy the row",
            "The row under the cursor, or the best one, or all rows, as tab-separated text, while the book is trusted.",
            pair="ladder.copy-all"),
        Key("ladder.copy-all", "Y", "ladder('copy_all')", "Copy the ladder",
            "All rows on show, as tab-separated text."),
        Key("ladder.flash", "F", "ladder('flash')", "Changes stand out, or not",
            "Whether a size that changed stands out for a moment, with its sign."),
    ), where=(Place.LADDER,)),
    Section("GRID OF PRODUCTS", (
        Key("grid.zoom", "enter", "zoom", "Zoom into the product",
            "From the grid to the ladder of the product under the cursor.", "zoom", 60, where=MARKET),
        Key("grid.back", "escape", "back", "Back to the grid, or out of it",
            "From a ladder that was zoomed into back to the grid, from the grid to the ladder.", "back", 65,
            where=MARKET),
        Key("grid.left", "left", "grid('step', -1, 0)", "Product to the left",
            "The cursor to the product to the left or to the right; the numbers move it too.", pair="grid.right",
            instead_of=("replay.back",)),
        Key("grid.right", "right", "grid('step', 1, 0)", "Product to the right", "The cursor a product to the right.",
            instead_of=("replay.forward",)),
        Key("grid.up", "up,k", "grid('step', 0, -1)", "Product above",
            "The cursor to the product above or below.", pair="grid.down"),
        Key("grid.down", "down,j", "grid('step', 0, 1)", "Product below", "The cursor to the product below."),
        Key("grid.page-up", "pageup", "grid('turn', -1)", "Page of products before",
            "The page before or the next one, where there are more products than fit; the wheel does it too.",
            pair="grid.page-down"),
        Key("grid.page-down", "pagedown", "grid('turn', 1)", "Next page of products", "The next page of products."),
        Key("grid.first", "home", "grid('first')", "First product", "The first or the last product.",
            pair="grid.last"),
        Key("grid.last", "end", "grid('last')", "Last product", "The last product."),
    ), where=(Place.GRID,)),
    Section("TAPE", (
        Key("tape.show", "t", "tape", "Show or hide the trades",
            "Time and sales of the product in front.", "tape", 64),
        Key("tape.filter", "T", "tape_filter", "Show the larger trades",
            "All trades, the larger half, the largest quarter, the largest tenth."),
        Key("tape.size", "S", "tape_size", "Show trades from a size",
            "Only trades of a size and more, which is asked for; 250k is 250,000, and a currency may be named."),
    )),
    Section("WIRE", (
        Key("wire.show", "l", "wire", "Frames as they came",
            "The last frames and messages as they came and went, gaps and errors marked; any of them whole, to be "
            "searched and copied. Its own keys stand at its foot.", opens=Place.WIRE),
        Key("flight.keep", "R", "flight", "Keep the last minutes",
            "Write what came in the last minutes to a recording; every incident does that by itself.",
            where=(*MARKET, Place.WIRE)),
    )),
    Section("REPLAY", (
        Key("replay.pause", "space", "replay('pause')", "Pause, or play",
            "The recording stands still, or goes on. At its end it begins anew.", "pause", 40,
            instead_of=("depth.freeze", "page.page-down")),
        Key("replay.step", "full_stop", "replay('step', 1)", "A frame on",
            "One frame, or recorded event, on or back; the recording then stands still.", "frame", 41,
            pair="replay.step-back"),
        Key("replay.step-back", "comma", "replay('step', -1)", "A frame back", "One frame, or recorded event, back."),
        Key("replay.change", "greater_than_sign", "replay('change', 1)", "To the next change",
            "To the next or the previous change of the book in front.", "change", 42, pair="replay.change-back"),
        Key("replay.change-back", "less_than_sign", "replay('change', -1)", "To the previous change",
            "To the change of the book in front before the one on show."),
        Key("replay.incident", "right_curly_bracket", "replay('incident', 1)", "To the next incident",
            "To the next or the previous incident: what a live session would have warned of.", "incident", 43,
            pair="replay.incident-back"),
        Key("replay.incident-back", "left_curly_bracket", "replay('incident', -1)", "To the previous incident",
            "To the incident before this place."),
        Key("replay.go", "g", "replay('go')", "Go to a time or number",
            "A time of day, a place from the start, so far from here, or a sequence number.", "go to", 44),
        Key("replay.faster", "plus,equals_sign", "replay('speed', 1)", "Faster",
            "Faster or slower, from a tenth of real time to as fast as it goes.", "speed", 45, pair="replay.slower"),
        Key("replay.slower", "minus", "replay('speed', -1)", "Slower", "Slower, down to a tenth of real time."),
        Key("replay.forward", "right", "replay('seek', 5)", "5 s on", "5 s of the recording on or back.", "5 s", 46,
            pair="replay.back"),
        Key("replay.back", "left", "replay('seek', -5)", "5 s back", "5 s of the recording back."),
        Key("replay.minute", "shift+right", "replay('seek', 60)", "A minute on",
            "A minute of the recording on or back.", pair="replay.minute-back"),
        Key("replay.minute-back", "shift+left", "replay('seek', -60)", "A minute back",
            "A minute of the recording back."),
        Key("replay.stop", "s", "replay('stop')", "Stop seeking",
            "Stop on the way to another place; without one, stop going through the recording ahead."),
    ), "in a replay only", replay=True, where=(*MARKET, Place.WIRE)),
    Section("PAGES", (
        Key("page.close", "escape", "close", "Close the page",
            "Back to what lies below; the key that opened a page does it too.", needed=True),
        Key("page.up", "up,k", "move(-1)", "Up a row", "A row up or down; in the wire view it holds an entry.",
            pair="page.down"),
        Key("page.down", "down,j", "move(1)", "Down a row", "A row down."),
        Key("page.page-up", "pageup", "turn(-1)", "Up a screen", "A screen up or down.",
            pair="page.page-down"),
        Key("page.page-down", "pagedown,space", "turn(1)", "Down a screen", "A screen down."),
        Key("page.first", "home", "edge(-1)", "To the beginning", "To the beginning or the end.", pair="page.last",
            where=(Place.PAGE, Place.FRAME)),
        Key("page.last", "end", "edge(1)", "To the end", "To the end.", where=(Place.PAGE, Place.FRAME)),
    ), "over the market: these pages, the wire view, a frame", where=PAGES),
    Section("WIRE VIEW", (
        Key("wire.follow", "c,home,end", "follow", "Follow the newest", "From a held entry back to the newest."),
        Key("wire.open", "enter", "open", "The whole entry", "The entry under the cursor, or the newest, whole."),
        Key("wire.channel", "f", "channel(1)", "Next channel",
            "Entries of the next channel only, or of the one before; then of all again.", pair="wire.channel-back"),
        Key("wire.channel-back", "F", "channel(-1)", "Previous channel", "Entries of the channel before only."),
        Key("wire.product", "p", "product(1)", "Entries of the next product",
            "Entries of the next product only, or of the one before; then of all again.", pair="wire.product-back"),
        Key("wire.product-back", "P", "product(-1)", "Entries of the previous product",
            "Entries of the product before only."),
        Key("wire.copy", "y", "copy", "Copy the entry", "All of it, as it came.", where=(Place.WIRE, Place.FRAME)),
    ), where=(Place.WIRE,)),
    Section("A FRAME WHOLE", (
        Key("frame.search", "slash", "search", "Search in the frame", "Find a text in it, in any case."),
        Key("frame.next", "n", "found(1)", "Next place found", "To the next or the previous place that has the text.",
            pair="frame.previous"),
        Key("frame.previous", "N", "found(-1)", "Previous place found", "To the place before that has the text."),
    ), where=(Place.FRAME,)),
    Section("FIELDS", (
        Key("entry.accept", "enter", "submit", "Take what was typed",
            "Take what was typed, or what is marked in the list. Keys that edit a text, such as those that move in it "
            "or delete a word, are those of Textual's fields and fixed."),
        Key("entry.cancel", "escape", "screen.cancel", "Leave the field", "Leave without an answer.", needed=True),
    ), "sizes, places in a replay, finder, search, palette", where=FIELDS),
    Section("LISTS", (
        Key("list.up", "up", "screen.choose('cursor_up')", "Up the list", "The mark up or down the list.",
            pair="list.down"),
        Key("list.down", "down", "screen.choose('cursor_down')", "Down the list", "The mark down the list."),
        Key("list.page-up", "pageup", "screen.choose('page_up')", "A page up the list", "A page of it up or down.",
            pair="list.page-down"),
        Key("list.page-down", "pagedown", "screen.choose('page_down')", "A page down the list", "A page down."),
        Key("list.first", "ctrl+home,shift+home", "screen.choose('first')", "First of the list",
            "The first or the last of the list.", pair="list.last"),
        Key("list.last", "ctrl+end,shift+end", "screen.choose('last')", "Last of the list", "The last of the list."),
    ), "finder and palette", where=(Place.LIST,)),
)  # fmt: skip
"""In the order of the help page."""
KEYS: Final = tuple(key for section in SECTIONS for key in section.keys)
"""All of them but the numbers and those of the application."""
REMAPPABLE: Final = {key.id: key for key in (*KEYS, *SLOTS, *ANYWHERE)}
"""Every key that a configuration may change, by id."""
PLACES: Final = {
    **{
        key.id: frozenset((*(key.where or section.where), *((key.opens,) if key.opens else ())))
        for section in SECTIONS
        for key in section.keys
    },
    **{key.id: frozenset(MARKET) for key in SLOTS},
    **{key.id: frozenset(Place) for key in ANYWHERE},
}
"""Where each of them works, by id."""
REPLAY_IDS: Final = frozenset(key.id for section in SECTIONS if section.replay for key in section.keys)
"""What works in a replay only."""
