"""`kempt policy`: what the system may do, whether its tests hold, and why it decided as it did."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kempt.cli import policy_life
from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

app = typer.Typer(
    help="Check policies, try them, put them in force, take them back, and stop what is applied without asking.",
    no_args_is_help=True,
)

Folder = Annotated[
    Path | None,
    typer.Option("--policy", metavar="DIR", help="A folder whose files stand in for the project's of the same name."),
]
Named = Annotated[
    str, typer.Argument(metavar="POLICY", help="A version's first characters, a folder, files or active.")
]


@app.command("list")
@verb
def list_(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List the sections of the files with their versions; of a tenant, its versions, budget and switches too."""
    from kempt.policy.load import load_policies
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    if tenant is not None:
        policy_life.print_state(tenants, tenants.choose(tenant), as_json)
        return
    policies = load_policies(tenants.project / "policies")
    rows = [{"section": name, "version": section.version} for name, section in policies.sections().items()]
    if as_json:
        print_json(rows)
    else:
        print_table(
            [{**row, "version": row["version"][:12]} for row in rows], ("section", "version"), empty="No policies."
        )


@app.command("test")
@verb
def check(policy: Folder = None, as_json: Json = False) -> None:
    """Run every case of policies/tests and say which verdict differs from the expected one."""
    from kempt.policy.cases import check_policies
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    results = check_policies(Tenants(load_settings()).project / "policies", policy)
    wrong = [each for each in results if not each.ok]
    if as_json:
        print_json({"cases": len(results), "wrong": [each.message for each in wrong]})
    else:
        for each in wrong:
            say(each.message)
        say(f"{len(results) - len(wrong)} of {len(results)} cases hold.")
    if wrong:
        raise typer.Exit(1)


@app.command()
@verb
def lint(policy: Folder = None, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Say what would be refused at publish, with file and line: also what each file alone allows."""
    from kempt.settings import load_settings
    from kempt.usecases.policy_life import lint_policies
    from kempt.usecases.tenancy import Tenants

    policies, refused = lint_policies(Tenants(load_settings()), tenant, policy)
    if as_json:
        print_json({"version": policies.version if policies else None, "refused": refused})
    else:
        for each in refused:
            say(each)
        if policies is not None:
            say(f"{policies.version[:12]}: {len(refused) or 'no'} finding{'s' * (len(refused) != 1)}.")
    if refused:
        raise typer.Exit(1)


@app.command()
@verb
def diff(before: Named, after: Named, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Show what two policies say differently, rule by rule."""
    from dataclasses import asdict

    from kempt.policy.diff import diff as differences

    tenants, opened = _open(tenant)
    one, other = (_named(tenants, opened, name) for name in (before, after))
    rows = [asdict(each) for each in differences(one, other)]
    if as_json:
        print_json({"before": one.version, "after": other.version, "changes": rows})
    else:
        print_table(rows, ("section", "place", "before", "after"), empty="They say the same.")


@app.command()
@verb
def show(policy: Named = "active", tenant: TenantOption = None, as_json: Json = False) -> None:
    """Show all that a policy says, and what became of its version."""
    from kempt.usecases.policy_versions import history

    tenants, opened = _open(tenant)
    policies = _named(tenants, opened, policy)
    with opened.database.transaction(opened.name) as connection:
        became = history(connection, policies.version)
    bodies = {name: section.model_dump(mode="json", exclude_none=True) for name, section in policies.sections().items()}
    if as_json:
        print_json({"version": policies.version, "history": became, "sections": bodies})
        return
    import yaml

    say(f"version {policies.version}")
    print_table(became, ("at", "state", "share", "author", "reason"), empty="Never published: it is what files say.")
    say(yaml.safe_dump(bodies, sort_keys=False, allow_unicode=True, width=120).rstrip())


@app.command()
@verb
def explain(
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="A proposal's id; its first characters will do.")],
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Say which rules decided about a proposal and which lost, from what, and whether it comes out the same again."""
    from kempt.usecases.policy_explain import explain_decision

    told = explain_decision(_open(tenant)[1], proposal)
    if as_json:
        print_json(told)
        return
    say(f"{told['verdict']}: {', '.join(told['reasons'])}")
    print_table(told["rules"], ("rule", "says", "fired", "why"), empty="No rule held; see the reasons.")
    for name in ("agent", "decided_at", "policy_version", "policy_set", "protection", "model", "code", "input_digest"):
        say(f"{name:<15} {shown(told[name])}")
    say("Decided before versions were kept with decisions." if told["again"] is None else
        f"Decided again now: {'the same' if told['again'] else 'OTHERWISE'}.")  # fmt: skip


@app.command()
@verb
def repeat(
    sample: Annotated[
        int, typer.Option("--sample", min=1, help="So many decisions of policy, drawn by chance.")
    ] = 1000,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Make recorded decisions once more from what was kept of them. Fails when one comes out otherwise."""
    from kempt.usecases.policy_explain import repeat_decisions

    count, otherwise = repeat_decisions(_open(tenant)[1], sample)
    if as_json:
        print_json({"repeated": count, "otherwise": otherwise})
    else:
        say(f"{count} decisions made again: {'all the same' if not otherwise else f'{len(otherwise)} OTHERWISE'}.")
        for decision in otherwise:
            say(f"  {decision}")
    if otherwise:
        raise typer.Exit(1)


@app.command()
@verb
def schema(
    section: Annotated[str | None, typer.Argument(help="matching, autonomy, ...; all when left out.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the files there.")] = None,
) -> None:
    """Print the JSON Schema of a section for editors, or write all to a folder. docs/schema holds them."""
    from kempt.errors import StopRun
    from kempt.policy.schema import schemas

    texts = schemas()
    if section is not None and section not in texts:
        raise StopRun(f"no section {section!r}. Sections: {', '.join(texts)}.")
    for name, text in texts.items():
        if section in (None, name):
            if out is None:
                say(text.rstrip())
            else:
                out.mkdir(parents=True, exist_ok=True)
                (out / f"{name}.json").write_text(text, encoding="utf-8")


def _open(tenant: str | None) -> Any:
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    return tenants, tenants.open(tenants.choose(tenant))


def _named(tenants: Any, tenant: Any, name: str) -> Any:
    from kempt.usecases.policy_named import policies_named

    return policies_named(tenants, tenant, name)


for command in (
    policy_life.publish,
    policy_life.backtest,
    policy_life.shadow,
    policy_life.activate,
    policy_life.rollback,
    policy_life.stop,
    policy_life.resume,
):
    app.command()(command)
