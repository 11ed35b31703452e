"""Who is calling: bearer tokens of any OIDC issuer, checked strictly against its published keys."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import httpx
import yaml
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.problem_details import Problem

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
LEEWAY_SECONDS = 30
REFETCH_SECONDS = 10.0
"""An unknown key id makes us look for new keys, at most this often."""
ROLES = frozenset((
    "officer", "reviewer", "approver", "senior_approver", "releaser", "cashier", "collector", "collection_manager",
    "model_developer", "model_validator", "operator", "auditor", "partner",
))  # fmt: skip
EVERYWHERE = "*"


@dataclass(frozen=True)
class Principal:
    """The authenticated caller. `person` is the human being, whatever account was used; rules compare persons."""

    person: str
    client: str
    name: str
    roles: frozenset[str]
    legal_entity: str
    branch: str
    scope: frozenset[str]

    def may_see(self, branch: str) -> bool:
        """Whether data of `branch` exists for this caller."""
        return EVERYWHERE in self.scope or branch in self.scope


class TokenVerifier:
    """Checks tokens of one issuer. Keys are cached, so an issuer that is down stops only new keys."""

    def __init__(self, issuer: str, jwks_url: str, audience: str, *, person_required: bool = False) -> None:
        self._person_required = person_required
        self._url, self._keys, self._fetched = jwks_url, KeySet([]), -REFETCH_SECONDS
        self._lock = asyncio.Lock()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS, iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience}, exp={"essential": True}, sub={"essential": True},
        )  # fmt: skip

    async def verify(self, authorization: str | None) -> Principal:
        """The caller, or a 401 problem (503 when the issuer's keys cannot be had at all)."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthorized("Send a bearer token: Authorization: Bearer …")
        try:
            claims = await self._decode(token.strip())
            return _principal(claims, person_required=self._person_required)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _unauthorized(f"The token is not accepted: {type(error).__name__}") from error

    async def _decode(self, token: str) -> dict[str, Any]:
        fetched = self._fetched
        try:
            decoded = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if not await self._refetch(fetched):
                raise
            decoded = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        self._claims.validate(decoded.claims)
        return decoded.claims

    async def _refetch(self, known: float) -> bool:
        """Whether there are keys newer than those of `known`; many may ask at once, as after a start."""
        async with self._lock:
            if self._fetched != known:
                return True
            if time.monotonic() - self._fetched < REFETCH_SECONDS:
                return False
            self._fetched = time.monotonic()
            try:
                async with httpx.AsyncClient(timeout=5.0) as client:
                    answer = await client.get(self._url)
                    self._keys = KeySet.import_key_set(answer.raise_for_status().json())
            except (httpx.HTTPError, ValueError, JoseError) as error:
                if not self._keys.keys:
                    raise Problem(
                        503, "issuer-unavailable", "The identity provider does not answer; try again.",
                        headers={"Retry-After": "5"},
                    ) from error  # fmt: skip
                return False
            self._fetched = time.monotonic()
            return True


def _principal(claims: Mapping[str, Any], *, person_required: bool) -> Principal:
    """Without a `person` claim two accounts of one human being would pass for two, so production requires it."""
    if person_required and not claims.get("person"):
        raise ValueError("the claim person is missing")
    roles, scope = claims.get("roles", []), claims.get("branches", [])
    if not isinstance(roles, list) or not isinstance(scope, list):
        raise TypeError("roles and branches are lists")
    branch = str(claims.get("branch", "HQ"))
    return Principal(
        person=str(claims.get("person") or claims["sub"]),
        client=str(claims.get("azp") or claims.get("client_id") or claims["sub"]),
        name=str(claims.get("name", claims["sub"])), roles=frozenset(map(str, roles)) & ROLES,
        legal_entity=str(claims.get("legal_entity", "LD01")), branch=branch,
        scope=frozenset(map(str, scope)) or frozenset({branch}),
    )  # fmt: skip


def _unauthorized(detail: str) -> Problem:
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": 'Bearer realm="liudai"'})


def access_matrix(service: str) -> dict[str, frozenset[str]]:
    """Operation → roles, from the service's `access.yaml`. What is not in it is denied to all."""
    text = (files(f"services.{service}") / "access.yaml").read_text(encoding="utf-8")
    matrix = {operation: frozenset(roles) for operation, roles in yaml.safe_load(text).items()}
    unknown = sorted({role for roles in matrix.values() for role in roles} - ROLES)
    if unknown:
        raise ValueError(f"services/{service}/access.yaml names unknown roles: {', '.join(unknown)}")
    return matrix
