"""The declarations of the demo tenants fit the files that the sample writes for them."""

from pathlib import Path

import pytest

from kempt.records.mapping import load_declarations
from kempt.sample.sources import SOURCES

DECLARATIONS = Path(__file__).parents[2] / "sources"


@pytest.mark.parametrize("tenant", ["northpeak", "blauwal"])
def test_every_source_is_declared_with_columns_that_its_files_have(tenant: str) -> None:
    declared = {declaration.source: declaration for declaration in load_declarations([DECLARATIONS], tenant)}

    assert {*declared} == {source.name for source in SOURCES}
    for source in SOURCES:
        declaration = declared[source.name]
        assert (declaration.system, declaration.object) == (source.system, source.object)
        assert {*declaration.needed_columns} <= {*source.columns}
        assert (declaration.mode == "snapshot") == source.every_row
        assert declaration.derived_key == (not source.key)
