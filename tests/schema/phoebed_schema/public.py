"""Hooks and checks of the public API; schemathesis loads this module."""

import json
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from phoebed_schema import bodies, results
from phoebed_schema.sessions import LiveSession

SESSION = "session_id"

# What a session that lives answers: not always 200.
_OF_LIVING = {
    # A key of another command, or too many that wait.
    "/dash/sessions/{session_id}/jobs": {202, 409, 429},
    # Busy with a job.
    "/dash/sessions/{session_id}/hibernate": {200, 409},
}

session = LiveSession(SESSION)


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Some requests are for a session that lives."""
    session.put_into(case)


@schemathesis.hook
def after_call(_context: HookContext, case: Case[Any], response: Response) -> None:
    """Keeps account of which session lives."""
    if response.status_code != 200 or response.request.method != "POST":
        return
    if case.path == "/dash/start-session":
        session.adopt(str(response.json()[SESSION]))
    elif case.path == "/dash/end-session/{session_id}":
        session.ended(str(case.path_parameters[SESSION]))


@schemathesis.check
def bodies_are_judged_as_by_contract(
    _ctx: CheckContext, response: Response, case: Case[Any]
) -> None:
    """The statuses 400 and 422 come for the bodies that the contract refuses, and no other."""
    if response.request.method != "POST":
        return
    verdict = _verdict(case.path, response)
    if verdict is bodies.UNKNOWN:
        return
    status = response.status_code
    if status == 422 and _is_of_a_parameter(response):
        return
    if verdict.status is None:
        assert status not in (400, 422), f"a body that is fine is refused: {response.text}"
        return
    assert status == verdict.status, f"{status} instead of {verdict.status}: {response.text}"
    if status == 422:
        items = json.loads(response.content)["detail"]
        found = tuple((item["type"], _without_offset(item)) for item in items)
        assert found == verdict.faults, f"expected {verdict.faults}: {response.text}"


def _verdict(path: str, response: Response) -> bodies.Verdict:
    request = response.request
    body = _body(response)
    kind = str(request.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    says_json = kind == "application/json"
    match path:
        case "/send/{session_id}" | "/dash/sessions/{session_id}/jobs":
            return bodies.of_command(says_json, body)
        case "/dash/start-session":
            return bodies.of_metadata(says_json, body)
        case "/auth/register":
            return bodies.of_credentials(says_json, body, ("first_name", "last_name"))
        case "/auth/login":
            return bodies.of_credentials(says_json, body)
        case "/auth/change-password":
            passwords = ("current_password", "new_password")
            return bodies.of_credentials(says_json, body, required=passwords)
        case "/auth/delete-account":
            return bodies.of_credentials(says_json, body, required=("password",))
        case _:
            # Any body is ignored.
            return bodies.FINE


def _body(response: Response) -> bytes:
    sent = response.request.body or b""
    assert isinstance(sent, str | bytes)
    return sent.encode() if isinstance(sent, str) else sent


def _is_of_a_parameter(response: Response) -> bool:
    """The fault is in the query or a header, which are looked at before the body."""
    items = json.loads(response.content)["detail"]
    return all(item["loc"][0] in ("query", "header") for item in items)


def _without_offset(item: dict[str, Any]) -> list[str | int]:
    loc: list[str | int] = item["loc"]
    return loc[:1] if item["type"] == "json_invalid" else loc


@schemathesis.check
def a_live_session_is_found(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A session that lives is found and does what it is told; any other is 404."""
    lived = session.lived(case)
    if lived is None or response.request.method != "POST" or response.status_code in (400, 422):
        return
    expected = _OF_LIVING.get(case.path, {200}) if lived else {404}
    assert response.status_code in expected, f"expected {expected}: {response.text}"


@schemathesis.check
def a_result_is_of_its_command(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """The document's union of results takes anything, since a value may be anything; the
    variant of the command that was sent does not.
    """
    if case.path != "/send/{session_id}" or response.status_code != 200:
        return
    answer = response.json()
    if answer["success"]:
        command = json.loads(_body(response))["command"]
        schema = results.of_command(case.operation.schema.raw_schema, command)
        faults = [str(fault) for fault in schema.iter_errors(answer["result"])]
        assert not faults, f"{command}: {faults}"
