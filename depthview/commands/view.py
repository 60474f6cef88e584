"""``depthview view`` and ``depthview replay``: a feed with the screen, and what the next session remembers."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

from depthview.commands.book_dump import open_dump
from depthview.commands.running import RunOutcome, running
from depthview.commands.shutdown import ENDING_SIGNALS, exit_code, print_report
from depthview.commands.wiring import planned
from depthview.config import options as table
from depthview.config.run_options import LiveSource
from depthview.config.state import save_state
from depthview.preferences.display import Arrangement, Choices, Ladders, TimeZone
from depthview.system.event_loop import in_daemon_thread, tune_gc
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


def initial_arrangement(configuration: Configuration, *, one_group: bool) -> Arrangement:
    """How the screen starts.

    Args:
        configuration: In force.
        one_group: Whether ``--group`` gives one row width for all products, which overrides those of single products.
    """
    ladders = configuration.value(table.LADDERS)
    grid = ladders is Ladders.GRID
    return Arrangement(
        choices=Choices(
            form=configuration.value(table.FORM),
            spacing=configuration.value(table.SPACING),
            unit=configuration.value(table.UNIT),
            bars=configuration.value(table.BARS),
            flash=configuration.value(table.FLASH),
            large=configuration.value(table.LARGE),
            dust=configuration.value(table.DUST),
            imbalance=configuration.value(table.IMBALANCE),
        ),
        groups={} if one_group else {**configuration.remembered_groups, **configuration.groups},
        theme=configuration.value(table.THEME),
        ladders=1 if grid else int(ladders),
        grid=grid,
        tape=configuration.value(table.TAPE),
        tape_filter=configuration.value(table.TAPE_FILTER),
    )


def save_changes(before: Arrangement, after: Arrangement, folder: Path, *, damaged: bool = False) -> bool:
    """Remember what differs between the two, and nothing else; False if it could not be written.

    Args:
        before: How the session started.
        after: How it ended.
        folder: The state folder.
        damaged: Whether what was remembered could not be read: it is replaced then, so that this is reported once.
    """
    first, last = _settings(before), _settings(after)
    values = {name: value for name, value in last.items() if value != first[name]}
    groups = {product: width for product, width in after.groups.items() if before.groups.get(product) != width}
    return save_state(folder, values, groups) if values or groups or damaged else True


def _settings(arrangement: Arrangement) -> dict[str, object]:
    return {
        **{choice.name: getattr(arrangement.choices, choice.name) for choice in fields(Choices)},
        table.THEME.name: arrangement.theme,
        table.TAPE.name: arrangement.tape,
        table.TAPE_FILTER.name: arrangement.tape_filter,
        table.LADDERS.name: Ladders.GRID if arrangement.grid else Ladders(str(arrangement.ladders)),
    }


_MODULES: Final = ("depthview.ui.screens.market", "depthview.ui.titles")
"""What the screen of the market imports and the start screen does not."""


async def run_view(options: RunOptions, configuration: Configuration) -> int:
    """Show the feed until the user leaves; returns the exit code.

    Args:
        options: From the command line.
        configuration: The settings of the screen.

    Raises:
        DepthviewError: An option cannot be followed, or the feed has failed.
    """
    options = replace(options, watched=True, flights=configuration.flight_folder)
    open_log(options.log_file, force=options.force)
    async with planned(options, os.environ, config_folder()) as plan:
        dump = open_dump(options)
        from depthview.ui.app import DepthviewApp
        from depthview.ui.terminal import CRASHED

        start = initial_arrangement(configuration, one_group=options.group is not None)
        app = DepthviewApp(
            Welcome(plan.mode, plan.host, plan.key_source, options.products),
            fps=configuration.value(table.FPS),
            local_time=configuration.value(table.TIME) is TimeZone.LOCAL,
            arrangement=start,
            bell=configuration.value(table.BELL),
            ascii=configuration.value(table.ASCII),
            crash_folder=state_folder(),
            keymap=configuration.keymap,
            own_colours=configuration.colors,
            notice=configuration.notice,
        )
        loop = asyncio.get_running_loop()
        for number in ENDING_SIGNALS:
            loop.add_signal_handler(number, app.exit, None, 128 + number)
        outcome, wiring = RunOutcome(), None
        async with _on_screen(app) as screen:
            if await _loaded(plan, app, screen) or dump is not None or options.report:
                wiring = await plan.wire()
                wiring.attend()
                app.show(wiring.views)
                async with running(wiring) as (_, outcome):
                    tune_gc()
                    await screen
                    if app.return_code == CRASHED:
                        wiring.crashed("internal error in the screen")
        # A demo or a replay does not change what the next live session remembers.
        lasting = configuration.value(table.REMEMBER) and isinstance(options.source, LiveSource)
        damaged = bool(configuration.damage)
        if lasting and not save_changes(start, app.arrangement, state_folder(), damaged=damaged):
            logging.getLogger("depthview").warning("the state of the screen could not be saved")
        if dump is not None and wiring is not None:
            dump.write(wiring.session)
        if options.report and wiring is not None:
            print_report(wiring)
    # The screen that said why the feed ended is gone: say it again.
    return app.return_code or exit_code(outcome)


@asynccontextmanager
async def _on_screen(app: DepthviewApp) -> AsyncIterator[asyncio.Task[None]]:
    """The application as a task, which has ended when the context ends: the terminal is restored by then."""
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
    """Import what the market needs, after the first paint; False if the user has left meanwhile.

    In a thread, so that keys are answered, and not earlier, because it would delay the first paint.
    """

    async def work() -> None:
        await app.painted.wait()
        await in_daemon_thread(partial(_load, plan))

    loading = asyncio.create_task(work(), name="depthview-loading")
    await asyncio.wait((loading, screen), return_when=asyncio.FIRST_COMPLETED)
    if not loading.done():
        loading.cancel()
        return False
    loading.result()
    return not screen.done()
