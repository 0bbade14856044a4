"""RFC 3161: a small authority of OpenSSL on the loopback stamps a checkpoint; its absence stops nothing."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.errors import StampError
from recordings.report import Finding
from recordings.timestamps import Stamping, roots_in
from tests.database.forgery import do
from tests.database.recordings_world import World
from tests.database.test_recordings_verify import Scene

CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = {home}/serial
signer_cert = {home}/tsa.pem
signer_key = {home}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def openssl(home: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=home, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's certificates and its configuration."""
    home = tmp_path_factory.mktemp("tsa")
    (home / "tsa.cnf").write_text(CONFIGURATION.format(home=home))
    (home / "serial").write_text("01\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    ca = ("-subj", "/CN=A clock of others", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30")
    openssl(home, "req", "-x509", *curve, *ca, "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl(home, "req", *curve, "-subj", "/CN=Stamps", "-keyout", "tsa.key", "-out", "tsa.csr")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20", "-out", "tsa.pem")
    openssl(home, "x509", "-req", "-in", "tsa.csr", *signing, "-extfile", "tsa.cnf", "-extensions", "leaf")
    return home


class Authority:
    """Answers on the loopback; `says` replaces its answer."""

    def __init__(self, home: Path) -> None:
        self.home, self.says, self.asked = home, b"", 0
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                authority.asked += 1
                body = authority.says or authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing on the terminal."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def reply(self, query: bytes) -> bytes:
        (self.home / "query.tsq").write_bytes(query)
        words = ("-queryfile", "query.tsq", "-out", "reply.tsr", "-config", "tsa.cnf")
        openssl(self.home, "ts", "-reply", *words)
        return (self.home / "reply.tsr").read_bytes()


@pytest.fixture
def authority(home: Path) -> Iterator[Authority]:
    made = Authority(home)
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(5)


@pytest.fixture
async def scene(world: World) -> Scene:
    made = Scene(world)
    await made.set_up()
    await world.signer().sign()
    return made


async def test_the_newest_checkpoint_is_stamped_once_an_hour_and_verified(
    scene: Scene, owner: AsyncEngine, authority: Authority, home: Path
) -> None:
    roots = roots_in(str(home / "ca.pem"))
    stamping = Stamping(scene.world.engine, authority.url, roots)
    assert await stamping.stamp_if_due()
    assert not await stamping.stamp_if_due(), "this checkpoint has its stamp"
    await scene.world.attempt(answered=False)
    await scene.world.worker().sweep()
    await scene.world.signer().sign()
    assert not await stamping.stamp_if_due(), "an hour has not passed"
    scene.roots = tuple(roots)
    report = await scene.verify()
    assert (report.timestamps, [found.kind for found in report.differences]) == (1, [])
    async with scene.world.engine.connect() as connection:
        token = (await connection.execute(text("select token from ledger_timestamps"))).scalar_one()
    for place in range(0, len(token), 97):
        changed = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        await do(owner, "update ledger_timestamps set token = :token", token=changed)
        assert {found.kind for found in (await scene.verify()).differences} <= {Finding.TIMESTAMP_BROKEN}
    await do(owner, "update ledger_timestamps set token = :token, made_at = made_at - interval '1 day'", token=token)
    assert await scene.found() == {(Finding.TIMESTAMP_BROKEN, None)}


async def test_an_authority_that_is_away_or_says_something_else_leaves_no_stamp(
    scene: Scene, authority: Authority, home: Path
) -> None:
    roots = roots_in(str(home / "ca.pem"))
    away = Stamping(scene.world.engine, "http://127.0.0.1:9/", roots)
    with pytest.raises(httpx.HTTPError):
        await away.stamp_if_due()
    authority.says = b"no token at all"
    with pytest.raises(StampError, match="does not hold"):
        await Stamping(scene.world.engine, authority.url, roots).stamp_if_due()
    assert await scene.world.signer().sign() is None
    assert (await scene.verify()).code == 0


def test_certificates_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    assert roots_in("") == []
    with pytest.raises(StampError, match="TIANZHOU_TSA_CA"):
        roots_in(str(tmp_path / "nothing.pem"))
