"""Who asks for the page: everything a page needs of its request, in one object."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from portail.passerelle import Muette, Passerelle, SessionAbsente
from portail.rendu import Rendu, fuseau_de

APPAREIL = "__Host-coop_appareil"
"""Cookie of the device, not of the person: « partage » keeps nothing typed on it."""
PARTAGE = "partage"
COMPTE_FERME = "/compte-ferme"
"""The only page of an account that its person closed."""


class CompteFerme(Exception):
    """Signed in, to open again an account that is closed: nothing else is theirs meanwhile."""


@dataclass(slots=True)
class Visiteur:
    """moi : what /auth/session answers, None for a visitor who is not signed in."""

    request: Request
    rendu: Rendu
    api: Passerelle
    moi: dict[str, Any] | None = None

    def page(self, gabarit: str, statut: int = 200, **contexte: Any) -> Response:
        """The page, with what the API set on the way."""
        contexte.setdefault("message", None)
        contexte["partage"] = self.request.cookies.get(APPAREIL) == PARTAGE
        return self.api.rendre(self.rendu.page(self.request, gabarit, statut, moi=self.moi, **contexte))

    def aller(self, adresse: str) -> Response:
        """POST → 303 → GET. Our script follows by itself: a redirection it read would be loaded twice."""
        if self.par_script:
            return self.api.rendre(Response(status_code=204, headers={"X-Aller": adresse}))
        return self.api.rendre(RedirectResponse(adresse, 303))

    def dire(self, corps: dict[str, Any], statut: int = 200) -> Response:
        """What our script reads."""
        return self.api.rendre(JSONResponse(corps, statut))

    @property
    def par_script(self) -> bool:
        """Whether portail.js sends this form, and not the browser."""
        return "x-coop" in self.request.headers

    def veut_la_partie(self, nom: str) -> bool:
        """Whether htmx asks for this part of the page (the id of its element), not for the whole of it."""
        return self.request.headers.get("hx-target", "").rpartition("#")[2] == nom

    @property
    def aujourd_hui(self) -> dt.date:
        """The civil day where the person works; of Paris for anybody else."""
        jour: dt.date = self.request.app.state.clock.today(fuseau_de(self.moi))
        return jour

    def a_le_role(self, role: str) -> bool:
        return self.moi is not None and role in self.moi["roles"]

    @property
    def lit_un_territoire(self) -> bool:
        """A coordinateur or an administrateur: of which one, the API says."""
        return self.moi is not None and ("coordinateur" in self.moi["roles"] or self.moi["droit"] == "admin")


def visiteur(request: Request) -> Visiteur:
    """Anybody: a public page does not ask who is there."""
    etat = request.app.state
    return Visiteur(request, etat.rendu, Passerelle(etat.http, request))


async def peut_etre_connecte(qui: Annotated[Visiteur, Depends(visiteur)]) -> Visiteur:
    """A public page that says « Mon espace » to who is signed in: nobody, when there is no cookie at all.

    It stands when identity does not answer. Whatever the API says of it, it never asks for a sign-in.
    """
    qui.request.state.publique = True
    if not qui.request.cookies:
        return qui
    try:
        qui.moi = (await qui.api.lire("/auth/session")).corps
    except (SessionAbsente, Muette):
        qui.moi = None
    return qui


async def connecte(qui: Annotated[Visiteur, Depends(visiteur)]) -> Visiteur:
    """Somebody signed in; else the sign-in page, which comes back here."""
    moi: dict[str, Any] = (await qui.api.lire("/auth/session")).corps
    qui.moi = moi
    qui.request.state.usurpe = bool(moi.get("usurpation"))
    if moi["effacement_le"] and qui.request.url.path != COMPTE_FERME:
        raise CompteFerme
    return qui


PourTous = Annotated[Visiteur, Depends(visiteur)]
PeutEtre = Annotated[Visiteur, Depends(peut_etre_connecte)]
Connecte = Annotated[Visiteur, Depends(connecte)]
