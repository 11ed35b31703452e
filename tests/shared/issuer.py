"""An issuer of tokens on a port of its own: it publishes its key, and signs whatever a test wants signed."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import RSAKey

TOKEN_SECONDS = 24 * 3600
"""Longer than any run of the tests."""


class Issuer:
    """`url` is what it is called in tokens; `jwks_url` is where its key is."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
        keys = orjson.dumps({"keys": [self.key.as_dict(private=False)]})

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-length", str(len(keys)))
                self.end_headers()
                self.wfile.write(keys)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.jwks_url = f"{self.url}/jwks.json"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, *roles: str, person: str = "somebody", branch: str = "HQ", **claims: Any) -> str:
        """A token of a person with these roles, who sees his own branch alone; `claims` are added or put over."""
        now = int(time.time())
        said = {
            "iss": self.url, "aud": "liudai", "sub": person, "person": person, "name": person, "azp": "tests",
            "roles": list(roles), "branch": branch, "branches": ["*"] if branch == "HQ" else [branch],
            "legal_entity": "LD01",
            "iat": now, "exp": now + TOKEN_SECONDS,
        }  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "one"}, said | claims, self.key)
