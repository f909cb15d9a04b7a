"""The pages say what the product has: commands, rules, keys, variables; and what they name is there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml

from kempt.cli.app import app
from kempt.extracts.detect import parse_maps
from kempt.matching.conditions import COMPARATORS
from kempt.policy.autonomy import AutonomyPolicy
from kempt.policy.cases import Cases
from kempt.policy.conditions import When
from kempt.policy.survivorship import Strategy
from kempt.records.declared import Declared, Defaults, Deleted, FieldMapping, FileFormat, FileRead, SqlRead
from kempt.records.mapping import load_declaration
from kempt.records.model import FIELDS
from kempt.strict_yaml import parse

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
TEXT = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
DOCS = "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md")))
# What a person reaches by a command or a schedule. The other files of usecases/ are parts of these.
VERBS = (
    "accounts", "add_tenant", "agents", "apply_decided", "approve_source", "as_of", "ask_providers",
    "assign_identity", "audit", "batches", "canonicalize", "cell_history", "change_feed", "check_hygiene",
    "claim_items", "cluster", "compose", "constraints", "decide", "digest", "entity_view", "erase", "export_labels",
    "fill_vault", "gate", "health", "identity_feed", "import_files", "inbox", "land", "mailboxes", "match",
    "match_files", "members", "models", "open_link", "outbox", "override", "policy_audit", "policy_backtest",
    "policy_drift", "policy_explain", "policy_life", "policy_switch", "prepare_sample", "preview", "propose",
    "publish", "question", "rebuild_matches", "reconcile", "record_view", "replay", "review", "rotate_keys", "route",
    "saved_views", "search", "settle", "sign_checkpoint", "standardize", "status", "trace", "unmerge", "values",
    "withdraw",
)  # fmt: skip
PARTS = (
    "about_records", "agent_batches", "answer_cache", "claim_values", "cluster_graph", "cluster_rows",
    "consequences", "consistency", "constraint_rows", "decision_rows", "digest_facts", "digest_letter",
    "divergence", "edits", "foresee", "gaps", "golden_rows", "health_days", "id_starts", "identity_rows",
    "index_records", "judge", "lease", "ledger_folds", "match_asked", "match_by_policy", "match_delimited",
    "match_frozen", "match_ids", "match_input", "match_learn", "match_lines", "match_notes", "match_parquet",
    "match_part", "match_progress", "match_workbook", "match_write", "membership", "merge_proposals", "outstanding",
    "override_rows", "parted", "past_values", "pin_policies", "ping_pong", "policy_budget", "policy_gate",
    "policy_named", "policy_shadow", "policy_versions", "queue_figures", "raw_rows", "record_proposals", "reopen",
    "sessions", "side_by_side", "standardize_value", "standing", "tenancy", "timeline", "today", "unmerge_items",
    "unmerge_plan", "unmerge_sides", "waiting",
)  # fmt: skip


def commands() -> Iterator[tuple[str, Any]]:
    """Every command a person can type, with what Click knows of it."""
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        below = getattr(command, "commands", None)
        yield from ((f"{name} {sub}", each) for sub, each in below.items()) if below else ((name, command),)


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT[page], re.M | re.S)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_has_a_row(name: str) -> None:
    assert re.search(rf"^\| `kempt {name}[ `]", TEXT["cli.md"], re.M), f"docs/cli.md says nothing of `kempt {name}`"


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_option_stands_in_the_row_of_its_command(name: str, command: Any) -> None:
    row = "".join(line for line in TEXT["cli.md"].splitlines() if re.match(rf"\| `kempt {name}[ `]", line))
    for parameter in command.params:
        flags = [flag for flag in (*parameter.opts, *parameter.secondary_opts) if flag.startswith("-")]
        assert not flags or parameter.name == "help" or any(flag in row for flag in flags), f"{name}: {flags[0]}"


def test_no_command_is_made_up() -> None:
    known = {name for name, _ in commands()}
    groups = {name.split()[0] for name in known if " " in name}
    for page, text in TEXT.items():
        for first, second in re.findall(r"(?:^\$ |`)kempt ([a-z-]+)(?: ([a-z-]+))?", text, re.M):
            named = f"{first} {second}" if first in groups and second else first
            assert named in known | groups, f"{page}: there is no `kempt {named}`"


def test_every_use_case_is_a_verb_or_a_part_and_every_verb_is_explained() -> None:
    files = {path.stem for path in (ROOT / "kempt" / "usecases").glob("*.py")} - {"__init__"}
    assert files == {*VERBS, *PARTS}, "sort the new use case into VERBS (and docs/cli.md) or PARTS"
    silent = [verb for verb in VERBS if f"`{verb}`" not in TEXT["cli.md"]]
    assert not silent, f"docs/cli.md does not name {silent}"


def keys_of(*models: Any) -> list[str]:
    return sorted({info.alias or name for model in models for name, info in model.model_fields.items()})


@pytest.mark.parametrize("key", keys_of(When))
def test_every_condition_of_autonomy_is_explained(key: str) -> None:
    assert re.search(rf"^\|.*`{key}`.*\|.*\|.*\|$", TEXT["policies.md"], re.M), f"docs/policies.md: `{key}`"


@pytest.mark.parametrize("word", [*COMPARATORS, *get_args(Strategy)])
def test_every_word_of_matching_and_survivorship_is_explained(word: str) -> None:
    assert re.search(rf"^\|.*`{word}[ `].*\|", TEXT["policies.md"], re.M), f"docs/policies.md: `{word}`"


@pytest.mark.parametrize("key", keys_of(Declared, FileRead, SqlRead, Deleted, Defaults, FieldMapping))
def test_every_key_of_a_source_is_explained(key: str) -> None:
    assert f"`{key}`" in TEXT["write-a-source.md"] or f"`{key}: " in TEXT["write-a-source.md"], key


@pytest.mark.parametrize("name", [*[field.name for field in FIELDS], *get_args(FileFormat)])
def test_every_field_and_format_is_listed(name: str) -> None:
    assert f"`{name}`" in TEXT["write-a-source.md"]


def test_every_variable_is_explained() -> None:
    code = (path for folder in ("kempt", "orchestration", "dbt_project") for path in (ROOT / folder).rglob("*"))
    texts = [path.read_text(encoding="utf-8") for path in code if path.suffix in (".py", ".yml")]
    found = {name for text in texts for name in re.findall(r"\b(?:DBT_ENV_SECRET_)?KEMPT_[A-Z][A-Z_]*", text)}
    assert len(found) > 8
    silent = sorted(name for name in found if name not in TEXT["operate.md"])
    assert not silent, f"docs/operate.md does not name {silent}"
    settings = set(re.findall(r'"(KEMPT_[A-Z_]+)"', (ROOT / "kempt" / "settings.py").read_text(encoding="utf-8")))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert not [name for name in settings if name not in example], ".env.example misses a variable"


def test_every_figure_of_status_is_explained() -> None:
    code = (ROOT / "kempt" / "usecases" / "status.py").read_text(encoding="utf-8")
    fields = re.findall(r"^    (\w+): ", code.split("class Status")[1].split("def ")[0], re.M)
    assert "raw" in fields
    assert not [name for name in fields if f"| `{name}` |" not in TEXT["concepts.md"]]


def test_every_kind_of_quarantine_is_named() -> None:
    read = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "kempt" / "extracts").glob("*.py")))
    gate = (ROOT / "expectations" / "rows.py").read_text(encoding="utf-8")
    staged = read.split("_STAGE = ")[1].split("_FAULTS = ")[0]
    rules = {*re.findall(r'(?:rule=|Refused\(|rule, reason = \()"(\w+)"', read), *re.findall(r"then '(\w+)'", staged)}
    rules |= {*re.findall(r'name="(\w+)",\n *field', gate)}
    assert {"ragged", "not_json", "no_key", "key_conflict", "has_identity"} <= rules
    assert not [rule for rule in sorted(rules) if f"`{rule}`" not in TEXT["concepts.md"]]


@pytest.mark.parametrize("page", sorted(TEXT))
def test_links_lead_somewhere(page: str) -> None:
    here = next(path for path in PAGES if path.name == page)
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXT[page]):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        place = (here.parent / path).resolve() if path else here
        assert place.exists(), f"{page}: {target}"
        assert place == ROOT or ROOT in place.parents, f"{page}: {target} leads out of the project"
        assert not anchor or anchor in anchors(place.read_text(encoding="utf-8")), f"{page}: {target}"


def test_the_map_names_folders_that_exist() -> None:
    drawn = next(block for block in blocks("README.md", "text") if block.startswith("kempt/"))
    inside = ""
    for line in drawn.splitlines():
        name = line.split()[0]
        inside = inside if line.startswith(" ") else ""
        assert (ROOT / inside / name).is_dir(), f"README.md: {inside}{name}"
        inside = inside or name
    assert len(drawn.splitlines()) <= 28
    shown = {line.split()[0].rstrip("/") for line in drawn.splitlines() if line.startswith("  ")}
    packages = {path.parent.name for path in (ROOT / "kempt").glob("*/__init__.py")}
    assert shown == packages


@pytest.mark.parametrize("page", sorted(TEXT))
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = [words for block in re.findall(r"`make ([a-z ]+)`|^\$ make ([a-z]+)", TEXT[page], re.M) for words in block]
    assert {word for words in named for word in words.split()} <= targets


def test_the_examples_of_sources_are_sources() -> None:
    examples = [text for text in blocks("write-a-source.md", "yaml") if text.startswith("source:")]
    loaded = [load_declaration(text, "acme", name="write-a-source.md") for text in examples]
    assert len({(each.read.kind, getattr(each.read, "format", None)) for each in loaded}) == 5


def test_the_examples_of_policies_are_policy() -> None:
    rules, cases = (text for text in blocks("policies.md", "yaml") if text.startswith(("otherwise:", "cases:")))
    assert parse(AutonomyPolicy, rules, name="policies.md").rules
    (case,) = parse(Cases, cases, name="policies.md").cases
    assert case.features.kind == "merge"


def test_the_sample_of_dagster_yaml_is_the_one_in_force() -> None:
    from kempt.cli.children import DAGSTER_YAML

    (sample,) = blocks("operate.md", "yaml")
    assert yaml.safe_load(sample) == yaml.safe_load(DAGSTER_YAML)


def test_jobs_schedules_and_sensors_are_named() -> None:
    for file in ("jobs", "schedules", "sensors"):
        code = (ROOT / "orchestration" / f"{file}.py").read_text(encoding="utf-8")
        names = re.findall(r"@dg\.(?:schedule|sensor|job|run_failure_sensor)\(.*?\)\s*def (\w+)", code, re.S)
        names += re.findall(r'define_asset_job\(\s*"(\w+)"', code)
        assert names, file
        assert not [name for name in names if f"\n| `{name}` |" not in TEXT["operate.md"]]


def test_the_roles_a_dba_makes_are_those_of_the_code() -> None:
    from kempt.ledger.bootstrap import GROUP_ROLES, LOGIN_ROLES, OWNER_OF_DATABASE

    (statements,) = blocks("runbook.md", "sql")
    assert {*re.findall(r"create role (\w+)", statements)} == {*GROUP_ROLES, *LOGIN_ROLES}
    assert dict(re.findall(r"create database (\w+)\s+owner (\w+)", statements)) == OWNER_OF_DATABASE


def test_the_python_of_the_readme_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"].removeprefix(">=") in TEXT["README.md"]
    assert parse_maps(re.findall(r'--map "(\S+=\S+)"', TEXT["bring-your-own-export.md"]))
