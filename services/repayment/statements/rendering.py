"""A page as PDF, by WeasyPrint. It stands on libraries of the system, which are looked for when a PDF is asked for."""

import ctypes
import ctypes.util
from functools import cache
from threading import Lock

INSTALL = (
    "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
)
"""What Debian and Ubuntu need; scripts/ensure-pdf and the Dockerfile install the same."""

_one_at_a_time = Lock()  # a page takes a core; two at once would only both be late


class LibrariesMissing(Exception):  # noqa: N818
    """No PDF can be made here; the message names what is missing."""


def pdf_of(html: str) -> bytes:
    """The page as PDF/A-3u. LibrariesMissing where one of the system's libraries or the Chinese font is not there."""
    if missing := what_is_missing():
        raise LibrariesMissing(f"{', '.join(missing)}. On Debian: {INSTALL}")
    from weasyprint import HTML  # noqa: PLC0415  (half a second, and the libraries)

    with _one_at_a_time:
        written = HTML(string=html, base_url=None, url_fetcher=_no_fetching).write_pdf(pdf_variant="pdf/a-3u")
    assert isinstance(written, bytes)
    return written


@cache
def what_is_missing() -> tuple[str, ...]:
    """The libraries and fonts that are not there, by name; looked for once."""
    try:
        from weasyprint.text import ffi  # noqa: PLC0415
    except (ImportError, OSError) as error:
        return (str(error).splitlines()[0],)
    missing = []
    if ffi.harfbuzz_subset is None:  # then a page takes half a minute: the whole font goes through Python
        missing.append("libharfbuzz-subset")
    if not _chinese_fonts():
        missing.append("a font with Chinese characters")
    return tuple(missing)


def _chinese_fonts() -> int:
    """How many faces the system has for simplified Chinese, as fontconfig tells."""
    fontconfig = ctypes.CDLL(ctypes.util.find_library("fontconfig") or "libfontconfig.so.1")
    fontconfig.FcNameParse.restype = fontconfig.FcObjectSetCreate.restype = ctypes.c_void_p
    fontconfig.FcFontList.restype = ctypes.POINTER(ctypes.c_int)  # an FcFontSet begins with its count
    pattern = ctypes.c_void_p(fontconfig.FcNameParse(b":lang=zh-cn"))
    wanted = ctypes.c_void_p(fontconfig.FcObjectSetCreate())
    fontconfig.FcObjectSetAdd(wanted, b"family")
    return int(fontconfig.FcFontList(None, pattern, wanted)[0])


def _no_fetching(url: str) -> None:
    raise ValueError(f"a statement stands by itself and fetches nothing: {url}")
