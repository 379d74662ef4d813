"""Make docs/pictures again: pages of segkit as Chromium shows them.

    .venv/bin/python -m scripts.pictures            # the chosen ones, into docs/pictures
    .venv/bin/python -m scripts.pictures --all DIR  # every page in every look, in tiles to be read

Needs the extra ``browser``, Chromium and poppler. Pages of data that is not in the repository are
left out where ``../shared/data`` is missing.
"""

from __future__ import annotations

import argparse
import base64
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from segkit.pipeline import Options, run_build
from segkit.report.html.whole_page import render_page
from tests.report.html.browser import DESK, PHONE, Browser, open_browser
from tests.report.html.reports import CASES, project

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
DATA = ROOT.parent / "shared" / "data"  # --data says another folder
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
FILES = {"mall": "Mall_Customers.csv", "retail": "online_retail.parquet"}
MADE = ("two", "twelve", "no_metric", "long_names", "one_big")
LOOKS = ("light", "dark", "phone", "print")
TILE = 1400  # pixels high: what is read at a glance
QUALITY = 72  # of WebP

MOVED = """
const slider = document.querySelectorAll('.cut [type=range]')[0];
slider.value = Number(slider.value) + 1;
slider.dispatchEvent(new Event('input', { bubbles: true }));
"""
UNFOLDED = "for (const e of document.querySelectorAll('details.cube')) e.open = true;"


@dataclass(frozen=True)
class Picture:
    """``of`` are selectors: from the top of the first to the end of the last; the whole without."""

    name: str
    page: str
    look: str = "light"
    of: tuple[str, ...] = ()
    fragment: str = ""
    before: str = ""
    sheets: int = 4  # of paper


CHOSEN: tuple[Picture, ...] = ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", type=Path, metavar="DIR")
    parser.add_argument("--only", nargs="*", default=[], metavar="PAGE")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        pages = made_pages(Path(folder), given.only, given.data)
        if given.all:
            for name, html in pages.items():
                for look in LOOKS:
                    write_tiles(browser, html, look, given.all / name, Path(folder))
            return
        for picture in CHOSEN:
            if picture.page in pages:
                write_picture(browser, pages[picture.page], picture, Path(folder))


def made_pages(folder: Path, only: list[str], data: Path) -> Mapping[str, str]:
    """The pages by name: the example, files that were tried, and made-up reports."""
    wanted = {name for name in ("example", *FILES, *MADE) if not only or name in only}
    pages = {}
    if "example" in wanted:
        copy = folder / "example"
        subprocess.run(["git", "clone", "--quiet", ROOT, copy], check=True)
        pages["example"] = built(copy, AS_OF)
    for name, file in FILES.items():
        if name in wanted and (data / file).is_file():
            tried(data / file, folder / name)
            pages[name] = built(folder / name)
    return pages | {name: render_page(project(CASES[name]())) for name in MADE if name in wanted}


def tried(file: Path, saved: Path) -> None:
    command = ["try", str(file), "--save", str(saved), "--quiet"]
    segkit = "from segkit.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", segkit, *command], check=True, cwd=saved.parent)


def built(directory: Path, as_of: datetime | None = None) -> str:
    result = run_build(Options(directory, as_of=as_of))
    assert result.ok, [each.message for node in result.nodes for each in node.problems]
    return (directory / "target" / "report.html").read_text(encoding="utf-8")


# pictures ----------------------------------------------------------------------------------------


def shown(browser: Browser, html: str, look: str, fragment: str = "") -> None:
    browser.command("Emulation.setScrollbarsHidden", {"hidden": True})
    browser.show(html, fragment, width=PHONE if look == "phone" else DESK, dark=look == "dark")


def write_picture(browser: Browser, html: str, picture: Picture, folder: Path) -> None:
    shown(browser, html, picture.look, picture.fragment)
    browser.run(picture.before)
    if picture.look == "print":
        html = sheets_page(printed(browser, folder, picture.sheets))
        browser.show(html, width=4 * 420 + 60)
    top, bottom = ends(browser, picture.of)
    taken = capture(browser, top, bottom, "webp")
    path = PICTURES / f"{picture.name}.webp"
    path.write_bytes(taken)
    print(f"{path.relative_to(ROOT)}  {len(taken) / 1024:.0f} KB")


def write_tiles(browser: Browser, html: str, look: str, start: Path, folder: Path) -> None:
    """The whole page: a tile a screen, and several beside each other where they are narrow."""
    start.parent.mkdir(parents=True, exist_ok=True)
    shown(browser, html, look)
    browser.run(UNFOLDED)
    if look == "print":
        tiles, beside = printed(browser, folder, 99), 3
    else:
        _, height = ends(browser, ())
        tops = range(0, int(height), TILE)
        tiles = [capture(browser, top, min(top + TILE, height), "png") for top in tops]
        beside = 4 if look == "phone" else 1
    for n in range(0, len(tiles), beside):
        tile = tiles[n]
        if beside > 1:
            browser.show(sheets_page(tiles[n : n + beside]), width=DESK if beside == 3 else 1640)
            tile = capture(browser, *ends(browser, ()), "png")
        start.with_name(f"{start.name}-{look}-{n:02}.png").write_bytes(tile)


def ends(browser: Browser, of: tuple[str, ...]) -> tuple[float, float]:
    """Where the first begins and the last ends; of the whole page without any."""
    if not of:
        return 0, browser.run("return document.documentElement.scrollHeight")
    place = (
        "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [r.top + scrollY, r.bottom + scrollY]"
    )
    return browser.run(place, of[0])[0] - 12, browser.run(place, of[-1])[1] + 12


def capture(browser: Browser, top: float, bottom: float, kind: str) -> bytes:
    width = browser.run("return document.documentElement.clientWidth")
    clip = {"x": 0, "y": top, "width": width, "height": bottom - top, "scale": 1}
    asked = {"format": kind, "clip": clip, "captureBeyondViewport": True}
    if kind == "webp":
        asked["quality"] = QUALITY
    return base64.b64decode(browser.command("Page.captureScreenshot", asked)["data"])


def printed(browser: Browser, folder: Path, sheets: int) -> list[bytes]:
    """The first sheets of A4 as PNG."""
    browser.media("print")
    (folder / "page.pdf").write_bytes(browser.pdf())
    for old in folder.glob("sheet-*.png"):
        old.unlink()
    command = ["pdftoppm", "-png", "-r", "80", "-l", str(sheets), "page.pdf", "sheet"]
    subprocess.run(command, check=True, cwd=folder)
    return [path.read_bytes() for path in sorted(folder.glob("sheet-*.png"))]


def sheets_page(sheets: list[bytes]) -> str:
    """Sheets of paper, or screens of a phone, beside each other."""
    data = (base64.b64encode(sheet).decode() for sheet in sheets)
    images = (f"<img src='data:image/png;base64,{each}'>" for each in data)
    style = "display:flex;gap:10px;margin:10px;background:#888;align-items:start"
    return f"<style>img{{flex:1;min-width:0;max-width:700px}}</style><body style='{style}'>{''.join(images)}"


if __name__ == "__main__":
    main()
