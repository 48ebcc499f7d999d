"""A browser, a fresh visitor in it, and the peer that it talks to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.browser.peer import Peer

expect.set_options(timeout=20_000)

ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """One Chromium for a file of tests: while it runs, no other test of its process may run a loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_path), args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Someone who was never here."""
    context = browser.new_context(viewport={"width": 1000, "height": 700}, locale="en-US")
    context.set_default_timeout(30_000)  # of this machine at its busiest; tests wait for far less
    yield context
    context.close()


@pytest.fixture
def tab(visitor: BrowserContext) -> Page:
    """Her first tab; ``problems`` of it are collected by the tests that care."""
    return visitor.new_page()


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A server that answers as it is told."""
    peer = Peer()
    yield peer
    peer.shutdown()
    peer.server_close()
