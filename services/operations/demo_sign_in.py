"""How people sign in at the demo issuer: a page to choose a login on, and codes (RFC 6749 with PKCE) for it.

Codes go to this machine's own addresses only, live a minute and are redeemed once.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from html import escape
from importlib.resources import files
from secrets import token_urlsafe
from string import Template
from urllib.parse import urlencode, urlsplit

from fastapi.responses import HTMLResponse

from services.operations.demo_people import Holder, Holders
from services.operations.readable import words
from services.operations.start_page import ROLES, language

CODE_SECONDS = 60
CODES_MAX = 1_000
OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
PASSED_ON = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")
_WORDS = {
    "zh": {
        "title": "登录 · 流贷",
        "heading": "登录演示银行",
        "note": "每个岗位一个人：选一位即可登录。口令都是 {}；生产环境使用银行自己的身份认证。",
        "login": "登录名",
        "password": "口令",
        "failed": "登录名或口令不对。",
        "enter": "登录",
    },
    "en": {
        "title": "Sign in · liudai",
        "heading": "Sign in to the demo bank",
        "note": "One person for each duty: choose one. The password of all is {}; a bank brings its own issuer.",
        "login": "Login",
        "password": "Password",
        "failed": "Unknown login or wrong password.",
        "enter": "Sign in",
    },
}


class Refused(Exception):  # noqa: N818  (an answer of RFC 6749 §5.2, not an error of ours)
    """No token; `code` is the error of RFC 6749."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status, self.code, self.description = status, code, description


@dataclass(frozen=True)
class Code:
    """What a code stands for until Unix time `until`."""

    login: str
    client: str
    redirect_uri: str
    challenge: str
    until: int


@dataclass
class CodeFlow:
    """The codes that have been given out and not been redeemed."""

    codes: dict[str, Code] = field(default_factory=dict)

    def issue(self, asked: Mapping[str, str], login: str, at: int) -> str:
        """Where to send the browser back to, with a code for `login`; Refused where the request is none."""
        require_authorization_request(asked)
        self.codes = {code: one for code, one in self.codes.items() if one.until > at}
        if len(self.codes) >= CODES_MAX:
            raise Refused(503, "temporarily_unavailable", "too many people sign in at once")
        code = token_urlsafe(32)
        self.codes[code] = Code(
            login, asked["client_id"], asked["redirect_uri"], asked["code_challenge"], at + CODE_SECONDS
        )
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def redeem(self, asked: Mapping[str, str], at: int) -> tuple[str, str]:
        """(login, client) of a code, once; Refused unless whoever began the sign-in redeems it."""
        code = self.codes.pop(asked.get("code", ""), None)
        digest = sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        fits = (
            code is not None
            and code.until > at
            and (code.client, code.redirect_uri) == (asked.get("client_id"), asked.get("redirect_uri"))
            and compare_digest(code.challenge.encode(), challenge.encode())
        )
        if code is None or not fits:
            raise Refused(400, "invalid_grant", "the code is unknown, used, too old or another client's")
        return code.login, code.client


def require_authorization_request(asked: Mapping[str, str]) -> None:
    """Refused unless it asks for a code, with PKCE, to be sent to this machine."""
    if asked.get("response_type") != "code":
        raise Refused(400, "unsupported_response_type", "response_type must be code")
    if not asked.get("client_id"):
        raise Refused(400, "invalid_request", "client_id is missing")
    if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
        raise Refused(400, "invalid_request", "PKCE is required: code_challenge with code_challenge_method=S256")
    to = urlsplit(asked.get("redirect_uri", ""))
    if to.scheme not in {"http", "https"} or to.hostname not in OWN_HOSTS or to.query or to.fragment:
        raise Refused(400, "invalid_request", "redirect_uri must be an address of this machine")


def sign_in_page(asked: Mapping[str, str], holders: Holders, preferred: str, *, failed: bool = False) -> HTMLResponse:
    """Everybody who can sign in, each with one button; without a script and without a foreign host."""
    require_authorization_request(asked)
    lang = language(preferred)
    said = _WORDS[lang]
    html = Template((files("services.operations") / "demo_sign_in.html").read_text(encoding="utf-8")).substitute(
        said,
        lang=lang,
        note=escape(said["note"].format(holders.password)),
        failure=f'<p class="failed" role="alert">{said["failed"]}</p>' if failed else "",
        passed_on="".join(_hidden(name, asked[name]) for name in PASSED_ON if name in asked),
        people="".join(_button(login, holder, lang) for login, holder in holders.people.items()),
        demo_password=escape(holders.password, quote=True),
    )
    # A form's answer may lead only where its policy lets it: here, and to who asked.
    to = urlsplit(asked["redirect_uri"])
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none';"
        f" form-action 'self' {to.scheme}://{to.netloc}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(html, 403 if failed else 200, headers)


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value, quote=True)}">'


def _button(login: str, holder: Holder, lang: str) -> str:
    roles = "、".join(map(ROLES.__getitem__, holder.roles)) if lang == "zh" else ", ".join(map(words, holder.roles))
    return (
        f'<button name="username" value="{escape(login, quote=True)}"><b>{escape(holder.name)}</b>'
        f"<span>{escape(roles)}</span><small>{escape(login)} · {escape(holder.branch)}</small></button>"
    )
