"""A file is the old one or the new one, whatever fails while it is written."""

from pathlib import Path

import pytest

from kempt.whole_file import copy_whole, write_whole
from tests.disk_faults import faults_in, full_disk


def test_whatever_fails_there_is_the_old_content_or_the_new_one_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_text("old")

    def whole() -> None:
        assert path.read_text() in ("old", "new")
        assert [each.name for each in tmp_path.iterdir()] == ["note"]
        path.write_text("old")

    assert faults_in(lambda: write_whole(path, "new"), whole) == 3  # content, name, folder
    assert path.read_text() == "new"


def test_on_a_full_disk_the_old_content_stays(tmp_path: Path) -> None:
    path, source = tmp_path / "note", tmp_path / "source"
    path.write_text("old")
    source.write_text("new" * 1000)

    for write in (lambda: write_whole(path, "new" * 1000), lambda: copy_whole(source, path)):
        with full_disk(1000), pytest.raises(OSError, match="File too large"):
            write()
        assert path.read_text() == "old"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["note", "source"]
        write()
        assert path.read_text() == source.read_text()
        path.write_text("old")


def test_a_secret_is_nobody_else_s_from_the_beginning(tmp_path: Path) -> None:
    write_whole(tmp_path / "key", b"secret", mode=0o600)

    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
