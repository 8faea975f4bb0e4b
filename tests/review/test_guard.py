"""Requests that must not pass, sent as an attacker would send them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

PAGE = "/api/documents/{document}/pages/1"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:80", ""]
)
def test_other_host_names_are_not_served(served: Any, host: str) -> None:
    client = served.client(None)
    assert client.get("/api/session", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_pages_of_other_sites_change_and_read_nothing(served: Any, document: str, origin: str) -> None:
    client = served.client()
    for method, path in (("POST", "/api/queue/next"), ("GET", PAGE.format(document=document))):
        assert client.request(method, path, headers={"Origin": origin}).status_code == 403
    assert client.get("/api/queue", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    sign_in = client.post("/api/session", json={"person": "x"}, headers={"Origin": origin})
    assert sign_in.status_code == 403


def test_a_form_of_another_site_cannot_sign_in(served: Any) -> None:
    client = served.client(None)
    answer = client.post("/api/session", content=b'{"person":"x"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_nothing_is_told_to_who_has_not_signed_in(served: Any, document: str) -> None:
    client = served.client(None)
    for path in ("/api/queue", "/api/people", PAGE.format(document=document), "/api/openapi.json"):
        assert client.get(path).status_code == 401
    client.cookies.set("yusuan", "guessed")
    assert client.get("/api/queue").status_code == 401


@pytest.mark.parametrize("secret", [None, "", "wrong", "ü"])
def test_the_secret_of_the_page_is_asked_for(served: Any, secret: str | None) -> None:
    client = served.client()
    del client.headers["X-Yusuan-CSRF"]
    headers = {} if secret is None else {"X-Yusuan-CSRF": secret.encode("latin-1")}
    assert client.post("/api/queue/next", headers=headers).status_code == 403


def test_secrets_of_another_person_do_not_do(served: Any) -> None:
    one = served.client("甲")
    two = served.client("乙")
    one.headers["X-Yusuan-CSRF"] = two.headers["X-Yusuan-CSRF"]
    assert one.post("/api/queue/next").status_code == 403


def test_a_token_is_asked_for_beyond_this_machine(serve: Callable[..., Any]) -> None:
    served = serve(token="geheim")
    client = served.client(None)
    assert client.get("/api/session").json()["needs_token"] is True
    for body in ({"person": "x"}, {"person": "x", "token": "falsch"}, {"person": "x", "token": ""}):
        assert client.post("/api/session", json=body).status_code == 403
    assert client.get("/api/queue").status_code == 401
    assert client.post("/api/session", json={"person": "x", "token": "geheim"}).status_code == 200
    assert client.get("/api/queue").status_code == 200


def test_cookies_are_for_this_page_alone(served: Any) -> None:
    client = served.client(None)
    cookie = client.post("/api/session", json={"person": "甲"}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_every_answer_forbids_what_pages_do_not_need(served: Any, document: str) -> None:
    client = served.client()
    for path in (
        "/",
        "/api/session",
        "/api/queue",
        f"{PAGE.format(document=document)}/image",
        "/nothing",
    ):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/static/../server.py",
        "/%2e%2e/server.py",
        "/api/documents/..%2f..%2f/pages/1",
        "/api/documents/shizhu-12345678/pages/1",
        "/api/documents/000000000000/pages/1",
        "/api/documents/000000000000/pages/1/image",
    ],
)
def test_only_ids_name_documents_and_no_path_leads_out(served: Any, path: str) -> None:
    client = served.client()
    address = client.base_url
    # httpx would resolve the dots itself.
    with socket.create_connection((address.host, address.port)) as line:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        request = f"GET {path} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\nCookie: {cookie}\r\n"
        line.sendall(f"{request}Connection: close\r\n\r\n".encode())
        answer = b""
        while part := line.recv(65536):
            answer += part
    status = int(answer.split()[1])
    assert status in (404, 422)
    assert b"root:" not in answer
    assert b"make_app" not in answer


def test_a_header_that_stands_twice_is_refused(served: Any) -> None:
    address = httpx.URL(served.address)
    with socket.create_connection((address.host, address.port)) as line:
        own = f"Host: {address.host}:{address.port}\r\n"
        line.sendall(f"GET /api/session HTTP/1.1\r\n{own}Host: evil\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := line.recv(65536):
            answer += part
    assert int(answer.split()[1]) == 400


def test_bodies_have_an_end(served: Any, document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from yusuan.review import guard

    monkeypatch.setattr(guard, "MOST_BYTES", 1000)
    client = served.client()
    path = f"/api/documents/{document}/edits"
    assert client.post(path, content=b"x" * 1001).status_code == 413
    endless = client.post(path, content=(b"x" * 100 for _ in range(20)))
    assert endless.status_code >= 400


def test_what_is_no_edit_is_said_where(served: Any, document: str) -> None:
    client = served.client()
    answer = client.post(f"/api/documents/{document}/edits", json={"edit": "x"})
    assert answer.status_code == 422
    assert "edit" in answer.json()["error"]
