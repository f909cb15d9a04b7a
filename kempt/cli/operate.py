"""`kempt demo | run | rebuild | up | down`: what starts and ends things."""

import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, verb

if TYPE_CHECKING:
    from kempt.usecases.rebuild_matches import Churn

DEMO_RECORDS = 6000
DEMO_SEED = 7
WEB_PORT = 3080


@verb
def demo(
    records: Annotated[
        int, typer.Option("--records", min=200, help="Records of the first day, both tenants together.")
    ] = DEMO_RECORDS,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same data.")] = DEMO_SEED,
) -> None:
    """Generate sample extracts of two fictional tenants, run everything on three days of them, and sum up."""
    from kempt.cli.children import messages
    from kempt.cli.summary import summarize
    from kempt.ledger.server import ensure_server
    from kempt.sample.sources import DAYS
    from kempt.settings import load_settings
    from kempt.usecases.add_tenant import add_tenant
    from kempt.usecases.prepare_sample import TENANTS, prepare_sample

    settings = load_settings()
    say("starting PostgreSQL")
    ensure_server(settings)
    for name in TENANTS:
        add_tenant(settings, name)
    say(f"generating sample extracts ({records:,} records, seed {seed})")
    prepare_sample(settings, records=records, seed=seed)
    commands = [
        command for day in DAYS for name in TENANTS for command in (f"land {name} {day}", f"settle {name} {day}")
    ]
    show_progress(messages(settings, [", ".join([*commands, "sensors"])]))
    summarize(settings)


@verb
def run(
    tenant: TenantOption = None,
    day: Annotated[
        list[datetime] | None, typer.Option("--day", formats=["%Y-%m-%d"], help="A day to land first; may be repeated.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Only carry out what stewards approved.")] = False,
) -> None:
    """Land the given days, then work one tenant (or all) through; finish with what the sensors would start."""
    from kempt.cli.children import messages
    from kempt.ledger.server import ensure_server
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    settings = load_settings()
    ensure_server(settings)
    tenants = Tenants(settings)
    names = tenants.names() if tenant is None else (tenants.choose(tenant),)
    commands = [] if apply else [command for name in names for command in _commands(name, day or [])]
    show_progress(messages(settings, [", ".join([*commands, "sensors"])]))


@verb
def rebuild(
    tenant: TenantOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; rebuild.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change and write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Match all records of a tenant with a new model: show which ids that would change, ask, and run everything."""
    from kempt.cli.children import messages
    from kempt.ledger.server import ensure_server
    from kempt.settings import load_settings
    from kempt.usecases.rebuild_matches import choose_rebuild, foresee_rebuild
    from kempt.usecases.tenancy import Tenants
    from kempt.warehouse.connection import open_lake

    settings = load_settings()
    if not dry_run:
        ensure_server(settings)
    tenants = Tenants(settings)
    opened = tenants.open(tenants.choose(tenant))
    with open_lake(opened.lake) as lake:
        churn = foresee_rebuild(opened, lake)
    if as_json:
        print_json({kind: asdict(each) for kind, each in churn.items()})
    else:
        _show_churn(churn)
    if dry_run:
        return
    if not yes and not (sys.stdin.isatty() and typer.confirm("Rebuild?", default=False)):
        say("Nothing was rebuilt. Add --yes to do it.")
        raise typer.Exit(1)
    with open_lake(opened.lake) as lake:
        choose_rebuild(opened, lake)
    reports = messages(settings, [f"hygiene {opened.name}, sensors"])
    if as_json:
        deque(reports, maxlen=0)
    else:
        show_progress(reports)


@verb
def up(
    port: Annotated[
        int, typer.Option("--port", min=1024, max=65535, help="Port of Dagster's page on 127.0.0.1.")
    ] = 3000,
    web_port: Annotated[
        int, typer.Option("--web-port", min=1024, max=65535, help="Port of the web app on 127.0.0.1.")
    ] = WEB_PORT,
) -> None:
    """Serve the web app and Dagster's page, sensors and schedules until Ctrl-C; then nothing of it is left running."""
    from kempt.cli.children import refuse_taken, serve
    from kempt.ledger.server import ensure_server
    from kempt.settings import load_settings

    settings = load_settings()
    refuse_taken(port)
    refuse_taken(web_port)
    ensure_server(settings)
    say(f"Dagster is starting on http://127.0.0.1:{port}, the web app on http://127.0.0.1:{web_port}.")
    say("Ctrl-C ends both; the database stays up until `kempt down`. `kempt user link NAME` prints a way into the app.")
    serve(settings, port, web_port)


@verb
def web(
    port: Annotated[int, typer.Option("--port", min=1024, max=65535, help="Port on 127.0.0.1.")] = WEB_PORT,
) -> None:
    """Serve the steward's web app alone, until Ctrl-C."""
    from kempt.cli.children import refuse_taken
    from kempt.ledger.server import ensure_server
    from kempt.settings import load_settings
    from kempt.web.server import serve_web

    settings = load_settings()
    refuse_taken(port)
    ensure_server(settings)
    say(f"the web app is on http://127.0.0.1:{port} (Ctrl-C ends it). `kempt user link NAME` prints a way in.")
    serve_web(settings, port)


@verb
def down() -> None:
    """End everything that still runs, the embedded database too."""
    from kempt.cli.children import end_served
    from kempt.ledger.server import stop_server
    from kempt.settings import load_settings

    settings = load_settings()
    served, stopped = end_served(settings), stop_server(settings)
    ended = [name for name, was in (("Dagster", served), ("PostgreSQL", stopped)) if was]
    say(f"ended: {', '.join(ended)}" if ended else "nothing was running")


def show_progress(reports: Iterable[dict[str, Any]]) -> None:
    """A line a run when it is done; in a terminal the step at work stands below it meanwhile."""
    live = sys.stdout.isatty()
    cleared = "\r\033[K" if live else ""
    for report in reports:
        match report:
            case {"event": "step_start", "tenant": name, "step": step} if live:
                typer.echo(f"\r\033[K  {name}: {str(step).removeprefix('kempt__')} ...", nl=False)
            case {"event": "source_stopped", "problem": problem}:
                say(f"{cleared}  stopped: {problem}")
            case {"event": "refused", "problem": problem}:
                say(f"{cleared}  refused: {problem}")
            case {"event": "nothing_new", "tenant": name, "day": day}:
                say(f"{cleared}  {name} {day} nothing new")
            case {"event": "run_ended", "ok": ok}:
                what = " ".join(str(report[key]) for key in ("tenant", "day", "job") if report[key])
                typer.echo(f"{cleared}  {what:<48} {report['seconds']:>6.1f} s{'' if ok else '  FAILED'}")
                if not ok:
                    say(f"    {report['problem']}")


def _commands(tenant: str, days: Sequence[datetime]) -> list[str]:
    return [*(f"land {tenant} {day:%Y-%m-%d}" for day in sorted(days)), f"hygiene {tenant}"]


def _show_churn(churn: "Mapping[str, Churn]") -> None:
    told = {kind: asdict(each) for kind, each in churn.items()}
    names = next(iter(told.values()), {})
    rows = [
        {"what": name.replace("_", " "), **{kind: _brief(figures[name]) for kind, figures in told.items()}}
        for name in names
    ]
    print_table(rows, ("what", *told), empty="")


def _brief(value: str | int) -> str:
    """A count, or the beginning of a digest."""
    return value[:12] if isinstance(value, str) else f"{value:,}"
