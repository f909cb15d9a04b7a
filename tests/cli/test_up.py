"""`kempt up` serves until it is ended, and then nothing of it is left."""

import contextlib
import socket
import time
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from tests.installation import Installation, free_port, fresh_installation


@pytest.fixture
def installation() -> Iterator[Installation]:
    with fresh_installation() as installation:
        yield installation


def test_a_taken_port_is_refused_before_anything_starts(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = installation.kempt("up", "--port", str(taken.getsockname()[1]))

    assert done.returncode == 1
    assert "choose another with --port" in done.stderr
    assert not installation.home.exists()


def test_down_from_elsewhere_ends_everything(installation: Installation) -> None:
    port, web_port = free_port(), free_port()
    up = installation.start("up", "--port", str(port), "--web-port", str(web_port))
    wait_for_page(f"http://127.0.0.1:{web_port}/healthz")
    wait_for_page(f"http://127.0.0.1:{port}/server_info")
    family = psutil.Process(up.pid).children(recursive=True)
    server = psutil.Process(int((installation.home / "pg" / "data" / "postmaster.pid").read_text().split()[0]))

    said = installation.said("down")

    assert "Dagster" in said
    assert "PostgreSQL" in said
    assert up.wait(timeout=30) == 0
    assert len(family) >= 4
    assert psutil.wait_procs([*family, server], timeout=10)[1] == []
    assert installation.said("down").strip() == "nothing was running"


def wait_for_page(address: str, seconds: float = 90) -> None:
    """Returns once a page answers; Dagster's does with its code location loaded."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.5)
    raise AssertionError(f"no page at {address} within {seconds} seconds")
