"""Real proxies with TLS on loopback, by the files that the documentation has for them."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from isolambda_core.adapters.clock import SystemClock
from tests.support.servers import free_port
from tests.support.waiting import WAIT_S, eventually

SITE = "functions.example.com"
"""The name in the files, for which the proxies of the tests have a certificate."""
FILES = Path(__file__).parents[2] / "infra/docs/operating"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"  # noqa: TID251 - where Debian has them
_MAIN = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that listens for ``SITE`` on two ports of 127.0.0.1.

    ``authority`` is the file with the certificate of its own authority.
    """

    port: int
    plain_port: int
    authority: Path

    @property
    def url(self) -> str:
        """Where a client asks that knows how ``SITE`` is found."""
        return f"https://{SITE}:{self.port}"

    def client(self, address: str = "127.0.0.1", **headers: str) -> httpx2.Client:
        """Return a client with an address of loopback, which asks ``SITE`` by its own name."""
        tls = ssl.create_default_context(cafile=str(self.authority))

        def name(request: httpx2.Request) -> None:
            request.extensions["sni_hostname"] = SITE

        return httpx2.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"host": f"{SITE}:{self.port}", **headers},
            timeout=WAIT_S,
            transport=httpx2.HTTPTransport(verify=tls, local_address=address),
            event_hooks={"request": [name]},
        )


RunsProxy = Callable[[Path, int], AbstractContextManager[Proxy]]
"""Runs a proxy, with its files in a folder, in front of a port of 127.0.0.1."""


def program(name: str) -> str | None:
    """Return where a proxy's program is, or None: that of ``NGINX`` or ``CADDY``, or installed."""
    named = os.environ.get(name.upper())  # noqa: TID251 - of the test run
    return shutil.which(named or name, path=_PATH)


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[Proxy]:
    """Run nginx by the documented file."""
    proxy = _proxy(folder)
    certificates = f"/etc/letsencrypt/live/{SITE}"
    changes = {
        "server 127.0.0.1:8787;": f"server 127.0.0.1:{upstream};",
        "    listen 80;\n    listen [::]:80;\n": f"    listen 127.0.0.1:{proxy.plain_port};\n",
        "    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n": (
            f"    listen 127.0.0.1:{proxy.port} ssl http2;\n"
        ),
        f"{certificates}/fullchain.pem": str(folder / "site.pem"),
        f"{certificates}/privkey.pem": str(folder / "site.key"),
    }
    (folder / "site.conf").write_text(_changed("nginx.conf", changes))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "main.conf").write_text(_MAIN.format(folder=folder, user=user))
    with _running(["nginx", "-p", folder, "-c", folder / "main.conf"], folder, proxy):
        yield proxy


@contextmanager
def caddy(folder: Path, upstream: int) -> Iterator[Proxy]:
    """Run Caddy by the documented file, with the certificate of the tests for its own."""
    proxy = _proxy(folder)
    options = "{\n\tadmin off\n\tauto_https off\n}\n"
    changes = {
        "{$SITE:functions.example.com} {\n": (
            "{$SITE:functions.example.com} {\n\tbind 127.0.0.1\n"
            f"\ttls {folder / 'site.pem'} {folder / 'site.key'}\n"
        ),
    }
    (folder / "Caddyfile").write_text(options + _changed("Caddyfile", changes))
    variables = {
        "SITE": proxy.url,
        "UPSTREAM": f"127.0.0.1:{upstream}",
        "HOME": str(folder),
    }
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    with _running(command, folder, proxy, variables):
        yield proxy


def _changed(name: str, changes: Mapping[str, str]) -> str:
    text = (FILES / name).read_text(encoding="utf-8")
    for before, after in changes.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


@contextmanager
def _running(
    command: list[Any], folder: Path, proxy: Proxy, variables: Mapping[str, str] | None = None
) -> Iterator[None]:
    found = program(command[0])
    assert found is not None, f"{command[0]} is not installed"
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            [found, *map(str, command[1:])],
            stdout=output,
            stderr=output,
            env={"PATH": _PATH, **(variables or {})},
        )
        try:
            eventually(lambda: _listens(process, folder, proxy.port))
            yield
        finally:
            process.terminate()
            process.wait(WAIT_S)


def _listens(process: subprocess.Popen[bytes], folder: Path, port: int) -> bool:
    assert process.poll() is None, (folder / "output").read_text()
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _proxy(folder: Path) -> Proxy:
    """Make an authority of the test's own, and a certificate for ``SITE``; choose the ports."""
    folder.mkdir(parents=True, exist_ok=True)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the authority of a test")])
    site = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SITE)])
    now = datetime.fromtimestamp(SystemClock().now_ms() / 1_000, UTC)

    def certificate(
        subject: x509.Name, of: ec.EllipticCurvePrivateKey, *extensions: tuple[Any, bool]
    ) -> bytes:
        builder = (
            x509.CertificateBuilder(root, subject, of.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        signed = builder.sign(authority_key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    of_root = (x509.BasicConstraints(ca=True, path_length=0), True)
    named = [x509.DNSName(SITE), x509.IPAddress(ip_address("127.0.0.1"))]
    names = (x509.SubjectAlternativeName(named), False)
    (folder / "authority.pem").write_bytes(certificate(root, authority_key, of_root))
    (folder / "site.pem").write_bytes(certificate(site, key, names))
    (folder / "site.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Proxy(free_port(), free_port(), folder / "authority.pem")
