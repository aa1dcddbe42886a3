"""Pages as a person's browser shows them: a real Chromium, which nobody sees, and what it has to say of a page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str | None:
    """Where the browser is; None where there is none. Playwright's own one is never asked for: it is a download."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started(path: str) -> Iterator[Browser]:
    """The browser at a path, until it is left."""
    with sync_playwright() as playwright:
        # Without a sandbox, for a root user, as CI is, can have none.
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@contextmanager
def visited(browser: Browser, path: Path, link: str = "", **context: Any) -> Iterator[Page]:
    """A page opened from a file. Whoever leaves it has seen that it asked for nothing else and said no error.

    Parameters
    ----------
    browser : Browser
    path : Path
    link : str
        What follows the file in its address, such as "#claim".
    context
        As for `Browser.new_context`: viewport, color_scheme, java_script_enabled, ...
    """
    address = path.resolve().as_uri()
    told: list[str] = []
    visit = browser.new_context(**context)
    page = visit.new_page()
    page.on("request", lambda request: told.append(f"request: {request.url}"))
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"exception: {error}"))
    page.goto(address + link)
    yield page
    visit.close()
    told = [one for one in told if one.split("#")[0].split("?")[0] != f"request: {address}"]
    assert not told, "\n".join(told)


def violations(page: Page) -> list[str]:
    """What axe-core finds on a page that somebody who cannot see, or has no mouse, could not use: one line each."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:200]} {node['failureSummary']}" for one in found for node in one["nodes"]]


def overflow(page: Page) -> list[str]:
    """The elements that make a page wider than its window, so that it scrolls to the side; none if it does not."""
    return page.evaluate(
        """() => {
            const wide = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= wide) return [];
            return [...document.querySelectorAll("body *")]
                .filter(one => one.getBoundingClientRect().right > wide + 1)
                .map(one => `${one.tagName}.${one.className}: ${one.getBoundingClientRect().right} > ${wide}`);
        }"""
    )
