"""Two server processes on one DynamoDB and one Redis."""

from types import SimpleNamespace

import pytest

from realtime.testing import Account, ServerProcess, server_environment


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    environ = server_environment(folder)
    servers = [ServerProcess(environ, folder / f"{name}.log") for name in ("one", "two")]
    try:
        for server in servers:
            server.launch()
        for server in servers:
            server.wait_until_ready()
        owner, editor = Account(servers[0], "alice"), Account(servers[0], "bob")
        project = owner.new_project(servers[0], bob=(editor, "editor"))
        yield SimpleNamespace(servers=servers, owner=owner, editor=editor, project=project)
    finally:
        for server in servers:
            server.stop()
