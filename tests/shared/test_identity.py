"""Tokens are checked against the keys that their issuer publishes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.identity import TokenVerifier
from shared.problem_details import Problem

KEY, OTHER_KEY = (OKPKey.generate_key("Ed25519", {"kid": kid}, private=True) for kid in ("one", "two"))


def token(key: OKPKey = KEY) -> str:
    claims = {"iss": "issuer", "aud": "liudai", "sub": "chen", "exp": 4_102_444_800, "roles": ["officer"]}
    return "Bearer " + jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, algorithms=["Ed25519"])


@asynccontextmanager
async def issuer(*keys: OKPKey) -> AsyncIterator[tuple[str, list[str]]]:
    """The URL of an issuer's keys, and the requests that it has had."""
    asked: list[str] = []
    body = orjson.dumps({"keys": [key.as_dict(private=False) for key in keys]})

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        await asyncio.sleep(0.05)
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port: Any = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/jwks.json", asked


async def test_many_first_requests_at_once_are_all_let_in_by_one_fetch_of_the_keys() -> None:
    async with issuer(KEY) as (url, asked):
        verifier = TokenVerifier("issuer", url, "liudai")
        callers = await asyncio.gather(*(verifier.verify(token()) for _ in range(20)))
    assert {caller.person for caller in callers} == {"chen"}
    assert len(asked) == 1


async def test_a_token_of_a_strange_key_is_refused_without_asking_for_keys_again_and_again() -> None:
    async with issuer(KEY) as (url, asked):
        verifier = TokenVerifier("issuer", url, "liudai")
        await verifier.verify(token())
        for _ in range(5):
            with pytest.raises(Problem) as refused:
                await verifier.verify(token(OTHER_KEY))
            assert refused.value.status == 401
    assert len(asked) == 1
