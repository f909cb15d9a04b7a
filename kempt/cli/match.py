"""`kempt match` and `kempt explain`: duplicates in any file, without a database, a policy or an installation."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kempt.cli.memory import share_memory, without_pandas
from kempt.cli.output import Json, print_json, print_table, say, shown, verb

if TYPE_CHECKING:
    from kempt.matching.profile.roles import Role
    from kempt.matching.report.matched import Matched
    from kempt.usecases.match_asked import Asked


Engine = Literal["duckdb", "spark", "recordlinkage"]
HELD = {"apart": "they are never in one cluster", "ask": "only a person puts them into one cluster"}
"""What follows from a policy's constraint."""
MOST_COLUMNS = 100
"""Of more columns only those that are compared are listed."""


@verb
def match(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Files: CSV, TSV, Parquet or XLSX.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="The folder to write into; it is made, and what an earlier run left there replaced. Required, but for "
            "--describe.",
        ),
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option("--id", metavar="COLUMN", help="The column with ids; record_id if not told, or else row numbers."),
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=ROLE",
            help="Overrule what a column is taken for; may be repeated. ROLE: given_name, family_name, email, phone, "
            "date, url, number, code, category, word, text, or nothing, which leaves the column out. With --model: "
            "the column of the model that it is.",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold", min=0.01, max=0.9999, help="Probability above which records are linked; 0.5 if not told."
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="FILE", help="CSV or Parquet with record_id, cluster_id: how right is it?"),
    ] = None,
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Learn from --labels too: writes candidate.json, a model to name with --model."),
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="FILE", help="Weigh by the model.json of an earlier run, and learn nothing."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="Compare and link as a hand-written policy says; learn nothing."),
    ] = None,
    only_describe: Annotated[
        bool,
        typer.Option("--describe", help="Only say what the columns are taken for, and what a policy may name."),
    ] = False,
    engine: Annotated[
        Engine | None,
        typer.Option(
            "--engine",
            help="What weighs the pairs: duckdb, if neither told nor in the policy; recordlinkage is slow, to be read, "
            "and takes 20,000 records.",
        ),
    ] = None,
    spark_url: Annotated[
        str | None,
        typer.Option(
            "--spark-url", metavar="URL", help="With --engine spark: a Spark Connect server, sc://host:15002."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Find the records that are one person or company in files that nobody described.

    Reads what the columns hold, learns from the records themselves what agreement is worth, and writes clusters.csv,
    pairs.parquet, report.html and all that `kempt explain` needs into one folder. Rows that cannot be read stand in
    refused.csv. Nothing else is touched.
    """
    import json

    if learn and labels is None:
        raise typer.BadParameter("needs --labels FILE to learn from", param_hint="--learn")
    share_memory()
    from kempt.usecases.match_asked import Asked
    from kempt.usecases.match_files import match_files
    from kempt.usecases.match_write import PAGE, REPORT

    asked = Asked(
        id_column=id_column,
        told={} if model else _told(maps or []),
        renamed=_renamed(maps or []) if model else {},
        threshold=threshold,
        labels=labels,
        learn=learn,
        model=model,
        policy=policy,
        engine=engine,
        spark_url=spark_url,
    )
    if only_describe:
        _describe(inputs, asked, as_json=as_json)
        return
    if out is None:
        raise typer.BadParameter("name the folder to write into", param_hint="--out")
    progress = (lambda stage: None) if as_json else (lambda stage: say(f"{stage} ..."))
    # The other engines work with it.
    with without_pandas() if policy is None and engine in (None, "duckdb") else nullcontext():
        matched = match_files(inputs, out, asked, progress=progress)
    report = json.loads((out / REPORT).read_text())
    if as_json:
        print_json(report)
        return
    _show(matched, report)
    refused = ", refused.csv" if report["refused"] else ""
    if found := report["policy"]:
        say(f"By the policy {found['file']}: {sum(found['questions'].values()):,} questions for a person to decide.")
    say(f"\nWritten to {out}: clusters.csv, pairs.parquet, cluster_metrics.parquet, report.json{refused}.")
    say(f"To read: {out / PAGE}")
    say(f"Why two records are one, or not: kempt explain RECORD RECORD --run {out}")


@verb
def explain(
    one: Annotated[str, typer.Argument(metavar="RECORD", help="The id of a record.")],
    other: Annotated[str, typer.Argument(metavar="RECORD", help="The id of another.")],
    run: Annotated[Path, typer.Option("--run", help="The folder that `kempt match` wrote.")],
    as_json: Json = False,
) -> None:
    """Say what speaks for two records being one and what against, in bits that sum up to the total."""
    from kempt.usecases.match_files import explain_pair

    found = explain_pair(run, one, other)
    if as_json:
        print_json(
            {
                "left": one,
                "right": other,
                "prior": found.prior,
                "findings": [
                    {"comparison": f.comparison, "outcome": f.outcome, "says": f.says, "bits": f.bits}
                    for f in found.findings
                ],
                "bits": found.bits,
                "probability": found.probability,
                "needed": list(found.needed),
                "constraints": [{"says": says, "then": then} for says, then in found.constraints],
            }
        )
        return
    rows = [{"comparison": "before looking", "bits": f"{found.prior:+.2f}", "finding": "any two records"}]
    rows += [{"comparison": f.comparison, "bits": f"{f.bits:+.2f}", "finding": f.says} for f in found.findings]
    print_table(rows, ("comparison", "bits", "finding"), empty="")
    known = f", by {found.calibration.pairs:,} labelled pairs" if found.calibration.knots else ""
    say(f"total {found.bits:+.2f} bits: probability {found.probability:.4f}{known}")
    if found.needed:
        say(f"without {' or '.join(found.needed)} the answer would be another.")

    for says, then in found.constraints:
        say(f"whatever they weigh, {HELD[then]}: {says}.")


def _describe(inputs: list[Path], asked: "Asked", *, as_json: bool) -> None:
    from kempt.usecases.match_by_policy import describe_files

    description, features = describe_files(inputs, asked)
    columns = [{"column": r.column, "taken for": r.role, "because": r.why} for r in description.readings]
    names = [{"name": each.name, "made of": each.source, "what it is": each.says} for each in features]
    if as_json:
        print_json({"columns": columns, "names": names})
        return
    print_table(columns, ("column", "taken for", "because"), empty="")
    say("\nA policy may name:")
    print_table(names, ("name", "made of", "what it is"), empty="nothing: no column tells records apart.")


def _told(maps: list[str]) -> "dict[str, Role]":
    from kempt.matching.profile.roles import ROLES

    told: dict[str, Role] = {}
    for text in maps:
        column, _, role = text.partition("=")
        chosen = next((each for each in ROLES if each == role), None)
        if not column or chosen is None:
            raise typer.BadParameter(f"expected COLUMN=ROLE, ROLE one of {', '.join(ROLES)}", param_hint="--map")
        told[column] = chosen
    return told


def _renamed(maps: list[str]) -> dict[str, str]:
    parts = [text.partition("=") for text in maps]
    if not all(column and known for column, _, known in parts):
        raise typer.BadParameter("expected COLUMN=FIELD, FIELD a column of the model", param_hint="--map")
    return {column: known for column, _, known in parts}


def _taught(taught: dict[str, Any]) -> str:
    if taught["refused"]:
        return f"No candidate was made from the labels: {'; '.join(taught['refused'])}."
    now, then = taught["before"], taught["held_out"]
    figures = "; ".join(f"{name} {then[name]:.3f}, now {now[name]:.3f}" for name in ("f1", "precision", "recall"))
    return (
        f"From {taught['judged_pairs']:,} judged pairs a candidate was made, candidate.json, that nothing uses yet. "
        f"Over pairs it had not seen: {figures}. To use it, say --model candidate.json."
    )


def _show(matched: "Matched", report: dict[str, Any]) -> None:
    readings = matched.description.readings
    listed = [r for r in readings if r.role != "nothing"] if len(readings) > MOST_COLUMNS else readings
    columns = [{"column": r.column, "taken for": r.role, "because": r.why} for r in listed]
    print_table(columns, ("column", "taken for", "because"), empty="")
    if len(listed) < len(readings):
        say(f"... and {len(readings) - len(listed):,} columns that are not compared; report.json says why.")
    say(
        f"\n{report['records']:,} records: {report['clusters']:,} persons or companies, "
        f"{report['duplicates']:,} duplicates, the largest cluster has {report['largest_cluster']:,} records."
    )
    if report["refused"]:
        say(f"{report['refused']:,} of {report['rows']:,} rows could not be read and are not among them: refused.csv.")
    if (labels := report["labels"]) is not None:
        pairs = labels["pairwise"]
        say(
            f"By {labels['records']:,} labelled records: precision {pairs['precision']:.3f}, recall "
            f"{pairs['recall']:.3f}, F1 {pairs['f1']:.3f}. {labels['only_matched']:,} records have no label, "
            f"{labels['only_labelled']:,} labels no record."
        )
    if (taught := report.get("candidate")) is not None:
        say(_taught(taught))
    for warning in report["warnings"]:
        say(f"Take care: {shown(warning)}")
