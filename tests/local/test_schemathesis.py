"""Generated requests over the whole API: every answer has the status, the type and the shape that the document says.

What is generated can start only harmless commands: the document allows no others, requests that break that rule are
thrown away before they are sent, and the server's PATH holds nothing else. Writing and deleting files is left out.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from local_client import Client
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from tui.local.server import LocalSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = ("true", "false", "echo")
HARMLESS = {*COMMANDS, "no-such-command", ""}
# A spawn that fails and a kill that comes late are answered with 500, as other servers of this API do.
DOCUMENTED_500 = {"startProcess", "runProcess", "killProcess"}
# Elsewhere the document narrows parameters to what is useful here, and the server rightly takes more.
WITH_BODY = {"startProcess", "runProcess", "signalProcess"}
# A finished process takes neither signals nor input, whatever they are.
DEPENDS_ON_STATE = {"signalProcess", "writeStdin", "closeStdin"}

schema = schemathesis.openapi.from_path(Path(__file__).with_name("openapi.yaml"))
api = schema.exclude(operation_id=["writeFile", "deleteFile"])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    programs = tmp_path_factory.mktemp("bin")
    for command in (*COMMANDS, "sleep"):
        found = shutil.which(command)
        assert found is not None
        (programs / command).symlink_to(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs))
        with LocalSandbox() as sandbox:
            client = Client(sandbox)
            client.start("sleep", "600", name="target", stdin_mode="pipe", stop_grace_ms=100)
            client.start("echo", "a", name="finished")
            yield client
            client.http.close()


@api.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(client: Client, case: schemathesis.Case) -> None:
    operation = case.operation.definition.raw["operationId"]
    if operation in {"startProcess", "runProcess"} and isinstance(case.body, dict):
        command = case.body.get("command")
        assume(not isinstance(command, str) or command in HARMLESS)
    if operation.startswith("follow") and case.path_parameters.get("process") == "target":
        # Its stream would never end.
        case.path_parameters["process"] = "finished"
    excluded = [] if operation in WITH_BODY else [negative_data_rejection]
    if operation in DEPENDS_ON_STATE:
        excluded.append(positive_data_acceptance)
    if operation == "runProcess":
        # Its path is also that of a process named "run", which has more methods.
        excluded += [allow_header_conformance, unsupported_method]
    if operation in DOCUMENTED_500:
        excluded.append(not_a_server_error)
    response = case.call_and_validate(
        base_url=client.sandbox.url,
        headers={"Authorization": f"Bearer {client.sandbox.token}"},
        excluded_checks=excluded,
        timeout=20,
    )
    assert "INTERNAL_ERROR" not in response.text
    if operation == "startProcess" and response.status_code == 201:
        client.kill(response.json()["pid"])


def test_the_document_describes_what_is_served(client: Client) -> None:
    documented = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        documented.add((operation.method.upper(), operation.path))
    served = set()
    application = client.sandbox._server.config.app._app
    for route in application.routes:
        served |= {(method, route.path) for method in route.methods - {"HEAD"}}
    assert served == documented
