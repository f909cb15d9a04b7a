"""Whatever a source writes: no row is lost, nothing crashes, and a terminal shows it harmlessly."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from kempt.cli.app import app
from kempt.ledger.database import Database
from kempt.settings import Settings
from tests.conftest import NUMBERS
from tests.e2e.hostile import EVERYTHING
from tests.factory import COLUMNS, MONDAY, Desk, Run, new_desk, person
from tests.installation import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacked:
    """A desk after a run on hostile rows only, and how many there were."""

    desk: Desk
    run: Run
    rows: int


@pytest.fixture(scope="module")
def attacked(database: Database, postgres_home: Settings) -> Attacked:
    """Each value in every field of a CSV row of its own and of a JSON one, keys included; half of them sit twice."""
    desk = new_desk(postgres_home, f"hostile_{next(NUMBERS)}")
    desk.declare("shop", format="jsonl")
    whole = [dict.fromkeys(COLUMNS, value) | {"id": f"{n}{value}"} for n, value in enumerate(EVERYTHING)]
    named = [
        person(f"n{n}", "Lotte", "Immergrün", value, phone=value, title=value) for n, value in enumerate(EVERYTHING)
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=COLUMNS, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows([*whole, *named])
    desk.put("crm", MONDAY, "people.csv", text.getvalue().encode())
    lines = [json.dumps(row) for row in (*whole, *named)]
    lines.append(json.dumps(person("surrogate", "Lo\ud800tte", "\udfff", "lotte@immergruen.example")))
    desk.put("shop", MONDAY, "people.jsonl", "\n".join(lines).encode())
    outcomes = desk.land(MONDAY)
    assert {name: (each.status, each.problem) for name, each in outcomes.items()} == {
        "crm": ("landed", ""),
        "shop": ("landed", ""),
    }
    return Attacked(desk=desk, run=desk.run(whole=True), rows=4 * len(EVERYTHING) + 1)


def test_no_row_is_lost(attacked: Attacked) -> None:
    status = attacked.desk.status()
    ((read,),) = attacked.desk.sql("select sum(rows) from kempt.extract")

    assert read == attacked.rows
    assert status.canonical + status.quarantined == attacked.rows
    assert status.canonical > 0
    assert status.quarantined > 0
    assert status.ledger_ok


@pytest.fixture
def kempt(attacked: Attacked, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("KEMPT_HOME", str(attacked.desk.settings.home))
    monkeypatch.setenv("KEMPT_PROJECT", str(ROOT))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, [*arguments, "--tenant", attacked.desk.name])
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def test_everything_can_be_shown_and_nothing_moves_the_cursor(attacked: Attacked, kempt: Callable[..., str]) -> None:
    items = [item["proposal_id"] for item in json.loads(kempt("review", "list", "-n", "500", "--json"))]
    shown = [kempt("status"), kempt("review", "list"), *(kempt("review", "show", item) for item in items[:20])]

    assert len(items) > 0
    for text in shown:
        assert [char for char in text if not char.isprintable() and char != "\n"] == []
