#!/usr/bin/env bash
# Guess: huggingface_hub speaks through httpx, so that `except httpx.HTTPError` catches what it raises when a hub can't be reached.
# Instead: it brings a package of another name, httpx2, whose exceptions are others: beside httpx itself, nothing is caught. They
# are in huggingface_hub.errors under the name HTTPError. The error of a hub that answers with a status (HfHubHTTPError) is
# an OSError, too, that of a hub that can't be reached isn't.
# Seen with: huggingface_hub 2.4.0 and httpx 0.28.1 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet huggingface_hub==2.4.0 httpx==0.28.1

cat > "$folder/look.py" <<'PY'
import http.server
import threading

import httpx
from huggingface_hub import HfApi, errors


class Refusing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def raised(address):
    try:
        HfApi(endpoint=address).repo_info("someone/something")
    except Exception as error:
        kinds = {"httpx.HTTPError": httpx.HTTPError, "errors.HTTPError": errors.HTTPError, "OSError": OSError}
        caught = [name for name, kind in kinds.items() if isinstance(error, kind)]
        return f"{type(error).__module__.split('.')[0]}.{type(error).__name__} is {', '.join(caught) or 'none of them'}"


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("unreachable:", raised("http://127.0.0.1:9"))
print("refusing:", raised(f"http://127.0.0.1:{server.server_address[1]}"))
PY

said=$("$folder/venv/bin/python" "$folder/look.py")
echo "$said"
expected="unreachable: httpx2.ConnectError is errors.HTTPError
refusing: huggingface_hub.HfHubHTTPError is errors.HTTPError, OSError"
if [ "$said" != "$expected" ]; then
    echo "changed: expected $expected"
    exit 1
fi
