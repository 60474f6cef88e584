"""The token's panel and page as lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from depthview.ui.health import token_brief, token_lines, token_page
from depthview.views.market import Advice, TokenState, TokenView
from tests.ui.conftest import running
from tests.ui.fake_market import FEED, NO_TOKEN, TOKEN, FakeMarket
from tests.ui.test_health import text_of, view_of

REFUSED = replace(
    TOKEN,
    state=TokenState.REFUSED,
    detail="authentication failure",
    suspended=True,
    next_in=4.0,
    backdated=5,
    advice=(
        Advice("this machine's clock is 300 s ahead of the venue's", "set the clock, or --clock-offset auto"),
        Advice("the venue does not know the key", "look at it in the CDP portal"),
    ),
)


def test_a_refused_token_names_the_likeliest_cause_its_cure_and_the_next_try(market: FakeMarket) -> None:
    text = text_of(token_lines(REFUSED, FEED, 60))
    assert "likely: this machine's clock is 300 s ahead" in text
    assert "sending without a token; next try in 0:04" in text
    assert len(token_lines(REFUSED, FEED, 44)) <= 5
    narrow = text_of(token_lines(REFUSED, FEED, 44, "a"))
    assert "… a: more" in narrow
    assert "a: more" not in text_of(token_lines(REFUSED, FEED, 120, "a")), "there is room for all of it"
    page = text_of(token_page(replace(view_of(market), token=REFUSED), 90))
    assert page.index("1. this machine's clock") < page.index("2. the venue does not know the key")
    assert "--clock-offset auto" in page
    assert "nbf is set 5 s back" in page
    assert "messages are sent without a token meanwhile" in page


def test_the_likeliest_cause_is_on_the_page_s_first_rows_and_stays_while_the_next_token_is_tried(
    market: FakeMarket,
) -> None:
    for token in (REFUSED, replace(REFUSED, state=TokenState.SIGNING, detail="", suspended=False)):
        page = token_page(replace(view_of(market), token=token), 72)
        assert "1. this machine's clock is 300 s ahead" in text_of(page[:5])
    accepted = replace(REFUSED, state=TokenState.ACCEPTED, detail="", suspended=False, advice=())
    assert "likely" not in text_of(token_page(replace(view_of(market), token=accepted), 72))


def test_the_page_says_when_the_last_token_was_signed_and_when_the_next_one_goes_out(market: FakeMarket) -> None:
    token = replace(TOKEN, life=115.0, expires_in=81.4, accepted_ago=33.0)
    page = text_of(token_page(replace(view_of(market), token=token), 72))
    assert "115 s, signed 33.6 s ago" in page
    assert "33.0 s ago" in page
    assert "1:01 until it is sent" in page


def test_a_clock_is_shown_when_it_is_off_by_more_than_a_second(market: FakeMarket) -> None:
    off, fine = replace(FEED, clock_ahead=-7.3, clock_uncertainty=0.5), replace(FEED, clock_ahead=0.4)
    assert "clock 7.3 s behind the venue's (±0.5 s)" in text_of(token_lines(TOKEN, off, 70))
    assert "clock" not in text_of(token_lines(TOKEN, fine, 70))
    corrected = replace(off, clock_corrected=True)
    page = text_of(token_page(replace(view_of(market), feed=corrected), 110))
    assert "(±0.5 s), corrected in tokens" in page


def test_an_expired_token_is_no_alarm_and_a_ready_made_one_says_that_it_cannot_be_renewed() -> None:
    expired = token_lines(replace(TOKEN, state=TokenState.EXPIRED, expires_in=-3.0), FEED, 44)[1]
    assert ("EXPIRED", "muted") in expired
    ready = text_of(token_lines(replace(TOKEN, renewable=False, next_in=None), FEED, 60))
    assert "cannot be renewed" in ready


ALARMS = {"bad", "bad-text"}


def _styles(token: TokenView, market: FakeMarket) -> set[str]:
    lines = [*token_lines(token, FEED, 44), *token_page(replace(view_of(market), token=token), 80), token_brief(token)]
    return {style for line in lines for _, style in line}


def test_nothing_is_red_but_a_refusal_and_a_signing_that_failed_when_a_message_was_due(market: FakeMarket) -> None:
    calm = [replace(TOKEN, state=state) for state in TokenState if state is not TokenState.REFUSED]
    calm += [replace(TOKEN, state=TokenState.EXPIRED, expires_in=-900.0, next_in=None, renewable=False), NO_TOKEN]
    for token in calm:
        assert not _styles(token, market) & ALARMS, token.state
    failed = replace(TOKEN, state=TokenState.EXPIRED, expires_in=-1.0, signing_failed=True)
    lines = token_lines(failed, FEED, 44)
    assert (" EXPIRED ", "bad") in lines[1]
    assert "signing failed: messages are sent without a token" in text_of(lines).replace("\n ", " ")
    assert (" EXPIRED ", "bad") in token_brief(failed)
    assert _styles(replace(NO_TOKEN, signing_failed=True), market) & ALARMS


def test_a_key_that_has_signed_nothing_yet_is_not_called_none(market: FakeMarket) -> None:
    waiting = replace(NO_TOKEN, algorithm="ES256", key_tail="c41f")
    assert "none yet: the first message will carry one" in text_of(token_lines(waiting, FEED, 60))
    assert "are sent without" not in text_of(token_page(replace(view_of(market), token=waiting), 80))


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (TokenState.NONE, "none"),
        (TokenState.SIGNING, "signing"),
        (TokenState.ACCEPTED, "accepted"),
        (TokenState.REFUSED, "REFUSED"),
        (TokenState.UNANSWERED, "unanswered"),
        (TokenState.EXPIRED, "EXPIRED"),
    ],
)
def test_each_state_has_its_word_on_panel_line_and_page(market: FakeMarket, state: TokenState, word: str) -> None:
    token = NO_TOKEN if state is TokenState.NONE else replace(TOKEN, state=state)
    for lines in (
        token_lines(token, FEED, 60),
        [token_brief(token)],
        token_page(replace(view_of(market), token=token), 80),
    ):
        assert word in text_of(lines)


async def test_its_key_opens_the_page_and_closes_it(market: FakeMarket) -> None:
    market.token = REFUSED
    async with running(market) as shown:
        await shown.press("a")
        assert len(shown.app.screen_stack) == 2
        await shown.press("a")
        assert len(shown.app.screen_stack) == 1
