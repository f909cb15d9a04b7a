"""The code location, loaded once."""

import dagster as dg
import pytest


@pytest.fixture(scope="session")
def location(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """All definitions, loaded on a home that holds nothing."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KEMPT_HOME", str(tmp_path_factory.mktemp("home")))
        from orchestration.definitions import defs
    return defs
