"""The page that shows what came from what, in a browser; and Ctrl-C, after which nothing of it runs."""

import shutil
import signal
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.cli.test_up import wait_for_page
from tests.installation import Installation, free_port

CHROMIUM = "/usr/bin/chromium"
OFF = ("background-networking", "component-update", "gpu", "quic", "sync")
FLAGS = ["--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in OFF)]


@pytest.fixture(scope="module")
def port(demo_home: Installation) -> Iterator[int]:
    """`kempt up` on the demo, ended as a person ends it; none of its processes outlives that."""
    number = free_port()
    up = demo_home.start("up", "--port", str(number), "--web-port", str(free_port()))
    wait_for_page(f"http://127.0.0.1:{number}/server_info")
    family = psutil.Process(up.pid).children(recursive=True)
    yield number
    up.send_signal(signal.SIGINT)
    assert up.wait(timeout=90) == 0
    assert psutil.wait_procs(family, timeout=30)[1] == []


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    assert shutil.which(CHROMIUM), "the browser is missing: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport={"width": 1800, "height": 1200})
        browser.close()


def test_the_asset_graph_shows_groups_and_assets(port: int, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{port}/asset-groups")

    for group in ("extracts", "staging", "canonical", "matching", "identity", "golden", "proposals", "marts"):
        page.get_by_text(group, exact=True).first.wait_for(timeout=60_000)


def test_an_asset_s_own_lineage_shows_its_neighbours(port: int, page: Page) -> None:
    for asset, neighbour in (("golden_records", "crosswalk"), ("review_queue", "proposals")):
        page.goto(f"http://127.0.0.1:{port}/assets/kempt/{asset}?view=lineage")

        page.get_by_text(asset, exact=True).first.wait_for(timeout=60_000)
        page.get_by_text(neighbour, exact=True).first.wait_for(timeout=60_000)
