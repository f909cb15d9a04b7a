"""`kempt import` and `kempt sample`: a stranger's export, and data to try things on."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

if TYPE_CHECKING:
    from kempt.extracts.declare import Detection
    from kempt.extracts.detect import Detected


PLURAL = {"contact": "contacts", "company": "companies", "lead": "leads"}


@verb
def import_(
    path: Annotated[Path, typer.Argument(help="A file or a folder of files: CSV, XLSX, JSON or Parquet.")],
    tenant: TenantOption = None,
    maps: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Overrule a choice; may be repeated.")
    ] = None,
    object_type: Annotated[
        str | None, typer.Option("--object", help="contact, company or lead, when it is not recognised.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; take the mapping as shown.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be imported and write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Read an export nobody has described: show how its columns are understood, ask, and run everything on it."""
    from kempt.extracts.detect import detect, parse_maps
    from kempt.settings import load_settings

    if object_type not in (None, "contact", "company", "lead"):
        raise typer.BadParameter("expected contact, company or lead", param_hint="--object")
    name = tenant or (None if dry_run else _only_tenant()) or "imported"
    detected = detect(path, tenant=name, object_type=object_type, maps=parse_maps(maps or []))  # type: ignore[arg-type]
    if as_json:
        print_json(_as_json(detected))
    else:
        _explain(detected)
    if dry_run or not detected.found:
        return
    if not yes and not (sys.stdin.isatty() and typer.confirm("Import with this mapping?", default=True)):
        say("Nothing was imported. Add --yes, or correct a choice with --map FIELD=COLUMN.")
        raise typer.Exit(1)
    _run(load_settings(), name, detected, quiet=as_json)


@verb
def sample(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write; one folder a tenant, the truth apart.")
    ],
    records: Annotated[
        int, typer.Option("--records", min=200, help="Records of the first day, all tenants together.")
    ] = 6000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same files.")] = 7,
    as_json: Json = False,
) -> None:
    """Generate extracts of two fictional tenants: five systems, three days, and everything that makes matching hard."""
    from kempt.sample.generate import generate

    report = generate(directory, records=records, seed=seed)
    rows = [
        {"tenant": name, "system": system, "day": day, "rows": count}
        for (name, system, day), count in report.rows.items()
    ]
    if as_json:
        print_json(
            {
                "rows": rows,
                "files": [str(file) for file in report.files],
                "truth": [str(file) for file in report.truth_files],
            }
        )
    else:
        print_table(rows, ("tenant", "system", "day", "rows"), empty="")
        say(f"{len(report.files)} files in {directory}; the truth is in {directory / 'truth'}.")


def _only_tenant() -> str | None:
    from kempt.errors import KemptError
    from kempt.ledger.server import ensure_server
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    settings = load_settings()
    ensure_server(settings)
    names = Tenants(settings).names()
    if len(names) > 1:
        raise KemptError(
            f"into which tenant? Name one with --tenant; a new name makes a new tenant. Tenants: {', '.join(names)}."
        )
    return names[0] if names else None


def _run(settings: "object", name: str, detected: "Detected", *, quiet: bool) -> None:
    from kempt.cli.children import messages
    from kempt.cli.operate import show_progress
    from kempt.cli.summary import summarize
    from kempt.settings import Settings
    from kempt.usecases.add_tenant import add_tenant
    from kempt.usecases.import_files import import_files
    from kempt.usecases.tenancy import Tenants

    assert isinstance(settings, Settings)
    add_tenant(settings, name)
    today = datetime.now(UTC).date()
    written = import_files(Tenants(settings), name, detected.found, day=today)
    reports = messages(settings, [f"land {name} {today}, hygiene {name}, sensors"])
    if quiet:
        for _ in reports:
            pass
        return
    for file in written:
        say(f"declared in {file}")
    show_progress(reports)
    summarize(settings, name)


def _explain(detected: "Detected") -> None:
    for detection in detected.found:
        declaration = detection.declaration
        say(
            f"{', '.join(file.name for file in detection.files)}: "
            f"{PLURAL[declaration.object]}, because {detection.reason}"
        )
        rows = [
            {
                "field": choice.field,
                "column": ", ".join(map(shown, choice.columns)),
                "sure": f"{choice.confidence:.0%}",
                "because": choice.reason,
            }
            for choice in detection.choices
        ]
        print_table(
            rows, ("field", "column", "sure", "because"), empty="  no column was recognised; name them with --map"
        )
        say(
            f"  key: {', '.join(map(shown, declaration.key_columns))}"
            + (" (derived: the file has no id)" if declaration.derived_key else "")
        )
        if detection.unmapped:
            say(f"  kept as extras: {', '.join(map(shown, detection.unmapped))}")
        for warning in detection.warnings:
            say(f"  careful: {warning}")
        say()
    for left in detected.left_out:
        say(f"left out {left.path.name}: {left.reason}")


def _as_json(detected: "Detected") -> dict[str, object]:
    def plain(detection: "Detection") -> dict[str, object]:
        return {
            "files": [str(file) for file in detection.files],
            "source": detection.declaration.source,
            "object": detection.declaration.object,
            "reason": detection.reason,
            "key": list(detection.declaration.key_columns),
            "choices": [
                {
                    "field": each.field,
                    "columns": list(each.columns),
                    "confidence": each.confidence,
                    "reason": each.reason,
                }
                for each in detection.choices
            ],
            "unmapped": list(detection.unmapped),
            "warnings": list(detection.warnings),
        }

    return {
        "found": [plain(detection) for detection in detected.found],
        "left_out": [{"path": str(left.path), "reason": left.reason} for left in detected.left_out],
    }
