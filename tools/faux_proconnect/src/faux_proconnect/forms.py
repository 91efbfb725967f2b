"""Reading a form body: bounded, and repeated fields stay visible."""

from urllib.parse import parse_qsl

from starlette.requests import Request

MAX_BODY = 65_536
MAX_FIELDS = 60


class BadForm(Exception):
    """The body is not an acceptable form."""


async def read_form(request: Request) -> list[tuple[str, str]]:
    """The fields of an `application/x-www-form-urlencoded` body, in order; raises BadForm."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise BadForm("application/x-www-form-urlencoded expected")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise BadForm("body too large")
    try:
        return parse_qsl(
            body.decode(),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise BadForm("unreadable form") from error
