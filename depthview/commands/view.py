"""``depthview view`` and ``depthview replay``: a feed and the screen, and what the next session remembers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

from depthview.commands.shutdown import ENDING_SIGNALS, exit_code, print_report, write_dump
from depthview.commands.wiring import Ending, environment, planned, running
from depthview.config.options import (
    ASCII,
    BARS,
    BELL,
    DUST,
    FLASH,
    FORM,
    FPS,
    IMBALANCE,
    LADDERS,
    LARGE,
    REMEMBER,
    SPACING,
    TAPE,
    TAPE_FILTER,
    THEME,
    TIME,
    UNIT,
)
from depthview.config.run_options import LiveSource
from depthview.config.state import keep
from depthview.preferences.display import Arrangement, Choices, Ladders, TimeZone
from depthview.system.event_loop import abandonable, shorten_pauses
from depthview.system.logs import open_log
from depthview.system.paths import config_folder, state_folder
from depthview.ui.screens.start import Welcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from depthview.commands.wiring import Plan
    from depthview.config.load import Configuration
    from depthview.config.run_options import RunOptions
    from depthview.ui.app import DepthviewApp


def opening(configuration: Configuration, *, one_group: bool) -> Arrangement:
    """What the screen begins with.

    Args:
        configuration: The settings in force.
        one_group: Whether one row width was asked for, for all products: it beats those of single ones.
    """
    ladders = configuration.value(LADDERS)
    grid = ladders is Ladders.GRID
    return Arrangement(
        choices=Choices(
            form=configuration.value(FORM),
            spacing=configuration.value(SPACING),
            unit=configuration.value(UNIT),
            bars=configuration.value(BARS),
            flash=configuration.value(FLASH),
            large=configuration.value(LARGE),
            dust=configuration.value(DUST),
            imbalance=configuration.value(IMBALANCE),
        ),
        groups={} if one_group else {**configuration.remembered_groups, **configuration.groups},
        theme=configuration.value(THEME),
        ladders=1 if grid else int(ladders),
        grid=grid,
        tape=configuration.value(TAPE),
        tape_filter=configuration.value(TAPE_FILTER),
    )


def keep_changes(before: Arrangement, after: Arrangement, folder: Path, *, damaged: bool = False) -> bool:
    """Remember what was changed between the two, and nothing else; False where it could not be written down.

    Args:
        before: What the session began with.
        after: What it ended with.
        folder: Of depthview's state.
        damaged: Whether what was remembered could not be read: then it is replaced, so that this is told once.
    """
    first, last = _settings(before), _settings(after)
    values = {name: value for name, value in last.items() if value != first[name]}
    groups = {product: width for product, width in after.groups.items() if before.groups.get(product) != width}
    return keep(folder, values, groups) if values or groups or damaged else True


def _settings(arrangement: Arrangement) -> dict[str, object]:
    return {
        **{choice.name: getattr(arrangement.choices, choice.name) for choice in fields(Choices)},
        THEME.name: arrangement.theme,
        TAPE.name: arrangement.tape,
        TAPE_FILTER.name: arrangement.tape_filter,
        LADDERS.name: Ladders.GRID if arrangement.grid else Ladders(str(arrangement.ladders)),
    }


_MODULES: Final = ("depthview.ui.screens.market", "depthview.ui.titles")
"""What the market's screen takes, and the one that is there at first does not."""


async def run_view(settings: RunOptions, configuration: Configuration) -> int:
    """Show the feed until the user leaves; returns the exit code.

    Args:
        settings: From the command line.
        configuration: How the screen is to be.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    settings = replace(settings, watched=True, flights=configuration.flight_folder)
    open_log(settings.log_file, force=settings.force)
    async with planned(settings, environment(), config_folder()) as plan:
        dump = None
        if settings.dump_book is not None:
            from depthview.commands.book_dump import BookDump

            dump = BookDump(settings.dump_book, force=settings.force, include_untrusted=settings.include_untrusted)
        from depthview.ui.app import DepthviewApp
        from depthview.ui.terminal import CRASHED

        start = opening(configuration, one_group=settings.group is not None)
        app = DepthviewApp(
            Welcome(plan.mode, plan.host, plan.key_source, settings.products),
            fps=configuration.value(FPS),
            local_time=configuration.value(TIME) is TimeZone.LOCAL,
            arrangement=start,
            bell=configuration.value(BELL),
            ascii=configuration.value(ASCII),
            crash_folder=state_folder(),
            keymap=configuration.keymap,
            own_colours=configuration.colors,
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
        damaged = bool(configuration.damage)
        if lasting and not keep_changes(start, app.arrangement, state_folder(), damaged=damaged):
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
