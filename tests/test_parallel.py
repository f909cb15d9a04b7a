"""What makes several workers of one run: what belongs together stays together, and the longest goes first."""

import pytest

from tests.parallel import DEMO, LONGEST, ROOT, WholeFiles, group, rank, workers

GIB = 2**30


@pytest.mark.parametrize(
    ("processors", "memory", "expected"),
    [(1, 64 * GIB, 1), (2, 8 * GIB, 2), (2, 24 * GIB, 2), (16, 64 * GIB, 4), (16, 8 * GIB, 2), (8, GIB, 1)],
)
def test_there_are_as_many_workers_as_the_machine_bears(processors: int, memory: int, expected: int) -> None:
    assert workers(processors=processors, memory=memory) == expected


def test_whoever_looks_at_the_demo_is_on_one_worker_so_that_it_is_made_once() -> None:
    together = {file for file in files() if group(file) == DEMO}

    assert together == {
        f"tests/{name}.py" for name in ("cli/test_commands", "e2e/test_canary", "e2e/test_demo", "e2e/test_lineage")
    }
    assert all(group(file) == file for file in set(files()) - together)
    assert {WholeFiles._split_scope(None, f"{file}::test[a::b]") for file in together} == {DEMO}  # type: ignore[arg-type]


def test_what_is_named_as_long_is_there_and_goes_before_all_others() -> None:
    assert [name for name in LONGEST if name != DEMO and not (ROOT / name).exists()] == []
    assert rank("tests/e2e/test_demo.py") == 0
    assert rank(LONGEST[1]) < rank("tests/test_ids.py") == len(LONGEST)


def files() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")]
