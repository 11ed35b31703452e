"""Personal fields at rest: AES-256-GCM under a key of the data subject's own, wrapped by the master key.

Deleting a subject's key makes every copy of the data unreadable and leaves the hash chain whole,
because the chain covers the ciphertext.
"""

import os
import time
from base64 import b64decode, b64encode
from typing import Any, get_args
from uuid import UUID, uuid4

import asyncpg
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from pydantic import BaseModel

from shared.messages import Personal

KEY_CACHE_SECONDS = 300.0


def holds_personal(annotation: Any) -> bool:
    """Whether a type, or anything inside it, is `Personal`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return issubclass(annotation, Personal) or any(
            holds_personal(field.annotation) for field in annotation.model_fields.values()
        )
    return any(holds_personal(argument) for argument in get_args(annotation))


class Vault:
    """The subjects' keys of one service. Keys are cached for five minutes, so an erasure is felt by then."""

    def __init__(self, pool: asyncpg.Pool, master_key: bytes) -> None:
        self._pool, self._master = pool, master_key
        self._kek_id = b64encode(AESGCM(master_key).encrypt(bytes(12), b"kek", None))[:12].decode()
        self._cache: dict[UUID, tuple[float, AESGCM]] = {}

    async def encrypt(self, event_id: UUID, data: dict[str, Any]) -> dict[str, Any]:
        """`data` with every `Personal` value sealed; each ciphertext is bound to its event and field."""
        sealed: dict[str, Any] = await self._walk(data, f"{event_id}", self._sealed)
        return sealed

    async def decrypt(self, event_id: UUID, data: dict[str, Any]) -> dict[str, Any]:
        """`data` with every sealed value opened, or None where the subject's key has been erased."""
        opened: dict[str, Any] = await self._walk(data, f"{event_id}", self._opened)
        return opened

    async def _walk(self, node: Any, path: str, change: Any) -> Any:
        if isinstance(node, dict):
            changed = await change(node, path)
            if changed is not None:
                return changed
            return {name: await self._walk(value, f"{path}|{name}", change) for name, value in node.items()}
        if isinstance(node, list):
            return [await self._walk(value, f"{path}|{n}", change) for n, value in enumerate(node)]
        return node

    async def _sealed(self, node: dict[str, Any], path: str) -> dict[str, Any] | None:
        if set(node) != {"subject_id", "value"}:
            return None
        subject_id = UUID(node["subject_id"])
        if node["value"] is None:
            return {"$enc": {"s": str(subject_id), "k": "", "n": "", "c": ""}}
        key_id, key = await self._subject_key(subject_id)
        nonce = os.urandom(12)
        cipher = key.encrypt(nonce, orjson.dumps(node["value"]), path.encode())
        coded = {"n": b64encode(nonce).decode(), "c": b64encode(cipher).decode()}
        return {"$enc": {"s": str(subject_id), "k": str(key_id), **coded}}

    async def _opened(self, node: dict[str, Any], path: str) -> dict[str, Any] | None:
        if set(node) != {"$enc"}:
            return None
        sealed = node["$enc"]
        key = await self._key(UUID(sealed["k"])) if sealed["k"] else None
        if key is None:
            return {"subject_id": sealed["s"], "value": None}
        try:
            plain = key.decrypt(b64decode(sealed["n"]), b64decode(sealed["c"]), path.encode())
        except InvalidTag:
            raise ValueError(f"personal field {path} was moved or altered") from None
        return {"subject_id": sealed["s"], "value": orjson.loads(plain)}

    async def _subject_key(self, subject_id: UUID) -> tuple[UUID, AESGCM]:
        """The subject's key, made when there is none: after an erasure it is another one, with another id."""
        wrapped = aes_key_wrap(self._master, AESGCM.generate_key(256))
        await self._pool.execute(
            "insert into subject_keys(key_id, subject_id, wrapped_key, kek_id) values ($1, $2, $3, $4)"
            " on conflict (subject_id) do nothing",
            uuid4(), subject_id, wrapped, self._kek_id,
        )  # fmt: skip
        key_id: UUID = await self._pool.fetchval("select key_id from subject_keys where subject_id = $1", subject_id)
        key = await self._key(key_id)
        assert key is not None, "it was made a moment ago"
        return key_id, key

    async def _key(self, key_id: UUID) -> AESGCM | None:
        """The key, or None when it has been erased."""
        cached = self._cache.get(key_id)
        if cached and cached[0] > time.monotonic():
            return cached[1]
        stored = await self._pool.fetchval("select wrapped_key from subject_keys where key_id = $1", key_id)
        if stored is None:
            self._cache.pop(key_id, None)
            return None
        key = AESGCM(aes_key_unwrap(self._master, stored))
        self._cache[key_id] = (time.monotonic() + KEY_CACHE_SECONDS, key)
        return key
