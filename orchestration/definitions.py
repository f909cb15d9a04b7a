"""The code location: assets, checks, jobs, schedules, sensors and the resources they run with."""

import dagster as dg

from assets import canonical, crosswalk, enrichment, golden, hygiene, matches, proposals, quarantine, raw, review, vault
from orchestration import jobs, schedules, sensors
from orchestration.resources import LakeResource, TenantsResource

defs = dg.Definitions(
    assets=dg.load_assets_from_modules(
        [raw, canonical, quarantine, vault, matches, crosswalk, golden, hygiene, enrichment, proposals, review]
    ),
    jobs=[
        *jobs.ALL,
        schedules.weekly_digests,
        schedules.outbox_delivery,
        schedules.policy_drift,
        schedules.reconciliation,
    ],
    schedules=schedules.ALL,
    sensors=sensors.ALL,
    resources={"tenants": TenantsResource(), "lake": LakeResource(database=":memory:")},
    executor=dg.in_process_executor,
)
