"""Matching files by a hand-written policy: nothing is learned, and every part is as the policy says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from kempt.errors import StopRun
from kempt.matching.artifact import Artifact
from kempt.matching.calibration import IDENTITY, Calibration
from kempt.matching.filepolicy.clusters import PolicyMatched, part
from kempt.matching.filepolicy.features import Feature, features_of, refuse_unknown
from kempt.matching.filepolicy.ground import artifact_of, compile_policy, read_artifact, weighs
from kempt.matching.filepolicy.spec import FilePolicy, FileSpec, load_policy
from kempt.matching.profile.describe import Description, describe
from kempt.matching.report.matched import KEPT_FROM
from kempt.matching.scoring import RuleReport, reports_of
from kempt.matching.training.train import Trained
from kempt.matching.training.weighing import Explanation, explain
from kempt.matching.weights import MICRO, bits_of
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_ids import ID
from kempt.usecases.match_input import Records, read_tables
from kempt.usecases.match_progress import Watch

BLOCKS_LEFT_OUT = (
    "The blocking rule '{rule}' left out {blocks:,} values that more records share than max_block allows, one of them "
    "{largest:,}: up to {pairs:,} pairs were not compared under it. Add a column to the rule, or raise its max_block."
)
PARTS_LEFT_OUT = (
    "{parts:,} groups of records that hang together are larger than complete_up_to, {most:,} records: nothing in them "
    "was linked. Look for a value that many share for no good reason, and name it under generic or unusable."
)


def asked_policy(asked: Asked) -> FilePolicy | None:
    """The policy that is asked for, if one is. Raises StopRun for what it does not go with, and for what is in it."""
    if asked.policy is None:
        return None
    if asked.model is not None:
        raise StopRun("--policy and --model both say what records weigh. Name one of them.")
    if asked.learn:
        raise StopRun("--learn teaches a model, and a policy has none: its weights are yours. Leave out --learn.")
    if asked.threshold is not None:
        raise StopRun("--threshold says from where records are linked, and so does the policy. Change its link.")
    return load_policy(asked.policy, asked.engine, asked.spark_url)


def apply_policy(
    connection: duckdb.DuckDBPyConnection,
    policy: FilePolicy,
    records: Records,
    inputs: tuple[str, ...],
    asked: Asked,
    watch: Watch,
) -> PolicyMatched:
    """The clusters of a table with `record_id` and text columns."""
    columns, spec, engine = records.table.drop_columns([ID]), policy.spec, policy.engine
    ids = records.table.column(ID).combine_chunks()
    with watch("describe"):
        description = describe(connection, columns, asked.told)
        features = features_of(description)
        refuse_unknown(policy, features, description)
        compiled = compile_policy(connection, spec, features, len(ids))
    ground, plan = compiled.ground, compiled.ground.compiled
    with watch("weigh"):
        found = engine.score(plan, min(round(KEPT_FROM * MICRO), round(bits_of(spec.review) * MICRO)))
        rules = reports_of(spec, plan, found)
    with watch("cluster"):
        parted = part(spec, ids, plan, engine, found)
    report = {
        "file": policy.path.name, "version": spec.version, "questions": parted.questions,
        "kept_apart": parted.kept_apart, "generic_values": compiled.generic_values,
        "components_left_out": parted.components_left_out,
        "rules": [{name: getattr(each, name) for name in RuleReport.__slots__} for each in rules],
    }  # fmt: skip
    return PolicyMatched(
        artifact=artifact_of(spec, description.known, compiled.counted, {"records": len(ids)}), inputs=inputs,
        id_column=asked.id_column or ID, ids=ids, table=columns,
        description=replace(description, comparisons=ground.comparisons), ground=ground,
        trained=Trained(chances=weighs(spec), labels=parted.labels, rounds=0, settled=True),
        compared=parted.pairs.met.pairs, pairs=parted.pairs, labels=parted.labels, ambiguous=parted.ambiguous,
        engine=engine.name, threshold=spec.link, seconds=watch.seconds, refused=len(records.refused),
        notes=(*_notes(spec, rules, parted.components_left_out), *records.notes), policy=report, spec=spec,
        sources=_sources(spec, features),
    )  # fmt: skip


def explain_by_policy(artifact: Artifact, table: pa.Table, one: int, other: int) -> Explanation:
    """Why two records weigh what they weigh by the policy that a run kept."""
    spec, known, counted = read_artifact(artifact)
    connection = duckdb.connect()
    description = describe(connection, table.drop_columns([ID]), {}, known)
    compiled = compile_policy(connection, spec, features_of(description), table.num_rows, counted)
    calibration = Calibration.from_json(artifact.calibration) if artifact.calibration else IDENTITY
    found = explain(compiled.ground, weighs(spec), one, other, cut=bits_of(spec.link), calibration=calibration)
    broken = compiled.ground.broken(one, other)
    held = tuple((each.says, each.then) for at, each in enumerate(spec.constraints) if broken >> at & 1)
    return replace(found, constraints=held)


def describe_files(inputs: Sequence[Path], asked: Asked) -> tuple[Description, tuple[Feature, ...]]:
    """What the columns of files are taken for, and the names that a policy may use."""
    connection = duckdb.connect()
    records = read_tables(connection, inputs, asked.id_column)
    description = describe(connection, records.table.drop_columns([ID]), asked.told)
    return description, tuple(features_of(description).values())


def _sources(spec: FileSpec, features: Mapping[str, Feature]) -> tuple[tuple[str, ...], ...]:
    """Of each comparison the columns of the files that it reads, each once."""
    return tuple(
        tuple(
            dict.fromkeys(
                features[name].source
                for level in each.levels
                for condition in level.conditions
                for name in condition.columns
            )
        )
        for each in spec.comparisons
    )


def _notes(spec: FileSpec, rules: Sequence[RuleReport], parts: int) -> tuple[str, ...]:
    notes = [
        BLOCKS_LEFT_OUT.format(
            rule=each.rule, blocks=each.blocks_left_out, largest=each.largest_block, pairs=each.pairs_not_made
        )
        for each in rules
        if each.blocks_left_out
    ]
    if parts:
        notes.append(PARTS_LEFT_OUT.format(parts=parts, most=spec.gates.complete_up_to))
    return tuple(notes)
