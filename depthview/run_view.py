"""``view`` and ``replay``: a feed and the screen."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

from depthview.auth.arguments import config_folder
from depthview.commands.shutdown import ENDING_SIGNALS, exit_code, print_report, write_dump
from depthview.compose import Ending, environment, planned, running, user_state_dir
from depthview.config.load import flight_folder_of
from depthview.config.opening import keep_changes, opening
from depthview.config.options import ASCII, BELL, FPS, REMEMBER, TIME, LiveSource, TimeZone
from depthview.system.event_loop import abandonable, shorten_pauses
from depthview.system.logs import open_log
from depthview.ui.screens.start import Welcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.compose import Plan
    from depthview.config.load import Configuration
    from depthview.config.options import Settings
    from depthview.ui.app import DepthviewApp

_MODULES: Final = ("depthview.ui.screens.market", "depthview.ui.app")
"""What the market's screen takes, and the one that is there at first does not."""


async def run_view(settings: Settings, configuration: Configuration) -> int:
    """Show the feed until the user leaves; returns the exit code.

    Args:
        settings: From the command line.
        configuration: How the screen is to be.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    settings = replace(settings, watched=True, flights=flight_folder_of(configuration))
    open_log(settings.log_file, force=settings.force)
    async with planned(settings, environment(), config_folder()) as plan:
        dump = None
        if settings.dump_book is not None:
            from depthview.stream import BookDump

            dump = BookDump(settings.dump_book, force=settings.force, include_untrusted=settings.include_untrusted)
        from depthview.ui.app import CRASHED, DepthviewApp

        start = opening(configuration, one_group=settings.group is not None)
        app = DepthviewApp(
            Welcome(plan.mode, plan.host, plan.key_source, settings.products),
            fps=configuration.value(FPS),
            local_time=configuration.value(TIME) is TimeZone.LOCAL,
            arrangement=start,
            bell=configuration.value(BELL),
            ascii=configuration.value(ASCII),
            crash_folder=user_state_dir(),
            keymap=configuration.keymap,
            own_colours=configuration.colours,
            notice=configuration.notice,
        )
        loop = asyncio.get_running_loop()
        for number in ENDING_SIGNALS:
            loop.add_signal_handler(number, app.exit, None, 128 + number)
        ending, wiring = Ending(), None
        async with _on_screen(app) as screen:
            if await _loaded(plan, app, screen) or dump is not None or settings.report:
                wiring = await plan.wire()
                wiring.attend()
                app.show(wiring.views)
                async with running(wiring) as (_, ending):
                    shorten_pauses()
                    await screen
                    if app.return_code == CRASHED:
                        wiring.crashed("the screen failed by a fault of depthview's")
        # A demo or a replay is looked at once: it leaves the next live session as it was.
        lasting = configuration.value(REMEMBER) and isinstance(settings.source, LiveSource)
        damaged = bool(configuration.notice)
        if lasting and not keep_changes(start, app.arrangement, user_state_dir(), damaged=damaged):
            logging.getLogger("depthview").warning("how the screen was left cannot be remembered")
        if dump is not None and wiring is not None:
            write_dump(dump, wiring.session)
        if settings.report and wiring is not None:
            print_report(wiring)
    # The screen that told of a feed's end is gone: say it once more.
    return app.return_code or exit_code(ending)


@asynccontextmanager
async def _on_screen(app: DepthviewApp) -> AsyncIterator[asyncio.Task[None]]:
    """The application as a task, which is over when the context is left: the terminal is the shell's again by then."""
    screen = asyncio.create_task(app.run_async(), name="depthview-screen")
    try:
        yield screen
    finally:
        if not screen.done():
            app.exit()
            await screen


def _load(plan: Plan) -> None:
    for module in _MODULES:
        import_module(module)
    plan.load()


async def _loaded(plan: Plan, app: DepthviewApp, screen: asyncio.Task[None]) -> bool:
    """Import what the market takes, once there is something to look at; False where the user has left meanwhile.

    In a thread, so that keys are answered, and not before the first paint, whose processor it would take.
    """

    async def work() -> None:
        await app.painted.wait()
        await abandonable(partial(_load, plan))

    loading = asyncio.create_task(work(), name="depthview-loading")
    await asyncio.wait((loading, screen), return_when=asyncio.FIRST_COMPLETED)
    if not loading.done():
        loading.cancel()
        return False
    loading.result()
    return not screen.done()
