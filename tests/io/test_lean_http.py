"""What a lean import leaves out is really left out, and everything that is in use is whole."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from byte_server import ByteServer, always, answer

from tui.io.aiohttp_transport import shared_ssl_context
from tui.io.transport import HttpClient

ROOT = Path(__file__).parent.parent.parent


def said_by(program: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_httpx_leaves_its_command_line_out_and_it_can_still_be_had() -> None:
    program = (
        "import sys\n"
        "from tui.io.lean_http import httpx\n"
        "print('httpx._main' in sys.modules, 'click' in sys.modules)\n"
        "import httpx._main\n"
        "print(callable(httpx._main.main))\n"
    )
    assert said_by(program).split() == ["False", "False", "True"]


def test_aiohttp_reads_no_certificates_with_its_import_and_its_own_contexts_trust_nobody() -> None:
    program = (
        "import ssl\n"
        "from tui.io import lean_http\n"
        "from aiohttp import connector\n"
        "for context in (connector._SSL_CONTEXT_VERIFIED, connector._SSL_CONTEXT_UNVERIFIED):\n"
        "    print(context.cert_store_stats()['x509_ca'])\n"
        "print('set_default_verify_paths' in vars(ssl.SSLContext))\n"
        "print(connector._SSL_CONTEXT_VERIFIED.verify_mode is ssl.CERT_REQUIRED)\n"
    )
    assert said_by(program).split() == ["0", "0", "False", "True"]


def test_the_context_in_use_knows_the_authorities() -> None:
    program = "from tui.io.aiohttp_transport import shared_ssl_context as c; print(c().cert_store_stats()['x509_ca'])"
    assert int(said_by(program)) > 50


async def test_a_proxy_that_is_reached_by_tls_is_judged_by_the_context_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the certificate is made by the openssl command")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    files = ["-keyout", str(key), "-out", str(certificate)]
    what = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    named = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([openssl, "req", *what, *named, *files], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    shared_ssl_context.cache_clear()
    async with ByteServer(always(answer(200, {"by": "proxy"}))) as handler:
        server = await asyncio.start_server(handler._serve, "127.0.0.1", 0, ssl=context)
        client = HttpClient(None, {"http_proxy": f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"})
        try:
            assert (await client.get("http://somewhere.invalid", what="x")).body == b'{"by": "proxy"}'
        finally:
            await client.aclose()
            server.close()
            shared_ssl_context.cache_clear()
    assert handler.asked[0].target.startswith("http://somewhere.invalid")
