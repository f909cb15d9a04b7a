import pytest

from kempt.matching.kernel import library


@pytest.fixture(params=["_plain", "_fast"], autouse=True)
def build(request, monkeypatch):
    """Every test runs on both builds of the library."""
    load = library.load
    if request.param == "_fast" and not load("_plain").kernel_fast_build_runs():
        pytest.skip("this processor does not run the fast build")
    monkeypatch.setattr(library, "load", lambda _: load(request.param))
    library.library.cache_clear()
    yield request.param
    library.library.cache_clear()
