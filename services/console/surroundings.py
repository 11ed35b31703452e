"""What is around the console: the services it asks, the issuer people sign in at, and the key that seals sessions."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

SERVICES = ("application", "risk", "disbursement", "repayment", "collection")
DEMO_KEY = "8f1d2c3b4a59687786756453423120ff8f1d2c3b4a59687786756453423120ff"
KEY_BYTES = 32
_FIRST_PORT = 8001


@dataclass(frozen=True)
class Surroundings:
    """Every URL without a slash at its end.

    `authorization_url` is where a browser is sent, which may see the issuer under another name than this server does;
    `public_url` is where browsers find the console, empty where that is wherever they ask.
    """

    services: Mapping[str, str]
    issuer: str
    jwks_url: str
    authorization_url: str
    token_url: str
    sandbox: str
    public_url: str
    client_id: str
    key: bytes = field(repr=False)
    client_secret: str = field(default="", repr=False)
    audience: str = "liudai"
    is_production: bool = False

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @classmethod
    def read(
        cls,
        environment: Mapping[str, str] = os.environ,
        *,
        services: Mapping[str, str] | None = None,
        issuer: str = "http://127.0.0.1:8007",
        sandbox: str = "http://127.0.0.1:8008/sandbox",
    ) -> Self:
        """From the environment, else these defaults; SystemExit naming what a bank in production must give."""
        production = environment.get("LIUDAI_ENV") == "production"
        named = services or {
            name: environment.get(f"LIUDAI_{name.upper()}_URL", f"http://127.0.0.1:{port}")
            for port, name in enumerate(SERVICES, start=_FIRST_PORT)
        }
        issuer = environment.get("LIUDAI_OIDC_ISSUER", issuer).rstrip("/")
        found = cls(
            services={name: url.rstrip("/") for name, url in named.items()},
            issuer=issuer,
            jwks_url=environment.get("LIUDAI_OIDC_JWKS_URL", f"{issuer}/jwks.json"),
            authorization_url=environment.get("LIUDAI_OIDC_AUTHORIZATION_URL", f"{issuer}/authorize"),
            token_url=environment.get("LIUDAI_OIDC_TOKEN_URL", f"{issuer}/token"),
            sandbox="" if production else environment.get("LIUDAI_SANDBOX_URL", sandbox).rstrip("/"),
            public_url=environment.get("LIUDAI_CONSOLE_URL", "").rstrip("/"),
            client_id=environment.get("LIUDAI_CONSOLE_CLIENT_ID", "console"),
            client_secret=environment.get("LIUDAI_CONSOLE_CLIENT_SECRET", ""),
            key=_key(environment.get("LIUDAI_CONSOLE_KEY", DEMO_KEY)),
            is_production=production,
        )
        if production:
            found.require_what_production_needs()
        return found

    def require_what_production_needs(self) -> None:
        """SystemExit where browser or issuer could be met without https, or sessions are sealed with a known key."""
        if self.key == bytes.fromhex(DEMO_KEY):
            raise SystemExit("LIUDAI_CONSOLE_KEY: the demo key is refused when LIUDAI_ENV=production")
        for name, url in (
            ("LIUDAI_CONSOLE_URL", self.public_url),
            ("LIUDAI_OIDC_AUTHORIZATION_URL", self.authorization_url),
            ("LIUDAI_OIDC_TOKEN_URL", self.token_url),
            ("LIUDAI_OIDC_JWKS_URL", self.jwks_url),
        ):
            if not url.startswith("https://"):
                raise SystemExit(f"{name}: must be https when LIUDAI_ENV=production")


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SystemExit("LIUDAI_CONSOLE_KEY: must be 32 bytes in hexadecimal (openssl rand -hex 32)")
    return key
