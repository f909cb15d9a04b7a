"""dbt's own unit tests of the models, on a real lake; runs of the product leave them out."""

import json
from collections.abc import Callable

import pytest
from dbt.cli.main import dbtRunner

from kempt.usecases.standardize import standardize
from kempt.usecases.waiting import dbt_variables
from kempt.warehouse import dbt
from tests.factory import CRM, MONDAY, SHOP, Desk


@pytest.fixture(scope="module")
def desk(open_desk: Callable[[], Desk]) -> Desk:
    """A lake with every model built: dbt reads their columns from it."""
    desk = open_desk()
    desk.drop("crm", MONDAY, CRM)
    desk.drop("shop", MONDAY, SHOP)
    desk.land(MONDAY)
    desk.canonical()
    return desk


def test_the_models_pass_their_unit_tests(desk: Desk) -> None:
    tenant = desk.tenant
    variables = json.dumps(dbt_variables(tenant.name, tenant.declarations, ()))
    command = ["test", *dbt._common(tenant.dbt_project, tenant.dbt_folder), "--select", "test_type:unit"]

    with dbt._environment(tenant.lake):
        parsed = dbt.manifest(tenant.dbt_project, tenant.dbt_folder.parent)
        outcome = dbtRunner(manifest=parsed).invoke([*command, "--vars", variables])

    results = {each.node.name: (str(each.status), each.message) for each in outcome.result.results}  # type: ignore[union-attr]
    assert results == {
        "a_quarantined_contact_is_left_out_and_a_deleted_one_stays": ("pass", None),
        "contacts_and_leads_are_compared_as_persons": ("pass", None),
    }


def test_a_run_of_the_product_leaves_unit_tests_out(desk: Desk) -> None:
    assert not [node for node in standardize(desk.tenant) if node.unique_id.startswith("unit_test.")]
