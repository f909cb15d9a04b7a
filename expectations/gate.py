"""Run expectations over a frame and say which ids failed which rule."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kempt.errors import StopRun

# Ids of failing rows and nothing else: with the values excluded no personal value can enter a result.
_IDS_ONLY = {"result_format": "COMPLETE", "exclude_unexpected_values": True}


class GateError(StopRun):
    """An expectation could not be evaluated: neither a pass nor bad data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One row, or for a batch one field, that broke one rule."""

    record_id: str
    rule: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one expectation went."""

    name: str
    success: bool
    failed_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What a gate saw. `blocking` says that the whole batch may not go on."""

    evaluated: int
    failures: tuple[Failure, ...]
    expectations: tuple[Outcome, ...]
    blocking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An expectation with the name, field and reason that a steward reads."""

    name: str
    field: str
    reason: str
    expectation: Any


def judge(frame: Any, rules: Sequence[Rule], *, id_column: str) -> dict[str, tuple[str, ...]]:
    """The ids that failed each rule, in frame order."""
    if len(frame) == 0:
        return {rule.name: () for rule in rules}
    if not frame[id_column].is_unique:
        raise GateError(f"Column {id_column!r} holds an id twice or not at all; give every row one id of its own.")
    failed = {}
    for result in _validate(frame, rules, id_column):
        name = str(result.expectation_config.meta["rule"])
        failed[name] = _failed_ids(name, result, id_column)
    absent = [rule.name for rule in rules if rule.name not in failed]
    if absent:
        raise GateError(f"Great Expectations returned no result for {absent}; expected one for every expectation.")
    return failed


def outcomes(rules: Sequence[Rule], failed: Mapping[str, Sequence[str]]) -> tuple[Outcome, ...]:
    """One outcome for each rule, in the rules' order."""
    return tuple(
        Outcome(name=rule.name, success=not failed[rule.name], failed_count=len(failed[rule.name])) for rule in rules
    )


def failures(rules: Sequence[Rule], failed: Mapping[str, Sequence[str]]) -> tuple[Failure, ...]:
    """Every failing id with its rule."""
    return tuple(
        Failure(record_id=failed_id, rule=rule.name, field=rule.field, reason=rule.reason)
        for rule in rules
        for failed_id in failed[rule.name]
    )


def _validate(frame: Any, rules: Sequence[Rule], id_column: str) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # A failing expectation is our result, not an event for the operator's log.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("frame").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    for rule in rules:
        rule.expectation.meta = {"rule": rule.name}
    suite = gx.ExpectationSuite(name="gate", expectations=[rule.expectation for rule in rules])
    return batch.validate(suite, result_format={**_IDS_ONLY, "unexpected_index_column_names": [id_column]}).results


def _failed_ids(name: str, result: Any, id_column: str) -> tuple[str, ...]:
    if _raised(result.exception_info):
        # The text of the exception may quote data, so it is left out.
        raise GateError(
            f"Expectation {name!r} raised instead of answering; expected a pass or failing rows. "
            "Check that the frame has the columns and types the rule reads."
        )
    entries = result.result.get("unexpected_index_list") or ()
    ids = tuple(str(value) for entry in entries for value in _ids(entry, id_column))
    if result.success != (not ids):
        raise GateError(f"Expectation {name!r} reports success={result.success} with {len(ids)} failing ids.")
    return ids


def _ids(entry: Mapping[str, Any], id_column: str) -> Sequence[Any]:
    value = entry[id_column]
    return value if isinstance(value, list) else [value]


def _raised(info: Mapping[str, Any] | None) -> bool:
    """Whether an exception is noted, either flat or one level down under a metric's id."""
    entries = [info or {}, *(value for value in (info or {}).values() if isinstance(value, Mapping))]
    return any(entry.get("raised_exception") for entry in entries)
