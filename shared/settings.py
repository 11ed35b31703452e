"""The environment of a service, checked at start: what is missing or wrong is named, and nothing starts."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PostgresDsn, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_MASTER_KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"


class Settings(BaseSettings):
    """What differs between a laptop, a test and a bank. Product terms are data, never settings."""

    model_config = SettingsConfigDict(env_prefix="LIUDAI_", extra="ignore", populate_by_name=True)

    database_url: PostgresDsn = Field(validation_alias="DATABASE_URL")
    amqp_url: str | None = Field(default=None, validation_alias="AMQP_URL")
    env: Literal["demo", "production"] = "demo"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", validation_alias="LOG_LEVEL")
    oidc_issuer: str
    oidc_jwks_url: str
    oidc_audience: str = "liudai"
    master_key: SecretStr = SecretStr(DEMO_MASTER_KEY)
    legal_entity: str = "LD01"
    opening_date: date | None = None
    # A Literal compares without converting, and the environment holds text.
    queues_per_subscriber: Annotated[Literal[1, 2, 4, 8, 16], BeforeValidator(int)] = 1
    pool_size: int = Field(default=8, ge=2, le=100)

    @field_validator("master_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch("[0-9a-fA-F]{64}", value.get_secret_value()):
            raise ValueError("must be 32 bytes in hexadecimal (openssl rand -hex 32)")
        return value

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if self.env == "production":
            if self.master_key.get_secret_value() == DEMO_MASTER_KEY:
                raise ValueError("LIUDAI_MASTER_KEY: the demo key is refused when LIUDAI_ENV=production")
            if not self.oidc_jwks_url.startswith("https://"):
                raise ValueError("LIUDAI_OIDC_JWKS_URL: must be https when LIUDAI_ENV=production")
        return self

    @classmethod
    def load(cls) -> "Settings":
        """Read the environment, or exit saying which variable is missing or wrong."""
        try:
            return cls()
        except ValidationError as error:
            lines = [f"  {_variable(e['loc'])}: {e['msg']}" for e in error.errors()]
            raise SystemExit("\n".join(["liudai cannot start, the environment is not right:", *lines])) from None


def _variable(location: tuple[int | str, ...]) -> str:
    """The environment variable that a complaint is about."""
    name = str(location[0]) if location else "settings"
    return f"LIUDAI_{name.upper()}" if name in Settings.model_fields else name
