"""Health, events and trades as lines."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.verdict import Proof, Verdict
from depthview.preferences.display import Choices
from depthview.preferences.keymap import DEFAULT_KEYMAP
from depthview.preferences.keys import KEYS
from depthview.ui.health import (
    compact_lines,
    event_column,
    event_lines,
    event_page,
    feed_lines,
    health_page,
    sequence_lines,
    token_lines,
)
from depthview.ui.ladder.render import parts, share
from depthview.ui.ladder.viewport import middle_of
from depthview.ui.layout import FEED_ROWS, SEQUENCE_ROWS, SIDEBAR_WIDTH, TOKEN_ROWS, arrange
from depthview.ui.lines import meter, width_of
from depthview.ui.screens.help import help_page
from depthview.ui.status_bars import Widths, folded_line, source_line, tabs_line
from depthview.views.depth import TickerDiffers
from depthview.views.market import ConnectionState, EventView, Mode, ReplayView, TokenState, ViewRequest
from tests.ui.fake_market import EVENTS, FEED, NO_TOKEN, NOON, TOKEN, FakeMarket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.ui.lines import Line
    from depthview.views.market import MarketView


def text_of(lines: Sequence[Line]) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def view_of(market: FakeMarket) -> MarketView:
    names = market.products()
    return market.view(ViewRequest(names[0], names[:1], 20, {}))


def test_the_feed_panel_tells_state_host_key_rates_ages_and_subscriptions(market: FakeMarket) -> None:
    view = view_of(market)
    lines = feed_lines(view.feed, view.depths[0], 44)
    assert len(lines) == FEED_ROWS
    text = text_of(lines)
    for words in (
        "connection  open 14m06s",
        "host        advanced-trade-ws.coinbase.com",
        "key         cdp_api_key.json",
        "messages    41.2 /s  13.2 kB/s",
        "latency     38 ms    corrected",
        "heartbeat   0.4 s  old   missed 0",
        "book        0.1 s  old",
        "ticker      agrees, 0.2 s ago",
        "subscribed  13 of 13 confirmed",
    ):
        assert words in text
    assert all(width_of(line) <= 44 for line in lines)


def test_a_lost_connection_says_why_and_when_the_next_try_is() -> None:
    feed = replace(
        FEED, state=ConnectionState.WAITING, state_age=1.4, next_try_in=3.2, detail="closed by the venue: 1001"
    )
    lines = feed_lines(feed, None, 60)
    text = text_of(lines)
    assert "waiting  1.4 s, next try in 3.2 s" in text
    assert "closed by the venue: 1001" in text
    assert ("bad", True) in {(style, " waiting " in text) for text, style in lines[1]}


def test_a_figure_without_a_sample_is_a_dash() -> None:
    text = text_of(feed_lines(replace(FEED, latency_ms=None, heartbeat_age=None), None, 44))
    assert "latency     -" in text
    assert "heartbeat   -" in text
    assert "book        -" in text


def test_every_counter_is_named(market: FakeMarket) -> None:
    view = view_of(market)
    stats = replace(view.depths[0].sequence, scope="product", gaps=1, missed=2, duplicates=3, out_of_order=4, resets=5)
    feed = replace(view.feed, resyncs=6, reconnects=7, bad_frames=8, bad_rows=9)
    lines = sequence_lines(stats, feed, 44)
    assert len(lines) == SEQUENCE_ROWS
    words = text_of(lines).split()
    pairs = [
        "gaps 1",
        "missed 2",
        "duplicates 3",
        "order 4",
        "resets 5",
        "resyncs 6",
        "reconnects 7",
        "frames 8",
        "rows 9",
    ]
    joined = " ".join(words)
    assert all(pair in joined for pair in pairs)
    assert "numbered per product" in joined
    assert "184,233" in joined


def test_the_countdown_has_a_bar_a_word_a_count_and_the_next_time() -> None:
    lines = token_lines(TOKEN, FEED, 44)
    text = text_of(lines)
    assert len(lines) == TOKEN_ROWS
    assert "1:21" in text
    assert "accepted" in text
    assert "7 sent, one per message" in text
    assert "next one in 1:01" in text
    assert "ES256 key …c41f" in text
    assert "█" in text


def test_an_expired_token_is_no_alarm() -> None:
    lines = token_lines(replace(TOKEN, state=TokenState.EXPIRED, expires_in=-4.0, next_in=None), FEED, 44)
    assert "0:00" in text_of(lines)
    assert "EXPIRED" in text_of(lines)
    assert not {style for line in lines for _, style in line} & {"bad", "warn", "bad-text", "warn-text"}


@pytest.mark.parametrize(
    ("state", "style", "word"), [(TokenState.REFUSED, "bad", "REFUSED"), (TokenState.UNANSWERED, "warn", "unanswered")]
)
def test_an_answer_that_is_missing_or_negative_stands_out(state: TokenState, style: str, word: str) -> None:
    token = replace(TOKEN, state=state, detail="authentication failure")
    lines = token_lines(token, FEED, 44)
    assert (f" {word} ", style) in lines[1]
    assert "authentication failure" in text_of(lines)


def test_without_a_key_the_panel_says_how_to_add_one() -> None:
    feed = replace(FEED, key_hint="add a CDP key with --key-file FILE")
    text = text_of(token_lines(NO_TOKEN, feed, 44))
    assert "none: messages are sent without a token" in text
    assert "add a CDP key with --key-file FILE" in text


def test_meters_show_a_fraction_of_their_track() -> None:
    assert meter(0.5, 8) == "████    "
    assert meter(0.53125, 8) == "████▎   "
    assert meter(-1, 4) == "    "
    assert meter(9, 4) == "████"


def test_the_compact_lines_keep_the_chief_figures_however_narrow(market: FakeMarket) -> None:
    view = view_of(market)
    wide = text_of(compact_lines(view, 160, 2))
    for words in ("open 14m06s", "41.2 msg/s", "13.2 kB/s", "latency 38 ms", "heartbeat 0.4 s", "token 1:21 accepted"):
        assert words in wide
    for words in ("gaps 0", "missed 0", "duplicates 0", "out of order 0", "resyncs 0", "reconnects 0"):
        assert words in wide
    narrow = text_of(compact_lines(view, 40, 2))
    assert "open 14m06s" in narrow
    assert "gaps 0" in narrow
    assert all(width_of(line) <= 40 for line in compact_lines(view, 40, 2))
    assert text_of(compact_lines(view, 40, 1)).startswith(" gaps 0")


def test_missing_confirmations_are_named_in_the_compact_lines_and_on_the_page(market: FakeMarket) -> None:
    market.feed = replace(market.feed, subscriptions_missing=("ticker ETH-USD",))
    view = view_of(market)
    assert "12 of 13 confirmed" in text_of(compact_lines(view, 120, 2))
    page = text_of(health_page(view, 100))
    assert "NOT CONFIRMED" in next(row for row in page.splitlines() if "ticker ETH-USD" in row)
    assert page.count("NOT CONFIRMED") == 1


def test_the_page_holds_everything(market: FakeMarket) -> None:
    market.judge(Verdict.STALE, "gap of 3 before 184,005")
    market.feed = replace(market.feed, proxy="http://proxy:3128", recording="recording day.jsonl", unknown_frames=4)
    page = text_of(health_page(view_of(market), 100))
    for words in (
        "STALE",
        "gap of 3 before 184,005",
        "http://proxy:3128",
        "recording day.jsonl",
        "34,901",
        "52 of prices",
    ):
        assert words in page


def test_events_name_their_clock_and_the_newest_is_last() -> None:
    lines = event_lines(EVENTS, 100, 4, local=False)
    rows = text_of(lines).splitlines()
    assert "times UTC" in rows[0]
    assert rows[-1].split()[:3] == ["21:13:05", "·", "note"]
    assert len(rows) == 4
    single = text_of(event_lines(EVENTS, 100, 1, local=False))
    assert single.split()[:2] == ["21:13:05", "UTC"]
    assert event_lines((), 100, 1, local=False) == []


def test_pages_and_columns_of_events_wrap_instead_of_cutting() -> None:
    long = EventView(9, NOON, "warn", "BTC-USD", "word " * 30)
    rows = text_of(event_page([long], 50, local=False)).splitlines()
    assert "".join(rows).count("word") == 30
    assert "newest first" in text_of(event_column(EVENTS, 44, 20, local=False)).splitlines()[0]
    assert "no events yet" in text_of(event_page((), 50, local=False))


@pytest.mark.parametrize("width", [40, 56, 80, 120, 200])
@pytest.mark.parametrize("mode", list(Mode))
def test_mode_host_and_key_are_in_the_top_row_at_every_width(mode: Mode, width: int) -> None:
    feed = replace(FEED, mode=mode)
    text = text_of([source_line(feed, None, None, "21:14:06 UTC", width)])
    assert mode.value in text
    assert "advanced"[:7] in text
    assert "key cdp_api" in text
    assert len(text) <= width


def test_a_replay_and_a_demo_fill_the_row_with_a_banner() -> None:
    replay = ReplayView("day.jsonl", 11.3, 24.2, 1.0, ended=False)
    line = source_line(replace(FEED, mode=Mode.REPLAY), replay, None, "21:14:06 UTC", 120)
    assert {style for _, style in line} <= {"banner", "meter"}
    text = text_of([line])
    assert "11.3 s of 24.2 s" in text
    assert "speed x1" in text
    ended = replace(replay, ended=True, position=24.2, speed=None, duration=None)
    text = text_of([source_line(replace(FEED, mode=Mode.REPLAY), ended, None, "21:14:06 UTC", 120)])
    assert text.startswith(" REPLAY ENDED")
    assert "max speed" in text
    frozen = source_line(FEED, None, 14.0, "21:14:06 UTC", 120)
    assert {style for _, style in frozen} == {"frozen"}
    assert "FROZEN 14.0 s" in text_of([frozen])


def test_the_folded_row_keeps_mode_products_and_key(market: FakeMarket) -> None:
    market.judge(Verdict.STALE, "gap", product="ETH-EUR")

    def shown(width: int, frozen_for: float | None = None) -> str:
        line = folded_line(view_of(market), frozen_for, width)
        assert width_of(line) == width
        return text_of([line])

    assert shown(40) == " LIVE ▌1● 2● 3◆ 4● gaps 0 key cdp_api_k…"
    assert shown(80).split()[-3:] == ["heartbeat", "0.4", "s"]
    assert "key cdp_api_key.json" in shown(80)
    assert shown(40, 14.0).startswith(" FROZEN 14.0 s ▌1●")
    market.feed = replace(market.feed, mode=Mode.DEMO, state=ConnectionState.WAITING)
    assert shown(40).startswith(" DEMO  waiting  ▌1●")
    for number in range(26):
        market.add_product(f"X{number}-USD")
    market.feed = replace(market.feed, state=ConnectionState.OPEN)
    assert shown(40).startswith(" DEMO ▌1● of 30 1 in doubt ")
    nothing = replace(view_of(market), tabs=())
    assert text_of([folded_line(nothing, None, 40)]).startswith(" DEMO")


@pytest.mark.parametrize(
    ("height", "levels"), [(12, 4), (13, 5), (14, 5), (15, 5), (16, 5), (19, 5), (24, 7), (40, 12)]
)
def test_the_ladder_has_its_rows_first(height: int, levels: int) -> None:
    layout = arrange(80, height, 1, banner=False)
    rest = layout.source + layout.folded + layout.tabs + layout.health_rows + layout.event_rows + layout.keys
    shown = parts(80, height - rest, counters=False)
    assert middle_of(share(shown.body, Choices(), grouped=False).levels) == levels


def test_the_panels_stand_where_all_of_them_fit() -> None:
    assert arrange(120, 26, 1, banner=False).sidebar
    below = arrange(120, 25, 1, banner=False)
    assert not below.sidebar
    assert below.health_rows == 2


@pytest.mark.parametrize(
    ("verdict", "age", "words"),
    [
        (Verdict.SYNCED, 0.2, "agrees, 0.2 s ago"),
        (Verdict.QUIET, 75.0, "agrees, 75.0 s ago"),
        (Verdict.STALE, 7.3, "agreed, 7.3 s ago"),
        (Verdict.SYNCED, None, "-: no evidence yet"),
    ],
)
def test_the_ticker_is_quoted_and_never_made_up(
    verdict: Verdict, age: float | None, words: str, market: FakeMarket
) -> None:
    market.judge(verdict, "why")
    market.books["BTC-USD"].agreed = None if age is None else market.clock.monotonic() - age
    view = view_of(market)
    assert f"ticker      {words}" in text_of(feed_lines(view.feed, view.depths[0], 44))
    assert words in text_of(compact_lines(view, 200, 2))
    assert "ticker      -: no evidence yet" in text_of(feed_lines(view.feed, None, 44))


@pytest.mark.parametrize("verdict", [Verdict.SYNCED, Verdict.STALE])
def test_a_ticker_that_contradicts_is_told_with_its_prices_in_the_warning_colour(
    verdict: Verdict, market: FakeMarket
) -> None:
    market.judge(verdict, "the ticker shows another top of the book")
    view = view_of(market)
    depth = replace(
        view.depths[0], ticker_differs=TickerDiffers(2.1, Decimal("65081.1"), Decimal("65081.12")), ticker_age=3.5
    )
    view = replace(view, depths=(depth,))
    words = "differs for 2.1 s: 65,081.10 / 65,081.12"
    for lines in (feed_lines(view.feed, depth, 80), compact_lines(view, 120, 2), health_page(view, 80)):
        assert (words, "warn-text") in [cell for line in lines for cell in line]
        assert not any("evidence" in text or "agree" in text for line in lines for text, _ in line)
    panel = feed_lines(view.feed, depth, SIDEBAR_WIDTH)
    assert len(panel) == FEED_ROWS
    at = next(i for i, line in enumerate(panel) if line[0][0].startswith(" ticker"))
    assert [line[-1] for line in panel[at : at + 2]] == [
        ("differs for 2.1 s:", "warn-text"),
        ("65,081.10 / 65,081.12", "warn-text"),
    ]
    assert max(width_of(line) for line in panel) <= SIDEBAR_WIDTH
    assert (words, "warn-text") in compact_lines(view, 80, 2)[0]


@pytest.mark.parametrize(
    ("ahead", "shown", "compact"),
    [
        (None, "latency     -15 ms   uncorrected", "raw latency -15 ms"),
        (-0.03, "latency     15 ms    corrected", " latency 15 ms"),
        (0.2, "latency     0 ms     corrected", " latency 0 ms"),
    ],
)
def test_latency_is_corrected_for_the_clocks_offset_or_says_that_it_is_not(
    ahead: float | None, shown: str, compact: str, market: FakeMarket
) -> None:
    feed = replace(FEED, latency_ms=-15.0, clock_ahead=ahead)
    view = replace(view_of(market), feed=feed)
    assert shown in text_of(feed_lines(feed, None, 44))
    assert compact in text_of(compact_lines(view, 120, 2))
    assert "uncorrected" not in text_of(compact_lines(view, 120, 2))


def test_the_age_of_the_data_is_told_where_it_is_old_and_where_it_is_not_proved() -> None:
    assert "unproved" not in text_of(feed_lines(FEED, None, 44))
    assert "unproved" not in text_of(feed_lines(replace(FEED, age=None, age_proved=False), None, 44))
    assert "age unproved" in text_of(feed_lines(replace(FEED, age_proved=False), None, 44))
    old = [cell for line in feed_lines(replace(FEED, age=23.0), None, 44) for cell in line]
    assert ("data is 23 s old", "bad-text") in old


def test_tabs_say_more_where_there_is_room(market: FakeMarket) -> None:
    tabs = view_of(market).tabs
    widths = [Widths(12, 10) for _ in tabs]

    def shown(width: int, selected: int = 0) -> str:
        line, _ = tabs_line(tabs, selected, widths, width)
        assert width_of(line) <= width
        return text_of([line])

    assert "spread" in shown(300)
    assert "65,083.66" in shown(200)
    assert "spread" not in shown(200)
    assert "SYNCED" in shown(120)
    assert "65,083.66" not in shown(120)
    assert "gap 0" in shown(80)
    assert "4 SHIB-USD" in shown(80)
    assert "3 ›" in shown(28)
    assert "4 SHIB-USD" in shown(28, selected=3)
    assert "‹ 3" in shown(28, selected=3)


def test_a_tab_says_where_the_numbers_prove_nothing(market: FakeMarket) -> None:
    market.books["BTC-USD"].proof = Proof.PARTIAL
    line, spans = tabs_line(view_of(market).tabs, 0, [Widths(1, 1)] * 4, 200)
    shown = [text_of([line])[span.start : span.end] for span in spans]
    assert "SYNCED  UNPROVED" in shown[0]
    assert not any("UNPROVED" in tab for tab in shown[1:])
    for width in (80, 44):
        narrow = text_of([tabs_line(view_of(market).tabs, 0, [Widths(1, 1)] * 4, width)[0]])
        assert "BTC-USD ●? " in narrow
        assert narrow.count("?") == 1
    assert "▌1●?" in text_of([folded_line(view_of(market), None, 60)])


def test_a_gap_shows_in_the_narrowest_tab(market: FakeMarket) -> None:
    book = market.books["BTC-USD"]
    book.sequence = replace(book.sequence, gaps=3)
    tabs = view_of(market).tabs
    line, spans = tabs_line(tabs, 0, [Widths(1, 1)] * 4, 44)
    assert "gap 3" in text_of([line])
    assert spans[0].product == "BTC-USD"
    assert text_of([line])[spans[0].start : spans[0].end].strip().startswith("▌1 BTC-USD")


@pytest.mark.parametrize("width", [30, 60, 110])
def test_the_help_page_explains_every_key_and_fits(width: int) -> None:
    lines = help_page(width)
    text = text_of(lines)
    assert all(width_of(line) <= width for line in lines)
    assert all(DEFAULT_KEYMAP.name(key.id) in text for key in KEYS)
    for words in ("PRICE", "SIZE", "Σ", "imbalance", "SYNCED", "NO DATA", "gaps", "resyncs", "token", "latency"):
        assert words in text


@pytest.mark.parametrize("width", range(1, 260, 13))
@pytest.mark.parametrize("height", [1, 2, 5, 11, 12, 13, 24, 40, 60, 90])
def test_a_layout_never_asks_for_more_than_there_is(width: int, height: int) -> None:
    for ladders in (1, 2, 4):
        layout = arrange(width, height, ladders, banner=True)
        rows = layout.source + layout.folded + layout.tabs + layout.health_rows + layout.event_rows + layout.keys
        assert rows < height or height == 1
        assert layout.sidebar + layout.tape_column + 40 * layout.ladders <= max(width, 40)


def test_an_incident_keeps_its_mark_and_shows_whether_it_lasts() -> None:
    lasting = EventView(1, 0.0, "warn", "", "gap of 1 before 1,204: requesting a new snapshot", is_open=True)
    healed = EventView(
        2, 0.0, "warn", "", "gap of 1 before 1,204: healed in 141 ms, 3 books", recording="recorded in ~/f"
    )
    news = EventView(3, 0.0, "good", "", "connected")
    for draw in (event_lines, event_column):
        rows = draw((lasting, healed, news), 100, 6, local=False)
        styles = {part[1] for row in rows for part in row if part[0].startswith("gap of 1 before 1,204: requesting")}
        assert styles == {"warn-text"}
        styles = {part[1] for row in rows for part in row if part[0].startswith("gap of 1 before 1,204: healed")}
        assert styles == {"text"}
        assert [part[1] for row in rows for part in row if part[0].startswith("! warn")] == ["warn-text"] * 2
        assert [part[1] for row in rows for part in row if part[0].startswith("\N{BLACK CIRCLE} ok")] == ["strong"]
    assert "3 books; recorded in ~/f" in text_of(event_lines((healed,), 100, 1, local=False))
