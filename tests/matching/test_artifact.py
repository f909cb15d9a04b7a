"""A model that was kept is used as it was written, or not at all."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kempt.errors import StopRun
from kempt.matching.artifact import Artifact

TABLE = pa.table(
    {"value": pa.array(["ada", "bo", None], pa.large_string()), "records": pa.array([3, None, 2], pa.int64())}
)


@pytest.fixture
def path(tmp_path):
    Artifact(kind="files", content={"prior": 0.25, "levels": [["same", 0.5]]}, table=TABLE).write(
        tmp_path / "model.json"
    )
    return tmp_path / "model.json"


def test_what_was_written_is_read(path):
    found = Artifact.read(path)

    assert found.content == {"prior": 0.25, "levels": [["same", 0.5]]}
    assert found.table.equals(TABLE)
    assert found.calibration is None
    assert found.version == json.loads(path.read_text())["version"]


def test_the_version_names_every_part():
    made = {"kind": "files", "content": {"prior": 0.25}, "table": TABLE}
    others = [
        {"kind": "person"},
        {"content": {"prior": 0.5}},
        {"table": TABLE.slice(0, 2)},
        {"table": pa.table({"value": TABLE["value"], "records": pa.array([3, None, 4], pa.int64())})},
        {"calibration": {"knots": []}},
        {"report": {"rounds": 3}},
    ]

    versions = {Artifact(**made | other).version for other in ({}, *others)}

    assert len(versions) == 1 + len(others)


def _changed(path, **to):
    path.write_text(json.dumps(json.loads(path.read_text()) | to))


def _another_table(path):
    pq.write_table(TABLE.slice(1), path.with_suffix(".parquet"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: _changed(path, prior=0.5), "was changed after it was written"),
        (lambda path: _changed(path, format=2), "of format 2"),
        (lambda path: path.write_text("{}"), "is no match model"),
        (lambda path: path.write_text("prior: 1"), "is no JSON"),
        (lambda path: path.unlink(), "--model"),
        (lambda path: path.with_suffix(".parquet").unlink(), "copy both files together"),
        (lambda path: path.with_suffix(".parquet").write_text("x"), "cannot be read as Parquet"),
        (_another_table, "is not the table"),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(path, spoil, said):
    spoil(path)

    with pytest.raises(StopRun, match=said):
        Artifact.read(path)
