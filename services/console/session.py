"""Who is signed in: a cookie that holds the token, sealed with the console's key, so that no replica keeps anything.

The browser cannot read it (HttpOnly), nor send it from another site (SameSite=Strict). It ends with its token, or
after fifteen minutes in which nobody did anything.
"""

import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Request
from fastapi.responses import Response

from services.console.surroundings import Surroundings
from shared.problem_details import Problem

IDLE_SECONDS = 15 * 60
RENEW_SECONDS = 60
"""How old a cookie may be before what people do makes it anew."""
COOKIE_BYTES_MAX = 4000
"""Browsers drop a cookie above 4,096 bytes, name and attributes included."""
NONCE_BYTES = 12


class Sealer:
    """Seals small records under the console's key; what was sealed as one thing opens as nothing else."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, kind: str, record: dict[str, Any]) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, orjson.dumps(record), kind.encode())
        return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, kind: str, text: str) -> dict[str, Any] | None:
        """The record; None for anything that was not sealed here as `kind`."""
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            opened = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], kind.encode())
        except (ValueError, InvalidTag):
            return None
        record: dict[str, Any] = orjson.loads(opened)
        return record


@dataclass(frozen=True)
class Session:
    """A token, when it ends, and when its holder last did something; Unix seconds."""

    token: str
    ends: int
    seen: int

    def ends_at(self) -> int:
        """When it is over unless its holder does something."""
        return min(self.ends, self.seen + IDLE_SECONDS)


class Sessions:
    """Reads and writes the session's cookie."""

    def __init__(self, surroundings: Surroundings, sealer: Sealer) -> None:
        # `__Host-`: no other host of the domain can set it. It needs https, which a bank at 127.0.0.1 has not.
        self._secure = surroundings.is_secure
        self.name = "__Host-liudai" if self._secure else "liudai"
        self._sealer = sealer

    def write(self, response: Response, session: Session) -> None:
        """Set the cookie; a 502 problem where the issuer's token is too large for one."""
        sealed = self._sealer.seal("session", vars(session))
        if len(sealed) > COOKIE_BYTES_MAX:
            raise Problem(
                502, "token-too-large", "The issuer's token does not fit a cookie: let it carry fewer claims."
            )
        set_cookie(response, self.name, sealed, secure=self._secure, same_site="strict")

    def read(self, request: Request) -> Session:
        """The session; a 401 problem where nobody is signed in, or no longer."""
        record = self._sealer.open("session", request.cookies.get(self.name, ""))
        session = Session(**record) if record else None
        if session is None or session.ends_at() <= time.time():
            raise Problem(401, "signed-out", "Nobody is signed in here, or nothing was done for a while: sign in.")
        return session

    def renew(self, response: Response, session: Session) -> None:
        """Its holder did something now."""
        now = int(time.time())
        if now - session.seen > RENEW_SECONDS:
            self.write(response, Session(session.token, session.ends, now))

    def end(self, response: Response) -> None:
        """Forget it, and let the browser forget what it kept of these pages."""
        response.delete_cookie(self.name, path="/", secure=self._secure, httponly=True, samesite="strict")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'


def set_cookie(
    response: Response, name: str, value: str, *, secure: bool, same_site: Literal["lax", "strict"], seconds: int = 0
) -> None:
    """For the whole host and HttpOnly; until the browser closes where no `seconds` are given."""
    response.set_cookie(
        name, value, path="/", secure=secure, httponly=True, samesite=same_site, max_age=seconds or None
    )
