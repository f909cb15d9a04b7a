"""A home of its own for the web app's tests: its tenants last as long as the session."""

from collections.abc import Callable, Iterator

import pytest

from kempt.ledger.server import ensure_server
from kempt.settings import Settings
from tests.conftest import NUMBERS
from tests.factory import Desk, new_desk
from tests.postgres import empty_home
from tests.web.site import Site, new_site


@pytest.fixture(scope="session")
def web_settings() -> Iterator[Settings]:
    with empty_home() as settings:
        ensure_server(settings)
        yield settings


@pytest.fixture(scope="session")
def open_web_desk(web_settings: Settings) -> Callable[[], Desk]:
    """Opens desks for tenants that no other test uses."""
    return lambda: new_desk(web_settings, f"web_{next(NUMBERS)}")


@pytest.fixture
def site(web_settings: Settings) -> Iterator[Site]:
    """The app with a clock of its own."""
    with new_site(web_settings) as site:
        yield site
