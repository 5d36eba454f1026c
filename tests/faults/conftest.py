"""A small installation of its own for each fault: engines that a test may kill, and servers on them."""

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.engines import DynamoDBLocal, RedisServer
from realtime.testing import Account, Client, ServerProcess, server_environment
from tests.faults.proxy import LossyProxy


class Installation:
    """Stores of the run unless a test asks for its own; `servers` on them, with one canvas of one project."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.stores: dict[str, str] = {}
        self.servers: list[ServerProcess] = []
        self.clients: list[Client] = []

    def own_dynamodb(self) -> DynamoDBLocal:
        engine = self.stack.enter_context(DynamoDBLocal(self.folder / "dynamodb"))
        self.stores |= engine.environment
        return engine

    def own_redis(self) -> RedisServer:
        engine = self.stack.enter_context(RedisServer(self.folder / "redis"))
        self.stores |= engine.environment
        return engine

    def start(self, count: int = 2, preamble: str = "", proxy: LossyProxy | None = None) -> None:
        """With a proxy, the servers reach DynamoDB through it."""
        environ = server_environment(self.folder, self.stores)
        if proxy is not None:
            environ["DYNAMODB_ENDPOINT_URL"] = proxy.url
        for n in range(count):
            server = ServerProcess(environ, self.folder / f"server{n}.log", preamble)
            self.stack.callback(server.stop)
            self.servers.append(server.launch())
        for server in self.servers:
            server.wait_until_ready()
        self.owner = Account(self.servers[-1], "alice")
        project = self.owner.new_project(self.servers[-1])
        self.canvas = self.owner.new_canvas(self.servers[-1], project)

    async def join(self, server: ServerProcess) -> Client:
        self.clients.append(Client(self.owner, self.canvas))
        return await self.clients[-1].connect(server)


@pytest.fixture
async def installation(tmp_path):
    assert threading.current_thread() is threading.main_thread()  # engines end with the thread that forked them
    with ExitStack() as stack:
        made = Installation(tmp_path, stack)
        yield made
        for client in made.clients:
            await client.close()
