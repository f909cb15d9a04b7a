"""Splink as its documentation shows it, configured by a plan; `--tuned` adds its own settings for speed.

Values are cleaned in DuckDB before, as a user would; names and e-mail are compared by what Splink has for them, with
term frequencies. Clusters are connected from 0.95 on, as in the documented example.
"""

import logging
from importlib.metadata import version
from typing import Any

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.matching.peers.exchange import FORMS, FREE_OF_MEANING, ROLES, arguments, plan_of, write_notes

CLUSTERED_FROM, KEPT_FROM, RECALL, SAMPLE = 0.95, 0.01, 0.7, 1e6
PHONE = "nullif(right(regexp_replace(split_part(lower({0}), 'x', 1), '[^0-9]', '', 'g'), 10), '')"
CLEANED = {
    "name": "nullif(trim(regexp_replace(lower(strip_accents({0})), '[^a-z -]', '', 'g')), '')",
    "company": "nullif(trim(regexp_replace(regexp_replace(lower(strip_accents({0})), '[^a-z0-9 ]', '', 'g'), '"
    + FORMS
    + "', '')), '')",
    "email": "case when split_part(lower(trim({0})), '@', 1) not in " + str(ROLES) + " then lower(trim({0})) end",
    "phone": PHONE,
}
PLAIN = "nullif(lower(trim({0})), '')"


def cleaned(connection: duckdb.DuckDBPyConnection, source: str, plan: dict[str, Any]) -> None:
    """The table `record`: the columns of the plan without noise."""
    chosen = []
    for column, kind in plan["columns"].items():
        said = f'(case when lower(trim("{column}")) not in {FREE_OF_MEANING} then "{column}" end)'
        chosen.append(f'{CLEANED.get(kind, PLAIN).replace("{0}", said)} as "{column}"')
    connection.execute(f"create table record as select record_id, {', '.join(chosen)} from read_parquet('{source}')")
    if plan["full_name"]:
        first, last = plan["full_name"]
        connection.execute("alter table record add column full_name varchar")
        connection.execute(f'update record set full_name = "{first}" || \' \' || "{last}"')


def key(text: str) -> str:
    """A key of the plan in SQL."""
    column, _, part = text.partition(":")
    if part == "user":
        return f"split_part({column}, '@', 1)"
    return f"left({column}, {part})" if part else column


def comparison(column: str, kind: str) -> Any:
    """How one column is compared."""
    made: Any
    if kind in ("name", "company"):
        made = cl.JaroWinklerAtThresholds(column, [0.92, 0.8])
    elif kind == "email":
        return cl.EmailComparison(column)
    elif kind == "phone":
        made = cl.LevenshteinAtThresholds(column, [1])
    elif kind in ("code", "date"):
        return cl.LevenshteinAtThresholds(column, [1, 2])
    elif kind == "street":
        return cl.JaroWinklerAtThresholds(column, [0.95, 0.85])
    elif kind == "category":
        made = cl.ExactMatch(column)
    elif kind == "place":
        made = cl.JaroWinklerAtThresholds(column, [0.9])
    else:
        return cl.JaroWinklerAtThresholds(column, [0.9, 0.8])
    return made.configure(term_frequency_adjustments=True)


def comparisons(plan: dict[str, Any]) -> list[Any]:
    """All comparisons; given and family name together when the plan has both."""
    together = plan["full_name"] or []
    made = [comparison(column, kind) for column, kind in plan["columns"].items() if column not in together]
    if together:
        made.insert(0, cl.ForenameSurnameComparison(*together, forename_surname_concat_col_name="full_name"))
    return made


def train(linker: Linker, plan: dict[str, Any], tuned: bool) -> list[str]:
    """Trains without labels; returns the rules by which nothing could be learned."""
    sure = [" and ".join(f"l.{each} = r.{each}" for each in rule) for rule in _plain(plan["sure"])]
    linker.training.estimate_probability_two_random_records_match(sure, recall=RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLE)
    faster: dict[str, Any] = {"max_pairs": SAMPLE, "estimate_without_term_frequencies": True} if tuned else {}
    failed = []
    for rule in plan["training"]:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*map(key, rule)), **faster)
        except Exception as problem:  # one session may find too little to learn from
            failed.append(f"training by {' + '.join(rule)}: {type(problem).__name__}")
    return failed


def _plain(rules: list[list[str]]) -> list[list[str]]:
    return [[key(each) for each in rule] for rule in rules if not any(":" in each for each in rule)] or [
        [each.split(":")[0] for each in rule] for rule in rules
    ]


def main() -> None:
    """One run, or with --count only the number of candidate pairs."""
    told = arguments(tuned={"action": "store_true"}, count={"action": "store_true"})
    logging.getLogger("splink").setLevel(logging.ERROR)
    plan = plan_of(told.plan)
    connection = duckdb.connect()
    cleaned(connection, str(told.records), plan)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=comparisons(plan),
        blocking_rules_to_generate_predictions=[block_on(*map(key, rule)) for rule in plan["blocks"]],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    database = DuckDBAPI(connection)
    linker = Linker(database.register("record"), settings)
    if told.count:
        pairs = linker.inference.compute_blocked_pairs_for_predict().physical_name
        write_notes(told.out, {"pairs": connection.execute(f"select count(*) from {pairs}").fetchall()[0][0]})
        return
    failed = train(linker, plan, told.tuned)
    predicted = linker.inference.predict(threshold_match_probability=KEPT_FROM)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, CLUSTERED_FROM)
    connection.execute(
        f"copy (select record_id, cluster_id from {clusters.physical_name}) to '{told.out / 'clusters.csv'}' (header)"
    )
    write_notes(told.out, {"version": version("splink"), "remarks": failed})


if __name__ == "__main__":
    main()
