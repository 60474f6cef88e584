"""The demo opens no socket but on loopback. (The viewer's is watched in every test of test_view.py.)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.processes import Bench


def test_the_demo_stream_stays_here_whatever_proxies_there_are(bench: Bench) -> None:
    # Longer than the two seconds after which the product list is asked for.
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "wss_proxy"), "http://192.0.2.1:3128")
    done = bench.run("stream", "--demo", "--for", "2.8", "--every", "60", "--depth", "1", env=proxies)
    assert done.code == 0
    assert {sample["verdict"] for sample in done.samples} == {"SYNCED"}
    connects = [line for line in done.sockets if "socket.connect" in line]
    assert len(connects) == 3  # the feed, and the product list: spot and futures
    assert len(set(connects)) == 1
    assert connects[0].startswith("allowed socket.connect ('127.0.0.1', ")
