"""`kempt policy`: what the system may do, and whether its tests hold."""

import typer

from kempt.cli.output import Json, print_json, print_table, say, verb

app = typer.Typer(help="Show the policies in force, or run the cases that stand beside them.", no_args_is_help=True)


@app.command("list")
@verb
def list_(as_json: Json = False) -> None:
    """List the policy sections with the version that names their content."""
    from kempt.policy.load import load_policies
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    policies = load_policies(Tenants(load_settings()).project / "policies")
    rows = [{"section": name, "version": section.version} for name, section in policies.sections().items()]
    if as_json:
        print_json(rows)
    else:
        print_table(
            [{**row, "version": row["version"][:12]} for row in rows], ("section", "version"), empty="No policies."
        )


@app.command("test")
@verb
def check(as_json: Json = False) -> None:
    """Run every case of policies/tests and say which verdict differs from the expected one."""
    from kempt.policy.cases import check_policies
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    results = check_policies(Tenants(load_settings()).project / "policies")
    wrong = [each for each in results if not each.ok]
    if as_json:
        print_json({"cases": len(results), "wrong": [each.message for each in wrong]})
    else:
        for each in wrong:
            say(each.message)
        say(f"{len(results) - len(wrong)} of {len(results)} cases hold.")
    if wrong:
        raise typer.Exit(1)
