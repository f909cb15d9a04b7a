"""Processes that standardize: the same answers, whatever happens to them, and nothing of them left behind."""

import logging
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import duckdb
import psutil
import pyarrow as pa
import pytest

from kempt.records import duckdb_functions
from kempt.records.sql_functions import SQL_FUNCTIONS, SqlFunction, standardize_columns
from kempt.records.workers import Workers
from tests.installation import ROOT
from tests.records.test_duckdb_functions import SAMPLES

COUNTRY = next(function for function in SQL_FUNCTIONS if function.name == "std_country")
STARTED = """
import os, sys, psutil, pyarrow as pa
from kempt.records.sql_functions import SQL_FUNCTIONS
from kempt.records.workers import ENOUGH, workers_of_this_process
os.cpu_count = lambda: 2
column = pa.chunked_array([["a"] * (ENOUGH + 1)])
workers_of_this_process().standardize(SQL_FUNCTIONS[0], [column] * SQL_FUNCTIONS[0].arguments)
print(psutil.Process().children()[0].pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def workers():
    workers = Workers(most=2, enough=0)
    yield workers
    workers.end()


@pytest.fixture
def children():
    """Asks which children there are, those apart that other tests gave this process for good."""
    before = _workers()
    return lambda: [child for child in _workers() if child not in before]


def _workers() -> list[psutil.Process]:
    living = (child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE)
    return [child for child in living if "kempt.records.workers" in child.cmdline()]


def column(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def shifted(function: SqlFunction) -> list[pa.ChunkedArray]:
    """The samples in every column, each time beginning with another one."""
    return [column(*SAMPLES[start:], *SAMPLES[:start]) for start in range(function.arguments)]


@pytest.mark.parametrize("function", SQL_FUNCTIONS, ids=lambda function: function.name)
def test_a_child_answers_as_this_process_does(workers, function, children):
    nothing = [column()] * function.arguments
    missing = [column(None, "", None)] * function.arguments

    for columns in (shifted(function), missing, nothing):
        answer = workers.standardize(function, columns)

        assert answer.equals(standardize_columns(function, columns))
    assert len(children()) == 1


def test_duckdb_is_answered_by_children(monkeypatch, workers, children):
    monkeypatch.setattr(duckdb_functions, "workers_of_this_process", lambda: workers)
    connection = duckdb.connect()
    duckdb_functions.register(connection)
    connection.execute("create table many as select 'Notiz ' || i as note from range(50_000) as t(i)")

    (answered,) = connection.sql(
        "select count(*) from (select note, std_text(note || ' ') as std from (select distinct note from many))"
        " where std = {'value': note, 'flag': 'corrected', 'reason': 'whitespace'}"
    ).fetchone()

    assert answered == 50_000
    assert 1 <= len(children()) <= 2


def test_a_small_run_starts_no_child(children):
    workers = Workers(most=2, enough=3)

    workers.standardize(COUNTRY, [column("DE", "FR")])

    assert children() == []
    workers.standardize(COUNTRY, [column("IT")])
    assert len(children()) == 1
    workers.end()


def test_threads_that_ask_at_once_get_a_child_each_up_to_the_most(workers, children):
    together = Barrier(3)

    def ask(_: int) -> pa.Array:
        together.wait()
        return workers.standardize(COUNTRY, [column("Deutschland")])

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(ask, range(3)))

    assert {answer[0]["country"].as_py() for answer in answers} == {"DE"}
    assert len(children()) == 2


def test_what_a_dead_child_does_not_answer_is_done_here_and_said(workers, caplog, children):
    workers.standardize(COUNTRY, [column("DE")])
    (child,) = children()
    child.kill()

    with caplog.at_level(logging.WARNING):
        answer = workers.standardize(COUNTRY, [column("Deutschland")])

    assert answer[0]["country"].as_py() == "DE"
    assert [record.getMessage() for record in caplog.records] == [
        "a standardizing process ended with status -9; its work is done here"
    ]
    assert children() == []


def test_children_that_keep_dying_are_not_replaced_for_ever(workers, children):
    unknown = SqlFunction(name="unknown to the child", standardize=str, arguments=1, returns=None)

    answers = [workers.standardize(unknown, [column("a")]).to_pylist() for _ in range(3)]

    assert answers == [["a"]] * 3
    assert workers.standardize(COUNTRY, [column("DE")])[0]["country"].as_py() == "DE"
    assert children() == []


def test_a_child_that_cannot_be_started_is_done_without(workers, caplog, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    answer = workers.standardize(COUNTRY, [column("DE")])

    assert answer[0]["country"].as_py() == "DE"
    assert "No such file" in caplog.text


def test_an_error_is_raised_as_without_children(workers):
    broken = SqlFunction(name="broken", standardize=int, arguments=1, returns=None)

    with pytest.raises(ValueError, match="invalid literal"):
        workers.standardize(broken, [column("a")])


def test_a_child_leaves_ctrl_c_to_its_parent(workers, children):
    workers.standardize(COUNTRY, [column("DE")])
    (child,) = children()

    child.send_signal(signal.SIGINT)

    assert workers.standardize(COUNTRY, [column("FR")])[0]["country"].as_py() == "FR"
    assert children() == [child]


def test_a_child_is_not_told_the_secrets_of_its_parent(workers, monkeypatch, children):
    monkeypatch.setenv("DBT_ENV_SECRET_KEMPT_RAW_KEY", "a key")

    workers.standardize(COUNTRY, [column("DE")])

    assert children()[0].environ() == {}


@pytest.mark.parametrize("ending", ["returns", "is killed"])
def test_no_child_survives_its_parent(ending):
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTED], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    child = psutil.Process(int(parent.stdout.readline()))
    assert child.is_running()

    if ending == "is killed":
        os.kill(parent.pid, signal.SIGKILL)
    parent.communicate(timeout=10)

    assert psutil.wait_procs([child], timeout=10)[1] == []
