"""Pieces of lines: widths that add up, and text that cannot do anything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from depthview.ui.line_widget import joined
from depthview.ui.lines import Part, between, clean, crop, cut, fill, fit, width_of, wrap

CELLS = st.lists(st.tuples(st.text(st.characters(exclude_categories=["C", "Z", "M"])), st.just("text")), max_size=6)


def test_control_and_direction_characters_become_visible() -> None:
    assert clean("a\x1b]0;x\x07b\u202ec\n\ud800") == "a�]0;x�b�c��"
    assert clean("BTC-USD é 中") == "BTC-USD é 中"


@given(st.text(), st.integers(0, 40))
def test_a_cut_text_fits_and_prints(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    assert shown.isprintable()


def test_a_cut_text_says_so() -> None:
    assert cut("advanced-trade-ws", 9) == "advanced…"
    assert cut("BTC-USD", 7) == "BTC-USD"


@given(CELLS, st.integers(1, 30))
def test_a_filled_line_has_exactly_its_width(cells: list[tuple[str, str]], width: int) -> None:
    line = fill(tuple(cells), width, "text")
    assert width_of(line) == width
    assert width_of(crop(line, width - 1)) <= width - 1


def test_joined_cells_look_the_same_and_are_fewer() -> None:
    grounds = {"a": "ground", "b": "ground", "c": "track"}
    line = (("  ", "a"), ("12", "b"), ("", "a"), (" ", "a"), ("34", "b"), ("  ", "c"), ("x", "a"), ("y", "a"))
    assert joined(line, grounds) == (("  12 34", "b"), ("  ", "c"), ("xy", "a"))
    assert joined((), grounds) == ()


@given(st.lists(st.tuples(st.text(" ab", max_size=3), st.sampled_from("xyz"))))
def test_joining_changes_no_letter_and_no_ground(cells: list[tuple[str, str]]) -> None:
    grounds = {"x": 1, "y": 1, "z": 2}

    def seen(line: tuple[tuple[str, str], ...]) -> list[tuple[str, object]]:
        return [(c, style if c != " " else grounds[style]) for text, style in line for c in text]

    assert seen(joined(tuple(cells), grounds)) == seen(tuple(cells))


def test_between_gives_way_on_the_right() -> None:
    assert between((("left", "a"),), (("right", "b"),), 12, "c") == (("left", "a"), ("   ", "c"), ("right", "b"))
    assert between((("left", "a"),), (("right", "b"),), 8, "c") == (("left", "a"), ("    ", "c"))


def test_the_highest_rank_is_left_out_first_and_the_order_stays() -> None:
    parts = [Part(2, (("aaa", "x"),)), Part(0, (("bbb", "x"),)), Part(1, (("ccc", "x"),))]

    def shown(width: int) -> str:
        return "".join(text for text, _ in fit(parts, width))

    assert shown(13) == "aaa  bbb  ccc"
    assert shown(12) == "bbb  ccc"
    assert shown(7) == "bbb"
    assert shown(2) == "bb"


@given(st.text(), st.integers(1, 30))
def test_wrapped_rows_fit(text: str, width: int) -> None:
    assert all(cell_len(row) <= width for row in wrap(text, width))


def test_wrapping_keeps_every_word() -> None:
    assert wrap("gap of 3 before 184,005", 10) == ["gap of 3", "before", "184,005"]
