"""`GET /…/nomenclatures`: every code that a service exchanges, with the words to show it, copied nowhere."""

import hashlib
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, TypeAdapter
from referentiels.nomenclature import Nomenclature

from web.policies import PUBLIC, allow

KEPT = "public, max-age=3600"


class Terme(BaseModel):
    """Un choix possible. code : ce qui s’envoie et se reçoit.   ordre : de l’affichage, depuis 1."""

    code: str
    libelle: str
    ordre: int
    aide: str | None


def router(prefix: str, nomenclatures: Mapping[str, type[Nomenclature]]) -> APIRouter:
    """The route, to include before those of the same prefix that take an identifier.

    nomenclatures : by the name of the field that bears their codes.
    """
    terms = {
        name: [
            Terme(code=t.value, libelle=t.libelle, ordre=n, aide=t.aide or None) for n, t in enumerate(of, 1)
        ]
        for name, of in nomenclatures.items()
    }
    content = TypeAdapter(dict[str, list[Terme]]).dump_json(terms)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": KEPT}
    routes = APIRouter(prefix=prefix, tags=["Nomenclatures"])

    async def lire(
        if_none_match: Annotated[str, Header(description="ETag déjà reçu")] = "",
    ) -> Response:
        """Les codes de ce service, leurs libellés, leur ordre et leur aide."""
        # A proxy that compresses makes the tag weak; the text is the same.
        known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        if etag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type="application/json")

    routes.add_api_route(
        "/nomenclatures",
        lire,
        methods=["GET"],
        response_model=dict[str, list[Terme]],
        responses={304: {"description": "Inchangé depuis l’ETag donné"}},
        dependencies=[allow(PUBLIC)],
    )
    return routes
