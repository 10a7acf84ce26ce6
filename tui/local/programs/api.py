"""A small HTTP service with a health check and an access log; one route fails now and then."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CUSTOMERS = {"1": {"name": "Ada", "plan": "team"}, "2": {"name": "Grace", "plan": "solo"}}


def load_customer(key: str) -> dict[str, str]:
    """A customer by key."""
    return CUSTOMERS[key]


class Handler(BaseHTTPRequestHandler):
    """Answers /health and /customers/KEY."""

    def do_GET(self) -> None:
        """Answer one request."""
        if self.path == "/health":
            self.answer(200, {"status": "ok"})
            return
        customer = load_customer(self.path.rpartition("/")[2])
        self.answer(200, customer)

    def answer(self, status: int, body: dict[str, str]) -> None:
        """Send JSON."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def visit(port: int) -> None:
    """A client of our own, so that there is traffic to see."""
    for number in range(1, 1_000_000):
        time.sleep(1.5)
        key = "7" if number % 10 == 0 else str(number % 2 + 1)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/customers/{key}", timeout=2).close()
        except (urllib.error.URLError, ConnectionError):
            continue


def main() -> None:
    """Serve on the port that the environment gives."""
    port = int(os.environ["PORT"])
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=visit, args=(port,), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
