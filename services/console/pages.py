"""The compiled pages: one HTML document, with a fresh nonce each time; files whose names change with their bytes."""

import gzip
from functools import lru_cache
from pathlib import Path
from secrets import token_urlsafe

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from services.console.surroundings import Surroundings
from shared.problem_details import Problem

STATIC = Path(__file__).parent / "static"
NONCE = "__CSP_NONCE__"
"""What the build leaves in the document where the nonce belongs."""
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}
GZIP_FROM = 1_000
_NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>流贷 liudai</title>
<h1>控制台尚未编译 · The console is not built</h1><p>在源码目录运行 <code>make console</code>，然后刷新。
Run <code>make console</code> in the source tree, then reload.</p></html>"""
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{0}'; style-src 'self' 'nonce-{0}'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Pages:
    """Serves what `make console` has built; where nothing is built it says so."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._file = lru_cache(maxsize=256)(self._read)

    @property
    def is_built(self) -> bool:
        return (self._folder / "index.html").is_file()

    def document(self) -> Response:
        """The one document, whatever page is asked for: the browser finds the page by its path."""
        nonce = token_urlsafe(18)
        policy = {"Content-Security-Policy": _POLICY.format(nonce), "Cache-Control": "no-store"}
        if not self.is_built:
            return HTMLResponse(_NOT_BUILT, 503, policy)
        text = (self._folder / "index.html").read_text(encoding="utf-8")
        return HTMLResponse(text.replace(NONCE, nonce), headers=policy)

    def asset(self, request: Request, name: str) -> Response:
        """A compiled file, for ever: under another name it is another file."""
        plain, packed = self._file(name)
        packs = packed is not None and "gzip" in request.headers.get("accept-encoding", "")
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if packs:
            headers["Content-Encoding"] = "gzip"
        return Response(packed if packs else plain, media_type=KINDS[Path(name).suffix], headers=headers)

    def _read(self, name: str) -> tuple[bytes, bytes | None]:
        file = self._folder / "assets" / name
        if "/" in name or name.startswith(".") or file.suffix not in KINDS or not file.is_file():
            raise Problem(404, "not-found", "There is no such file.")
        plain = file.read_bytes()
        return plain, gzip.compress(plain, 6, mtime=0) if len(plain) >= GZIP_FROM else None


def harden(response: Response, around: Surroundings) -> None:
    """Headers that every answer carries."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.update(
        {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }
    )
    if around.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
