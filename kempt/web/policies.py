"""Policies: what is in force, what is being tried, what another would change, and the switch that stops it all.

The same checks as on the command line: a version is published, tried and activated by the same use cases.
"""

import re
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import RedirectResponse, Response

from kempt.policy.diff import diff
from kempt.policy.load import Policies
from kempt.usecases import policy_life
from kempt.usecases.policy_audit import budget_state
from kempt.usecases.policy_backtest import backtest
from kempt.usecases.policy_life import By
from kempt.usecases.policy_named import ACTIVE, policies_named
from kempt.usecases.policy_shadow import shadow_report
from kempt.usecases.policy_switch import switch
from kempt.usecases.policy_versions import FILES, history, in_force, switches, versions
from kempt.web.rendering import render
from kempt.web.visit import Calling, Posting, Reading, Visit

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["policies"])
SINCE = {"": None, "7": 7, "30": 30, "90": 90}


@router.get("/t/{tenant}/policies", name="policies")
def policies(visit: Reading) -> Response:
    """Where the tenant stands."""
    tenant = visit.tenant
    with tenant.database.transaction(tenant.name) as connection:
        force, known, stopped = in_force(connection), versions(connection), switches(connection)
    return render(
        visit, "policies.html", title="Policies", force=force, versions=known, stopped=stopped,
        budget=budget_state(tenant, now=visit.now), version=tenant.policies.version, files=FILES,
        sections={name: section.version for name, section in tenant.policies.sections().items()},
    )  # fmt: skip


@router.get("/t/{tenant}/policies/{name}", name="policy")
def policy(visit: Reading, name: str) -> Response:
    """All that one version says, and how it differs from what is in force."""
    tenant = visit.tenant
    found = _named(visit, name)
    with tenant.database.transaction(tenant.name) as connection:
        became, force = history(connection, found.version), in_force(connection)
        shadowed = (
            shadow_report(connection, found.version, tenant.policies.version) if force.shadow == found.version else None
        )
    _, findings = policy_life.lint_policies(visit.house.tenants, tenant.name, None) if name == FILES else (None, ())
    bodies = {
        each: yaml.safe_dump(section.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True,
                             width=100)
        for each, section in found.sections().items()
    }  # fmt: skip
    return render(
        visit, "policy.html", title="Policy", name=name, policy=found, became=became, bodies=bodies, force=force,
        changes=diff(tenant.policies, found), findings=findings, shadowed=shadowed, active=tenant.policies.version,
        state=became[-1]["state"] if became else FILES,
    )  # fmt: skip


@router.get("/t/{tenant}/policies/{name}/backtest", name="policy_backtest")
def policy_backtest(visit: Reading, name: str, days: Annotated[str, Query(max_length=3)] = "") -> Response:
    """What it would have decided otherwise. Writes nothing."""
    since = SINCE.get(days)
    found = _named(visit, name)
    report = backtest(visit.tenant, found, since=visit.now - timedelta(days=since) if since else None)
    return render(visit, "backtest.html", title="Backtest", name=name, policy=found, report=report, days=days,
                  active=visit.tenant.policies.version)  # fmt: skip


@router.post("/t/{tenant}/policies/publish", name="policy_publish")
def policy_publish(visit: Posting, why: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Keeps what the tenant's files say as a draft; refused with the lint's findings."""
    done = policy_life.publish(visit.house.tenants, visit.tenant.name, None, _by(visit, why))
    return _to(visit, done.version)


@router.post("/t/{tenant}/policies/{name}/shadow", name="policy_to_shadow")
def policy_to_shadow(
    visit: Posting, name: str, why: Annotated[str, Form(max_length=500)] = "", end: Annotated[str, Form()] = ""
) -> Response:
    """Has it decide along without effect, or ends that."""
    done = policy_life.shadow(visit.house.tenants, visit.tenant.name, name, _by(visit, why), end=bool(end))
    return _to(visit, done.version)


@router.post("/t/{tenant}/policies/{name}/activate", name="policy_activate")
def policy_activate(
    visit: Posting,
    name: str,
    why: Annotated[str, Form(max_length=500)] = "",
    share: Annotated[float | None, Form(gt=0, le=100)] = None,
) -> Response:
    """Puts it in force, for a share of the entities or for all. Force is left to the command line."""
    part = None if share is None or share >= 100 else share / 100
    done = policy_life.activate(visit.house.tenants, visit.tenant.name, name, _by(visit, why), share=part)
    return _to(visit, done.version)


@router.post("/t/{tenant}/policies/rollback", name="policy_rollback")
def policy_rollback(visit: Posting, why: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Takes a canary back, or puts the version before in force again."""
    policy_life.rollback(visit.house.tenants, visit.tenant.name, _by(visit, why))
    return _to(visit, "")


@router.post("/t/{tenant}/policies/stop", name="policy_stop")
def policy_stop(
    visit: Posting,
    why: Annotated[str, Form(max_length=500)] = "",
    segment: Annotated[str, Form(max_length=200)] = "all",
    resume: Annotated[str, Form()] = "",
) -> Response:
    """Stops what policy applies without asking, or lets it go on."""
    switch(visit.tenant, _by(visit, why), stop=not resume, segment=segment or "all")
    return _to(visit, "")


@api.get("/policies", name="api_policies")
def api_policies(visit: Calling) -> dict[str, Any]:
    """What is in force, versions, risk budget and switches."""
    tenant = visit.tenant
    with tenant.database.transaction(tenant.name) as connection:
        force, known, stopped = in_force(connection), versions(connection), switches(connection)
    return {
        "in_force": {**asdict(force), "active": force.active or FILES, "version": tenant.policies.version},
        "versions": known, "budget": budget_state(tenant, now=visit.now), "stopped": stopped,
    }  # fmt: skip


@api.get("/policies/{name}", name="api_policy")
def api_policy(visit: Calling, name: str) -> dict[str, Any]:
    """All that a version says, and how it differs from what is in force."""
    found = _named(visit, name)
    sections = {each: section.model_dump(mode="json") for each, section in found.sections().items()}
    changes = [asdict(each) for each in diff(visit.tenant.policies, found)]
    return {"version": found.version, "sections": sections, "differs": changes}


@api.get("/policies/{name}/backtest", name="api_policy_backtest")
def api_policy_backtest(
    visit: Calling, name: str, days: Annotated[int | None, Query(ge=1, le=3650)] = None
) -> dict[str, Any]:
    """What a version would have decided otherwise. Writes nothing."""
    found = _named(visit, name)
    return backtest(visit.tenant, found, since=visit.now - timedelta(days=days) if days else None).as_json()


def _named(visit: Visit, name: str) -> Policies:
    """A version by its first characters, the files or what is active; a folder is named on the command line alone."""
    if name not in (FILES, ACTIVE) and not re.fullmatch(r"[0-9a-f]{4,64}", name):
        raise HTTPException(404)
    return policies_named(visit.house.tenants, visit.tenant, name)


def _by(visit: Visit, why: str) -> By:
    return By(author=visit.account, reason=why, now=visit.now)


def _to(visit: Visit, name: str) -> Response:
    visit.house.forget(visit.tenant.name)
    return RedirectResponse(f"/t/{visit.tenant_name}/policies{'/' + name if name else ''}", 303)
