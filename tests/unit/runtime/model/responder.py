"""A real HTTP server on loopback that answers by script: for the delivery of answers and signals."""

from __future__ import annotations

import http.server
import threading
from types import TracebackType
from typing import Final

from .account import SECRET_URL

# A status for "says nothing until the end".
HANG: Final = 0


class Responder:
    """``with Responder(503, HANG, 200) as service:``; the last status serves all that follow.

    Attributes:
        url: where it listens, with a secret in it.
        bodies, paths, headers: what it was sent, in order.
    """

    # No test waits longer than this for a server that hangs.
    LONGEST_SECONDS = 15.0

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses) or [200]
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/answer?{SECRET_URL}"

    def __enter__(self) -> Responder:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(self.LONGEST_SECONDS)

    def _next(self) -> int:
        with self._lock:
            return self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        responder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with responder._lock:
                    responder.bodies.append(body)
                    responder.paths.append(self.path)
                    responder.headers.append(dict(self.headers.items()))
                status = responder._next()
                if status == HANG:
                    responder._over.wait(responder.LONGEST_SECONDS)
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the path is a secret."""

        return Handler
