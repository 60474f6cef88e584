"""The keys: one table, by groups, from which bindings, footer, help page, palette and configuration are made. Pure.

To add a key, add one :class:`Key` to its section, and to the screen the action that it names. Ids are public: they are
what a configuration calls keys by, so they are never renamed.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Key(NamedTuple):
    """One thing that can be done by a key."""

    id: str
    """Names it in a configuration."""
    keys: str
    """The keys unless a configuration says otherwise: Textual's names, separated by commas."""
    action: str
    """Of the market screen; ``app.`` before it makes it the application's."""
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
    instead_of: str = ""
    """Id of what it replaces on the same key while its section is in force."""


class Section(NamedTuple):
    """Keys that belong together."""

    title: str
    keys: tuple[Key, ...]
    note: str = ""
    """When they work, if not always."""
    replay: bool = False
    """In force in a replay only."""
    where: str = ""
    """``ladder`` or ``grid`` keeps it out of the footer elsewhere."""


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
LEAVING: Final = ("ctrl+q", "ctrl+c")
"""Leave from anywhere, whatever a configuration says."""

SECTIONS: Final = (
    Section("EVERYWHERE", (
        Key("app.quit", "q", "app.quit", "Quit",
            "Leave. Ctrl+Q does it from anywhere, Ctrl+C too (exit code 130).", "quit", 10),
        Key("app.help", "question_mark,f1", "page('help')", "Help", "Every column, word, number and key.", "help", 20),
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
        Key("health.panel", "i", "page('health')", "Health", "Everything known of the connection.", "health", 90),
        Key("token.panel", "a", "page('token')", "Token",
            "Everything known of key and token: countdown, clock, and why a token was refused.", "token", 100),
        Key("events.log", "e", "page('events')", "Events", "The whole event log.", "events", 110),
        Key("feed.resync", "r", "resync", "Resync",
            "Ask the venue for new snapshots of all products.", "resync", 120),
    )),
    Section("LADDER", (
        Key("depth.finer", "left_square_bracket", "group(-1)", "Finer rows",
            "Narrower or wider rows: prices gathered, sizes summed.", "group", 60, pair="depth.coarser"),
        Key("depth.coarser", "right_square_bracket", "group(1)", "Coarser rows",
            "Wider rows: prices gathered, sizes summed."),
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
            "The ladder stays where it is held.", instead_of="grid.back"),
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
    ), where="ladder"),
    Section("GRID OF PRODUCTS", (
        Key("grid.zoom", "enter", "zoom", "Zoom into the product",
            "From the grid to the ladder of the product under the cursor, which the arrows and the numbers move.",
            "zoom", 60),
        Key("grid.back", "escape", "back", "Back to the grid, or out of it",
            "From a ladder that was zoomed into back to the grid, from the grid to the ladder.", "back", 65),
    ), where="grid"),
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
            "searched and copied. Its own keys stand at its foot."),
        Key("flight.keep", "R", "flight", "Keep the last minutes",
            "Write what came in the last minutes to a recording; every incident does that by itself."),
    )),
    Section("REPLAY", (
        Key("replay.pause", "space", "replay('pause')", "Pause, or play",
            "The recording stands still, or goes on. At its end it begins anew.", "pause", 40,
            instead_of="depth.freeze"),
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
    ), "in a replay only", replay=True),
)  # fmt: skip
"""In the order of the help page."""
KEYS: Final = tuple(key for section in SECTIONS for key in section.keys)
"""All of them but the numbers and those of the application."""
REMAPPABLE: Final = {key.id: key for key in (*KEYS, *SLOTS, PALETTE, STOP)}
"""Every key that a configuration may change, by id."""
