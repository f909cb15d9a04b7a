"""How a skilled user would configure the peers that want it, written by hand for the sets that are ours.

A plan is neutral: kinds of columns, blocking rules and training rules, which each peer puts into its own words.
A key is a column, `column:3` for its first letters, or `column:user` for what stands before the @.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "email", "phone", "company", "street", "place", "code", "date", "category", "text"]
Rule = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Columns to compare with their kinds, and the rules.

    `sure` are rules of which a pair that satisfies one is nearly certainly a match; `training` are those within which
    peers learn, chosen so that each column is learned by one at least. `full_name` are given and family name, when
    there are such columns: they may be swapped.
    """

    columns: Mapping[str, Kind]
    blocks: Sequence[Rule]
    sure: Sequence[Rule]
    training: Sequence[Rule]
    full_name: tuple[str, str] | None = None


CONTACTS = Plan(
    columns={
        "first_name": "name",
        "last_name": "name",
        "email": "email",
        "phone": "phone",
        "company": "company",
        "address": "street",
        "city": "place",
        "postcode": "code",
        "title": "text",
    },
    blocks=[
        ("email",),
        ("phone", "first_name"),
        ("phone", "last_name"),
        ("first_name", "last_name", "city"),
        ("first_name", "last_name", "company"),
        ("last_name", "postcode"),
        ("first_name", "postcode"),
        ("last_name", "company", "first_name:1"),
        ("first_name", "company", "last_name:1"),
        ("email:user", "last_name"),
        ("address", "last_name:2"),
        ("first_name", "last_name", "title"),
    ],
    sure=[("email", "last_name"), ("phone", "last_name", "first_name"), ("first_name", "last_name", "company")],
    training=[("email",), ("first_name", "last_name")],
    # Splink finds more on this set with the two names apart than with its comparison of both.
)

CROWD = Plan(
    columns={
        "given_name": "name",
        "surname": "name",
        "street_number": "code",
        "street": "street",
        "suburb": "place",
        "postcode": "code",
        "state": "category",
        "birth_date": "date",
        "phone": "phone",
    },
    blocks=[
        ("phone",),
        ("birth_date", "surname:2"),
        ("given_name", "surname"),
        ("postcode", "surname"),
        ("postcode", "given_name"),
        ("street_number", "surname"),
        ("street", "street_number"),
    ],
    sure=[("phone", "surname"), ("birth_date", "given_name", "surname")],
    training=[("phone",), ("given_name", "surname")],
    full_name=("given_name", "surname"),
)

FEBRL = Plan(
    columns={
        "given_name": "name",
        "surname": "name",
        "street_number": "code",
        "address_1": "street",
        "address_2": "street",
        "suburb": "place",
        "postcode": "code",
        "state": "category",
        "date_of_birth": "date",
    },
    blocks=[
        ("date_of_birth",),
        ("given_name", "surname"),
        ("postcode", "surname"),
        ("postcode", "given_name"),
        ("street_number", "surname"),
        ("address_1", "street_number"),
        ("suburb", "address_2"),
    ],
    sure=[("date_of_birth", "surname"), ("given_name", "surname", "postcode")],
    training=[("date_of_birth",), ("given_name", "surname")],
    full_name=("given_name", "surname"),
)
