"""What a person reads when something does not work: what happened, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from web.problems import Problem

from portail.formulaires import Fichier, Saisie, fichier_envoye, recue
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.rendu import Rendu
from portail.visiteur import COMPTE_FERME, CompteFerme

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Page:
    """titre : what happened.   faire : what to do."""

    titre: str
    faire: str


type Echec = Refus | Muette
"""Why a form comes back."""

_REQUETE_MAX = 400
"""Beyond, the page opens without its filters after the sign-in: an address to come back to is bounded."""

DE_BOUTON = frozenset(
    {
        "accepte",
        "autre",
        "confirme",
        "csrf",
        "emploi_id",
        "geste",
        "id",
        "ids",
        "jour",
        "kid",
        "limitation",
        "partage",
        "personne_id",
        "pour",
        "retour",
        "secret",
        "statut",
        "une",
    }
)
"""What a form without a question sends. With any other name, somebody typed or chose something."""

_SANS_CONTROLE = frozenset(("JetonCsrfRefuse", "OrigineRefusee", "TropDeDemandes", "VersionAttendue"))
"""Refusals of the page as a whole: no answer of the form is at fault."""

_PAGES: Mapping[int, Page] = {
    400: Page("La demande est illisible", "Revenez en arrière et recommencez."),
    403: Page(
        "Cette action n’a pas pu être vérifiée",
        "La page était peut-être ouverte depuis longtemps. Rouvrez-la, puis recommencez.",
    ),
    404: Page(
        "Cette page n’existe pas",
        "Vérifiez l’adresse. Si vous avez suivi un lien, ce qu’il montrait a pu être supprimé, "
        "ou ne plus vous être ouvert.",
    ),
    405: Page("Cette page ne s’ouvre pas ainsi", "Revenez à l’accueil."),
    413: Page(
        "C’est trop long",
        "Rien n’a été enregistré. Revenez en arrière : ce que vous avez écrit y est encore. "
        "Raccourcissez-le, ou partagez votre fichier en plusieurs.",
    ),
    414: Page(
        "Trop de choix à la fois",
        "L’adresse de cette page les retient tous, et elle est trop longue. Revenez en arrière, et retirez "
        "des filtres.",
    ),
    429: Page("Trop de demandes", "Attendez une minute, puis réessayez."),
    500: Page(
        "Une erreur est survenue de notre côté",
        "Réessayez dans un moment. Si cela continue, écrivez au support.",
    ),
    503: Page(
        "Le service ne répond pas",
        "Réessayez dans un moment : rien n’a été perdu de ce qui était enregistré.",
    ),
}


def statut_de(echec: Echec | None) -> int:
    """Of the page that shows the form again."""
    return 200 if echec is None else echec.statut if isinstance(echec, Refus) else 503


def fautes_de(echec: Echec | None, controle: str = "") -> dict[str, str]:
    """What the form says: message by pointer. controle : pointer of what bears a refusal that has none."""
    match echec:
        case None:
            return {}
        case Refus():
            ou = "" if echec.nom in _SANS_CONTROLE else controle
            return {pointeur or ou: message for pointeur, message in echec.fautes().items()}
        case Muette():
            return {"": "Le service ne répond pas. Votre saisie est toujours là : réessayez dans un moment."}


_RESERVEE = Page(
    "Vous n’avez pas accès à cette page",
    "Elle est réservée à d’autres rôles que le vôtre. Si elle devrait vous être ouverte, écrivez au support.",
)


_EN_PERSONNE = Page(
    "Cette page n’existe pas, ou ne s’ouvre qu’à la personne elle-même",
    "Vous voyez La Coop comme une autre personne : ses bénéficiaires, ses brouillons, ses modèles et ses "
    "rendez-vous ne se montrent qu’à elle. Pour les vôtres, revenez à votre compte.",
)


def page(
    rendu: Rendu,
    request: Request,
    statut: int,
    titre: str | None = None,
    prevue: Page | None = None,
    renvoi: Saisie | None = None,
) -> Response:
    """The page of this status, or what htmx puts in its part of it. titre : in the place of its own.
    prevue : another page than the usual.   renvoi : what was sent, to be sent again as it is."""
    prevue = prevue or _PAGES.get(statut) or (_PAGES[500] if statut >= 500 else _PAGES[400])
    return rendu.page(
        request,
        "erreur_partie.html" if par_htmx(request) else "erreur.html",
        statut,
        titre=titre or prevue.titre,
        faire=prevue.faire,
        numero=request.state.request_id,
        renvoi=renvoi,
        ici=adresse(request),
        avant=page_d_avant(request) if request.method == "POST" else "",
        sans_question=request.method == "GET"
        and (statut == 414 or (statut in (400, 422) and bool(request.url.query))),
        message=None,
    )


def par_htmx(request: Request) -> bool:
    """Whether what is answered takes the place of a part of a page that is open."""
    return "hx-request" in request.headers


def adresse(request: Request) -> str:
    """What was asked for, its question too: where a form is sent again."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def page_d_avant(request: Request) -> str:
    """The page of ours whose button was pressed; empty when it is this one, or when none is said."""
    lue = urlsplit(request.headers.get("referer", ""))
    ailleurs = lue.netloc != urlsplit(request.app.state.settings.public_url).netloc
    if ailleurs or lue.path in ("", request.url.path):
        return ""
    return f"{lue.path}?{lue.query}" if 0 < len(lue.query) < _REQUETE_MAX else lue.path


def page_au_dessus(request: Request) -> str:
    """Where a form is, whose own address only receives it: reopened, reloaded, it is the page of the form."""
    chemin = request.url.path
    while chemin := chemin.rpartition("/")[0]:
        ouverte = {**request.scope, "path": chemin, "raw_path": chemin.encode(), "method": "GET"}
        if any(route.matches(ouverte)[0] is Match.FULL for route in request.app.routes):
            return chemin
    return ""


async def envoyee(request: Request) -> Saisie | None:
    """What the browser itself sent by a form; None for a file, for what a script keeps, for a reading."""
    sorte = request.headers.get("content-type", "")
    if request.method != "POST" or "x-coop" in request.headers or par_htmx(request) or "multipart" in sorte:
        return None
    try:
        return await recue(request)
    except Problem:
        return None


async def _fichier(request: Request) -> Fichier | None:
    """What was chosen on the device: a page cannot send it again by itself, it can name it."""
    if request.method != "POST" or "multipart" not in request.headers.get("content-type", ""):
        return None
    try:
        return await fichier_envoye(request)
    except Problem:
        return None


def installer(app: FastAPI, rendu: Rendu) -> None:
    """Every way a page may fail."""

    async def sans_session(request: Request, _: Exception) -> Response:
        if "x-coop" in request.headers:
            return Response(status_code=401)  # our script says it, and keeps what was typed
        if getattr(request.state, "publique", False):
            return page(rendu, request, 503)  # open to all: it is not the API who closes it
        if choisi := await _fichier(request):
            avant = page_d_avant(request) or request.url.path
            return rendu.page(request, "session_finie.html", 401, choisi=choisi, action=avant, message=None)
        saisie = await envoyee(request)
        if saisie is not None and any(v.strip() for nom, v in saisie.champs if nom not in DE_BOUTON):
            contexte = {"saisie": saisie.champs, "action": adresse(request), "message": None}
            return rendu.page(request, "session_finie.html", 401, **contexte)
        retour = request.url.path
        if request.method == "POST":
            retour = page_d_avant(request) or retour
        elif 0 < len(request.url.query) < _REQUETE_MAX:
            retour = adresse(request)
        connexion = f"/connexion?{urlencode({'retour': retour})}"
        if par_htmx(request):
            return Response(status_code=401, headers={"HX-Redirect": connexion})
        return RedirectResponse(connexion, 303)

    async def ferme(request: Request, _: Exception) -> Response:
        return RedirectResponse(COMPTE_FERME, 303)

    async def refus(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refus)
        if error.nom == "AccesRefuse":
            return page(rendu, request, error.statut, prevue=_RESERVEE)
        if error.statut == 404 and getattr(request.state, "usurpe", False):
            return page(rendu, request, error.statut, prevue=_EN_PERSONNE)
        if error.statut == 429:
            return page(rendu, request, 429, renvoi=await envoyee(request))
        return page(rendu, request, error.statut, None if error.statut in (403, 404) else error.phrases)

    async def muette(request: Request, _: Exception) -> Response:
        return page(rendu, request, 503, renvoi=await envoyee(request))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405 and request.method == "GET" and (au_dessus := page_au_dessus(request)):
            return RedirectResponse(au_dessus, 303)
        return page(rendu, request, error.status_code)

    async def illisible(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # An address that names nothing, or a parameter that no page of ours writes.
        adresse = any(fault["loc"][0] == "path" for fault in error.errors())
        return page(rendu, request, 404 if adresse else 400)

    async def probleme(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return page(rendu, request, error.kind.status)

    app.add_exception_handler(SessionAbsente, sans_session)
    app.add_exception_handler(CompteFerme, ferme)
    app.add_exception_handler(Refus, refus)
    app.add_exception_handler(Muette, muette)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, illisible)
    app.add_exception_handler(Problem, probleme)
