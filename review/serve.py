"""`yusuan review OUT`: the server of the review app on one address, until Ctrl-C."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from yusuan.extraction.config import Settings
from yusuan.extraction.errors import UsageError
from yusuan.extraction.exports.folder import document_folders


@dataclass(frozen=True)
class ReviewOptions:
    """Where to serve.

    Attributes:
        host: address to listen on; beyond this machine a token is asked for.
        port: 0 takes a free one.
        token: None makes one where one is needed.
        names: further host names under which the server is called, behind a proxy for example.
        gold: folder of true documents; their pages tell how well people label.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    names: tuple[str, ...] = ()
    gold: Path | None = None


def serve(out: Path, settings: Settings, options: ReviewOptions, ready: Callable[[str], None]) -> None:
    """Serve the review app until it is interrupted.

    Args:
        out: folder that `yusuan extract -o` wrote.
        settings: of reading and checks.
        options: where to serve.
        ready: called with the address to open, once the server listens.

    Raises:
        UsageError: there is nothing to review, the address cannot be had, or a library is missing.
        InputError: what people did cannot be read.
    """
    if not document_folders(out):
        raise UsageError(f"{out} holds no documents", f"run `yusuan extract INPUT -o {out}` first")
    try:
        import uvicorn

        from yusuan.review.server import Serving, make_app
    except ImportError as error:
        raise UsageError(
            f"the review app needs a library that is missing: {error.name}", "pip install 'yusuan[review]'"
        ) from error
    listener = _listen(options.host, options.port)
    port = listener.getsockname()[1]
    token = options.token
    if token is None and not is_loopback(options.host):
        token = secrets.token_urlsafe(24)
    names = {options.host, *options.names}
    if is_loopback(options.host):
        names |= {"127.0.0.1", "localhost", "[::1]"}
    elif options.host in ("0.0.0.0", "::"):
        names |= {"127.0.0.1", "localhost", socket.gethostname(), socket.getfqdn(), *_addresses()}
    hosts = frozenset(f"{name.lower()}:{port}" for name in names) | frozenset(map(str.lower, options.names))
    try:
        app = make_app(out, settings, Serving(hosts, token, f"yusuan_{port}"), options.gold)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="on"
        )
        shown = options.host if options.host not in ("0.0.0.0", "::") else socket.gethostname()
        ready(f"http://{shown}:{port}/" + (f"#token={token}" if token else ""))
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UsageError: the address cannot be had.
    """
    try:
        info = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(info[0], socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(info[4])
        listener.listen(128)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror or error}", "choose another --port or --host"
        ) from error
    return listener


def _addresses() -> set[str]:
    """Return the addresses of this machine under which others may call it."""
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    except OSError:
        return set()
