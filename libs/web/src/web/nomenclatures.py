"""`GET /…/nomenclatures`: every code that a service exchanges, with the words to show it, copied nowhere."""

from collections.abc import Iterable, Mapping

from fastapi import APIRouter, Response
from pydantic import BaseModel, TypeAdapter
from referentiels.nomenclature import Nomenclature

from web.open_data import UNCHANGED, IfNoneMatch, OpenRoute
from web.policies import PUBLIC, allow

KEPT = "public, max-age=3600"


class Terme(BaseModel):
    """Un choix possible. code : ce qui s’envoie et se reçoit.   ordre : de l’affichage, depuis 1."""

    code: str
    libelle: str
    ordre: int
    aide: str | None


def router(prefix: str, nomenclatures: Mapping[str, Iterable[Nomenclature]]) -> APIRouter:
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
    routes = APIRouter(prefix=prefix, tags=["Nomenclatures"], route_class=OpenRoute)

    async def lire() -> Response:
        """Les codes de ce service, leurs libellés, leur ordre et leur aide."""
        return Response(content, headers={"Cache-Control": KEPT}, media_type="application/json")

    routes.add_api_route(
        "/nomenclatures",
        lire,
        methods=["GET"],
        response_model=dict[str, list[Terme]],
        responses=UNCHANGED,
        dependencies=[allow(PUBLIC), IfNoneMatch],
    )
    return routes
