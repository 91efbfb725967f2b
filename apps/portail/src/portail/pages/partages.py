"""Partager ses statistiques : un lien, une fin, révocable ; et ce que lit qui le reçoit."""

import asyncio
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Query
from starlette.responses import Response
from tableurs import Format

from portail import chiffres, chiffres_publies
from portail.chiffres import Question
from portail.chiffres_publies import montres
from portail.erreurs import Echec, fautes_de, statut_de
from portail.filtres import ecrites, plusieurs_communes
from portail.formulaires import Saisie, jour_iso, recue
from portail.mois_entiers import Bornes
from portail.nomenclatures import Lues
from portail.pages.statistiques import PAGE as ENSEMBLE
from portail.pages.statistiques import PARTAGES as PAGE
from portail.pages.statistiques import SOI, Posee
from portail.pages.territoires import emporter
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.rendu import fuseau_de
from portail.visiteur import Connecte, PeutEtre, PourTous, Visiteur

router = APIRouter()

FAIT = {"revoque": "Ce lien ne montre plus rien."}
_FIN = dt.timedelta(days=90)
_PAR_PAGE = 50
_EQUIPES = 200
_OUI_NON = ("conseiller_numerique", "demarches_administratives", "rdv")
_PRESENTATION = ("pas", "comparer")
Equipe = Annotated[UUID | Literal[""], Query()]
"""Celle dont les chiffres se partagent ; vide, tous."""


@router.get(PAGE)
async def liste(
    qui: Connecte, posee: Posee, equipe: Equipe = "", fait: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Les liens donnés, et de quoi en donner un de plus pour les filtres de l'adresse."""
    return await _montrer(qui, posee, _vierge(qui), equipe=equipe, message=FAIT.get(fait))


@router.post(PAGE)
async def ouvrir(qui: Connecte, posee: Posee, equipe: Equipe = "") -> Response:
    """Donner un lien : les filtres sont ceux de l'adresse, la fin celle du formulaire.

    La seule page où il se lit : il n'est gardé nulle part.
    """
    saisie = await recue(qui.request)
    ou = await plusieurs_communes(qui.api, posee.commune)
    if ou.faute:
        # Without its commune, the link would show more than was asked.
        refus = Refus(422, {"erreurs": [{"pointeur": "", "message": ou.faute}]})
        return await _montrer(qui, posee, saisie, refus, equipe=equipe)
    corps = {
        "id": saisie.un("id") or None,
        "jusqu_au": jour_iso(saisie.un("jusqu_au")),
        "question": _question(posee, qui, ou.codes, str(equipe)),
    }
    try:
        donne = await qui.api.ecrire("POST", "/statistiques/partages", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _montrer(qui, posee, saisie, echec, equipe=equipe)
    return await _montrer(qui, posee, _vierge(qui), equipe=equipe, jeton=donne.corps["jeton"])


@router.post(PAGE + "/{partage_id}/revoquer")
async def revoquer(partage_id: UUID, qui: PourTous) -> Response:
    """Ne plus rien montrer."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/statistiques/partages/{partage_id}", csrf=saisie.un("csrf"))
    return qui.aller(f"{PAGE}?fait=revoque")


Jeton = Annotated[str, Path(max_length=100)]
_JETON = re.compile(r"[\w-]{40,100}", re.ASCII)
"""As the API draws them: no other word leads to another of its addresses."""


@router.get("/partage/{jeton}")
async def lire(jeton: Jeton, qui: PeutEtre) -> Response:
    """Des chiffres sans nom, pour qui a le lien."""
    s = await _partages(jeton, qui)
    if s is None:
        return _fini(qui)
    termes = await qui.request.app.state.nomenclatures.de("activites")
    page = qui.page(
        "statistiques/partage.html",
        periode=_periode(s).en_mots(),
        filtres=chiffres.dits(s["filtres"], termes),
        jeton=jeton,
        n=termes,
        **montres(s),
    )
    return _sans_index(page)


@router.get("/partage/{jeton}/export")
async def emporter_un_partage(
    jeton: Jeton, qui: PeutEtre, sorte: Annotated[Format, Query(alias="format")] = Format.XLSX
) -> Response:
    """Les mêmes nombres dans un tableau."""
    s = await _partages(jeton, qui)
    if s is None:
        return _fini(qui)
    filtres = chiffres.dits(s["filtres"], await qui.request.app.state.nomenclatures.de("activites"))
    periode = _periode(s)
    titre = f"Statistiques partagées ({', '.join(filtres)})" if filtres else "Statistiques partagées"
    titres, lues = chiffres_publies.titres(None), list(chiffres_publies.lignes(periode, s, None))
    fuseau = fuseau_de(qui.moi)
    dessus = chiffres_publies.preambule(titre, periode, s, qui.aujourd_hui, compare=False, fuseau=fuseau)
    if sorte in (Format.CSV, Format.JSON):
        titres, lues = chiffres_publies.avec_leur_source(titre, periode, titres, lues)
    nom = f"coop-numerique_partage_lu-{qui.aujourd_hui}"
    return _sans_index(await emporter(qui, nom, sorte, dessus, titres, lues))


def _fini(qui: Visiteur) -> Response:
    return _sans_index(qui.page("statistiques/fini.html", 404))


def _sans_index(reponse: Response) -> Response:
    """Pour qui a le lien, et non pour qui cherche."""
    reponse.headers["X-Robots-Tag"] = "noindex"
    return reponse


async def _partages(jeton: str, qui: Visiteur) -> Any:
    """Ce que montre ce lien ; None quand il ne montre plus rien, ou n'en est pas un."""
    if _JETON.fullmatch(jeton) is None:
        return None
    try:
        return (await qui.api.lire(f"/statistiques/publiques/{quote(jeton, safe='')}")).corps
    except Refus as refus:
        # Too many readers at once do not end a link.
        if refus.statut == 429:
            raise
    except SessionAbsente:
        pass
    return None


def _periode(s: Any) -> Bornes:
    du, au = (s["filtres"].get(nom) for nom in ("du", "au"))
    return Bornes(du and dt.date.fromisoformat(du), au and dt.date.fromisoformat(au))


def _vierge(qui: Visiteur) -> Saisie:
    """Un lien de plus : envoyé deux fois, il n'en fait qu'un."""
    return Saisie([("id", str(uuid4())), ("jusqu_au", (qui.aujourd_hui + _FIN).isoformat())])


def _question(posee: Question, qui: Visiteur, communes: Sequence[str], equipe: str) -> dict[str, Any]:
    """Les filtres de l'adresse, comme le corps les attend : des listes, et oui ou non."""
    filtres = posee.pour_l_api(qui.aujourd_hui, communes, equipe=equipe)
    # Without an end, what is written tomorrow is shown too. How it is shown is no filter.
    corps = {nom: v for nom, v in (filtres | {"au": posee.au}).items() if v and nom not in _PRESENTATION}
    return corps | {nom: corps[nom] == "1" for nom in _OUI_NON if nom in corps}


async def _montrer(
    qui: Visiteur,
    posee: Question,
    saisie: Saisie,
    echec: Echec | None = None,
    *,
    equipe: UUID | str = "",
    jeton: str = "",
    message: str | None = None,
) -> Response:
    partages, termes = await asyncio.gather(
        qui.api.lire("/statistiques/partages", limite=_PAR_PAGE),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    donnes: list[dict[str, Any]] = partages.corps["elements"]
    soi = posee.membre == ((qui.moi or {})["mediateur_id"],)
    # A link of an équipe that one no longer coordinates says so, without its name.
    equipes = await _nommees(qui, [equipe, *(p["question"].get("equipe") for p in donnes)])
    autres = {"equipe": str(equipe)} if equipe else {}
    # The équipe, or oneself, is said before its filters.
    dite = replace(posee, membre=()) if soi else posee
    retenus = _question(dite, qui, ecrites(posee.commune), "")
    return qui.page(
        "statistiques/partages.html",
        statut_de(echec),
        partages=[p | _montre(p["question"], termes, equipes) for p in donnes],
        lien=jeton and f"{qui.request.app.state.settings.public_url}/partage/{jeton}",
        q=posee,
        aujourd_hui=qui.aujourd_hui,
        mots=posee.en_mots(qui.aujourd_hui),
        soi=soi,
        seul_autre=len(posee.membre) == 1 and not soi,
        filtres=chiffres.dits(retenus, termes),
        d_ou=replace(posee, membre=()).adresse(SOI) if soi else posee.adresse(ENSEMBLE),
        action=posee.adresse(PAGE, **autres),
        sans_elle=replace(posee, beneficiaire=()).adresse(PAGE, **autres),
        sans_lui=replace(posee, membre=()).adresse(PAGE, **autres),
        equipe=equipes.get(str(equipe)),
        saisie=saisie,
        fautes={p if p == "/jusqu_au" else "": m for p, m in fautes_de(echec, "/jusqu_au").items()},
        message=message,
    )


def _montre(filtres: dict[str, Any], termes: Lues, equipes: Mapping[str, str]) -> dict[str, Any]:
    """Ce que montre un lien : ses jours, et ses filtres en mots."""
    du, au = (filtres.get(nom) for nom in ("du", "au"))
    bornes = Bornes(du and dt.date.fromisoformat(du), au and dt.date.fromisoformat(au))
    return {"periode": bornes.en_mots(), "filtres": chiffres.dits(filtres, termes, equipes)}


async def _nommees(qui: Visiteur, equipes: Iterable[Any]) -> dict[str, str]:
    """Nom par identifiant, de celles que l'on lit ; sans équipe à nommer, rien ne se demande."""
    if not any(equipes):
        return {}
    lues = await qui.api.lire_si_possible("/equipes/miennes", limite=_EQUIPES)
    return {str(e["id"]): str(e["nom"] or "Équipe sans nom") for e in (lues["elements"] if lues else ())}
