"""Who may talk to the server: checks of host, origin, session and size, before any other code runs.

Pages of other sites can make a browser send requests to 127.0.0.1, and names of other sites can be made to
point there (DNS rebinding): so the Host must be ours, the Origin of a request that changes something must be
ours, and it must carry a secret that only our own page can read.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from yusuan.review.store import ReviewStore, now

MOST_BYTES = 32 * 1024 * 1024
CSRF_HEADER = "x-yusuan-csrf"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_SAFE = ("GET", "HEAD")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Sessions:
    """Who is signed in. They outlive the server: a restart asks nobody for a name again."""

    def __init__(self, store: ReviewStore) -> None:
        """Take the store that holds them."""
        self._store = store

    def begin(self, person: str) -> tuple[str, str]:
        """Sign a person in; return the secret of the cookie and that of the header."""
        key, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        with self._store.writing():
            self._store.write("INSERT OR IGNORE INTO people VALUES (?, ?)", person, now())
            self._store.write("INSERT INTO sessions VALUES (?, ?, ?, ?)", _digest(key), person, csrf, now())
        return key, csrf

    def find(self, key: str) -> tuple[str, str] | None:
        """Return person and secret of the header of a session, None where there is none."""
        found = self._store.rows("SELECT person, csrf FROM sessions WHERE key = ?", _digest(key))
        return (found[0][0], found[0][1]) if found else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class Guard:
    """ASGI middleware that lets through what may pass, and puts headers on every answer."""

    def __init__(self, app: App, sessions: Sessions, hosts: frozenset[str], cookie: str) -> None:
        """Take the app behind it.

        Args:
            app: that answers what passes.
            sessions: who is signed in.
            hosts: names, with port, under which the server may be called.
            cookie: name of the cookie of the session.
        """
        self._app = app
        self._sessions = sessions
        self._hosts = hosts
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it pass."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers: dict[str, str] = {}
        doubled = False
        for name, value in scope["headers"]:
            key = name.decode("latin-1").lower()
            doubled = doubled or (key in headers and key in ("host", "origin", CSRF_HEADER))
            headers[key] = value.decode("latin-1")

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = {name.encode(): value.encode() for name, value in HEADERS.items()}
                kept = [(name, value) for name, value in message["headers"] if name.lower() not in own]
                if not any(name.lower() == b"cache-control" for name, _ in kept):
                    kept.append((b"cache-control", b"no-store"))
                message["headers"] = [*kept, *own.items()]
            await send(message)

        problem = (400, "a header stands twice", "") if doubled else self._problem(scope, headers)
        if problem is not None:
            await _refuse(with_headers, *problem)
            return
        await self._app(scope, _limited(receive), with_headers)

    def _problem(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str, str] | None:
        """Return status, words and hint of what is wrong with a request; None where it may pass."""
        if headers.get("host", "").lower() not in self._hosts:
            return 400, "this host name is not served here", "open the address that `yusuan review` printed"
        changes = scope["method"] not in _SAFE
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() not in self._hosts:
            return 403, "requests of other sites are not served", ""
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "requests of other sites are not served", ""
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > MOST_BYTES:
            return 413, f"a request has at most {MOST_BYTES} bytes", "send it in parts"
        session = self._session(headers.get("cookie", ""))
        scope["state"] = {
            **scope.get("state", {}),
            "person": session and session[0],
            "csrf": session and session[1],
        }
        path = scope["path"]
        if not path.startswith("/api/") or path in ("/api/session", "/api/labels"):
            # To sign in needs no secret, but must come from our own page.
            if changes and headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return 415, "this is no JSON", "send application/json"
            return None
        if session is None:
            return 401, "nobody is signed in", "sign in first"
        if changes and not secrets.compare_digest(
            headers.get(CSRF_HEADER, "").encode("latin-1"), session[1].encode()
        ):
            return 403, "the secret of the page is missing or wrong", "load the page again"
        return None

    def _session(self, header: str) -> tuple[str, str] | None:
        try:
            cookie = SimpleCookie(header).get(self._cookie)
        except CookieError:
            return None
        return self._sessions.find(cookie.value) if cookie else None


def _limited(receive: Receive) -> Receive:
    """Return a receiver that gives up on a body that is longer than it said, or said nothing."""
    seen = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BYTES:
            return {"type": "http.disconnect"}
        return message

    return limited


async def _refuse(send: Send, status: int, error: str, hint: str) -> None:
    body = json.dumps({"error": error, "hint": hint or None}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
