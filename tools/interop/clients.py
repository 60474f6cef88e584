"""The third-party clients, and an environment for each: made once, in a folder that git ignores.

A driver in ``drivers/`` runs in its client's environment and uses the client as it is. It prints ``ready`` when the
client is imported, reads one line of JSON and prints one:

* read: ``url`` and ``rest`` (addresses of the exchange), ``key_file``, ``products``, ``seconds`` (how long the market
  must be seen to move), ``patience`` (seconds at most), ``refused`` (whether the key is expected to be refused);
* printed: ``books`` (``{product: {"bids": [[price, size], ...], "asks": ...}}``, best first), ``channels`` (messages
  by the channel on them), ``refusals`` (what the client was told), ``seconds`` (from the first book message to the
  last).
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from depthview.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable

_DRIVERS: Final = Path(__file__).parent / "drivers"
_TICKERS: Final = frozenset({"l2_data", "market_trades", "ticker", "ticker_batch"})
_ALL: Final = _TICKERS | {"candles", "heartbeats", "status", "subscriptions"}


@dataclass(frozen=True)
class Client:
    """A third-party client library."""

    name: str
    """As its registry has it."""
    version: str
    driver: str
    """File name."""
    channels: frozenset[str]
    """That it must have understood, as they are called on frames."""
    is_exact: bool = True
    """Whether it keeps prices and sizes as they are written; else as floats."""

    @property
    def is_node(self) -> bool:
        """Whether it runs on Node.js and not on Python."""
        return self.driver.endswith(".mjs")

    def folder(self, cache: Path) -> Path:
        """Of its environment."""
        return cache / f"{self.name}-{self.version}"

    def is_made(self, cache: Path) -> bool:
        """Whether the environment is there and whole."""
        return (self.folder(cache) / "made").is_file()

    def steps(self, cache: Path) -> list[list[str]]:
        """The commands that make the environment."""
        folder = self.folder(cache)
        if self.is_node:
            quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
            return [["npm", "install", *quiet, "--prefix", str(folder), f"{self.name}@{self.version}"]]
        install = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", f"{self.name}=={self.version}"]
        return [[sys.executable, "-m", "venv", str(folder)], [str(folder / "bin" / "python"), *install]]

    def command(self, cache: Path) -> list[str]:
        """The driver in the environment."""
        folder, driver = self.folder(cache), str(_DRIVERS / self.driver)
        return ["node", driver, str(folder)] if self.is_node else [str(folder / "bin" / "python"), driver]


CLIENTS: Final = (
    Client("coinbase-advanced-py", "1.8.4", "sdk.py", _ALL),
    Client("ccxt", "4.5.90", "ccxt_pro.py", _TICKERS, is_exact=False),
    Client("coinbase-api", "1.2.6", "coinbase_api.mjs", _ALL),
)


def make(clients: Iterable[Client], cache: Path, within: float | None = None) -> dict[str, str]:
    """Make the environments that are not there yet, side by side.

    Args:
        clients: Whose.
        cache: Folder for all of them.
        within: Seconds for all; None for as long as it takes.

    Returns:
        By the client's name why one could not be made; it is begun anew the next time.
    """
    clock = SystemClock()
    deadline = math.inf if within is None else clock.monotonic() + within

    def made(client: Client) -> str:
        folder = client.folder(cache)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for step in client.steps(cache):
            if reason := _run(step, deadline - clock.monotonic()):
                return reason
        (folder / "made").touch()
        return ""

    missing = [client for client in clients if not client.is_made(cache)]
    with ThreadPoolExecutor(max_workers=len(missing) or 1) as pool:
        reasons = dict(zip((client.name for client in missing), pool.map(made, missing), strict=True))
    return {name: reason for name, reason in reasons.items() if reason}


def _run(step: list[str], seconds: float) -> str:
    """Why a command failed; empty when it did not."""
    try:
        # A group of its own, so that what it starts ends with it.
        process = subprocess.Popen(
            step, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    except FileNotFoundError:
        return f"{step[0]} is not installed"
    try:
        _, told = process.communicate(timeout=None if math.isinf(seconds) else max(0.0, seconds))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "its environment was not made in time"
    if not process.returncode:
        return ""
    lines = told.decode(errors="replace").strip().splitlines()
    return f"{Path(step[0]).name} failed ({process.returncode}): {lines[-1] if lines else 'no word why'}"
