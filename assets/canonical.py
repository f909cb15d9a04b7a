"""Standardized and canonical records: the dbt models, built in two steps with the gate between them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from assets.captions import ENGINEERS, PREFIX
from assets.partitions import tenants as by_tenant
from kempt.settings import load_settings
from kempt.usecases.canonicalize import canonicalize
from kempt.usecases.publish import publish_marts
from kempt.usecases.settle import settle_extracts
from kempt.usecases.standardize import standardize
from kempt.usecases.tenancy import Tenant, Tenants
from kempt.warehouse.connection import LakeOpener, row_counts
from kempt.warehouse.dbt import NodeResult, manifest_file

PROJECT = Path(__file__).parent.parent / "dbt_project"
MANIFEST = manifest_file(PROJECT, load_settings().home / "dbt")
GROUPS = {
    "staging": "staging",
    "standardized": "staging",
    "canonical": "canonical",
    "features": "matching",
    "marts": "marts",
}


class Names(DagsterDbtTranslator):
    """dbt models under our prefix, grouped by stage; a dbt source is one of our own assets."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return dg.AssetKey([PREFIX, dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return GROUPS.get(dbt_resource_props["fqn"][1])

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props.get("description") or "")

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        return [ENGINEERS]

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition | None:
        return None

    def get_partition_mapping(
        self, dbt_resource_props: Mapping[str, Any], dbt_parent_resource_props: Mapping[str, Any]
    ) -> dg.PartitionMapping | None:
        return dg.AllPartitionMapping() if dbt_parent_resource_props["name"] == "raw_extracts" else None


@dbt_assets(
    manifest=MANIFEST,
    select="staging standardized",
    name="standardize",
    partitions_def=by_tenant,
    dagster_dbt_translator=Names(),
)
def standardized_records(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> Iterator[Any]:
    """Maps the waiting extracts to canonical fields and standardizes what changed."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake):  # dbt has a connection of its own; ours holds the tenant's lease meanwhile
        nodes = standardize(tenant)
    yield from reported(context, nodes, tenant, lake)


@dbt_assets(
    manifest=MANIFEST,
    select="canonical features",
    name="canonicalize",
    partitions_def=by_tenant,
    dagster_dbt_translator=Names(),
)
def canonical_records(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> Iterator[Any]:
    """Contacts, companies and leads that passed every gate, and the features that matching compares."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        nodes = canonicalize(tenant, connection)
    yield from reported(context, nodes, tenant, lake)


@dbt_assets(manifest=MANIFEST, select="marts", name="publish", partitions_def=by_tenant, dagster_dbt_translator=Names())
def marts(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> Iterator[Any]:
    """Golden records and source quality as people query them."""
    tenant = tenants.open(context.partition_key)
    yield from reported(context, publish_marts(tenant), tenant, lake)
    settle_extracts(tenant)


def reported(
    context: dg.AssetExecutionContext, nodes: Sequence[NodeResult], tenant: Tenant, lake: LakeOpener
) -> Iterator[Any]:
    """What dbt built and tested, as Dagster's events: seconds and row counts, no values."""
    models = [node for node in nodes if node.unique_id.startswith("model.")]
    with lake.open(tenant.lake) as connection:
        rows = row_counts(connection, [node.name for node in models])
    for node in models:
        metadata = {"seconds": round(node.seconds, 2), "dagster/row_count": rows[node.name]}
        yield dg.MaterializeResult(asset_key=dg.AssetKey([PREFIX, node.name]), metadata=metadata)
    checks = {spec.name: spec for spec in context.assets_def.check_specs}
    for node in nodes:
        if (spec := checks.get(node.name)) is not None:
            yield dg.AssetCheckResult(
                passed=node.failures == 0,
                asset_key=spec.asset_key,
                check_name=spec.name,
                metadata={"failing_rows": node.failures},
            )
