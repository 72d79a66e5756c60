"""Chromium for tests: found or missed loudly, started with a fresh profile, watched for faults."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, Response, WebError, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is installed: the shell is the same engine without the windows of a whole browser, for half the work."""
INSTALL = "apt-get install -y chromium-headless-shell"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = (1280, 900)
PHONE = (390, 844)
ZONE = "Europe/Dublin"
_OF_A_PAGE = "Failed to load resource"
"""Chromium's line for any answer of 400 or more; what is not a page is caught by its response."""


def find_chromium() -> str | None:
    """The path of an installed Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def running_chromium(path: str) -> Iterator[Browser]:
    """A headless Chromium whose profile is made for this run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


def new_context(
    browser: Browser, base_url: str, *, size: tuple[int, int] = WIDE, scheme: str = "light", script: bool = True,
    zone: str = ZONE,
) -> BrowserContext:  # fmt: skip
    """A browser of somebody's own: no cookie shared with the others."""
    context = browser.new_context(
        base_url=base_url, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale="en-GB",  # type: ignore[arg-type]
        java_script_enabled=script, reduced_motion="reduce", timezone_id=zone,
    )  # fmt: skip
    context.set_default_timeout(10_000)
    return context


@dataclass
class Watch:
    """What went wrong in a browser while nobody looked: errors of the console, policy, other hosts, broken files."""

    host: str
    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_OF_A_PAGE):
            self.faults.append(f"console {message.type}: {message.text} at {message.location.get('url')}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"script error: {error.error}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.faults.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        wanted = response.request.resource_type
        if response.status >= 500 or (response.status >= 400 and wanted not in ("document", "fetch", "xhr")):
            self.faults.append(f"{response.status} for {wanted} {response.url}")
