"""How fast a folder of photos becomes a dataset, in what memory, and how fast it is opened again.

The claims, for 20,000 JPEG photos of 640 x 400 as images of 64 x 64: at least 1.6 times as fast on 2 cores
as on one, less than 300 MB of memory beside the array of all images, and a second start that reads the
cache in less than 2 s. Each start is a process of its own, with Keras loaded before the time is taken; one
core and all of them take turns. The photos are a few hundred, copied, so that making them takes no longer
than reading them. Exit code 0 where the claims hold.

    python benchmarks/decoding.py --photos 20000 --rounds 2
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from decoder_search.execution.versions import describe_versions
from encodenet_core.io.machine import available_cores

CLAIMED_RATIO, CLAIMED_BYTES, CLAIMED_SECONDS = 1.6, 300e6, 2.0

SIDE, CLASSES, DIFFERENT = 64, 10, 200


def main() -> None:
    """Make the photos, decode them on one core and on all in turns, then open them from the cache."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        photos = Path(folder) / "photos"
        make_photos(photos, options.photos)
        rounds = [measure(photos, Path(folder) / "cache") for _ in range(options.rounds)]
    one, many, again = (
        min(each, key=lambda run: float(run["seconds"])) for each in zip(*rounds, strict=True)
    )
    ratio = one["seconds"] / many["seconds"]
    beside = max(run["beside"] for _, *runs in rounds for run in runs)
    sys.stdout.write(
        f"{options.photos:,} photos: {one['seconds']:.1f} s on one core, {many['seconds']:.1f} s on "
        f"{available_cores()}: {ratio:.2f} times as fast (claimed: {CLAIMED_RATIO})\n"
        f"beside the array of {many['array'] / 1e6:,.0f} MB: {beside / 1e6:,.0f} MB (claimed: "
        f"{CLAIMED_BYTES / 1e6:.0f})\nfrom the cache: {again['seconds']:.2f} s (claimed: {CLAIMED_SECONDS})\n"
        f"{describe_versions()}\n"
    )
    holds = ratio >= CLAIMED_RATIO and beside < CLAIMED_BYTES and again["seconds"] < CLAIMED_SECONDS
    sys.exit(0 if holds else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument(
        "--folder", type=Path, help="Where the photos are made; else where temporary files are."
    )
    return parser.parse_args()


def make_photos(folder: Path, count: int) -> None:
    """Photos of 640 x 400 in folders of classes; of soft shapes and noise, as large as such photos are."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for number in range(count):
        place = folder / f"class-{number % CLASSES}"
        place.mkdir(parents=True, exist_ok=True)
        if number >= DIFFERENT:
            original = number % DIFFERENT
            shutil.copyfile(
                folder / f"class-{original % CLASSES}" / f"{original}.jpg", place / f"{number}.jpg"
            )
            continue
        shapes = Image.fromarray(random.integers(0, 256, (10, 16, 3), np.uint8)).resize((640, 400))
        noise = random.normal(0, 8, (400, 640, 3))
        pixels = np.clip(np.asarray(shapes) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.jpg", quality=88)


def measure(photos: Path, cache: Path) -> tuple[dict[str, Any], ...]:
    """A start on one core, one on all of them, and one that finds the cache; each with the memory it took."""
    runs = []
    for cores, fresh in ((1, True), (available_cores(), True), (available_cores(), False)):
        if fresh:
            shutil.rmtree(cache, ignore_errors=True)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            runs.append(process.submit(start, photos, cache, cores).result())
        sys.stdout.write(f"{cores} cores, {'decoded' if fresh else 'cached'}: {runs[-1]['seconds']:.2f} s\n")
        sys.stdout.flush()
    return tuple(runs)


def start(photos: Path, cache: Path, cores: int) -> dict[str, Any]:
    """What `encodenet train` does until it has its images: seconds, and bytes beside the array of all."""
    from encodenet_core.cli.session import prepare_environment

    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    prepare_environment()
    from encodenet_core.config import DatasetConfig
    from encodenet_core.images import obtain_whole_dataset
    from encodenet_core.stages.cache import StageCache

    section = DatasetConfig(source=str(photos), image_size=(SIDE, SIDE))
    before = own_memory()
    with watched_memory() as peak:
        started = perf_counter()
        dataset = obtain_whole_dataset(section, 0, StageCache(cache))
        seconds = perf_counter() - started
    splits = [dataset.train, dataset.validation, dataset.test]
    array = sum(split.images.nbytes for split in splits if split is not None)
    return {"seconds": seconds, "array": array, "beside": peak[0] - before - array}


def own_memory() -> int:
    """Bytes of this process that are no pages of files, which the system takes back when it likes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


@contextmanager
def watched_memory() -> Iterator[list[int]]:
    """The most memory of its own that this process has inside the block, looked at every 10 ms."""
    peak, ended = [own_memory()], threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            peak[0] = max(peak[0], own_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


if __name__ == "__main__":
    main()
