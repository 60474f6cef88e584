"""Ways for a screen to break, each with a secret in a local variable and in the exception's text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from depthview.ui.ladder.widget import Ladder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from depthview.ui.app import DepthviewApp
    from depthview.ui.lines import Line

SECRET: Final = "-".join(["MHcCAQEE", "never", "shown"])


def boom(secret: str) -> NoReturn:
    key_material = secret
    raise RuntimeError(f"boom with {key_material}")


def in_worker(app: DepthviewApp, secret: str) -> None:
    async def work() -> None:
        boom(secret)

    app.run_worker(work())


def in_timer(app: DepthviewApp, secret: str) -> None:
    app.set_timer(0.01, lambda: boom(secret))


def in_render(app: DepthviewApp, secret: str) -> None:
    class Brittle(Ladder):
        def lines(self, width: int, height: int) -> Sequence[Line]:
            boom(secret)

    app.screen.mount(Brittle())


def in_message(app: DepthviewApp, secret: str) -> None:
    class Hearing(Ladder):
        def on_ladder_ladder_clicked(self) -> None:
            boom(secret)

    hearing = Hearing()
    app.screen.mount(hearing)
    hearing.post_message(Ladder.LadderClicked("BTC-USD"))


def twice(app: DepthviewApp, secret: str) -> None:
    in_timer(app, secret)
    in_timer(app, secret)
    in_render(app, secret)


def in_the_input_thread(app: DepthviewApp, secret: str) -> None:
    app.panic(f"boom with {secret}")


BREAKS: Final[dict[str, Callable[[DepthviewApp, str], None]]] = {
    "worker": in_worker,
    "timer": in_timer,
    "render": in_render,
    "message": in_message,
    "twice": twice,
    "panic": in_the_input_thread,
}
