"""A crash tells where, and nothing of what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.ui.app import DepthviewApp, crash_report
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    import pytest

    from depthview.view import MarketView, ViewRequest

SECRET = "-".join(["MHcCAQEE", "never", "shown"])


class Broken(FakeMarket):
    def view(self, request: ViewRequest) -> MarketView:
        key_material = SECRET
        raise RuntimeError(f"boom with {key_material}")


async def test_a_crash_prints_places_and_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    app = DepthviewApp(Broken(), fps=0)
    await app.run_async(headless=True, size=(80, 24))
    printed = capsys.readouterr()
    assert app.return_code == 1
    assert "RuntimeError" in printed.err
    assert "in view" in printed.err
    assert SECRET not in printed.err + printed.out
    assert "boom" not in printed.err + printed.out


def test_a_report_without_an_exception_still_says_something() -> None:
    assert crash_report(None) == "depthview stopped by a fault of its own"
