"""A model hub on this machine: as much of its protocol as sending one commit needs."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hub(ThreadingHTTPServer):
    """Its repositories: by kind and name, whether it is private, and its files."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.private: dict[str, bool] = {}
        self.files: dict[str, dict[str, bytes]] = {}
        self.token = "hf_right"

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """A repository's facts: /api/models/me/x."""
        name = "/".join(self.path.split("?")[0].split("/")[2:5])
        if name in self.server.private:
            self._say(200, {"id": name.partition("/")[2], "private": self.server.private[name], "siblings": []})
        else:
            self._say(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})

    def do_POST(self) -> None:
        """Make a repository; say how files are sent; take a commit."""
        body = self._body()
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self._say(401, {"error": "Invalid username or password."})
            return
        parts = self.path.split("?")[0].split("/")[2:]
        if parts == ["repos", "create"]:
            asked = json.loads(body)
            kind = f"{asked.get('type') or 'model'}s"
            name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            private = asked.get("private") or asked.get("visibility") == "private"
            self.server.private.setdefault(f"{kind}/{name}", private)
            place = f"{kind}/{name}" if kind == "datasets" else name
            self._say(200, {"url": f"{self.server.address}/{place}", "id": name})
            return
        if parts == ["validate-yaml"]:
            refused = [{"message": '"license" must be one of those known'}] if b"unknown-licence" in body else []
            self._say(400 if refused else 200, {"errors": refused, "warnings": []})
            return
        name = "/".join(parts[:3])
        if parts[3] == "preupload":
            sent = [one["path"] for one in json.loads(body)["files"]]
            self._say(200, {"files": [{"path": p, "uploadMode": "regular", "shouldIgnore": False} for p in sent]})
        else:
            lines = [json.loads(line) for line in body.splitlines()]
            self.server.files.setdefault(name, {}).update(
                {
                    one["value"]["path"]: base64.b64decode(one["value"]["content"])
                    for one in lines
                    if one["key"] == "file"
                }
            )
            self._say(
                200, {"success": True, "commitOid": "0" * 40, "commitUrl": f"{self.server.address}/{name}/commit/0"}
            )

    def _body(self) -> bytes:
        """A request's content, which may come in chunks."""
        if length := self.headers.get("Content-Length"):
            return self.rfile.read(int(length))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _say(self, status: int, words: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        sent = json.dumps(words).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(sent)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)


@contextmanager
def hub() -> Iterator[Hub]:
    """A hub that listens until the block ends."""
    with Hub() as here:
        thread = threading.Thread(target=here.serve_forever, daemon=True)
        thread.start()
        yield here
        here.shutdown()
        thread.join()
