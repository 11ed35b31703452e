"""Signing in at the bank's OIDC issuer: authorization code with PKCE (RFC 7636); the browser never sees a token."""

import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from html import escape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.session import Sealer, Session, Sessions, set_cookie
from services.console.surroundings import Surroundings
from shared.identity import TokenVerifier
from shared.problem_details import Problem

PREFIX = "/console"
"""Where the console's pages lie, wherever it is served."""
UNDERWAY = "liudai-sign-in"
UNDERWAY_SECONDS = 600


class SignIn:
    """Takes somebody to the issuer and back."""

    def __init__(
        self, around: Surroundings, sessions: Sessions, sealer: Sealer, verifier: TokenVerifier, http: httpx.AsyncClient
    ) -> None:
        self._around, self._sessions, self._sealer = around, sessions, sealer
        self._verifier, self._http = verifier, http

    def start(self, request: Request, to: str) -> Response:
        """Send the browser to the issuer; what must come back unchanged goes with the browser, sealed."""
        state, code_verifier = token_urlsafe(24), token_urlsafe(48)
        challenge = urlsafe_b64encode(sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self._around.client_id,
            "redirect_uri": self._redirect_uri(request),
            "scope": "openid",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        response = RedirectResponse(f"{self._around.authorization_url}?{urlencode(asked)}", 303)
        underway = self._sealer.seal("sign-in", {"state": state, "verifier": code_verifier, "to": local_path(to)})
        # Lax: the issuer's answer is a navigation from another site, with which a strict cookie would not come.
        set_cookie(
            response, UNDERWAY, underway, secure=self._around.is_secure, same_site="lax", seconds=UNDERWAY_SECONDS
        )
        return response

    async def finish(self, request: Request, code: str, state: str) -> Response:
        """Redeem the code and go on to where the sign-in began; a 400 problem for what did not begin here."""
        underway = self._sealer.open("sign-in", request.cookies.get(UNDERWAY, ""))
        if underway is None or not compare_digest(underway["state"].encode(), state.encode()):
            raise Problem(400, "sign-in-not-begun-here", "This sign-in was not begun in this browser: begin again.")
        token = await self._redeem(code, underway["verifier"], self._redirect_uri(request))
        await self._verifier.verify(f"Bearer {token['access_token']}")
        now = int(time.time())
        # A page instead of a redirect: a strict cookie does not come with a navigation that another site began.
        page = f'<!doctype html><meta http-equiv="refresh" content="0;url={escape(underway["to"])}">'
        response = HTMLResponse(page)
        self._sessions.write(response, Session(token["access_token"], now + int(token.get("expires_in", 300)), now))
        response.delete_cookie(UNDERWAY, path="/")
        return response

    async def _redeem(self, code: str, code_verifier: str, redirect_uri: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._around.client_id,
            "code_verifier": code_verifier,
        }
        secret = self._around.client_secret
        basic = httpx.BasicAuth(self._around.client_id, secret) if secret else httpx.USE_CLIENT_DEFAULT
        try:
            answer = await self._http.post(self._around.token_url, data=form, auth=basic)
            token: dict[str, Any] = answer.raise_for_status().json()
            if not isinstance(token.get("access_token"), str):
                raise ValueError("no access_token")  # noqa: TRY004, TRY301
        except (httpx.HTTPError, ValueError) as error:
            raise Problem(502, "issuer-refused", "The issuer gave no token for this sign-in: begin again.") from error
        return token

    def _redirect_uri(self, request: Request) -> str:
        return f"{self._around.public_url or own_origin(request)}{PREFIX}/auth/callback"


def own_origin(request: Request) -> str:
    """This server as the browser addressed it."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def local_path(to: str) -> str:
    """`to` where it is a page of the console, else its first: nobody is led away from here."""
    is_own = to.startswith(f"{PREFIX}/") and "\\" not in to and "//" not in to and to.isprintable()
    return to if is_own else f"{PREFIX}/"


router = APIRouter(prefix="/auth")


@router.get("/sign-in")
async def begin_sign_in(request: Request, to: str = "") -> Response:
    sign_in: SignIn = request.app.state.sign_in
    return sign_in.start(request, to)


@router.get("/callback")
async def finish_sign_in(request: Request, code: str = "", state: str = "") -> Response:
    sign_in: SignIn = request.app.state.sign_in
    return await sign_in.finish(request, code, state)


@router.post("/sign-out", status_code=204)
async def sign_out(request: Request) -> Response:
    sessions: Sessions = request.app.state.sessions
    response = Response(status_code=204)
    sessions.end(response)
    return response
