"""Two real server processes on the stores of the run, and people who signed up at them."""

import subprocess
import sys
from textwrap import dedent

import pytest

from realtime.testing import ROOT, Account, Client, ServerProcess, server_environment


@pytest.fixture(scope="session")
def servers_environment(tmp_path_factory):
    return server_environment(tmp_path_factory.mktemp("stores"))


@pytest.fixture(scope="session")
def run_in_servers_environment(servers_environment):
    """Runs Python with Django set up, on the servers' SQL file; what it prints."""

    def run(code):
        setup = "import django\ndjango.setup()\n"
        command = [sys.executable, "-c", setup + dedent(code)]
        done = subprocess.run(command, env=servers_environment, cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return run


@pytest.fixture(scope="session")
def servers(tmp_path_factory, servers_environment):
    folder = tmp_path_factory.mktemp("servers")
    pair = [ServerProcess(servers_environment, folder / f"{name}.log") for name in ("one", "two")]
    try:
        for server in pair:
            server.launch()
        yield [server.wait_until_ready() for server in pair]
    finally:
        for server in pair:
            server.stop()


@pytest.fixture(scope="session")
def server(servers):
    return servers[0]


@pytest.fixture(scope="session")
def other_server(servers):
    return servers[1]


@pytest.fixture(scope="session")
def people(server):
    """alice owns, bob edits, victor views, charlie is nobody's member."""
    return {name: Account(server, name) for name in ("alice", "bob", "victor", "charlie")}


@pytest.fixture
def owner(people):
    return people["alice"]


@pytest.fixture
def editor(people):
    return people["bob"]


@pytest.fixture
def viewer(people):
    return people["victor"]


@pytest.fixture
def outsider(people):
    return people["charlie"]


@pytest.fixture(scope="session")
def project(server, people):
    return people["alice"].new_project(server, bob=(people["bob"], "editor"), victor=(people["victor"], "viewer"))


@pytest.fixture
def canvas(server, people, project):
    return people["alice"].new_canvas(server, project)


@pytest.fixture
async def join(server, canvas):
    """Joined clients of the test's canvas, closed at its end: `await join(account, server=, client=)`."""
    clients = []

    async def joined(account, *, at=server, client=None, on=canvas):
        clients.append(Client(account, on, client))
        return await clients[-1].connect(at)

    yield joined
    for one in clients:
        await one.close()
