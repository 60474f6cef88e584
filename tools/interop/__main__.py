"""Third-party clients on ``depthview exchange``: their books against its own, and a wrong key in each."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from depthview.exchange.keys import make_key, write_key_file
from tools.interop.clients import CLIENTS, make
from tools.interop.judgement import complaints, refusal_complaints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.interop.clients import Client
    from tools.interop.judgement import Answer

PRODUCTS: Final = ("BTC-USD", "ETH-USD", "XLM-EUR")
_SECONDS: Final = 10.0
"""In which a client must see the market move."""
_SPARE_SECONDS: Final = 15.0
"""More, for connecting on a busy machine."""
_PATIENCE: Final = 90.0


def main(argv: Sequence[str] | None = None, clients: Sequence[Client] = CLIENTS) -> int:
    """Run all clients that can be had.

    Returns:
        0 when every client agrees with the exchange, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.interop", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(".interop"), help="folder of the clients' environments")
    parser.add_argument(
        "--within",
        type=float,
        metavar="SECONDS",
        help="leave out, and say so, clients whose environment cannot be made in so long (default: that is a failure)",
    )
    args = parser.parse_args(argv)
    cache = args.cache.resolve()
    missing = make(clients, cache, args.within)
    for name, reason in missing.items():
        _say(f"{name}: NOT RUN: {reason}")
    at_hand = [client for client in clients if client.name not in missing]
    is_fine = not missing or args.within is not None
    if at_hand:
        with TemporaryDirectory() as folder:
            is_fine &= _run_all(at_hand, cache, Path(folder))
    return 0 if is_fine else 1


def _run_all(clients: Sequence[Client], cache: Path, folder: Path) -> bool:
    """Whether every client has true books with a good key, and is refused with a wrong one."""
    good, wrong, truth = folder / "good.json", folder / "wrong.json", folder / "truth.json"
    drivers = [_Driver(client, cache) for client in clients]
    with _exchange(good, truth) as url:
        kept = _answers(drivers, url, good, refused=False)
        name = json.loads(good.read_text())["name"]
        write_key_file(wrong, replace(make_key(), name=name))
        refused = _answers([_Driver(client, cache) for client in clients], url, wrong, refused=True)
    books = json.loads(truth.read_text())
    is_fine = True
    for client, answer, refusal in zip(clients, kept, refused, strict=True):
        found = [*complaints(client, answer, books, _SECONDS), *refusal_complaints(refusal)]
        is_fine &= not found
        _say(f"{client.name} {client.version}: " + ("; ".join(found) or _summary(answer, refusal)))
    return is_fine


def _summary(answer: Answer, refusal: Answer) -> str:
    levels = sum(len(side) for book in answer["books"].values() for side in book.values())
    return (
        f"{sum(answer['channels'].values()):,} messages of {len(answer['channels'])} channels, books moved for "
        f"{answer['seconds']:.1f} s, all {levels:,} levels of {len(answer['books'])} books equal; "
        f"wrong key: {' / '.join(dict.fromkeys(refusal['refusals']))}"
    )


class _Driver:
    """A client's driver as a process; it imports the client at once and waits for its order."""

    def __init__(self, client: Client, cache: Path) -> None:
        self._process = subprocess.Popen(
            client.command(cache), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def is_ready(self) -> bool:
        """Wait until the client is imported; False where it cannot be."""
        assert self._process.stdout is not None
        return self._process.stdout.readline() == "ready\n"

    def send(self, order: dict[str, Any]) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Answer:
        """What it tells at its end."""
        try:
            told, errors = self._process.communicate(timeout=_PATIENCE + 30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            told, errors = self._process.communicate()
        if self._process.returncode or not told:
            lines = errors.strip().splitlines()
            return {"failure": f"the driver ended with {self._process.returncode}: {lines[-1] if lines else ''}"}
        answer: Answer = json.loads(told.splitlines()[-1])
        return answer


def _answers(drivers: Sequence[_Driver], url: str, key_file: Path, *, refused: bool) -> list[Answer]:
    order = {"url": url, "rest": url.replace("ws://", "http://"), "key_file": str(key_file), "products": PRODUCTS}
    for driver in drivers:
        if driver.is_ready():
            driver.send(order | {"seconds": _SECONDS, "patience": _PATIENCE, "refused": refused})
    return [driver.answer() for driver in drivers]


@contextmanager
def _exchange(key_file: Path, truth: Path) -> Iterator[str]:
    """The address of ``depthview exchange``, whose market stops after a while; its books are written at the end."""
    quiet = ["--quiet-after", str(_SECONDS + _SPARE_SECONDS), "--truth", str(truth)]
    command = [sys.executable, "-m", "depthview", "exchange", "--products", ",".join(PRODUCTS), *quiet]
    with subprocess.Popen([*command, "--key-out", str(key_file)], text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _say(line: str) -> None:
    print(f"interop: {line}", flush=True)  # noqa: T201  # what was asked for


if __name__ == "__main__":
    sys.exit(main())
