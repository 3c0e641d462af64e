"""Work outside the interpreter: other threads go on, and an interrupt is heard."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from assetdiff import AssetGraph, diff


def graph(version: str, count: int) -> bytes:
    assets = ",".join('{"key":["%d"],"code_version":{"version":"%s"}}' % (n, version) for n in range(count))
    return ('{"format_version":"1.0","assets":[%s]}' % assets).encode()


def test_threads_compare_the_same_graphs_at_once():
    base, head = AssetGraph.from_json(graph("1", 2_000)), AssetGraph.from_json(graph("2", 2_000))
    expected = diff(base, head).to_json()
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda _: diff(base, head).to_json(), range(32)))
    assert set(results) == {expected}


@pytest.fixture(scope="module")
def large():
    base, head = (AssetGraph.from_json(graph(version, 100_000)) for version in "12")
    return base, head, diff(base, head), base.to_snapshot()


@pytest.mark.parametrize(
    "work",
    [
        lambda base, head, changes, snapshot: AssetGraph.from_json(graph("1", 200_000)),
        lambda base, head, changes, snapshot: base.to_json(),
        lambda base, head, changes, snapshot: base.to_snapshot(),
        lambda base, head, changes, snapshot: snapshot.to_json(),
        lambda base, head, changes, snapshot: snapshot == head.to_snapshot(),
        lambda base, head, changes, snapshot: changes.invert(),
        lambda base, head, changes, snapshot: changes.apply(base),
        lambda base, head, changes, snapshot: changes.to_json(),
    ],
    ids=["from_json", "to_json", "to_snapshot", "snapshot_to_json", "equal", "invert", "apply", "changes_to_json"],
)
def test_other_threads_run_meanwhile(work, large):
    done, beats = threading.Event(), 0
    worker = threading.Thread(target=lambda: (work(*large), done.set()))
    worker.start()
    while not done.is_set():
        time.sleep(0.001)
        beats += 1
    worker.join()
    # With the interpreter held there would be one or two.
    assert beats > 10


INTERRUPTED = """
import sys
from assetdiff import AssetGraph
text = ('{"format_version":"1.0","assets":[' + ','.join('{"key":["%d"]}' % n for n in range(3_000_000)) + ']}').encode()
print("ready", flush=True)
try:
    AssetGraph.from_json(text)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_a_long_call_is_interrupted():
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    process.kill()
    process.wait()
