"""Fictional people in files, and the clusters that a run wrote."""

import csv
import random

GIVEN = [
    "Adara",
    "Belmo",
    "Cintra",
    "Dovel",
    "Elwin",
    "Fenna",
    "Goral",
    "Hesta",
    "Ilvar",
    "Jorun",
    "Kesta",
    "Lumo",
    "Merin",
    "Nolva",
    "Ostra",
]
FAMILY = [
    f"{first}{last}" for first in ("Ash", "Brin", "Cold", "Dun", "East") for last in ("mere", "holt", "wick", "by")
]
TOWNS = ["Northmoor", "Southfell", "Eastmere", "Westholt"]


def people(entities, seed=1):
    """Rows of fictional people, a third of them twice or thrice with slips and gaps, and who is who."""
    chance = random.Random(seed)
    rows, truth = [], {}
    for entity in range(entities):
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        row = {
            "first_name": given,
            "last_name": family,
            "email": f"{given}.{family}{entity}@example.com".lower(),
            "phone": f"202555{chance.randrange(10**4):04}",
            "born": f"19{chance.randrange(40, 99)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 28):02}",
            "city": chance.choice(TOWNS),
        }
        for _ in range(chance.choice([1, 1, 2, 3])):
            copy = dict(row)
            slipped = chance.choice(["first_name", "last_name", "email", "phone"])
            at = chance.randrange(len(copy[slipped]) - 1)
            if chance.random() < 0.4:
                copy[slipped] = copy[slipped][:at] + copy[slipped][at + 1 :]
            if chance.random() < 0.4:
                copy[chance.choice(["email", "phone", "born", "city"])] = ""
            truth[f"r{len(rows)}"] = entity
            rows.append({"record_id": f"r{len(rows)}", **copy})
    return rows, truth


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def clusters_in(out):
    with (out / "clusters.csv").open() as file:
        return {row["record_id"]: row["cluster_id"] for row in csv.DictReader(file)}
