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
        "Select the product with that number, or click its tab.")
    for n in range(1, 10)
)  # fmt: skip
PALETTE: Final = Key(
    "app.palette", "ctrl+p", "app.command_palette", "Palette",
    "All commands by name, themes, and in a demo the faults of its exchange.",
)  # fmt: skip
STOP: Final = Key("app.stop", "ctrl+z", "app.stop", "Stop", "Return to the shell; fg resumes.")
ANYWHERE: Final = (PALETTE, STOP)
"""Keys of the application, which work in every place."""
QUIT_KEYS: Final = ("ctrl+q", "ctrl+c")
"""Leave from anywhere, whatever a configuration says."""

SECTIONS: Final = (
    Section("EVERYWHERE", (
        Key("app.quit", "q", "app.quit", "Quit",
            "Quit. Ctrl+Q and Ctrl+C (exit code 130) work everywhere.", "quit", 10,
            where=(*MARKET, *PAGES, Place.START)),
        Key("app.help", "question_mark,f1", "page('help')", "Help", "Every column, word, number and key.", "help", 20,
            opens=Place.PAGE),
    )),
    Section("PRODUCTS", (
        Key("product.find", "slash", "find", "Find a product",
            "Find any product of the venue and add it.", "find", 50),
        Key("product.next", "tab", "cycle(1)", "Next product",
            "Select the next or previous product.", "next", 70, pair="product.previous", priority=True),
        Key("product.previous", "shift+tab", "cycle(-1)", "Previous product",
            "Select the previous product.", priority=True),
        Key("product.remove", "x", "remove", "Remove the product",
            "Remove the product from the screen and unsubscribe.", "remove", 130),
        Key("product.restore", "u", "restore", "Restore a product",
            "Restore the product removed last.", "undo", 140),
    )),
    Section("SCREEN", (
        Key("depth.freeze", "space", "freeze", "Freeze or resume",
            "Freeze ladders and tape. The feed, the verdict and the counters continue.",
            "freeze", 40),
        Key("view.ladders", "w", "ladders", "More ladders or the grid",
            "One ladder, as many side by side as fit, then a grid of all products.", "ladders", 63),
        Key("health.panel", "i", "page('health')", "Health", "Everything about the connection.", "health", 90,
            opens=Place.PAGE),
        Key("token.panel", "a", "page('token')", "Token",
            "Everything about key and token: countdown, clock, and why a token was refused.", "token", 100,
            opens=Place.PAGE),
        Key("events.log", "e", "page('events')", "Events", "The whole event log.", "events", 110,
            opens=Place.PAGE),
        Key("feed.resync", "r", "resync", "Resync",
            "Ask the venue for new snapshots of all products.", "resync", 120),
    )),
    Section("LADDER", (
        Key("depth.finer", "left_square_bracket", "group(-1)", "Finer rows",
            "Narrower or wider rows: prices grouped, sizes summed.", "group", 60, pair="depth.coarser", where=MARKET),
        Key("depth.coarser", "right_square_bracket", "group(1)", "Coarser rows",
            "Wider rows: prices grouped, sizes summed.", where=MARKET),
        Key("ladder.form", "v", "ladder('form')", "Form of the ladder",
            "Asks over bids, the price in the centre, or bids and asks of equal rank on one row.", "form", 62),
        Key("ladder.grid", "f", "ladder('spacing')", "Compact rows, or a fixed grid",
            "Rows only for prices that have a size, or one for every price, each in a fixed place.", "rows", 66),
        Key("ladder.up", "up,k", "ladder('move', -1)", "Cursor up",
            "Move the level cursor a row up or down. This holds the ladder.", "cursor", 67,
            pair="ladder.down"),
        Key("ladder.down", "down,j", "ladder('move', 1)", "Cursor down", "Move the level cursor a row down."),
        Key("ladder.page-up", "pageup", "ladder('page', -1)", "Page up",
            "Scroll a page up or down; so does the wheel. This holds the ladder.",
            pair="ladder.page-down"),
        Key("ladder.page-down", "pagedown", "ladder('page', 1)", "Page down", "Scroll a page down."),
        Key("ladder.follow", "c,home", "ladder('follow')", "Follow the market", "Return to the market.",
            "follow", 69),
        Key("ladder.drop", "escape", "ladder('drop')", "Drop the cursor",
            "Remove the cursor; the ladder stays held.", instead_of=("grid.back",)),
        Key("ladder.price", "p", "ladder('price')", "Price of a size",
            "The cost of buying and selling a size: 5, 250k (250,000), or with a currency.", "price", 68),
        Key("ladder.unit", "b", "ladder('unit')", "Sizes in base or quote", "Use the other currency."),
        Key("ladder.bars", "B", "ladder('bars')", "Linear or logarithmic bars", "Scale of the bars."),
        Key("ladder.imbalance", "n", "ladder('imbalance')", "Range of the imbalance",
            "5, 10 or 20 levels per side, or 10 or 50 basis points around the mid."),
        Key("ladder.large", "L", "ladder('large')", "Mark large levels from a size",
            "Set the size at which levels are marked as large; by default, those far above their neighbours."),
        Key("ladder.dust", "d", "ladder('dust', 1)", "Hide more dust",
            "Hide levels below a larger or smaller size. Sums still include them.", pair="ladder.less-dust"),
        Key("ladder.less-dust", "D", "ladder('dust', -1)", "Hide less dust", "Hide below a smaller size, or none."),
        Key("ladder.copy", "y", "ladder('copy')", "Copy the row",
            "Copy the row under the cursor (or the best one), or all rows, tab-separated, while the book is trusted.",
            pair="ladder.copy-all"),
        Key("ladder.copy-all", "Y", "ladder('copy_all')", "Copy the ladder",
            "Copy all visible rows as tab-separated text."),
        Key("ladder.flash", "F", "ladder('flash')", "Highlight changes",
            "Briefly highlight sizes that changed, with their sign."),
    ), where=(Place.LADDER,)),
    Section("GRID OF PRODUCTS", (
        Key("grid.zoom", "enter", "zoom", "Zoom into the product",
            "Open the ladder of the product under the cursor.", "zoom", 60, where=MARKET),
        Key("grid.back", "escape", "back", "Back to the grid, or leave it",
            "Return from a zoomed ladder to the grid, or from the grid to the ladder.", "back", 65,
            where=MARKET),
        Key("grid.left", "left", "grid('step', -1, 0)", "Product to the left",
            "Move the cursor to the product on the left or right; numbers work too.", pair="grid.right",
            instead_of=("replay.back",)),
        Key("grid.right", "right", "grid('step', 1, 0)", "Product to the right", "Move the cursor to the right.",
            instead_of=("replay.forward",)),
        Key("grid.up", "up,k", "grid('step', 0, -1)", "Product above",
            "Move the cursor to the product above or below.", pair="grid.down"),
        Key("grid.down", "down,j", "grid('step', 0, 1)", "Product below", "Move the cursor to the product below."),
        Key("grid.page-up", "pageup", "grid('turn', -1)", "Previous page of products",
            "The previous or next page, if there are more products than fit; so does the wheel.",
            pair="grid.page-down"),
        Key("grid.page-down", "pagedown", "grid('turn', 1)", "Next page of products", "The next page of products."),
        Key("grid.first", "home", "grid('first')", "First product", "The first or the last product.",
            pair="grid.last"),
        Key("grid.last", "end", "grid('last')", "Last product", "The last product."),
    ), where=(Place.GRID,)),
    Section("TAPE", (
        Key("tape.show", "t", "tape", "Show or hide the trades",
            "Time and sales of the selected product.", "tape", 64),
        Key("tape.filter", "T", "tape_filter", "Show the larger trades",
            "All trades, the larger half, the largest quarter, the largest tenth."),
        Key("tape.size", "S", "tape_size", "Show trades above a size",
            "Enter a minimum trade size: 5, 250k (250,000), or with a currency."),
    )),
    Section("WIRE", (
        Key("wire.show", "l", "wire", "Raw frames",
            "The last frames received and messages sent, with gaps and errors marked. Open one to search and "
            "copy it. The keys are listed at the bottom.", opens=Place.WIRE),
        Key("flight.keep", "R", "flight", "Save the last minutes",
            "Save the frames of the last minutes as a recording; every incident does so automatically.",
            where=(*MARKET, Place.WIRE)),
    )),
    Section("REPLAY", (
        Key("replay.pause", "space", "replay('pause')", "Pause or play",
            "Pause or resume the recording. At its end, start again.", "pause", 40,
            instead_of=("depth.freeze", "page.page-down")),
        Key("replay.step", "full_stop", "replay('step', 1)", "Next frame",
            "One frame or recorded event forward or back, then pause.", "frame", 41,
            pair="replay.step-back"),
        Key("replay.step-back", "comma", "replay('step', -1)", "Previous frame", "One frame or recorded event back."),
        Key("replay.change", "greater_than_sign", "replay('change', 1)", "Next change",
            "Go to the next or previous change of the selected book.", "change", 42, pair="replay.change-back"),
        Key("replay.change-back", "less_than_sign", "replay('change', -1)", "Previous change",
            "Go to the previous change of the selected book."),
        Key("replay.incident", "right_curly_bracket", "replay('incident', 1)", "Next incident",
            "Go to the next or previous incident that a live session would have reported.", "incident", 43,
            pair="replay.incident-back"),
        Key("replay.incident-back", "left_curly_bracket", "replay('incident', -1)", "Previous incident",
            "Go to the previous incident."),
        Key("replay.go", "g", "replay('go')", "Go to a time or number",
            "A time of day, an offset from the start or from here, or a sequence number.", "go to", 44),
        Key("replay.faster", "plus,equals_sign", "replay('speed', 1)", "Faster",
            "Faster or slower, from a tenth of real time to maximum speed.", "speed", 45, pair="replay.slower"),
        Key("replay.slower", "minus", "replay('speed', -1)", "Slower", "Slower, down to a tenth of real time."),
        Key("replay.forward", "right", "replay('seek', 5)", "5 s forward", "Move 5 s forward or back.", "5 s", 46,
            pair="replay.back"),
        Key("replay.back", "left", "replay('seek', -5)", "5 s back", "Move 5 s back."),
        Key("replay.minute", "shift+right", "replay('seek', 60)", "A minute forward",
            "Move a minute forward or back.", pair="replay.minute-back"),
        Key("replay.minute-back", "shift+left", "replay('seek', -60)", "A minute back",
            "Move a minute back."),
        Key("replay.stop", "s", "replay('stop')", "Stop seeking",
            "Stop seeking; if not seeking, stop indexing the recording."),
    ), "in a replay only", replay=True, where=(*MARKET, Place.WIRE)),
    Section("PAGES", (
        Key("page.close", "escape", "close", "Close the page",
            "Close the page; so does the key that opened it.", needed=True),
        Key("page.up", "up,k", "move(-1)", "Up a row", "Scroll a row up or down; in the wire view, hold an entry.",
            pair="page.down"),
        Key("page.down", "down,j", "move(1)", "Down a row", "Scroll a row down."),
        Key("page.page-up", "pageup", "turn(-1)", "Up a screen", "Scroll a screen up or down.",
            pair="page.page-down"),
        Key("page.page-down", "pagedown,space", "turn(1)", "Down a screen", "Scroll a screen down."),
        Key("page.first", "home", "edge(-1)", "To the beginning", "To the beginning or the end.", pair="page.last",
            where=(Place.PAGE, Place.FRAME)),
        Key("page.last", "end", "edge(1)", "To the end", "To the end.", where=(Place.PAGE, Place.FRAME)),
    ), "in pages, the wire view and a frame", where=PAGES),
    Section("WIRE VIEW", (
        Key("wire.follow", "c,home,end", "follow", "Follow the newest", "Return from a held entry to the newest."),
        Key("wire.open", "enter", "open", "Open the entry", "Show the whole entry under the cursor, or the newest."),
        Key("wire.channel", "f", "channel(1)", "Next channel",
            "Show only the next or previous channel, then all again.", pair="wire.channel-back"),
        Key("wire.channel-back", "F", "channel(-1)", "Previous channel", "Show only the previous channel."),
        Key("wire.product", "p", "product(1)", "Next product's entries",
            "Show only the next or previous product, then all again.", pair="wire.product-back"),
        Key("wire.product-back", "P", "product(-1)", "Previous product's entries",
            "Show only the previous product."),
        Key("wire.copy", "y", "copy", "Copy the entry", "Copy its text verbatim.", where=(Place.WIRE, Place.FRAME)),
    ), where=(Place.WIRE,)),
    Section("FRAME", (
        Key("frame.search", "slash", "search", "Search in the frame", "Find text, ignoring case."),
        Key("frame.next", "n", "found(1)", "Next match", "Go to the next or previous match.",
            pair="frame.previous"),
        Key("frame.previous", "N", "found(-1)", "Previous match", "Go to the previous match."),
    ), where=(Place.FRAME,)),
    Section("FIELDS", (
        Key("entry.accept", "enter", "submit", "Accept",
            "Accept the text, or the highlighted entry. Editing keys, such as those that move in the text "
            "or delete a word, are Textual's and cannot be changed."),
        Key("entry.cancel", "escape", "screen.cancel", "Cancel", "Close the field without an answer.", needed=True),
    ), "sizes, replay positions, finder, search, palette", where=FIELDS),
    Section("LISTS", (
        Key("list.up", "up", "screen.choose('cursor_up')", "Up the list", "Move up or down the list.",
            pair="list.down"),
        Key("list.down", "down", "screen.choose('cursor_down')", "Down the list", "Move down the list."),
        Key("list.page-up", "pageup", "screen.choose('page_up')", "A page up the list", "Move a page up or down.",
            pair="list.page-down"),
        Key("list.page-down", "pagedown", "screen.choose('page_down')", "A page down the list", "Move a page down."),
        Key("list.first", "ctrl+home,shift+home", "screen.choose('first')", "Start of the list",
            "Go to the first or last entry.", pair="list.last"),
        Key("list.last", "ctrl+end,shift+end", "screen.choose('last')", "End of the list", "Go to the last entry."),
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
