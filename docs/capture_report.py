"""Make docs/images/report.png: the report of a real study as a browser shows it, on a desk and on a phone.

    python docs/capture_report.py STUDY --results results

Needs Chromium on the PATH and the packages of the extra `dev`. The study must be there; the picture in the
README is of `decoder-search run digits --trials 40`.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

TARGET = Path(__file__).with_name("images") / "report.png"
HEIGHT, DESK, PHONE, GAP = 1500, 940, 390, 24


def main() -> None:
    """Write the report of a study and take its picture."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study")
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "decoder_search.cli", "report", options.study]
            + ["--results", str(options.results), "--output", str(page)],
            check=True,
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            desk = capture(browser, page, DESK, "light", "winner")
            phone = capture(browser, page, PHONE, "dark", "elbow")
            browser.close()
    picture = Image.new("RGB", (DESK + GAP + PHONE, HEIGHT), "white")
    picture.paste(desk, (0, 0))
    picture.paste(phone, (DESK + GAP, 0))
    TARGET.parent.mkdir(exist_ok=True)
    picture.quantize(256, dither=Image.Dither.NONE).save(TARGET, optimize=True)
    sys.stdout.write(f"{TARGET}: {TARGET.stat().st_size / 1e3:.0f} kB\n")


def capture(browser: Any, page: Path, width: int, scheme: Any, first: str) -> Image.Image:
    """The page from the heading of a section on, as wide and as high as the picture shows it."""
    viewport = {"width": width, "height": HEIGHT}
    tab = browser.new_context(viewport=viewport, color_scheme=scheme).new_page()
    tab.goto(page.as_uri())
    tab.locator(f"#{first}").evaluate("(heading) => heading.scrollIntoView()")
    return Image.open(io.BytesIO(tab.screenshot())).convert("RGB")


if __name__ == "__main__":
    main()
