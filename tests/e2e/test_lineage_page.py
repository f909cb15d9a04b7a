"""Dagster's page in a real browser: the lineage reads from extracts to marts."""

import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import psutil
import pytest

from tests.e2e.homes import ROOT

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < deadline, f"{url} did not answer within {seconds} s"
            time.sleep(0.5)


@pytest.mark.timeout(400)
def test_the_lineage_shows_every_stage_and_ctrl_c_ends_everything(demo_home):
    chromium = shutil.which("chromium")
    assert chromium, "this test needs Chromium: apt-get install -y chromium"
    port = free_port()
    served = subprocess.Popen(
        demo_home.command("up", "--port", str(port)), env=demo_home.environment, cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/server_info", 120)
        text = page_text(chromium, f"http://127.0.0.1:{port}/asset-groups")
        asset = page_text(chromium, f"http://127.0.0.1:{port}/assets/kempt/golden_records")
        family = psutil.Process(served.pid).children(recursive=True)
    finally:
        served.send_signal(signal.SIGINT)
        served.wait(timeout=60)

    for group in (
        "extracts",
        "staging",
        "canonical",
        "matching",
        "identity",
        "golden",
        "enrichment",
        "hygiene",
        "proposals",
        "marts",
    ):
        assert group in text, group
    assert "Success" in asset or "Latest materialization" in asset
    assert "golden_records" in asset
    gone, alive = psutil.wait_procs(family, timeout=15)
    assert [each.name() for each in alive] == []


def page_text(chromium: str, url: str) -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.goto(url, timeout=90_000)
        page.wait_for_load_state("networkidle", timeout=90_000)
        page.wait_for_timeout(3_000)
        text = page.inner_text("body")
        browser.close()
    return text
