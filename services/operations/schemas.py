"""Bringing a database up to date: one schema and one role per service, migrations, read-model tables.

Run by the migrator before the services start, and again at every release; repeating it changes nothing.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy
from alembic import command
from alembic.config import Config

from services.operations.generations import create_generation, show_generation
from shared.service import Service

_SCRIPTS = Path(__file__).parent / "migrations"


def role_password(master_key: str, role: str) -> str:
    """The password of a role where none is configured: derived, so that nothing needs to be remembered."""
    return hmac.new(bytes.fromhex(master_key), role.encode(), hashlib.sha256).hexdigest()


def migrate_schema(database_url: str, service: Service, password: str) -> None:
    """Create the role and the schema, and run the platform's migrations in it."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1).replace(
        "postgres://", "postgresql+psycopg://", 1
    )
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("select pg_advisory_xact_lock(hashtext('liudai migrate'))")
            exists = connection.exec_driver_sql("select 1 from pg_roles where rolname = %s", (service.role,)).first()
            verb = "alter" if exists else "create"
            secret = password.replace("'", "''")
            connection.exec_driver_sql(f"{verb} role {service.role} login nosuperuser nocreatedb password '{secret}'")
            connection.exec_driver_sql(f"create schema if not exists {service.name}")
            connection.exec_driver_sql(f"set local search_path = {service.name}")
            config = Config()
            config.set_main_option("script_location", str(_SCRIPTS))
            config.attributes.update(connection=connection, schema=service.name, role=service.role)
            command.upgrade(config, "head")
    finally:
        engine.dispose()


async def migrate_tables(database_url: str, service: Service) -> None:
    """Create the service's own tables, the first generation of each projection, and every follower's checkpoint."""
    connection: Any = await asyncpg.connect(database_url, server_settings={"search_path": service.name})
    try:
        async with connection.transaction():
            if service.tables:
                await connection.execute(service.tables)
                names = [word.split("(")[0].strip() for word in service.tables.split("create table if not exists ")[1:]]
                await connection.execute(
                    f"grant select, insert, update, delete on {', '.join(names)} to {service.role}"
                )
            for projection in service.projections:
                if not await connection.fetchval("select true from checkpoints where name = $1", projection.name):
                    await create_generation(connection, service.name, service.role, projection, 1)
                    await show_generation(connection, service.name, service.role, projection, 1)
            names = ["relay", *(p.name for p in service.projections), *(e.handler for e in service.effects)]
            await connection.executemany(
                "insert into checkpoints(name) values ($1) on conflict do nothing",
                [(name,) for name in names],
            )
    finally:
        await connection.close()
