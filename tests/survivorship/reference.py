"""Survivorship in plain Python, as the policy's text tells it: narrow the candidates step by step.

Written to be read, not to be fast, and without a look at the statement it checks.
"""

from collections import defaultdict
from datetime import datetime, time, timedelta

from kempt.survivorship.units import UNITS

EMPTY = "\x01"
SAYABLE = {part for unit in UNITS["person"] for part in unit.parts}
QUALITY = {"valid": 1, "corrected": 1, "suspicious": 0}


def compose(records, members, claims, policy):
    """Cells by (entity, attribute): value, record_id, origin, strategy, losers, conflict and confidence."""
    cells = {}
    for entity in sorted(set(members.values())):
        mine = [row for row in records if members.get(row["record_id"]) == entity]
        said = [row for row in claims if members.get(row["record_id"]) == entity and _says(row)]
        for unit in UNITS["person"]:
            cells |= {(entity, part): cell for part, cell in _unit_cells(unit, mine, said, policy).items()}
    return cells


def _unit_cells(unit, records, claims, policy):
    voices = [*_record_voices(unit, records), *_provider_voices(unit, claims)]
    for voice in voices:
        by_origin = policy.trust.get(voice["origin"], policy.default_trust)
        voice["trust"] = policy.trust.get(voice["system"], by_origin)
    rule = next((rule for name in unit.rule_names if (rule := policy.rule_of(name))), None)
    steps = rule.strategies[1:] if rule else ("source_trust", "recency")
    cells = {}
    if voices:
        rounds = [("completeness", _most(voices, lambda voice: _core(unit, voice)))]
        for step in steps:
            rounds.append((step, _narrow(step, rounds[-1][1])))
        winner = min(rounds[-1][1], key=_tie)
        for part, value in winner["parts"].items():
            if value is not None:
                cells[part] = _cell(part, winner, voices, rounds, rule, policy)
                cells[part]["value"] = None if value is EMPTY else value
    return cells | _overridden(unit, voices, claims, policy)


def _cell(part, winner, voices, rounds, rule, policy):
    against = [voice for voice in voices if voice["parts"][part] not in (None, winner["parts"][part])]
    strategy = "undisputed"
    if against:
        gone = (step for step, left in rounds if not any(voice in left for voice in against))
        strategy = next(gone, "tie_break")
    least = min(policy.confidence.values())
    worth = {**policy.confidence, "undisputed": policy.undisputed_confidence, "tie_break": least}
    confidence = min(worth[strategy], winner["stated"])
    if against and rule and rule.half_life_days:
        lag = (max(voice["observed_at"] for voice in against) - winner["observed_at"]).total_seconds() / 86400
        confidence *= 2 ** (-max(lag, 0) / rule.half_life_days)
    return {
        "value": winner["parts"][part],
        "record_id": winner["record_id"],
        "origin": winner["origin"],
        "strategy": strategy,
        "losers": sum(voice["parts"][part] is not None for voice in voices) - 1,
        "conflict": bool(against),
        "confidence": round(confidence, 6),
    }


def _overridden(unit, voices, claims, policy):
    cells = {}
    for part in unit.parts:
        orders = [row for row in claims if row["origin"] == "override" and row["attribute"] == part]
        if not orders:
            continue
        newest = max((row["spoken"], row["observed_at"]) for row in orders)
        level = [row for row in orders if (row["spoken"], row["observed_at"]) == newest]
        _, chosen = min(((row["value"] is None, row["value"] or "", row["record_id"]), row) for row in level)
        values = [voice["parts"][part] for voice in voices if voice["parts"][part] is not None]
        values = [None if value is EMPTY else value for value in values]
        cells[part] = {
            "value": chosen["value"],
            "record_id": chosen["record_id"],
            "origin": "override",
            "strategy": "override",
            "losers": len(values),
            "conflict": any(value != chosen["value"] for value in values),
            "confidence": policy.confidence["override"],
        }
    return cells


def _says(row):
    return bool(row["value"]) or (row["value"] is None and row["origin"] == "override")


def _record_voices(unit, records):
    for row in records:
        parts = {part: _usable(row, part) for part in unit.parts}
        if any(value is not None for value in parts.values()):
            flags = [QUALITY.get(row.get(f"{part}_flag"), 1) for part in unit.parts]
            mailbox = 0 if row["is_role"] else 1 if row["is_free"] else 2
            yield _voice(row, "record", parts, row["system"], 1.0, _seen(row), min(flags)) | {
                "preferred": mailbox, "filled": sum(_stated(row, each) is not None for each in row if each in SAYABLE),
            }  # fmt: skip


def _provider_voices(unit, claims):
    answers = defaultdict(list)
    for row in claims:
        if row["origin"] == "enrichment" and row["attribute"] in unit.parts:
            answers[row["record_id"], row["source"], row["observed_at"]].append(row)
    for rows in answers.values():
        parts = dict.fromkeys(unit.parts)
        for row in sorted(rows, key=lambda row: row["value"]):
            parts[row["attribute"]] = row["value"]
        stated = min(row["confidence"] for row in rows)
        yield _voice(rows[0], "enrichment", parts, rows[0]["source"], stated, rows[0]["observed_at"], 1) | {
            "preferred": 1, "filled": len(rows),
        }  # fmt: skip


def _voice(row, origin, parts, system, stated, observed_at, quality):
    return {
        "record_id": row["record_id"],
        "origin": origin,
        "parts": parts,
        "source": row["source"],
        "system": system,
        "stated": stated,
        "observed_at": observed_at,
        "quality": quality,
    }


def _usable(row, part):
    emptied = {each["attribute"] for each in row["remarks"] or () if each["flag"] == "empty"}
    return EMPTY if part in emptied else _stated(row, part)


def _stated(row, part):
    return None if row.get(f"{part}_flag") in ("invalid", "missing") else row.get(part) or None


def _seen(row):
    day = datetime.combine(row["observed_on"], time.min)
    changed = row["updated_at"] and datetime.fromisoformat(row["updated_at"].removesuffix("Z"))
    return min(changed, day + timedelta(days=1)) if changed else day


def _core(unit, voice):
    return sum(any(voice["parts"][part] is not None for part in group) for group in unit.core)


def _narrow(step, voices):
    if step == "majority":
        return _most(voices, lambda v: len({other["system"] for other in voices if other["parts"] == v["parts"]}))
    measures = {
        "source_trust": lambda voice: voice["trust"],
        "recency": lambda voice: voice["observed_at"],
        "longest": lambda voice: sum(len((value or "").replace(EMPTY, "")) for value in voice["parts"].values()),
        "completeness": lambda voice: voice["filled"],
        "domain_rule": lambda voice: voice["preferred"],
        "quality": lambda voice: voice["quality"],
    }
    return _most(voices, measures[step])


def _most(voices, measure):
    most = max(map(measure, voices))
    return [voice for voice in voices if measure(voice) == most]


def _tie(voice):
    newest_first = -(voice["observed_at"] - datetime(1970, 1, 1)).total_seconds()
    values = [(value is None, value or "") for value in voice["parts"].values()]
    authority = 0 if voice["origin"] == "record" else 1
    return (authority, -voice["trust"], -voice["stated"], newest_first, values, voice["record_id"], voice["source"])
