"""Hooks and checks of the admin API; schemathesis loads this module."""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from phoebed_schema.sessions import LiveSession

session = LiveSession("id")


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Some requests are for a session that lives."""
    session.put_into(case)


@schemathesis.hook
def after_call(_context: HookContext, case: Case[Any], response: Response) -> None:
    """A kill may have ended the session."""
    if case.path == "/v1/sessions/kill" and response.status_code == 200:
        for result in response.json()["results"]:
            if result["outcome"] == "killed":
                session.ended(str(result["session_id"]))


@schemathesis.check
def a_live_session_is_found(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """No request is 404 for a session that lives."""
    if session.lived(case):
        assert response.status_code != 404, response.text
