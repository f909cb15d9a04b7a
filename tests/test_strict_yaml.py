"""YAML means what it says; every refusal names the file and the line."""

import contextlib
from datetime import date
from pathlib import Path
from typing import Literal

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.errors import StopRun
from kempt.strict_yaml import MAX_BYTES, load, parse
from tests.sizes import size


class Step(pydantic.BaseModel):
    id: str
    share: float = 1.0


class Plan(pydantic.BaseModel):
    name: str
    country: str = "US"
    on: bool = False
    limit: int = 1
    since: date | None = None
    kind: Literal["file", "sql"] = "file"
    steps: tuple[Step, ...] = ()


def test_words_that_yaml_1_1_twists_stay_text():
    node = load("country: NO\nswitch: on\ntime: 12:30:45\nday: 2024-01-01\nzip: 01234\nsex: 1:20\nbig: 1_000")

    assert node.plain() == {
        "country": "NO",
        "switch": "on",
        "time": "12:30:45",
        "day": "2024-01-01",
        "zip": "01234",
        "sex": "1:20",
        "big": "1_000",
    }


def test_numbers_booleans_and_nulls_are_those_of_yaml_1_2():
    text = "a: 1\nb: -2.5\nc: true\nd: null\ne: ~\nf:\ng: 0x1F\nh: 0o17\ni: 1.5e3\nj: '1'\nk: .nan"

    assert load(text).plain() == {
        "a": 1,
        "b": -2.5,
        "c": True,
        "d": None,
        "e": None,
        "f": None,
        "g": 31,
        "h": 15,
        "i": 1500.0,
        "j": "1",
        "k": ".nan",
    }


def test_every_value_knows_its_line():
    node = load("a: 1\nb:\n  - x: 2\n  - y:\n      z: 3\n")

    assert node.line_of(["b", 1, "y", "z"]) == 5
    assert node.line_of(["b", 0]) == 3
    assert node.line_of(["b", 0, "absent"]) == 3


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: 1\nb: 2\na: 3", 3, "given twice, first on line 1"),
        ("a: {x: 1,\n x: 2}", 2, "given twice"),
        ("a: &p 1\nb: 2", 1, "anchors and aliases"),
        ("a: 1\nb: *p", 2, "anchors and aliases"),
        ("a: !!python/object:os.system x", 1, "tags"),
        ("a: !!str 1", 1, "tags"),
        ("a:\n  <<: {b: 1}", 2, "merge keys"),
        ("a: 1\n---\nb: 2", 2, "second document"),
        ("a: 1\n? [x]\n: 2", 2, "plain text"),
        ("a: 1\n b: 2", 2, "not YAML"),
        ("a: \x00", 1, "not YAML"),
        ("", 1, "empty"),
        ("[" * 2000 + "]" * 2000, 1, "nested deeper"),
    ],
)
def test_what_is_refused_is_refused_with_its_line(text, line, part):
    with pytest.raises(StopRun, match=part) as refused:
        load(text, name="x.yaml")
    assert str(refused.value).startswith(f"x.yaml:{line}: ")


def test_a_file_over_the_cap_is_refused(tmp_path: Path):
    path = tmp_path / "big.yaml"
    path.write_text("a: " + "é" * MAX_BYTES)
    with pytest.raises(StopRun, match="larger than 256 kB"):
        load(path)
    with pytest.raises(StopRun, match="larger than 256 kB"):
        load("a: " + "x" * MAX_BYTES)


def test_a_file_that_is_absent_or_not_utf_8_is_named(tmp_path: Path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(StopRun, match="latin.yaml:2: not UTF-8"):
        load(path)
    with pytest.raises(StopRun, match="absent.yaml: cannot be read"):
        load(tmp_path / "absent.yaml")


def test_a_file_becomes_a_model(tmp_path: Path):
    path = tmp_path / "plan.yaml"
    path.write_text("﻿name: n\ncountry: NO\nsince: 2024-02-29\nsteps: [{id: a, share: 1}]\n", encoding="utf-8")

    plan = parse(Plan, path)

    assert (plan.country, plan.since, plan.steps) == ("NO", date(2024, 2, 29), (Step(id="a", share=1.0),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: n\nlimt: 2", "p.yaml:2: unknown key 'limt'. Did you mean 'limit'? Known keys: "),
        (
            "name: n\nsteps:\n  - id: a\n    shar: 1",
            "p.yaml:4: unknown key 'steps.0.shar'. Did you mean 'share'? Known",
        ),
        ("limit: 2", "p.yaml:1: name is missing"),
        ("name: n\nlimit: '2'", "p.yaml:2: limit: "),
        ("name: n\non: yes", "p.yaml:2: on: "),
        ("name: n\nkind: web", "p.yaml:2: kind: "),
        ("- 1", "p.yaml:1: "),
    ],
)
def test_what_a_model_refuses_is_told_with_its_line(text, expected):
    with pytest.raises(StopRun) as refused:
        parse(Plan, text, name="p.yaml")
    assert str(refused.value).startswith(expected)


def test_all_errors_are_told_at_once():
    with pytest.raises(StopRun) as refused:
        parse(Plan, "limit: x\nextra: 1", name="p.yaml")
    assert len(str(refused.value).splitlines()) == 3


ANY_TEXT = st.text(st.characters(codec="utf-8", max_codepoint=0x2FF)) | st.text("a:[]{}-&*!'\"|>\n #?,<~", max_size=40)


@given(ANY_TEXT)
@settings(max_examples=size(50), deadline=None)
def test_any_text_is_read_or_refused_and_never_crashes(text: str):
    with contextlib.suppress(StopRun):
        load(text)
