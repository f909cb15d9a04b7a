"""What waits in the drop folder, by day."""

from kempt.extracts.find import waiting_files
from tests.extracts.desk import Desk, declared


def waiting(desk: Desk, path: str) -> dict[str, list[str]]:
    found = waiting_files(declared(path), desk.drop)
    return {day: [file.relative_to(desk.drop).as_posix() for file in files] for day, files in found}


def test_files_are_found_by_day_wherever_the_day_stands(desk: Desk):
    for name in ("crm/2024-03-02/p-1.csv", "crm/2024-03-01/p-1.csv", "crm/2024-03-01/p-2.csv"):
        desk.put(name, "x")
    desk.put("crm/people_2024-03-05.csv", "x")

    assert waiting(desk, "crm/{day}/p-*.csv") == {
        "2024-03-01": ["crm/2024-03-01/p-1.csv", "crm/2024-03-01/p-2.csv"], "2024-03-02": ["crm/2024-03-02/p-1.csv"],
    }  # fmt: skip
    assert waiting(desk, "crm/*_{day}.csv") == {"2024-03-05": ["crm/people_2024-03-05.csv"]}


def test_a_database_waits_for_nothing(desk: Desk):
    read = {"kind": "sql", "url": "sqlite:///{drop}/crm.db", "table": "people"}
    assert not list(waiting_files(declared(read=read), desk.drop))
