"""`kempt health`: how a tenant does over time."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

if TYPE_CHECKING:
    from kempt.usecases.queue_figures import QueueFigures, Share


@verb
def health(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Show health by source and owner, how the review queue does, whether runs come to rest, and what is unusual."""
    from kempt.settings import load_settings
    from kempt.usecases.health import health as look
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    found = look(tenants.open(tenants.choose(tenant)), now=datetime.now(UTC))
    if as_json:
        print_json(found.as_json())
        return
    wholes = {"golden": "golden records", "records": "source records"}
    rows = [
        {
            "of": wholes.get(each.scope, f"{each.scope} {each.name}"),
            "records": each.now.records, "score": f"{each.now.score:.1f}", "before": f"{each.days[0].health.score:.1f}",
            "days": len(each.days), **{name: f"{getattr(each.now, name):.3f}" for name in
                                       ("completeness", "validity", "freshness", "uniqueness")},
        }
        for each in found.series
    ]  # fmt: skip
    columns = ("of", "records", "score", "before", "days", "completeness", "validity", "freshness", "uniqueness")
    print_table(rows, columns, empty="Not measured yet: the next run does (`kempt run`).")
    say()
    _queue(found.queue)
    for run in found.runs[-5:]:
        say(f"run      {run.at:%Y-%m-%d %H:%M}  {run.minted:,} new, {run.merged:,} merged, {run.split:,} split")
    for each in found.anomalies:
        say(f"unusual  {shown(each.told)}")


def _queue(queue: "QueueFigures") -> None:
    speed = queue.decisions_per_hour
    say(f"queue    {queue.pending:,} pending, {queue.deferred:,} deferred, {queue.approved:,} approved and not applied")
    say(f"age      half below {_age(queue.age_p50)}, 95 of 100 below {_age(queue.age_p95)}")
    say(f"speed    {'nobody decided in the last day' if speed is None else f'{speed:.1f} decisions an hour'}")
    for each in (*queue.by_rule, *queue.by_provider):
        say(f"agreed   {shown(each.name)}: {_share(each.share)}")
    say(f"undone   {_share(queue.taken_back)} of decisions, {_share(queue.unmerged)} of merges; "
        f"audits found {_share(queue.audited_wrong)} wrong")  # fmt: skip


def _share(share: "Share") -> str:
    return f"{share.part:,} of {share.whole:,}" + ("" if share.rate is None else f" ({share.rate:.0%})")


def _age(age: timedelta | None) -> str:
    if age is None:
        return "nothing waits"
    hours = age / timedelta(hours=1)
    if hours < 1:
        return f"{60 * hours:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
