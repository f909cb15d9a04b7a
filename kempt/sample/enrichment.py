"""What a provider would answer about the people, and the tenant's own log of replies, bounces, log-ins and meetings."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from kempt.sample.draw import Chance, Texts, Whole, how_many, iso, pick, stream, texts
from kempt.sample.people import FREE
from kempt.sample.reach import written
from kempt.sample.sources import DAYS
from kempt.sample.tenants import Tenant
from kempt.sample.world import World

_WRONG_FIELDS = ("phone", "job_title", "linkedin")
_ACTIVITIES = ("reply", "login", "meeting", "bounce")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The vendor's answers; `wrong` names the field that is another person's, or is empty."""

    person: Whole
    columns: dict[str, Texts]
    wrong: Texts


def vendor_answers(tenant: Tenant, world: World, *, seed: int) -> Answers:
    """Answers for a share of the people who have a mailbox of their own."""
    people, n = world.people, len(world.people.kind)
    chance = stream(seed, tenant.name, "vendor", n)
    personal = np.flatnonzero(people.mailbox <= FREE)
    person = np.sort(chance.permutation(personal)[: min(len(personal), how_many(n, tenant.enriched))])
    columns = _answers_about(world, person)
    wrong = texts([""] * len(person))
    for field, rows in zip(_WRONG_FIELDS, _wrong_rows(chance, tenant, len(person)), strict=True):
        strangers = person[(rows + 1 + chance.integers(0, len(person) - 1, len(rows))) % len(person)]
        mistaken = _answers_about(world, strangers)[field]
        differs = mistaken != columns[field][rows]
        columns[field][rows[differs]] = mistaken[differs]
        wrong[rows[differs]] = field
    observed = np.datetime64(DAYS[0]) - chance.integers(0, 120, len(person))
    columns["observed_on"] = iso(observed)
    return Answers(person=person, columns=columns, wrong=wrong)


def _wrong_rows(chance: Chance, tenant: Tenant, answers: int) -> list[Whole]:
    rows = chance.permutation(answers)[: how_many(answers, tenant.wrong_answers)]
    return [rows[at :: len(_WRONG_FIELDS)] for at in range(len(_WRONG_FIELDS))]


def _answers_about(world: World, person: Whole) -> dict[str, Texts]:
    people, places = world.people, world.places
    country = people.country[person]
    style = np.zeros(len(person), dtype=np.int64)
    number = written(world.reach.mobile[person], country, style, places.countries)
    given, family = world.given.mailbox[people.given[person]], world.family.mailbox[people.family[person]]
    return {
        "email": world.reach.email(people.mailbox[person], person),
        "phone": number,
        "job_title": places.titles.values[people.title[person]],
        "linkedin": "https://linkedin.example/in/" + given + "-" + family + "-" + person.astype(str).astype(object),
    }


def write_answers(answers: Answers, vendor: Path, truth: Path) -> None:
    """The vendor's file, and beside the truth who each answer is about and which field of it is wrong."""
    _write_csv(answers.columns, vendor)
    truth.parent.mkdir(parents=True, exist_ok=True)
    table = {
        "email": pa.array(answers.columns["email"], pa.string()),
        "cluster_id": pa.array("p" + answers.person.astype(str).astype(object), pa.string()),
        "wrong_field": pa.array(answers.wrong, pa.string(), mask=answers.wrong == ""),
        "observed_on": pa.array(answers.columns["observed_on"], pa.string()),
    }
    pq.write_table(pa.table(table), truth, compression="zstd")


def activity(tenant: Tenant, world: World, moved: dict[int, Whole], *, seed: int) -> dict[str, Texts]:
    """The log: mail to people who changed jobs (by day) bounces, most others answer, log in or meet."""
    people, n = world.people, len(world.people.kind)
    chance = stream(seed, tenant.name, "activity", n)
    active = chance.permutation(n)[: how_many(n, tenant.active)]
    person = np.concatenate([active, *moved.values()])
    kinds = texts(_ACTIVITIES)[pick(chance, (40, 35, 20, 5), len(person))]
    kinds[len(active) :] = "bounce"
    days = np.array([-1] * len(active) + [day for day, rows in moved.items() for _ in rows], dtype=np.int64)
    past = chance.integers(-60 * 86_400, 0, len(person))
    moment = np.datetime64(DAYS[0], "s") + np.where(days < 0, past, days * 86_400 + 40_000 + past % 9_000)
    order = np.argsort(moment, kind="stable")
    at: Texts = iso(moment[order]) + "Z"
    return {
        "email": world.reach.email(people.mailbox[person], person)[order],
        "kind": kinds[order],
        "at": at,
    }


def write_activity(log: dict[str, Texts], path: Path) -> None:
    """The activity log, oldest first."""
    _write_csv(log, path)


def _write_csv(columns: dict[str, Texts], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(quoting_style="needed"))
