"""The API against its own description: thousands of requests made from the OpenAPI document."""

import dataclasses
import re
from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks

from server.app import create_app
from server.people import identities, sessions
from server.ports import Identity
from tests import make

OPERATIONS = [
    ("GET", "/api/v1/site"),
    ("GET", "/api/v1/me"),
    ("PUT", "/api/v1/me"),
    ("PATCH", "/api/v1/me"),
    ("POST", "/api/v1/me/subscriptions"),
    ("GET", "/api/v1/me/holdings"),
    ("GET", "/api/v1/me/agreements"),
    ("POST", "/api/v1/me/agreements"),
    ("GET", "/api/v1/me/corrections"),
    ("POST", "/api/v1/me/corrections"),
    ("DELETE", "/api/v1/me/corrections/{request_id}"),
    ("GET", "/api/v1/me/copies"),
    ("POST", "/api/v1/me/copies"),
    ("GET", "/api/v1/me/copies/{copy_id}/file"),
    ("GET", "/api/v1/me/closure"),
    ("POST", "/api/v1/me/closure"),
    ("DELETE", "/api/v1/me/closure"),
    ("GET", "/api/v1/notice"),
    ("POST", "/api/v1/files"),
    ("GET", "/api/v1/files/{file_id}"),
    ("GET", "/api/v1/letters"),
    ("GET", "/api/v1/letters/{code}"),
    ("GET", "/api/v1/letters/{code}/photos/{photo_id}"),
    ("POST", "/api/v1/letters/{code}/replies"),
    ("GET", "/api/v1/cases"),
    ("POST", "/api/v1/cases"),
    ("GET", "/api/v1/cases/{number}"),
    ("POST", "/api/v1/cases/{number}/supplements"),
    ("POST", "/api/v1/sessions"),
    ("DELETE", "/api/v1/sessions/current"),
]
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
)
NO_PLATFORM = frozenset({503})  # signing in asks WeChat, and these tests have none


class Unlimited:
    """A limiter that never says wait: these tests knock a thousand times a minute."""

    def take(self, bucket, now):
        return timedelta(0)


@pytest.fixture
def api(tools):
    """The app with one person signed in and one case handed in."""
    tools = dataclasses.replace(tools, limiter=Unlimited())
    make.county(tools)
    account = make.account(tools, "yunxi-mini")
    with tools.sessions.begin() as db:
        person = identities.sign_in(db, account, Identity("oWang"), now=make.NOON)
        token, _ = sessions.open_session(db, person_id=person, account_id=account.id, now=make.NOON)
    app = create_app(tools)
    return app, {"Authorization": f"Bearer {token}"}


def test_no_operation_is_left_out(api):
    app, _ = api
    spec = app.test_client().get("/api/openapi.json").json
    described = {
        (method.upper(), path) for path, item in spec["paths"].items() for method in item
        if method in {"get", "put", "post", "delete", "patch"}
    }  # fmt: skip
    assert described == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(one) for one in OPERATIONS])
def test_answers_are_as_described_whatever_is_sent(api, request, method, path):
    app, me = api
    operation = schemathesis.openapi.from_wsgi("/api/openapi.json", app)[path][method]
    examples = 300 if request.config.getoption("--long") else 12

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=st.one_of(*(operation.as_strategy(mode) for mode in schemathesis.GenerationMode)))
    def knock(case):
        answer = case.call(headers=me)
        if answer.status_code not in NO_PLATFORM:
            case.validate_response(answer, checks=CHECKS)

    knock()


def test_the_documentation_needs_nothing_from_elsewhere_and_explains_every_code(api):
    app, _ = api
    client = app.test_client()
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "//" not in page.text
    for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        with client.get(asset) as answer:
            assert answer.status_code == 200, asset
    refusal = client.get("/api/v1/me").json
    assert f'id="{refusal["type"].partition("#")[2]}"' in page.text


def test_every_operation_stands_under_its_heading_with_words(api):
    app, _ = api
    spec = app.test_client().get("/api/openapi.json").json
    headings = {tag["name"] for tag in spec["tags"]}
    for path, item in spec["paths"].items():
        for operation in item.values():
            if isinstance(operation, dict):
                assert set(operation["tags"]) <= headings, path
                assert operation["summary"], path
    creating = [
        operation["parameters"] for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method == "post" and path != "/api/v1/sessions"
    ]  # fmt: skip
    for parameters in creating:
        assert "Idempotency-Key" in {one["name"] for one in parameters if one["required"]}
