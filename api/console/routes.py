"""The console's pages, below `/`; nobody needs to be logged in to get the login page."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from starlette.convertors import Convertor, register_url_convertor

from api.access import GuardedRoute, public
from api.console.site import ASSETS, POLICY, Page, Site
from api.errors import NotFound

NOT_BUILT = "The console is not built: run `make web`, then start Tianzhou again.\n"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Vary": "Accept-Encoding",
}


class PagePath(Convertor[str]):
    """Every path but those of the api itself: what is unknown there stays a problem."""

    regex = r"(?!(?:api|health|metrics)(?:/|$)).*"

    def convert(self, value: str) -> str:
        """The path as it is."""
        return value

    def to_string(self, value: str) -> str:
        """The path as it is."""
        return value


register_url_convertor("page", PagePath())


def console(site: Site) -> APIRouter:
    """The one route that answers every path that no other area has."""
    router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

    @router.api_route("/{path:page}", methods=["GET", "HEAD"])
    async def get_page(_who: Annotated[None, public()], request: Request, path: str) -> Response:
        """A file of the console, or its index, which shows the page of any other path."""
        page = site.find(path)
        if page is not None:
            return _answer(request, page)
        if path.startswith(ASSETS):
            raise NotFound("not_found", "Not found.")
        return Response(NOT_BUILT, 503, HEADERS, "text/plain")

    return router


def _answer(request: Request, page: Page) -> Response:
    headers = {**HEADERS, "ETag": page.etag, "Cache-Control": page.cache}
    if request.headers.get("if-none-match") == page.etag:
        return Response(status_code=304, headers=headers)
    if page.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(page.zipped, 200, {**headers, "Content-Encoding": "gzip"}, page.media_type)
    return Response(page.content, 200, headers, page.media_type)
