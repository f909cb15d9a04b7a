"""The API does what it says of itself: whatever is sent, no failure, and every answer as described."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kempt.usecases.members import add_member
from kempt.usecases.policy_versions import FILES
from kempt.usecases.sessions import make_api_token
from tests.factory import Desk
from tests.sizes import size
from tests.web.furnish import Furnished, furnish, person_of
from tests.web.site import Site, new_site

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLS = 150


@dataclass(frozen=True, slots=True)
class World:
    site: Site
    desk: Desk
    asked: Furnished
    token: dict[str, str]


@pytest.fixture(scope="module")
def world(open_web_desk: Callable[[], Desk]) -> Iterator[World]:
    desk = open_web_desk()
    add_member(desk.tenant, "a program", ["merge_authority", "team_lead", "revops"], by="tests", now=desk.tick())
    asked = furnish(
        desk, merges=[(person_of(at), person_of(at, "shop")) for at in range(6)],
        changes=[(person_of(at), "Head of Buying") for at in range(100, 106)],
        stale=[person_of(at) for at in range(200, 203)],
    )  # fmt: skip
    with new_site(desk.settings) as site:
        token = make_api_token(site.house.database, site.account("a program"), "tests", now=site.clock())
        yield World(site, desk, asked, {"authorization": f"Bearer {token}"})


def test_whatever_is_called_with_whatever_the_answer_is_as_described(world: World) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", world.site.app, headers=world.token | HOST)
    operations = [found.ok() for found in schema.get_all_operations()]
    each = max(3, size(CALLS) // len(operations))
    known = {"tenant": world.desk.name, "name": FILES}
    ids = iter_ids(world.asked)
    told: dict[str, int] = {}

    for operation in operations:

        @settings(max_examples=each, deadline=None, phases=[Phase.explicit, Phase.generate], database=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            # About what is there, mostly: otherwise nothing but the way to it would be tried.
            for name in set(case.path_parameters or ()) & (set(known) | {"proposal"}):
                if (turn := next(ids))[0] % 4:
                    case.path_parameters[name] = known.get(name, turn[1])
            answer = case.call(base_url=ADDRESS, headers=world.token)
            told[str(answer.status_code)] = told.get(str(answer.status_code), 0) + 1
            case.validate_response(answer, checks=CHECKS)

        call()

    assert told.get("200", 0) > sum(told.values()) / 8


def iter_ids(asked: Furnished) -> Iterator[tuple[int, str]]:
    """Turns without end, each with a question that is there."""
    at = 0
    while True:
        at += 1
        yield at, asked.all[at % len(asked.all)]


HOST = {"host": "127.0.0.1:3080"}
ADDRESS = "http://127.0.0.1:3080"
