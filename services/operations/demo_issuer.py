"""A small OIDC issuer for the demo and the tests: logins from `demo_people.yaml`, tokens signed with RS256.

A bank uses its own issuer instead; this one refuses to start when LIUDAI_ENV=production. Environment:
LIUDAI_OIDC_ISSUER, the issuer's name in every token; LIUDAI_ISSUER_KEY, a PEM or the path of one. Without a
key it keeps one of its own in LIUDAI_HOME, and where there is no such folder it makes one for this run.
"""

import os
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import asdict
from hmac import compare_digest
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey

from services.operations.demo_people import Holder, Holders, demo_holders
from services.operations.demo_sign_in import CodeFlow, Refused, sign_in_page

ALGORITHM = "RS256"
AUDIENCE = "liudai"
TOKEN_SECONDS = 8 * 3600
BODY_MAX = 10_000
DEFAULT_ISSUER = "http://127.0.0.1:8000/issuer"


class Issuer:
    """Signs tokens under one key and one name."""

    def __init__(self, name: str, key: RSAKey, holders: Holders) -> None:
        self.name, self.holders, self.codes = name, holders, CodeFlow()
        self._key = key
        self._kid = key.thumbprint()

    def key_set(self) -> dict[str, Any]:
        """The public key, as a JWKS."""
        public = {**self._key.as_dict(private=False), "kid": self._kid, "use": "sig", "alg": ALGORITHM}
        return {"keys": [public]}

    def configuration(self) -> dict[str, Any]:
        """What OpenID Connect Discovery 1.0 asks an issuer to publish of itself."""
        return {
            "issuer": self.name,
            "jwks_uri": f"{self.name}/jwks.json",
            "token_endpoint": f"{self.name}/token",
            "authorization_endpoint": f"{self.name}/authorize",
            "grant_types_supported": ["authorization_code", "password", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    def grant(self, asked: Mapping[str, str], basic: tuple[str, str] | None, at: int) -> dict[str, Any]:
        """A token for what was asked for at Unix time `at`, or Refused."""
        match asked.get("grant_type", "password"):
            case "authorization_code":
                login, client = self.codes.redeem(asked, at)
                return self._granted(login, client, self.holders.people[login], at)
            case "password":
                login, secret, known = asked.get("username", ""), asked.get("password", ""), self.holders.people
                client = asked.get("client_id") or login
            case "client_credentials":
                login, secret = basic or (asked.get("client_id", ""), asked.get("client_secret", ""))
                client, known = login, self.holders.clients
            case other:
                supported = "authorization_code, password or client_credentials"
                raise Refused(400, "unsupported_grant_type", f"{other}: use {supported}")
        holder = known.get(login)
        # Compared even for an unknown login, so that the time taken tells nothing.
        if not self.is_password(secret) or holder is None:
            raise Refused(400 if basic is None else 401, "invalid_grant", "unknown login or wrong password")
        return self._granted(login, client, holder, at)

    def is_password(self, secret: str) -> bool:
        """Whether it is the one that all demo logins have."""
        return compare_digest(secret.encode(), self.holders.password.encode())

    def _granted(self, login: str, client: str, holder: Holder, at: int) -> dict[str, Any]:
        return {
            "access_token": self.token(login, client, holder, at),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
        }

    def token(self, login: str, client: str, holder: Holder, at: int) -> str:
        """A signed access token with the claims that the five services read."""
        claims = {
            "iss": self.name,
            "aud": AUDIENCE,
            "sub": login,
            "person": login,
            "azp": client,
            "iat": at,
            "exp": at + TOKEN_SECONDS,
            "name": holder.name,
            "roles": list(holder.roles),
            "branch": holder.branch,
            "branches": list(holder.branches) or [holder.branch],
            "legal_entity": holder.legal_entity,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self._kid, "typ": "at+jwt"}, claims, self._key)


def signing_key(environment: Mapping[str, str]) -> RSAKey:
    """The configured key, else the one kept in LIUDAI_HOME, else one that lives as long as this process."""
    if given := environment.get("LIUDAI_ISSUER_KEY"):
        return RSAKey.import_key(given if "PRIVATE KEY" in given else Path(given).read_text(encoding="ascii"))
    home = environment.get("LIUDAI_HOME")
    if home is None or not Path(home).is_dir():
        return RSAKey.generate_key(2048)
    file = Path(home) / "issuer-key.pem"
    if not file.exists():
        fresh = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(RSAKey.generate_key(2048).as_pem(private=True))
        try:
            os.link(fresh, file)  # never over a key that another process made at the same time
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return RSAKey.import_key(file.read_text(encoding="ascii"))


async def _asked(request: Request) -> dict[str, str]:
    """The fields of a form or of a JSON object; Refused for anything else."""
    body = await request.body()
    if len(body) > BODY_MAX:
        raise Refused(413, "invalid_request", f"at most {BODY_MAX} bytes")
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            fields = orjson.loads(body)
        else:
            fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    except ValueError as error:
        raise Refused(400, "invalid_request", "a form or a JSON object") from error
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise Refused(400, "invalid_request", "a form or a JSON object of strings")
    return fields


def _basic(header: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        login, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        raise Refused(401, "invalid_client", "a malformed Authorization header") from None
    return login, secret


def create_app(environment: Mapping[str, str] = os.environ) -> FastAPI:
    """The issuer's HTTP; SystemExit in production."""
    if environment.get("LIUDAI_ENV") == "production":
        raise SystemExit("the demo issuer is refused when LIUDAI_ENV=production: use the bank's own OIDC issuer")
    name = environment.get("LIUDAI_OIDC_ISSUER", DEFAULT_ISSUER).rstrip("/")
    issuer = Issuer(name, signing_key(environment), demo_holders())
    app = FastAPI(title="liudai demo issuer", docs_url=None, redoc_url=None)

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> JSONResponse:
        said = {"error": error.code, "error_description": error.description}
        return JSONResponse(said, error.status, headers={"Cache-Control": "no-store"})

    @app.get("/health/live")
    @app.get("/health/ready")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return issuer.configuration()

    @app.get("/jwks.json")
    async def key_set() -> dict[str, Any]:
        return issuer.key_set()

    @app.get("/people")
    async def people() -> dict[str, Any]:
        """Who can log in, with what rights; the password is the same for all and stands in the documentation."""
        return {login: asdict(holder) for login, holder in issuer.holders.people.items()}

    @app.get("/authorize")
    async def choose(request: Request) -> Response:
        return sign_in_page(request.query_params, issuer.holders, request.headers.get("accept-language", ""))

    @app.post("/authorize")
    async def authorise(request: Request) -> Response:
        """Back to the client with a code, or the page again where login and password do not fit."""
        asked = await _asked(request)
        login = asked.get("username", "")
        if login not in issuer.holders.people or not issuer.is_password(asked.get("password", "")):
            language = request.headers.get("accept-language", "")
            return sign_in_page(asked, issuer.holders, language, failed=True)
        return RedirectResponse(issuer.codes.issue(asked, login, int(time.time())), 303)

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        """OAuth 2.0 token endpoint (RFC 6749): code with PKCE, `password`, `client_credentials`; form or JSON."""
        basic = _basic(request.headers.get("authorization"))
        granted = issuer.grant(await _asked(request), basic, int(time.time()))
        return JSONResponse(granted, headers={"Cache-Control": "no-store"})

    return app


def __getattr__(name: str) -> Any:
    """`uvicorn services.operations.demo_issuer:app`: made when asked for, so that importing does nothing."""
    if name != "app":
        raise AttributeError(name)
    return create_app()
