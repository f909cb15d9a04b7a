"""Processor seconds per 100,000 distinct values of each kind: `python -m benchmarks.standardizers [count]`.

The values are generated: mostly tidy, some shouted, some broken, as a CRM has them; no value comes twice.
"""

import random
import sys
import time
from collections.abc import Callable
from typing import Any

from kempt.records.standardizers.addresses import standardize_place, standardize_postal, standardize_street
from kempt.records.standardizers.companies import standardize_company
from kempt.records.standardizers.countries import standardize_country
from kempt.records.standardizers.dates import standardize_date, standardize_timestamp
from kempt.records.standardizers.domains import standardize_domain
from kempt.records.standardizers.emails import standardize_email
from kempt.records.standardizers.name_lists import GIVEN_NAMES
from kempt.records.standardizers.names import standardize_name
from kempt.records.standardizers.nickname_roots import nickname_key
from kempt.records.standardizers.phones import standardize_phone
from kempt.records.standardizers.text import standardize_text

GIVEN = sorted(GIVEN_NAMES)
SYLLABLES = (
    "ba",
    "ber",
    "do",
    "ek",
    "fi",
    "gar",
    "hol",
    "is",
    "ka",
    "lin",
    "mo",
    "nor",
    "pel",
    "ran",
    "sö",
    "ta",
    "ul",
    "vé",
)
AREA_CODES = (202, 206, 212, 303, 305, 312, 404, 415, 512, 602, 617, 702, 713, 818, 917)
FORMS = ("Inc.", "LLC", "Ltd", "GmbH", "GmbH & Co. KG", "S.A.", "B.V.", "Sp. z o.o.", "Corp", "")
ENDINGS = ("example", "com", "co.uk", "de", "fr", "com.br", "io")
STREETS = ("{} {} Street", "{1}straße {0}", "{} rue {}", "{} {} Ave Apt 4", "Calle {1}, {0}")


def word(chance: random.Random, least: int = 2) -> str:
    """A made-up word; one in eight has an accent."""
    made = "".join(chance.choices(SYLLABLES, k=chance.randint(least, 4))).capitalize()
    return made.replace("o", "ö").replace("e", "é") if chance.random() < 1 / 8 else made


def untidy(chance: random.Random, value: str) -> str:
    """One value in five is not as it should be."""
    return (
        chance.choice((value.upper(), value.lower(), f" {value} ", value.replace(" ", "  ")))
        if chance.random() < 0.2
        else value
    )


def generators(chance: random.Random) -> dict[str, tuple[Callable[..., Any], Callable[[int], tuple[str, ...]]]]:
    """Each kind: its function, and how to make the arguments number i."""
    given = lambda: chance.choice(GIVEN).capitalize()  # noqa: E731
    ascii_word = lambda: word(chance).lower().replace("ö", "o").replace("é", "e")  # noqa: E731
    return {
        "name, two fields": (
            standardize_name,
            lambda i: ("", given(), untidy(chance, f"{word(chance)}{word(chance).lower()}"), "US"),
        ),
        "name, one field": (
            standardize_name,
            lambda i: (untidy(chance, f"{given()} {word(chance)}{word(chance).lower()}"), "", "", "US"),
        ),
        "email": (
            standardize_email,
            lambda i: (untidy(chance, f"{ascii_word()}.{ascii_word()}{i}@{ascii_word()}.{chance.choice(ENDINGS)}"),),
        ),
        "phone, national": (
            standardize_phone,
            lambda i: (f"({chance.choice(AREA_CODES)}) {chance.randint(200, 999)}-{i % 10_000:04}", "US"),
        ),
        "phone, international": (
            standardize_phone,
            lambda i: (f"+49 {chance.choice((30, 40, 89))} {1_000_000 + i * 7}", ""),
        ),
        "company": (
            standardize_company,
            lambda i: (untidy(chance, f"{word(chance)} {word(chance)} {i} {chance.choice(FORMS)}".strip()), ""),
        ),
        "domain": (
            standardize_domain,
            lambda i: (f"{chance.choice(('', 'www.', 'https://www.'))}{ascii_word()}{i}.{chance.choice(ENDINGS)}",),
        ),
        "street": (
            standardize_street,
            lambda i: (untidy(chance, chance.choice(STREETS).format(i, word(chance))), "US"),
        ),
        "place": (
            standardize_place,
            lambda i: (untidy(chance, f"{word(chance, 3)} {word(chance, 3)} {word(chance)}"),),
        ),
        "postal code": (standardize_postal, lambda i: (f"{i:05}", "US")),
        "country": (
            standardize_country,
            lambda i: (untidy(chance, chance.choice(("DE", "Deutschland", "USA", "France", word(chance)))),),
        ),
        "date": (standardize_date, lambda i: (f"{i % 28 + 1:02}.{i % 12 + 1:02}.{1900 + i % 120}", "dmy")),
        "timestamp": (
            standardize_timestamp,
            lambda i: (f"2024-{i % 12 + 1:02}-{i % 28 + 1:02} {i % 24:02}:{i % 60:02}:00", ""),
        ),
        "text": (standardize_text, lambda i: (untidy(chance, f"{word(chance)} of {word(chance)} {i}"),)),
        "nickname": (nickname_key, lambda i: (ascii_word(),)),
    }


def seconds(function: Callable[..., Any], rows: list[tuple[str, ...]]) -> float:
    for row in rows[:100]:  # tables are read at first use
        function(*row)
    started = time.process_time()
    for row in rows:
        function(*row)
    return time.process_time() - started


def main(count: int) -> None:
    """Print one line a kind."""
    for kind, (function, make) in generators(random.Random(1)).items():
        rows = [make(i) for i in range(count)]
        print(f"{kind:22} {seconds(function, rows) * 100_000 / count:6.2f} s per 100,000")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
