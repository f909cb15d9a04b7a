"""What can be started as one: landing, the hygiene run of a tenant, carrying to review, applying."""

import dagster as dg

from assets.captions import key

RAW = dg.AssetSelection.assets(key("raw_extracts"))
REVIEW = dg.AssetSelection.assets(key("review_queue"))
APPLY = dg.AssetSelection.assets(key("applied_changes"))

land_extracts = dg.define_asset_job(
    "land_extracts",
    selection=RAW,
    description="Reads what the sources hold for a day and lands it as raw extracts.",
)

hygiene_run = dg.define_asset_job(
    "hygiene_run",
    selection=dg.AssetSelection.all() - RAW - REVIEW,
    description="One tenant from landed extracts to golden records, proposals and applied changes.",
)

carry_proposals = dg.define_asset_job(
    "carry_proposals",
    selection=REVIEW,
    description="Carries proposals that policy sends to a steward into the review table.",
)

apply_approved = dg.define_asset_job(
    "apply_approved",
    selection=APPLY,
    description="Applies what stewards approved, and works identity and golden records out again.",
)

ALL = (land_extracts, hygiene_run, carry_proposals, apply_approved)
