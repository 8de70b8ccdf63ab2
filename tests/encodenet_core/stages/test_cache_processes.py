"""Processes that want the same stage, are killed at it, or prune it meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROCESSES = """
import os, signal, sys, time
from pathlib import Path
from encodenet_core.stages.upkeep import prune_cache, read_cache, verify_cache
from encodenet_core.stages.cache import Stage, StageCache

root, counter = Path(sys.argv[1]), Path(sys.argv[2])

def start(seconds):
    '''A process of its own that wants the stage; its exit status is 0 if it got it whole.'''
    def build(folder):
        checkpoint = folder / "checkpoint"
        found = sorted(path.name for path in folder.rglob("*"))
        checkpoint.mkdir(exist_ok=True)
        (checkpoint / "epoch.txt").write_text("37")
        (folder / "first.txt").write_text("1")
        with counter.open("a") as file:
            file.write(f"built on {found}\\n")
        time.sleep(seconds)
        (folder / "second.txt").write_text("2")

    process = os.fork()
    if process == 0:
        folder = StageCache(root).obtain(Stage("dataset", 1), {"seed": 1}, build)
        names = [path.name for path in sorted(folder.iterdir())]
        os._exit(0 if names == ["first.txt", "manifest.json", "second.txt"] else 1)
    return process

def look():
    '''What lies in the cache, and what pruning all of it spares.'''
    print([entry.state for entry in read_cache(root)], [e.state for e in prune_cache(root, 0).busy])

killed = start(600)
while not counter.exists():
    time.sleep(0.01)
look()
os.kill(killed, signal.SIGKILL)
os.waitpid(killed, 0)
print([entry.state for entry in read_cache(root)])
print([os.waitpid(process, 0)[1] for process in [start(0.5), start(0.5)]])
print(len(os.listdir(root)), [damage for _, damage in verify_cache(root)])

def repeat(act):
    '''A process of its own that does the same for a second; its exit status is 0 if it always succeeded.'''
    process = os.fork()
    if process == 0:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            act()
        os._exit(0)
    return process

def use():
    '''Fails where the stage is gone, or half there, before its files are opened.'''
    def build(folder):
        (folder / "first.txt").write_text("1")
        (folder / "second.txt").write_text("1")
        with (root.parent / "builds").open("a") as file:
            file.write("built\\n")

    cache = StageCache(root)
    folder = cache.obtain(Stage("dataset", 1), {"seed": 2}, build)
    assert (folder / "first.txt").read_text() == (folder / "second.txt").read_text() == "1"

def verify():
    assert [damage for _, damage in verify_cache(root) if damage] == []

crowd = [repeat(act) for act in (use, use, lambda: prune_cache(root, 0), verify)]
print([os.waitpid(process, 0)[1] for process in crowd], (root.parent / "builds").stat().st_size > 12)
"""


def test_processes_that_want_a_stage_are_killed_at_it_or_prune_it_get_along(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    command = [sys.executable, "-c", PROCESSES, str(tmp_path / "cache"), str(counter)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    while_built, after_the_kill, statuses, left, crowd = ended.stdout.splitlines()
    assert while_built == "['partial'] ['partial']", "pruning spares what is being built"
    assert after_the_kill == "['partial']"
    assert statuses == "[0, 0]"
    assert counter.read_text().splitlines() == ["built on []", "built on ['checkpoint', 'epoch.txt']"]
    assert left == "1 [None]", "the stage without its lock, and undamaged"
    assert crowd == "[0, 0, 0, 0] True", "used, pruned, built again and verified at the same time"
