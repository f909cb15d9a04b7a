"""The commands: quick to answer, explained, readable by machines, and clear when something is wrong."""

import csv
import json
import resource
import statistics
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from kempt.cli.app import app
from tests.installation import KEMPT, ROOT, Installation, fresh_installation
from tests.sizes import size
from tests.telling.servers import FakeMailServer

Invoke = Callable[..., Result]


@pytest.fixture
def kempt(demo_home: Installation, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs a command in this process on the demo's installation."""
    return _invoker(demo_home, monkeypatch)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """An installation in which nothing was ever started."""
    with fresh_installation() as installation:
        yield installation


def _invoker(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    monkeypatch.setenv("KEMPT_HOME", str(installation.home))
    monkeypatch.setenv("KEMPT_PROJECT", str(ROOT))
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


def _json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from _commands(child, (*path, name))
    else:
        yield " ".join(path), command


def test_help_answers_at_once() -> None:
    """Processor time, so that a busy machine does not count; a person waits hardly longer."""
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([KEMPT, "--help"], cwd=ROOT, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)

    assert statistics.median(seconds) < 1.0


def test_every_command_and_option_says_what_it_is_for() -> None:
    commands = dict(_commands(typer.main.get_command(app)))

    assert len(commands) >= 20
    assert [name for name, command in commands.items() if not command.help] == []
    silent = {
        f"{name} {parameter.name}"
        for name, command in commands.items()
        for parameter in command.params
        if not getattr(parameter, "help", None) and parameter.name != "help"
    }
    assert silent == set()


def test_machines_can_read_everything_that_is_shown(kempt: Invoke, tmp_path: Path) -> None:
    north = ("--tenant", "northpeak", "--json")
    items = _json(kempt("review", "list", *north))
    shown = _json(kempt("review", "show", items[0]["proposal_id"], *north))
    events = _json(kempt("ledger", "show", items[0]["records"][0], *north))
    _export(tmp_path / "guests.csv")

    assert {each["tenant"] for each in _json(kempt("tenant", "list", "--json"))} >= {"blauwal", "northpeak"}
    assert {each["status"] for each in _json(kempt("source", "list", *north))} == {"landed"}
    assert _json(kempt("status", *north))["tenants"]["northpeak"]["ledger_ok"] is True
    assert shown["evidence"]
    assert [event["seq"] for event in events] == sorted(event["seq"] for event in events)
    assert _json(kempt("ledger", "verify", "--json"))["blauwal"]["ok"] is True
    assert {"autonomy", "hygiene"} <= {each["section"] for each in _json(kempt("policy", "list", "--json"))}
    assert _json(kempt("policy", "test", "--json"))["wrong"] == []
    assert _json(kempt("import", tmp_path / "guests.csv", "--dry-run", "--json"))["found"][0]["object"] == "contact"


def test_people_can_read_it_too(kempt: Invoke) -> None:
    item = _json(kempt("review", "list", "--tenant", "northpeak", "--kind", "merge", "--json"))[0]["proposal_id"]

    for arguments, expected in (
        (("status",), "golden records"),
        (("review", "list", "-t", "northpeak"), item[:8]),
        (("review", "show", item[:13], "-t", "northpeak"), "decided  review by policy"),
        (("source", "list"), "salesforce_contacts"),
        (("tenant", "list"), "blauwal"),
        (("ledger", "verify"), "every one in place"),
        (("policy", "list"), "autonomy"),
        (("model", "list", "-t", "northpeak"), "in force"),
        (("ledger", "list", "-t", "northpeak", "--kind", "proposal_decided"), "proposed by matcher"),
        (("health", "-t", "northpeak"), "source salesforce_contacts"),
        (("digest", "preview", "-t", "northpeak"), "WHAT WAITS"),
        (("digest", "preview", "-t", "northpeak", "--html"), "<!doctype html>"),
        (("feed", "preview", "-t", "northpeak"), "proposals decided by policy"),
        (("feed", "preview", "-t", "northpeak", "--as", "teams"), "AdaptiveCard"),
        (("feed", "send", "-t", "northpeak"), "No channel is known"),
    ):
        result = kempt(*arguments)

        assert result.exit_code == 0, result.output
        assert expected in result.stdout


def test_a_digest_is_sent_for_real_only_when_told_so(kempt: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    north = ("-t", "northpeak")
    assert "Nobody gets the digest" in kempt("digest", "send", *north).stdout
    assert kempt("digest", "subscribe", "ada", "ada@quendel.example", *north).exit_code == 0
    assert "No mail server is known" in kempt("digest", "send", "--for-real", *north).output

    with FakeMailServer() as mail:
        monkeypatch.setenv("KEMPT_SMTP_URL", mail.url)
        monkeypatch.setenv("KEMPT_MAIL_FROM", "kempt@mail.example")
        assert "ada: would get a letter." in kempt("digest", "send", *north).stdout
        assert mail.letters == []
        assert "1 sent, 0 to be tried again." in kempt("digest", "send", "--for-real", *north).stdout
        assert "ada: had this week's." in kempt("digest", "send", "--for-real", *north).stdout

    assert [to for to, _ in mail.letters] == [["ada@quendel.example"]]
    told = _json(kempt("digest", "status", *north, "--json"))
    assert told["sinks"] == ["mail"]
    assert [(each["state"], each["recipient"]) for each in told["messages"]] == [("sent", "ada")]
    assert kempt("digest", "unsubscribe", "ada", *north).exit_code == 0


def test_the_ledger_goes_to_a_file(kempt: Invoke, tmp_path: Path) -> None:
    events = _json(kempt("status", "-t", "northpeak", "--json"))["tenants"]["northpeak"]["events"]

    assert kempt("ledger", "export", "--out", tmp_path / "l.csv", "-t", "northpeak").exit_code == 0
    assert (
        kempt("ledger", "export", "--out", tmp_path / "l.jsonl", "--format", "jsonl", "-t", "northpeak").exit_code == 0
    )

    with (tmp_path / "l.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "l.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len(lines) == events
    assert [int(row["seq"]) for row in rows] == [line["seq"] for line in lines]
    assert "is no format" in kempt("ledger", "export", "--out", "-", "--format", "xml", "-t", "northpeak").output


def test_values_are_masked_until_a_purpose_is_given(kempt: Invoke) -> None:
    tenant = ("--tenant", "blauwal")
    record = _json(kempt("review", "list", *tenant, "--json"))[0]["records"][0]

    masked = _json(kempt("show", record, *tenant, "--json"))
    whole = _json(kempt("show", record, *tenant, "--unmask", "--purpose", "a test", "--by", "ines", "--json"))
    events = _json(kempt("ledger", "show", record, *tenant, "--json"))

    by_name = {cell["attribute"]: cell["value"] for cell in whole["cells"]}
    for cell in masked["cells"]:
        assert "•" in cell["value"] or cell["value"] == by_name[cell["attribute"]]
    assert (masked["masked"], whole["masked"], "•" in str(whole)) == (True, False, False)
    assert [event["by"] for event in events if event["type"] == "values_unmasked.v1"] == ["ines"]
    assert "masked" in kempt("show", record, *tenant).stdout


def test_what_an_erasure_would_take_is_shown_before(kempt: Invoke) -> None:
    tenant = ("--tenant", "blauwal")
    record = _json(kempt("review", "list", *tenant, "--json"))[0]["records"][0]

    plan = _json(kempt("erase", record, *tenant, "--dry-run", "--json"))

    assert plan["erased"] is False
    assert {"raw", "lake", "vault", "evidence"} <= {name for name, held in plan["held"].items() if held}
    assert "Left to you" in kempt("erase", record, *tenant, "--dry-run").stdout
    assert "Would make a new vault key" in kempt("keys", "rotate", *tenant, "--dry-run").stdout
    assert _json(kempt("erase", record, *tenant, "--dry-run", "--json")) == plan


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("show", "zzzz", "-t", "blauwal"), "no entity or record"),
        (("show", "", "-t", "blauwal", "--unmask"), "What for"),
        (("erase", "zzzz", "-t", "blauwal", "--reason", "r"), "no record"),
        (("status", "--tenant", "nobody"), "Tenants: blauwal"),
        (("review", "list"), "--tenant"),
        (("review", "show", "zzzz", "-t", "blauwal"), "kempt review list"),
        (("review", "approve", "zzzz", "-t", "blauwal"), "kempt review list"),
        (("source", "approve", "till", "-t", "blauwal"), "Declared: billing_customers"),
        (("source", "approve", "billing_customers", "-t", "blauwal"), "kempt source list"),
        (("tenant", "add", "No Tenant!"), "small letter"),
        (("import", "/nowhere.csv", "-t", "guests"), "/nowhere.csv"),
        (("rebuild",), "--tenant"),
        (("model", "approve", "ffff", "-t", "northpeak"), "Models: "),
    ],
)
def test_an_error_is_one_message_that_says_what_to_do(kempt: Invoke, arguments: tuple[str, ...], hint: str) -> None:
    result = kempt(*arguments)

    assert result.exit_code == 1
    assert result.stderr.startswith("kempt: ")
    assert hint in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.output


def test_without_a_server_it_says_what_to_start(nowhere: Installation) -> None:
    done = nowhere.kempt("status")

    assert (done.returncode, done.stdout) == (1, "")
    assert "the database is not running: run `kempt up` or `make demo`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_dry_run_writes_nothing_and_starts_nothing(nowhere: Installation, tmp_path: Path) -> None:
    _export(tmp_path / "guests.csv")

    done = nowhere.kempt("import", tmp_path / "guests.csv", "--dry-run")

    assert done.returncode == 0, done.stderr
    assert "Vorname" in done.stdout
    assert not nowhere.home.exists()


def test_a_rebuild_is_shown_first_and_asked_about(kempt: Invoke) -> None:
    before = _json(kempt("status", "-t", "northpeak", "--json"))

    foreseen = _json(kempt("rebuild", "-t", "northpeak", "--dry-run", "--json"))
    shown = kempt("rebuild", "-t", "northpeak", "--dry-run")
    unasked = kempt("rebuild", "-t", "northpeak")

    assert foreseen["person"]["records"] > 100
    assert foreseen["person"]["entities_splitting"] <= foreseen["person"]["records_moved"]
    assert "ids redirected" in shown.stdout
    assert (unasked.exit_code, "Nothing was rebuilt" in unasked.stdout) == (1, True)
    assert _json(kempt("status", "-t", "northpeak", "--json")) == before


def test_a_candidate_is_shown_and_may_be_rejected(kempt: Invoke, tmp_path: Path) -> None:
    before = _json(kempt("status", "-t", "northpeak", "--json"))

    learned = {
        (each["entity_type"], each["state"]): each
        for each in _json(kempt("model", "learn", "-t", "northpeak", "--json"))
    }
    new = next(each["version"] for (_, state), each in learned.items() if state != "in force")
    told = _json(kempt("status", "-t", "northpeak", "--json"))["tenants"]["northpeak"]["model_candidates"]
    differs = kempt("model", "diff", new, "-t", "northpeak", "--json")
    written = kempt("model", "show", new, "-t", "northpeak", "--out", tmp_path / "model.json")

    assert learned["person", "in force"]["records"] > 100
    assert told
    assert isinstance(_json(differs), list)
    assert written.exit_code == 0, written.output
    assert json.loads((tmp_path / "model.json").read_text())["report"]["model"] == new
    for kind in told:
        waiting = next(each["version"] for (of, state), each in learned.items() if of == kind and state != "in force")
        kempt("model", "reject", waiting, "-t", "northpeak")
    assert _json(kempt("status", "-t", "northpeak", "--json")) == before


def test_import_without_consent_leaves_everything_as_it_was(kempt: Invoke, tmp_path: Path) -> None:
    _export(tmp_path / "guests.csv")

    result = kempt("import", tmp_path / "guests.csv", "--tenant", "guests_refused")

    assert result.exit_code == 1
    assert "Nothing was imported" in result.stdout
    assert "guests_refused" not in kempt("tenant", "list").stdout


def test_a_stranger_s_export_becomes_golden_records(demo_home: Installation, kempt: Invoke, tmp_path: Path) -> None:
    """Semicolons, Latin-1, German headers, days first: as a spreadsheet writes it."""
    _export(tmp_path / "guests.csv")

    demo_home.said("import", tmp_path / "guests.csv", "--tenant", "guests", "--yes")

    figures = _json(kempt("status", "--tenant", "guests", "--json"))["tenants"]["guests"]
    assert (figures["raw"], figures["canonical"], figures["quarantined"]) == (3, 3, 0)
    assert (figures["entities"], figures["duplicates"]) == (2, 1)


def _export(path: Path) -> None:
    """Two people in three rows."""
    text = (
        "Kundennr;Vorname;Nachname;E-Mail;Telefon;Straße;PLZ;Ort;Geburtsdatum\n"
        "1;Jürgen;Öhrlein;juergen@oehrlein.example;030 23125011;Am Köllnischen Ufer 3;10179;Berlin;24.12.1971\n"
        "2;Jürgen;Öhrlein;JUERGEN@oehrlein.example;+49 30 23125011;Am Köllnischen Ufer 3;10179;Berlin;24.12.1971\n"
        "3;Änne;Süßmilch;aenne@suessmilch.example;040 66969233;Große Straße 8;20095;Hamburg;03.04.1985\n"
    )
    path.write_bytes(text.encode("latin-1"))


def test_what_policy_decided_it_decides_again(demo_home: Installation) -> None:
    """Up to a thousand recorded decisions of a tenant, from what is kept of each."""
    for tenant in ("northpeak", "blauwal"):
        told = json.loads(demo_home.said("policy", "repeat", "--sample", str(size(1000)), "-t", tenant, "--json"))

        assert told["repeated"] > 20
        assert told["otherwise"] == []
