"""A proxy before DynamoDB that loses answers after the write: the store has the item, the writer does not know."""

import threading
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class LossyProxy:
    """Threads of its own, so that a test that blocks does not stop it."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.losing: set[int] = set()  # which commits' PutItem answers get lost, counted from 1
        self.commits = 0
        self.lost = 0
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                connection = HTTPConnection(proxy.upstream.hostname or "", proxy.upstream.port, timeout=30)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                if answer.status == 200 and proxy.to_lose(self.headers.get("X-Amz-Target", ""), body):
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send(answer, content)

            def send(self, answer: HTTPResponse, content: bytes) -> None:
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"transfer-encoding", "content-length", "connection"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def to_lose(self, target: str, body: bytes) -> bool:
        if not target.endswith(".PutItem") or b"COMMIT#" not in body:
            return False
        with self._lock:
            self.commits += 1
            lose = self.commits in self.losing
            self.lost += lose
            return lose

    def __enter__(self) -> "LossyProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
