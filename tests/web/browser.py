"""Debian's Chromium on the served app: contexts that are signed in, and what went wrong in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.web.site import Site, served

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass(slots=True)
class Stage:
    """A browser, and the app that it finds at an address."""

    site: Site
    browser: Browser
    url: str
    _open: list[BrowserContext] = field(default_factory=list)

    def page(self, account: str | None = None, **options: Any) -> Page:
        """A page in a context of its own, signed in if an account is named."""
        context = self.browser.new_context(base_url=self.url, viewport=options.pop("viewport", WIDE), **options)
        context.set_default_timeout(20_000)
        self._open.append(context)
        if account is not None:
            token = self.site.signed_in(account).token
            context.add_cookies([{"name": "kempt", "value": token, "url": self.url}])
        return context.new_page()

    def tidy(self) -> None:
        """Closes what was opened."""
        while self._open:
            self._open.pop().close()


@contextmanager
def staged(site: Site) -> Iterator[Stage]:
    with served(site) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        try:
            yield Stage(site, browser, url)
        finally:
            browser.close()


def complaints(page: Page) -> list[str]:
    """What the browser says went wrong from now on: errors of scripts, and what the content policy stopped."""
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda problem: heard.append(str(problem)))
    return heard
