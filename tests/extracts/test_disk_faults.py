"""A disk that fails while a source is landed: what has a manifest is whole, and the next landing lands it."""

from collections.abc import Callable

import duckdb
import pytest

from kempt.extracts.landed import read_manifest
from tests.disk_faults import faults_in, full_disk
from tests.extracts.desk import Desk

ROWS = 4000


def filled(desk: Desk) -> Desk:
    lines = (f"{number},{number * 2654435761 % 2**32:08x}@quendel.example" for number in range(ROWS))
    desk.put("people.csv", "id,email\n" + "\n".join(lines) + "\n,nobody@quendel.example\n")
    return desk


def seen(desk: Desk) -> int:
    """Extracts that can be seen, each read in full; nothing half-written lies beside them."""
    found = [read_manifest(path) for path in desk.raw.rglob("*.manifest.json")]
    for landed in found:
        assert landed is not None
        assert (len(desk.rows(landed)), len(desk.quarantine(landed))) == (ROWS, 1)
    assert not list(desk.raw.rglob(".*"))
    return len(found)


def test_whatever_call_fails_what_can_be_seen_is_whole(new_desk: Callable[[], Desk]) -> None:
    desk, extracts = filled(new_desk()), []

    def land() -> None:
        nonlocal desk
        # What is there is not written again, so each fault meets a desk of its own.
        desk = filled(new_desk())
        extracts.append(desk.land().extract_id)

    def afterwards() -> None:
        assert seen(desk) in (0, 1)
        extracts.append(desk.land().extract_id)
        assert seen(desk) == 1

    # Three files with their names, and the folder before the manifest and after it with the two above.
    assert faults_in(land, afterwards) == 10
    assert len(set(extracts)) == 1


@pytest.mark.parametrize("room", [0, 300, 2_000, 20_000])
def test_on_a_full_disk_nothing_is_seen_and_the_next_landing_is_whole(new_desk: Callable[[], Desk], room: int) -> None:
    desk = filled(new_desk())

    with full_disk(room), pytest.raises((OSError, duckdb.Error)):
        desk.land()

    assert seen(desk) == 0
    desk.land()
    assert seen(desk) == 1
