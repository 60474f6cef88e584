"""What keys do to the ladders: form, position, copying as tab-separated text, and the field for typed sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from depthview.core.fixed_point import text_of
from depthview.preferences.display import BarScale, Choices, Form, Imbalance, Spacing, Threshold, Unit
from depthview.preferences.keys import Place
from depthview.ui.bindings import bind_field
from depthview.ui.formats import round_text
from depthview.ui.ladder.figures import amount_words
from depthview.ui.ladder.scale import next_dust, parse_amount, showable
from depthview.ui.layout import Notice
from depthview.ui.lines import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    from textual.app import App, ComposeResult

    from depthview.preferences.keymap import Keymap
    from depthview.ui.ladder.viewport import VisibleRow, VisibleRows
    from depthview.ui.ladder.widget import Ladder
    from depthview.views.depth import DepthView, Impact, LevelRow

_LONGEST: Final = 40


class SizePrompt(ModalScreen[str | None]):
    """Answers with what was typed, once it is understood, or with None.

    Args:
        prompt: What is asked for.
        example: Shown while nothing is typed.
        understood: What a text is taken for, in words; raises ``ValueError`` with what is wrong with it.
        keymap: Which key does what.
    """

    DEFAULT_CSS = """
    SizePrompt {
        align: center bottom; background: $dv-ground 0%;
        #frame { width: 60; max-width: 100%; height: auto; margin-bottom: 1; padding: 0 1; background: $dv-raised; }
        Label { width: 1fr; background: $dv-raised; color: $dv-muted; }
        Label.wrong { color: $dv-warn; }
        Input, Input:focus { border: none; height: 1; padding: 0; background: $dv-ground; color: $dv-text; }
    }
    """

    def __init__(self, prompt: str, example: str, understood: Callable[[str], str], keymap: Keymap) -> None:
        super().__init__()
        self._prompt = clean(prompt)
        self._example = clean(example)
        self._understood = understood
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with Vertical(id="frame"):
            yield Label(Content(f"{self._prompt}   {self._keymap.hint(('entry.cancel', 'back'))}"))
            field = Input(placeholder=self._example, max_length=_LONGEST)
            bind_field(field, self._keymap, Place.FIELD)
            yield field
            yield Label(Content(""), id="meaning")

    def on_mount(self) -> None:
        self._say("")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._say(event.value)

    def _say(self, text: str) -> bool:
        label = self.query_one("#meaning", Label)
        try:
            meaning, wrong = self._understood(text), False
        except ValueError as error:
            meaning, wrong = str(error), True
        label.set_class(wrong, "wrong")
        label.update(Content(clean(("! " if wrong else "") + meaning)))
        return not wrong

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._say(event.value):
            self.dismiss(event.value)

    def action_cancel(self) -> None:
        self.dismiss(None)


class Question(NamedTuple):
    """The texts of a size prompt."""

    prompt: str
    """What to type."""
    purpose: str
    """What is done with a size; ``{}`` stands for it."""
    none: str
    """What is done with none; empty where there is none to take back."""


def ask_size(
    app: App[object],
    depth: DepthView,
    question: Question,
    taken: Callable[[Impact | None], None],
    keymap: Keymap,
    *,
    in_quote: bool,
) -> None:
    """Have a size typed.

    Args:
        app: Where.
        depth: For the names of its currencies.
        question: What for.
        taken: Called with the size, or with None where nothing was typed; not called where one thinks better of it.
        keymap: Which key does what.
        in_quote: What a number without a currency is counted in.
    """

    def size_of(text: str) -> Impact | None:
        return parse_amount(text, depth.base, depth.quote, in_quote=in_quote) if text.strip() else None

    def understood(text: str) -> str:
        size = size_of(text)
        said = question.none if size is None else question.purpose.format(amount_words(size, depth))
        return f"{keymap.name('entry.accept')} {said}".lstrip() if said else ""

    def answered(text: str | None) -> None:
        if text is not None:
            taken(size_of(text))

    unit, other = (depth.quote, depth.base) if in_quote else (depth.base, depth.quote)
    prompt = f"{question.prompt}, in {unit} unless you add {other}"
    app.push_screen(SizePrompt(prompt, f"5, 250k, 250k {depth.quote}", understood, keymap), answered)


_HEADER: Final = ("product", "side", "price", "size", "cumulative", "notional", "cumulative_notional")


def row_text(depth: DepthView, slot: VisibleRow) -> str:
    """The levels of one row, one line each, without a header; empty if there is none."""
    return "".join(_line(depth, side, level) for side, level in _levels(slot))


def ladder_text(depth: DepthView, visible: VisibleRows) -> str:
    """Every visible level, top first, below a header."""
    rows = [_line(depth, side, level) for slot in visible.shown for side, level in _levels(slot)]
    return "\t".join(_HEADER) + "\n" + "".join(rows)


def best_row(visible: VisibleRows) -> VisibleRow | None:
    """The row of the best bid if it is visible, else of the best ask."""
    shown = visible.shown
    bid = next((slot for slot in shown if slot.bid is not None), None)
    return bid if bid is not None else next((slot for slot in reversed(shown) if slot.ask is not None), None)


def _levels(slot: VisibleRow) -> Iterable[tuple[str, LevelRow]]:
    if slot.bid is not None and slot.bid.size:
        yield "bid", slot.bid
    if slot.ask is not None and slot.ask.size:
        yield "ask", slot.ask


def _line(depth: DepthView, side: str, level: LevelRow) -> str:
    numbers = (level.price, level.size, level.cumulative, level.notional, level.cumulative_notional)
    return "\t".join((depth.product, side, *(_plain(number) for number in numbers))) + "\n"


def _plain(number: Decimal | None) -> str:
    return "" if number is None else text_of(number)


_FORMS: Final = (Form.BOOK, Form.DOM, Form.SIDES)
_FORM_WORDS: Final = {
    Form.BOOK: "book: asks over bids",
    Form.DOM: "DOM: price in the centre, sums opposite",
    Form.SIDES: "side by side: bids and asks of equal rank in one row",
}
_IMBALANCES: Final = tuple(Imbalance(*both) for both in ((5, 0), (10, 0), (20, 0), (0, 10), (0, 50)))
"""Levels, or basis points, in the order of the key."""


class LadderControls:
    """The choices of all ladders and the acts on the one in front.

    Args:
        ladders: All there are; they are drawn alike.
        keymap: Which key does what.
        choices: To begin with.
    """

    def __init__(self, ladders: Sequence[Ladder], keymap: Keymap, choices: Choices | None = None) -> None:
        self._ladders: Final = tuple(ladders)
        self._keymap = keymap
        self._choices = choices or Choices()
        self._impact: Impact | None = None
        self._acts: Final[dict[str, Callable[[Ladder, int], Notice | None]]] = {
            "form": self._form,
            "spacing": self._spacing,
            "unit": self._unit,
            "bars": self._bars,
            "flash": self._flash,
            "imbalance": self._imbalance,
            "dust": self._dust,
            "move": lambda ladder, step: ladder.move(step),
            "page": lambda ladder, step: ladder.turn(step),
            "follow": lambda ladder, _: ladder.follow(),
            "drop": lambda ladder, _: ladder.drop_cursor(),
            "price": self._price,
            "large": self._large,
            "copy": self._copy_row,
            "copy_all": self._copy_all,
        }
        for ladder in self._ladders:
            ladder.choices = self._choices

    @property
    def choices(self) -> Choices:
        return self._choices

    def act(self, name: str, ladder: Ladder, step: int = 0) -> Notice | None:
        """Do what a key says.

        Args:
            name: Of the act.
            ladder: The one in front.
            step: Which way, for acts that have one.

        Returns:
            What there is to tell.

        Raises:
            KeyError: No such act.
        """
        return self._acts[name](ladder, step)

    def can(self, name: str, ladder: Ladder) -> bool:
        """Whether the action has an effect; if not, its key is free for another one."""
        return name != "drop" or ladder.state.cursor is not None

    def choose(self, choices: Choices) -> None:
        self._choices = choices
        for ladder in self._ladders:
            ladder.choices = choices

    def _form(self, _: Ladder, __: int) -> Notice:
        form = _FORMS[(_FORMS.index(self._choices.form) + 1) % len(_FORMS)]
        self.choose(replace(self._choices, form=form))
        return Notice(_FORM_WORDS[form])

    def _spacing(self, _: Ladder, __: int) -> Notice:
        grid = self._choices.spacing is Spacing.COMPACT
        self.choose(replace(self._choices, spacing=Spacing.GRID if grid else Spacing.COMPACT))
        return Notice("fixed grid: a row for every price" if grid else "compact: rows for prices with orders only")

    def _unit(self, ladder: Ladder, _: int) -> Notice | None:
        quote = self._choices.unit is Unit.BASE
        self.choose(replace(self._choices, unit=Unit.QUOTE if quote else Unit.BASE))
        depth = ladder.depth
        if depth is None:
            return None
        if quote and depth.multiplier is None:
            return Notice(f"values unknown: {depth.contract}", severe=True)
        return Notice(f"sizes in {depth.quote if quote else depth.base}")

    def _bars(self, _: Ladder, __: int) -> Notice:
        log = self._choices.bars is BarScale.LINEAR
        self.choose(replace(self._choices, bars=BarScale.LOG if log else BarScale.LINEAR))
        return Notice("logarithmic bars: four powers of ten" if log else "linear bars")

    def _flash(self, _: Ladder, __: int) -> Notice:
        self.choose(replace(self._choices, flash=not self._choices.flash))
        return Notice("changes highlighted" if self._choices.flash else "changes not highlighted")

    def _imbalance(self, _: Ladder, __: int) -> Notice:
        now = self._choices.imbalance
        at = _IMBALANCES.index(now) + 1 if now in _IMBALANCES else 0
        levels, bps = imbalance = _IMBALANCES[at % len(_IMBALANCES)]
        self.choose(replace(self._choices, imbalance=imbalance))
        return Notice(f"imbalance of {f'{bps} bps around the mid' if bps else f'{levels} levels a side'}")

    def _dust(self, ladder: Ladder, step: int) -> Notice | None:
        depth = ladder.depth
        if depth is None:
            return None
        dust = next_dust(depth, self._choices.dust, step)
        self.choose(replace(self._choices, dust=dust))
        if dust is None:
            return Notice("no levels hidden")
        return Notice(f"levels below {round_text(dust)} {depth.base} hidden; sums still include them")

    # -- the price of a size ---------------------------------------------------------------------------------------

    def _price(self, ladder: Ladder, _: int) -> None:
        depth = ladder.depth
        if depth is None:
            return
        in_quote = showable(depth, self._choices).unit is Unit.QUOTE

        def taken(size: Impact | None) -> None:
            self._impact = size
            for each in self._ladders:
                each.impact = size
            ladder.post_message(ladder.Moved())

        none = "stop pricing" if self._impact is not None else ""
        question = Question("size to price", "price {} for buying and selling", none)
        ask_size(ladder.app, depth, question, taken, self._keymap, in_quote=in_quote)

    # -- what is large ---------------------------------------------------------------------------------------------

    def _large(self, ladder: Ladder, _: int) -> None:
        depth = ladder.depth
        if depth is None:
            return

        def taken(size: Impact | None) -> None:
            large = None if size is None else Threshold(size.size, size.in_quote)
            self.choose(replace(self._choices, large=large))

        question = Question("minimum size to mark", "mark levels of {} or more", "mark outliers")
        ask_size(ladder.app, depth, question, taken, self._keymap, in_quote=self._choices.unit is Unit.QUOTE)

    # -- copies ----------------------------------------------------------------------------------------------------

    def _copy_row(self, ladder: Ladder, _: int) -> Notice:
        depth, visible, state = ladder.depth, ladder.visible_rows, ladder.state
        if depth is None or visible is None:
            return Notice("no row to copy", severe=True)
        on_cursor = state.cursor is not None and visible.pinned is not None
        slot = visible.row_at(visible.pinned) if on_cursor and visible.pinned is not None else best_row(visible)
        text = "" if slot is None else row_text(depth, slot)
        if not text:
            return Notice("no orders in this row", severe=True)
        return _copied(ladder.app, depth, text, "row under the cursor" if on_cursor else "best row")

    def _copy_all(self, ladder: Ladder, _: int) -> Notice:
        depth, visible = ladder.depth, ladder.visible_rows
        if depth is None or visible is None:
            return Notice("no ladder to copy", severe=True)
        text = ladder_text(depth, visible)
        return _copied(ladder.app, depth, text, f"{text.count(chr(10)) - 1} levels")


def _copied(app: App[object], depth: DepthView, text: str, what: str) -> Notice:
    if not depth.verdict.trusted:
        why = f": {depth.reason}" if depth.reason else ""
        return Notice(clean(f"not copied: {depth.product} is {depth.verdict.value}{why}"), severe=True)
    app.copy_to_clipboard(text)
    return Notice(f"{what} sent to the clipboard")
