"""The token's panel and page as lines."""

from __future__ import annotations

from dataclasses import replace

from depthview.ui.token import token_lines, token_page
from depthview.view import Advice, TokenState
from tests.ui.conftest import running
from tests.ui.fake_market import FEED, TOKEN, FakeMarket
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
    assert "without a token now; next one tried in 0:04" in text
    assert len(token_lines(REFUSED, FEED, 44)) <= 5
    page = text_of(token_page(replace(view_of(market), token=REFUSED), 90))
    assert page.index("1. this machine's clock") < page.index("2. the venue does not know the key")
    assert "--clock-offset auto" in page
    assert "nbf is set 5 s back" in page
    assert "messages go without a token meanwhile" in page


def test_a_clock_is_shown_when_it_is_off_by_more_than_a_second(market: FakeMarket) -> None:
    off, fine = replace(FEED, clock_ahead=-7.3, clock_uncertainty=0.5), replace(FEED, clock_ahead=0.4)
    assert "clock 7.3 s behind the venue's, give or take 0.5 s" in text_of(token_lines(TOKEN, off, 70))
    assert "clock" not in text_of(token_lines(TOKEN, fine, 70))
    corrected = replace(off, clock_corrected=True)
    page = text_of(token_page(replace(view_of(market), feed=corrected), 110))
    assert "and signed for with the venue's time" in page


def test_an_expired_token_is_no_alarm_and_a_ready_made_one_says_that_it_cannot_be_renewed() -> None:
    expired = token_lines(replace(TOKEN, expires_in=-3.0), FEED, 44)[1]
    assert ("EXPIRED", "muted") in expired
    ready = text_of(token_lines(replace(TOKEN, renewable=False, next_in=None), FEED, 60))
    assert "nothing can renew it" in ready


async def test_its_key_opens_the_page_and_closes_it(market: FakeMarket) -> None:
    market.token = REFUSED
    async with running(market) as shown:
        await shown.press("a")
        assert len(shown.app.screen_stack) == 2
        await shown.press("a")
        assert len(shown.app.screen_stack) == 1
