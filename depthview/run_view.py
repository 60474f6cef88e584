"""``view`` and ``replay``: a feed and the screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from depthview.auth.options import config_folder
from depthview.compose import environment, running, user_state_dir, wired
from depthview.logs import open_log
from depthview.run_stream import ENDING_SIGNALS, exit_code, print_report, write_dump
from depthview.stream import BookDump

if TYPE_CHECKING:
    from depthview.settings import Settings


async def run_view(settings: Settings, *, local_time: bool) -> int:
    """Show the feed until the user leaves; returns the exit code.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    open_log(settings.log_file, force=settings.force)
    async with wired(settings, environment(), config_folder()) as wiring:
        dump = None
        if settings.dump_book is not None:
            dump = BookDump(settings.dump_book, force=settings.force, include_untrusted=settings.include_untrusted)
        from depthview.ui.app import DepthviewApp

        app = DepthviewApp(
            wiring.views,
            fps=settings.fps,
            local_time=local_time,
            bell=settings.bell,
            crash_folder=user_state_dir(),
        )
        loop = asyncio.get_running_loop()
        for number in ENDING_SIGNALS:
            loop.add_signal_handler(number, app.exit, None, 128 + number)
        async with running(wiring) as (_, ending):
            await app.run_async()
        if dump is not None:
            write_dump(dump, wiring.session)
        if settings.report:
            print_report(wiring)
    # The screen that told of a feed's end is gone: say it once more.
    return app.return_code or exit_code(ending)
