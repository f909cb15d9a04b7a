"""What happens in the sources on the second and third day."""

from collections.abc import Mapping

import numpy as np

from kempt.sample.draw import Chance, Texts, Whole, deal, how_many, iso, texts
from kempt.sample.reach import PHONE_STYLES, work_local, written
from kempt.sample.rows import Rows
from kempt.sample.sources import DAYS, SOURCES
from kempt.sample.world import World

_ORDINARY = ("plain", "duplicate", "free_mail", "shared_domain")
_KINDS = {"renamed": "married_name"}
_ROWS_OF_EVENT = {"recycled_phone": 2}
_COMPANY_EVENTS = ("edited", "deleted_at_source")


def live_a_day(
    chance: Chance, world: World, people: Rows, companies: Rows, changes: Mapping[str, float], day: int
) -> dict[str, Whole]:
    """Change people's and companies' rows as the shares say; which person rows met with which event.

    Only ordinary rows change, each at most once, so that a row is hard in one way.
    """
    counts = {
        event: _ROWS_OF_EVENT.get(event, 1) * how_many(len(people.kind), share) for event, share in changes.items()
    }
    events = _deal_events(chance, people, counts, day)
    for event, rows in events.items():
        if event == "edited":
            _edit(chance, world, people, rows)
        elif event == "job_change":
            _change_job(chance, world, people, rows)
        elif event == "renamed":
            _rename(chance, world, people, rows)
        elif event == "recycled_phone":
            events[event] = rows = _recycle_phones(people, rows)
        elif event == "deleted_at_source":
            _delete(people, rows, day)
        _mark(chance, people, rows, _KINDS.get(event, event), day)
    _change_companies(chance, world, companies, changes, day)
    return events


def _mark(chance: Chance, table: Rows, rows: Whole, kind: str, day: int) -> None:
    table.kind[rows] = kind
    touch(chance, table, rows, day)


def touch(chance: Chance, table: Rows, rows: Whole, day: int) -> None:
    """These rows changed on that day, and say so."""
    table.touched[rows] = day
    moments = np.datetime64(DAYS[day], "s") + chance.integers(3_600, 80_000, len(rows))
    table.columns["updated"][rows] = iso(moments)


def _deal_events(chance: Chance, people: Rows, counts: Mapping[str, int], day: int) -> dict[str, Whole]:
    """Rows for each event, from sources where it can happen; a key column of a source never changes."""
    ordinary = np.isin(people.kind.astype(str), _ORDINARY) & (people.arrives < day)
    split_names, keyed, listed = (
        np.array(flags)[people.source]
        for flags in (
            [not source.full_names for source in SOURCES],
            [bool(source.key) for source in SOURCES],
            [source.every_row for source in SOURCES],
        )
    )
    allowed = {
        "job_change": keyed,
        "renamed": split_names,
        "deleted_at_source": listed,
        "recycled_phone": (people.columns["phone"] != "") & (people.columns["email"] != ""),
    }
    events = {}
    for event, count in counts.items():
        candidates = np.flatnonzero(ordinary & allowed.get(event, True))
        events[event] = deal(chance, candidates, {event: count})[event]
        ordinary[events[event]] = False
    return events


def _edit(chance: Chance, world: World, people: Rows, rows: Whole) -> None:
    """The mobile number filled in, or put in the place of another number."""
    person = people.entity[rows]
    numbers = world.reach.mobile[person]
    country = world.people.country[person]
    style = chance.integers(0, PHONE_STYLES, len(rows))
    fresh = written(numbers, country, style, world.places.countries)
    same = fresh == people.columns["phone"][rows]
    people.columns["phone"][rows] = np.where(same, fresh + " ", fresh)
    people.columns["status"][rows] = "working"


def _change_job(chance: Chance, world: World, people: Rows, rows: Whole) -> None:
    """Another employer and address there; the record keeps its key."""
    person, companies = people.entity[rows], world.companies
    step = chance.integers(1, len(companies.core), len(rows))
    company = (world.people.company[person] + step) % len(companies.core)
    given = world.given.mailbox[world.people.given[person]]
    family = world.family.mailbox[world.people.family[person]]
    titles = world.places.titles.values
    people.columns["company"][rows] = companies.core[company] + " " + companies.form[company]
    people.columns["email"][rows] = work_local(given, family, company) + "@" + companies.domain[company]
    people.columns["title"][rows] = titles[chance.integers(0, len(titles), len(rows))]
    people.columns["account"][rows] = ""


def _rename(chance: Chance, world: World, people: Rows, rows: Whole) -> None:
    """A new family name after a marriage; private mailboxes stay."""
    people.columns["family"][rows] = world.family.latin[world.new_surnames(chance, people.entity[rows])]


def _recycle_phones(people: Rows, rows: Whole) -> Whole:
    """Half of these give up their number, the other half, who are other people, get it."""
    half = len(rows) // 2
    giver, taker = rows[:half], rows[half : 2 * half]
    apart = people.entity[giver] != people.entity[taker]
    giver, taker = giver[apart], taker[apart]
    phone = people.columns["phone"]
    phone[taker] = phone[giver]
    phone[giver] = ""
    return np.concatenate([giver, taker])


def _delete(table: Rows, rows: Whole, day: int) -> None:
    """Most vanish from the file; every fourth stays and is marked, where the source has a mark."""
    marks = np.array(["deleted" in source.columns.values() for source in SOURCES])[table.source[rows]]
    marked = marks & (np.arange(len(rows)) % 4 == 3)
    table.deleted[rows[marked]] = True
    table.gone[rows[~marked]] = day


def _change_companies(chance: Chance, world: World, companies: Rows, changes: Mapping[str, float], day: int) -> None:
    ordinary = np.flatnonzero(np.isin(companies.kind.astype(str), _ORDINARY) & (companies.arrives < day))
    counts = {event: how_many(len(companies.kind), changes.get(event, 0)) for event in _COMPANY_EVENTS}
    for event, rows in deal(chance, ordinary, counts).items():
        if event == "edited":
            companies.columns["street"][rows] = _new_street(chance, companies.columns["street"][rows])
        else:
            _delete(companies, rows, day)
        _mark(chance, companies, rows, event, day)


def _new_street(chance: Chance, streets: Texts) -> Texts:
    units = zip(streets, chance.integers(2, 90, len(streets)).tolist(), strict=True)
    return texts([f"{street} / {unit}" if street else f"Unit {unit}" for street, unit in units])
