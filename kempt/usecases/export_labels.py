"""What people decided, with the features that policy saw: labels to train and to audit by."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.ids import keyed_digest
from kempt.usecases.review import evidence_place
from kempt.usecases.tenancy import Tenant

FORMATS = ("jsonl", "prompt")

LABELS = """
select proposal.proposal_id::text, proposal.kind, proposal.entity_type, proposal.attribute, proposal.features,
    decision.verdict, decision.decider, decision.decided_at, decision.policy_version, decision.seen,
    shown.evidence_cipher, shown.reasons, proposal.subjects::text[] as records
from kempt.decision_in_force as decision
join kempt.proposal using (tenant, proposal_id)
join kempt.review_basis shown using (tenant, proposal_id)
where decision.decider_type = 'steward'
order by decision.decided_at, proposal.proposal_id
"""
ASKED = "Should this change of a CRM be applied? Answer approve or reject."


def export_labels(tenant: Tenant, file: Path, *, format: str = "jsonl", values: bool = False) -> int:
    """Writes one JSON object a line and says how many; values of persons only with `values`."""
    if format not in FORMATS:
        raise StopRun(f"{format!r} is no format of labels. Expected one of: {', '.join(FORMATS)}.")
    if file.exists():
        raise StopRun(f"{file} is there already. Name another file; nothing is overwritten.")
    rows = list(_labels(tenant, values=values))
    spell = _prompt if format == "prompt" else dict
    lines = [json.dumps(spell(row), ensure_ascii=False, sort_keys=True, default=_moment) for row in rows]
    try:
        with file.open("x", encoding="utf-8") as out:
            file.chmod(0o600)
            out.writelines(f"{line}\n" for line in lines)
    except OSError as problem:
        raise StopRun(f"{file}: cannot be written ({problem.strerror}). Name a file in a folder that exists.") from None
    return len(lines)


def _labels(tenant: Tenant, *, values: bool) -> Iterator[dict[str, Any]]:
    with tenant.database.transaction(tenant.name) as connection:
        rows = connection.cursor(row_factory=dict_row).execute(LABELS).fetchall()
        keys = tenant.vault.of(connection, (record for row in rows for record in row["records"]))
    for row in rows:
        sealed, records = bytes(row.pop("evidence_cipher")), row.pop("records")
        if not set(records) <= keys.by_record.keys():
            continue  # one of its records was erased, and what was seen of it with it
        evidence = json.loads(keys.open(records, sealed, evidence_place(row["proposal_id"])))
        # Who decided tells apart whose labels agree; the name itself is nobody's business outside.
        decider = keyed_digest(tenant.keys.digest_key(), row.pop("decider"))[:12]
        label = {"apply": "approve", "reject": "reject"}[row.pop("verdict")]
        yield {
            **{name: value for name, value in row.items() if value is not None},
            "label": label,
            "decider": decider,
            "compared": _compared(evidence),
            **({"evidence": evidence} if values else {}),
        }


def _compared(evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """Of a merge: which kinds of evidence came out how, in bits; ids of the match policy, no values."""
    return [
        {name: each[name] for name in ("comparison", "level", "bits") if name in each}
        for each in evidence.get("comparisons", ())
    ]


def _prompt(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name in ("kind", "entity_type", "attribute", "features",
                                                                   "reasons", "compared", "evidence")}  # fmt: skip
    return {
        "messages": [
            {"role": "system", "content": ASKED},
            {"role": "user", "content": json.dumps(told, ensure_ascii=False, sort_keys=True, default=_moment)},
            {"role": "assistant", "content": row["label"]},
        ]
    }


def _moment(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
