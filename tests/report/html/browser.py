"""Pages in a real browser: headless Chromium, which may ask nothing of any network."""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

AXE = "SEGKIT_AXE"  # the path of axe.min.js; .ci/page sets it, and then nothing may be missing
PHONE, DESK = 390, 1280
_HEIGHT = 900
_SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


_SIDEWAYS = """
const root = document.documentElement;
if (root.scrollWidth <= root.clientWidth) return [];
const scrolls = (e) => (
  e && (getComputedStyle(e).overflowX !== 'visible' || scrolls(e.parentElement)));
const sticksOut = (e) => e.getBoundingClientRect().right > root.clientWidth + 1;
const wide = [...document.body.querySelectorAll('*')]
  .filter((e) => sticksOut(e) && !scrolls(e.parentElement))
  .map((e) => e.outerHTML.slice(0, 120));
return [`${root.scrollWidth} px wide`, ...wide.slice(0, 5)];
"""


class Missing(Exception):
    """What the tests need and this machine has not."""


class Browser:
    """One window; ``driver`` is Selenium's."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver = driver
        self.folder = folder
        self.address = ""

    def show(self, html: str, fragment: str = "", *, width: int = DESK, dark: bool = False) -> None:
        """Open the page as the file that it is."""
        path = self.folder / "report.html"
        path.write_text(html, encoding="utf-8")
        self.size(width)
        self.media("screen", dark=dark)
        self.address = path.as_uri()
        self.driver.get("about:blank")  # else another fragment would be no other page
        self.errors()
        self.driver.get_log("performance")
        self.driver.get(self.address + fragment)

    def size(self, width: int, height: int = _HEIGHT) -> None:
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", screen)

    def media(self, media: str, *, dark: bool = False) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", {"media": media, "features": [scheme]})

    def command(self, name: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """One of the browser's own protocol."""
        return self.driver.execute_cdp_cmd(name, dict(parameters or {}))

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def text(self, selector: str) -> str:
        found = self.run("return document.querySelector(arguments[0]).textContent", selector)
        assert isinstance(found, str)
        return found

    def click(self, selector: str) -> None:
        """By the pointer, so also if something lay above it."""
        element = self.driver.find_element("css selector", selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def errors(self) -> list[str]:
        """What the console has said since it was last asked."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked for since the page was opened, but for the page itself."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"].split("#")[0])
        assert self.address in asked, "the log of the network is there"
        return [url for url in asked if url != self.address]

    def axe(self) -> list[str]:
        """What axe-core finds wrong, each with the first element and why."""
        self.run(axe_source())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations))"
        )
        return [
            f"{each['id']}: {node['html'][:160]} {node['failureSummary']}"
            for each in found
            for node in each["nodes"]
        ]

    def sideways(self) -> list[str]:
        """What makes the page scroll sideways: elements that nothing else scrolls."""
        return list(self.run(_SIDEWAYS))

    def pdf(self) -> bytes:
        """The page as it is printed on A4."""
        sheet = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True}
        return base64.b64decode(self.command("Page.printToPDF", sheet)["data"])


def axe_source() -> str:
    path = os.environ.get(AXE)
    if not path:
        raise Missing(f"axe-core is not there: {AXE} names no axe.min.js (.ci/page fetches it)")
    return Path(path).read_text(encoding="utf-8")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Yield a browser with a profile of its own, which goes with it."""
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        raise Missing("selenium is not installed (the extra 'browser')") from None
    found = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(found):
        raise Missing("Chromium is not installed (.ci/page installs it)")
    with tempfile.TemporaryDirectory() as folder:
        options = webdriver.ChromeOptions()
        options.binary_location = str(found[0])
        for switch in (*_SWITCHES, f"--user-data-dir={folder}/profile"):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options, Service(str(found[1])))
        driver.set_script_timeout(60)
        try:
            yield Browser(driver, Path(folder))
        finally:
            driver.quit()
