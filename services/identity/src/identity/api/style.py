"""The style sheet of the help pages, the only ones that identity shows: the others are the portail's."""

from fastapi import APIRouter
from starlette.responses import Response
from web.policies import PUBLIC, allow

router = APIRouter(include_in_schema=False)

_STYLE = """:root { --encre: #161616; --fond: #fff; --action: #0a4fa3; --alerte: #8a1f11; }
* { box-sizing: border-box; }
body { margin: 0; font: 1.0625rem/1.6 system-ui, sans-serif; color: var(--encre); background: #f4f5f7; }
header, main { max-width: 44rem; margin: 0 auto; padding: 1rem 1.25rem; }
main { background: var(--fond); border-radius: .5rem; padding-bottom: 2rem; }
.marque { font-weight: 700; margin: 0; }
h1 { font-size: 1.75rem; line-height: 1.25; }
h2 { font-size: 1.25rem; margin-top: 2rem; }
.bouton { display: inline-block; padding: .75rem 1.25rem; border: 0; border-radius: .25rem; font: inherit;
  font-weight: 600; color: #fff; background: var(--action); text-decoration: none; cursor: pointer; }
.bouton:hover { background: #073a78; }
:focus-visible { outline: 3px solid #b35900; outline-offset: 3px; }
.alerte { border-left: .25rem solid var(--alerte); padding: .5rem 1rem; background: #fdf0ee; }
.evitement { position: absolute; left: -999rem; }
.evitement:focus { left: 1rem; top: 1rem; background: #fff; padding: .5rem 1rem; }
dt { font-weight: 600; } dd { margin: 0 0 .75rem; } code { overflow-wrap: anywhere; }
"""


@router.get("/auth/aide.css", dependencies=[allow(PUBLIC)])
async def style() -> Response:
    """La feuille de style des pages d'aide."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})
