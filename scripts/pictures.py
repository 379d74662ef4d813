"""Make docs/pictures again: pages of segkit as Chromium shows them.

    .venv/bin/python -m scripts.pictures            # the chosen ones, into docs/pictures
    .venv/bin/python -m scripts.pictures --all DIR  # every page in every look, in tiles to be read

Needs the extra ``browser``, Chromium and poppler. Pages of data that is not in the repository are
left out where ``../shared/data`` is missing.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from segkit.pipeline import Options, run_build
from segkit.report.html.whole_page import render_page
from tests.report.html.browser import DESK, PHONE, Browser, open_browser
from tests.report.html.reports import CASES, project

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
DATA = ROOT.parent / "shared" / "data"  # --data says another folder
# The example, and with the price test of docs/experiments.md, which is over at its second build.
BUILT = {
    "example": (datetime(2026, 1, 1, tzinfo=UTC),),
    "price": (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)),
}
FILES = {"mall": "Mall_Customers.csv", "retail": "online_retail.parquet"}
MADE = ("two", "twelve", "no_metric", "long_names", "one_big")
PAGES = (*BUILT, *FILES, *MADE)
LOOKS = ("light", "dark", "phone", "print")
TILE = 1400  # pixels high: what is read at a glance
BESIDE = 4  # screens of a phone, or sheets
QUALITY, SCALE = 60, 0.8  # of WebP

MOVED = """
const slider = document.querySelector('.cut [type=range]');
slider.value = Number(slider.value) + 1;
slider.dispatchEvent(new Event('input', { bubbles: true }));
"""
ASKED = """
const field = document.querySelectorAll('.customer [type=number]')[1];
field.value = 9;
field.dispatchEvent(new Event('input', { bubbles: true }));
"""
# Two parts of a long page; its metric is of 90 days, of which there are no more so late.
CHANGES = """
const kept = ['changed', 'experiments'];
for (const part of document.querySelectorAll('header, .sticky, footer, main section[id]')) {
  if (!kept.includes(part.id) && !part.closest('#changed, #experiments')) part.remove();
}
"""
UNFOLDED = "for (const e of document.querySelectorAll('details.cube')) e.open = true;"


@dataclass(frozen=True)
class Picture:
    """``of`` are selectors: from the top of the first to the end of the last, of a page in a look.

    Of a phone and of paper a few screens or sheets are shown beside each other.
    """

    name: str
    page: str
    look: str = "light"
    of: tuple[str, ...] = ("body", "#who")
    fragment: str = ""
    before: str = ""


# The first screens in light, from the rules on in dark, phones and paper; of the example more.
EVERY = {"light": ("body", "#who"), "dark": ("#rules", "#differ"), "phone": (), "print": ()}
PRICE = dict.fromkeys(("light", "dark"), ("#changed", "#experiments"))
CHOSEN = (
    *(
        Picture(f"{page}-{look}", page, look, of)
        for page in PAGES
        if page != "price"
        for look, of in EVERY.items()
    ),
    *(
        Picture(f"price-{look}", "price", look, PRICE.get(look, ()), before=CHANGES)
        for look in LOOKS
    ),
    Picture("what-if", "example", of=("#what-if",), before=MOVED),
    Picture("rules", "example", of=("#rules",), before=ASKED),
    Picture("segment", "example", of=("#rules", "#map"), fragment="#segment=C"),
    Picture("trust", "example", of=(".cube", "#trust"), before=UNFOLDED),
)
HIGHEST = 1900  # pixels of a picture; what is below is cut off


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", type=Path, metavar="DIR")
    parser.add_argument("--only", nargs="*", default=[], metavar="PAGE")
    parser.add_argument("--pages", type=Path, metavar="DIR", help="where pages are kept, or found")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        wanted = [name for name in PAGES if not given.only or name in given.only]
        pages = made_pages(given.pages or Path(folder), wanted, given.data)
        if given.all:
            for name, html in pages.items():
                for look in LOOKS:
                    write_tiles(browser, html, look, given.all / name, Path(folder))
            return
        for picture in CHOSEN:
            if picture.page in pages:
                write_picture(browser, pages[picture.page], picture, Path(folder))


def made_pages(folder: Path, wanted: list[str], data: Path) -> Mapping[str, str]:
    """The pages by name: the example, files that were tried, and made-up reports."""
    pages = {}
    for name in wanted:
        kept, directory = folder / f"{name}.html", folder / name
        if name in MADE:
            pages[name] = render_page(project(CASES[name]()))
            continue
        if not kept.is_file():
            if name in BUILT:
                subprocess.run(["git", "clone", "--quiet", ROOT, directory], check=True)
                if name == "price":
                    shutil.copytree(ROOT / "docs/price_test", directory, dirs_exist_ok=True)
            elif (data / FILES[name]).is_file():
                tried(data / FILES[name], directory)
            else:
                continue
            kept.write_text(built(directory, BUILT.get(name, (None,))), "utf-8")
        pages[name] = kept.read_text("utf-8")
    return pages


def tried(file: Path, saved: Path) -> None:
    command = ["try", str(file), "--save", str(saved), "--quiet"]
    segkit = "from segkit.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", segkit, *command], check=True, cwd=saved.parent)


def built(directory: Path, times: Sequence[datetime | None]) -> str:
    for time in times:
        result = run_build(Options(directory, as_of=time))
        assert result.ok, [each.message for node in result.nodes for each in node.problems]
    return (directory / "target" / "report.html").read_text(encoding="utf-8")


# pictures ----------------------------------------------------------------------------------------


def shown(browser: Browser, html: str, look: str, fragment: str = "") -> None:
    browser.command("Emulation.setScrollbarsHidden", {"hidden": True})
    browser.show(html, fragment, width=PHONE if look == "phone" else DESK, dark=look == "dark")


def write_picture(browser: Browser, html: str, picture: Picture, folder: Path) -> None:
    shown(browser, html, picture.look, picture.fragment)
    browser.run(picture.before)
    if picture.look in ("phone", "print"):
        shown_first = 3 if picture.look == "print" else BESIDE  # paper has smaller letters
        tiles = tiles_of(browser, picture.look, folder)[:shown_first]
        width = 1500 if picture.look == "print" else DESK
        browser.show(sheets_page(tiles, width // shown_first), width=width)
        picture = replace(picture, of=("body",))
    # what sticks to the window would lie over the picture
    browser.run("for (const e of document.querySelectorAll('.sticky')) e.style.position = 'static'")
    missing = "return !arguments[0].every((each) => document.querySelector(each))"
    if browser.run(missing, list(picture.of)):  # a page of one feature has no map
        picture = replace(picture, of=picture.of[:1])
    top, bottom = ends(browser, picture.of)
    taken = capture(browser, top, min(bottom, top + HIGHEST), "webp")
    path = PICTURES / f"{picture.name}.webp"
    path.write_bytes(taken)
    print(f"{path.relative_to(ROOT)}  {len(taken) / 1024:.0f} KB")


def tiles_of(browser: Browser, look: str, folder: Path) -> list[bytes]:
    """The whole page that is shown, a screen or a sheet each, as PNG."""
    if look == "print":
        return printed(browser, folder)
    _, height = ends(browser, ())
    tops = range(0, int(height), TILE)
    return [capture(browser, top, min(top + TILE, height), "png") for top in tops]


def write_tiles(browser: Browser, html: str, look: str, start: Path, folder: Path) -> None:
    start.parent.mkdir(parents=True, exist_ok=True)
    shown(browser, html, look)
    browser.run(UNFOLDED)
    tiles, beside = tiles_of(browser, look, folder), BESIDE if look in ("phone", "print") else 1
    for n in range(0, len(tiles), beside):
        tile = tiles[n]
        if beside > 1:
            browser.show(sheets_page(tiles[n : n + beside], 1640 // beside), width=1640)
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
    scale = SCALE if kind == "webp" else 1
    clip = {"x": 0, "y": max(top, 0), "width": width, "height": bottom - top, "scale": scale}
    asked = {"format": kind, "clip": clip, "captureBeyondViewport": True}
    if kind == "webp":
        asked["quality"] = QUALITY
    return base64.b64decode(browser.command("Page.captureScreenshot", asked)["data"])


def printed(browser: Browser, folder: Path) -> list[bytes]:
    """The sheets of A4 as PNG."""
    browser.media("print")
    (folder / "page.pdf").write_bytes(browser.pdf())
    for old in folder.glob("sheet-*.png"):
        old.unlink()
    command = ["pdftoppm", "-png", "-r", "80", "page.pdf", "sheet"]
    subprocess.run(command, check=True, cwd=folder)
    return [path.read_bytes() for path in sorted(folder.glob("sheet-*.png"))]


def sheets_page(sheets: list[bytes], widest: int) -> str:
    """Sheets of paper, or screens of a phone, beside each other, each so wide at most."""
    data = (base64.b64encode(sheet).decode() for sheet in sheets)
    images = (f"<img src='data:image/png;base64,{each}'>" for each in data)
    body = "body{display:flex;gap:10px;margin:10px;background:#888;align-items:start}"
    return f"<style>{body}img{{flex:1;min-width:0;max-width:{widest}px}}</style>{''.join(images)}"


if __name__ == "__main__":
    main()
