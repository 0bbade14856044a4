"""The console's files over HTTP: the right headers, nothing outside the folder, the api's own paths untouched."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api import problems
from api.console.routes import console
from api.console.site import read_site
from tests.api.office import V1, Office, assert_problem

SCRIPT = b"console.log('tianzhou');" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    (files / "assets").mkdir(parents=True)
    (files / "index.html").write_text("<!doctype html><title>Tianzhou</title>")
    (files / "assets" / "main-abc.js").write_bytes(SCRIPT)
    (files / ".sources").write_text("hidden")
    (tmp_path / "secret.txt").write_text("secret")
    return files


def an_app(folder: Path) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    problems.register(app)
    app.include_router(console(read_site(folder)))
    return app


@pytest.fixture
async def http(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(an_app(folder)), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/floor", "/recordings/0198", "/login?to=/floor", "/apiary", "/index.html"])
async def test_every_page_is_the_index(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.text) == (200, "<!doctype html><title>Tianzhou</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy and "unsafe-eval" not in policy


async def test_an_asset_is_kept_for_ever_and_sent_zipped(http: httpx.AsyncClient) -> None:
    async with http.stream("GET", "/assets/main-abc.js") as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == SCRIPT
    plain = await http.get("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == SCRIPT


async def test_what_the_browser_has_is_not_sent_again(http: httpx.AsyncClient) -> None:
    first = await http.get("/")
    again = await http.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_head_answers_like_get_without_a_body(http: httpx.AsyncClient) -> None:
    answer = await http.head("/floor")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/..%5csecret.txt", "//etc/passwd"],
)
async def test_nothing_outside_the_folder_is_answered(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert "secret" not in answer.text and "root:" not in answer.text


async def test_the_builds_own_notes_are_not_answered(http: httpx.AsyncClient) -> None:
    assert "hidden" not in (await http.get("/.sources")).text


async def test_an_unknown_asset_is_not_the_index(http: httpx.AsyncClient) -> None:
    assert_problem(await http.get("/assets/main-old.js"), 404, "not_found")


@pytest.mark.parametrize("path", ["/api", "/api/v1/nothing", "/health/nothing", "/metrics/nothing"])
async def test_the_apis_own_paths_stay_problems(http: httpx.AsyncClient, path: str) -> None:
    assert_problem(await http.get(path), 404, "not_found")


async def test_without_a_build_the_page_says_what_to_do(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(an_app(tmp_path / "nothing"))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert answer.text == "The console is not built: run `make web`, then start Tianzhou again.\n"


async def test_the_console_hides_no_route_of_the_api(office: Office) -> None:
    assert_problem(await office.http.get(f"{V1}/nothing"), 404, "not_found")
    assert_problem(await office.http.delete(f"{V1}/campaigns"), 405, "method_not_allowed")
    assert (await office.http.get("/health")).json()["status"]
