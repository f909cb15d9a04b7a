"""`kempt status`: where each tenant stands."""

from typing import Any

from kempt.cli.output import Json, TenantOption, print_json, say, verb

LINES = (
    ("raw", "records read"),
    ("quarantined", "quarantined"),
    ("canonical", "canonical"),
    ("duplicates", "duplicates found"),
    ("entities", "golden records"),
    ("clusters", "of them merged from several records"),
    ("pending_review", "waiting for review"),
    ("events", "events in the ledger"),
)


@verb
def status(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Show records, quarantine, golden records, proposals, ledger and health of every tenant."""
    figures = measured(tenant)
    if as_json:
        print_json({"tenants": figures})
        return
    for name, figure in figures.items():
        say(name)
        for key, label in LINES:
            say(f"  {figure[key]:>9,}  {label}")
        for kind, state in figure["model_candidates"].items():
            say(f"             {kind} model: {state}. `kempt model list` shows it")
        steps = ", ".join(f"{count:,} {step.replace('_', '-')}" for step, count in figure["dedup"].items() if count)
        say(f"             records: {steps}")
        for name, beyond in figure["beyond_bound"].items():
            old = f"older than policy allows, up to {beyond['oldest_days']:,} days"
            say(f"             {beyond['values']:,} values of {name} from providers are {old}")
        if figure["anybody_decides"]:
            say("             nobody is registered to decide, so anybody here does: `kempt member add`")
        verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in figure["proposals"].items())
        say(f"             proposals: {verdicts}")
        say(
            f"             ledger {'verified' if figure['ledger_ok'] else 'BROKEN: run `kempt ledger verify`'}, "
            f"health {health(figure)}"
        )


def measured(tenant: str | None) -> dict[str, dict[str, Any]]:
    """The figures of one tenant, or of all."""
    from kempt.settings import load_settings
    from kempt.usecases.status import status as status_of
    from kempt.usecases.tenancy import Tenants
    from kempt.warehouse.connection import open_lake

    tenants = Tenants(load_settings())
    figures = {}
    for name in tenants.names() if tenant is None else (tenants.choose(tenant),):
        opened = tenants.open(name)
        with open_lake(opened.lake) as lake:
            figures[name] = status_of(opened, lake).as_json()
    return figures


def health(figure: dict[str, Any]) -> str:
    """The score now, and what it was for the records as their sources hold them."""
    if figure["health"] is None:
        return "not measured yet"
    return f"{figure['health']:.1f} of 100 (the sources' records: {figure['health_before']:.1f})"
