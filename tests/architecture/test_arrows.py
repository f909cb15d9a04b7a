"""Arrows point down: who may import whom. A type-only import is an arrow too."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("kempt", "expectations", "assets", "orchestration")
DAGSTER_FREE = {"kempt", "expectations"}

# Inside kempt: each room with the rooms it may use besides itself; ids, errors and settings stand under all.
GROUND = {"ids", "errors", "settings", "strict_yaml", "whole_file"}
ROOMS = {
    "records": set(),
    "agents": {"records"},
    "proposals": {"records", "agents"},
    "matching": {"records"},
    "policy": {"records", "agents", "proposals", "matching"},
    "identity": {"records"},
    "survivorship": {"records", "policy"},
    "hygiene": {"records", "policy"},
    "enrichment": {"records", "policy", "hygiene"},
    "extracts": {"records"},
    "warehouse": {"records"},
    "ledger": set(),
    "projections": {"ledger"},
    "stores": {"records", "extracts"},
    "sample": {"records"},
    "telling": {"records"},
}
ROOFS = {"usecases": {"cli", "web"}, "web": {"cli"}, "cli": set()}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("package", FLOORS)
def test_no_package_looks_up(package):
    above = {*FLOORS[FLOORS.index(package) + 1 :]} | (
        {"dagster", "dagster_dbt", "dagster_duckdb"} if package in DAGSTER_FREE else set()
    )

    wrong = {
        str(path.relative_to(ROOT)): sorted(name for name in imports(path) if name.split(".")[0] in above)
        for path in (ROOT / package).rglob("*.py")
    }

    assert {path: names for path, names in wrong.items() if names} == {}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_uses_only_the_rooms_below_it(room):
    allowed = ROOMS[room] | GROUND | {room}

    wrong = {
        str(path.relative_to(ROOT)): sorted(
            name for name in imports(path) if name.startswith("kempt.") and name.split(".")[1] not in allowed
        )
        for path in (ROOT / "kempt" / room).rglob("*.py")
    }

    assert {path: names for path, names in wrong.items() if names} == {}


def test_every_room_is_listed():
    rooms = {path.name for path in (ROOT / "kempt").iterdir() if (path / "__init__.py").exists()}

    assert rooms == {*ROOMS, *ROOFS}


def test_no_module_imports_in_a_circle():
    graph = {}
    for path in (ROOT / "kempt").rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        graph[name] = {each for each in imports(path) if each.startswith("kempt.")}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name in graph and name not in done:
            for below in graph[name]:
                visit(below, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_only_settings_reads_the_environment():
    # dbt's profile takes its lake from the environment, a child process inherits ours, and Arrow is told there where to
    # take memory: these write, none decides.
    allowed = {"kempt/settings.py", "kempt/warehouse/dbt.py", "kempt/cli/children.py", "kempt/cli/memory.py"}

    readers = {
        str(path.relative_to(ROOT))
        for package in FLOORS
        for path in (ROOT / package).rglob("*.py")
        if "os.environ" in path.read_text() or "getenv" in path.read_text()
    }

    assert readers <= allowed


def test_every_package_has_a_door_sign():
    for package in FLOORS:
        for path in (ROOT / package).rglob("__init__.py"):
            body = ast.parse(path.read_text()).body
            assert len(body) == 1, f"{path}: a docstring and nothing else"
            assert ast.get_docstring(ast.parse(path.read_text())), path


def test_annotations_are_real():
    # Dagster resolves them at run time.
    wrong = [
        path
        for package in FLOORS
        for path in (ROOT / package).rglob("*.py")
        if "from __future__ import annotations" in path.read_text()
    ]

    assert wrong == []


def test_nothing_overrides_workspace_yaml():
    import tomllib

    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]

    assert {"dagster", "dg"} & set(tools) == set()
