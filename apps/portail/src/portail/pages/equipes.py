"""Mes équipes : celles que je coordonne, celles dont je suis membre ; en créer une, en quitter une."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.nomenclatures import libelles
from portail.pages.personnes import compte_de
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, PourTous, Visiteur

router = APIRouter()

FAIT = {
    "creee": "Équipe créée. Vous pouvez y inviter des médiateurs.",
    "invitee": "Invitation envoyée. La personne est prévenue par courriel.",
    "annulee": "Invitation annulée.",
    "retire": "Ce membre n’est plus dans l’équipe.",
    "rejointe": "Vous êtes membre de cette équipe.",
    "liee": "Vous êtes du réseau de cette équipe.",
    "quittee": "Vous n’êtes plus membre de cette équipe.",
    "prevue": "Votre départ est annoncé. Il s’annule jusqu’à sa date.",
    "passee": "C’est fait : vous ne coordonnez plus cette équipe.",
    "gardee": "Votre départ est annulé.",
    "acceptee": "Vous coordonnez cette équipe, ou le ferez à la date dite.",
    "declinee": "Vous avez décliné cette équipe.",
    "voix": "Votre réponse est enregistrée.",
    "rompue": "La relation a pris fin.",
}
_EQUIPE = {"id": Sorte.TEXTE, "nom": Sorte.TEXTE}
_INVITATION = {"id": Sorte.TEXTE, "compte_id": Sorte.TEXTE}
_LISTE_MAX = 200
"""Le plus que l'API donne en une page."""
_MEMBRES_PAR_PAGE = 50

Fait = Annotated[str, Query(max_length=20)]


@router.get("/espace/equipes")
async def liste(qui: Connecte, fait: Fait = "") -> Response:
    """Celles que je coordonne, celles dont je suis membre."""
    return await _liste(qui, _vierge(), fait=fait)


@router.post("/espace/equipes")
async def creer(qui: Connecte) -> Response:
    """Créer une équipe."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("POST", "/equipes", en_json(saisie, _EQUIPE), csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _liste(qui, saisie, echec)
    return qui.aller(f"/espace/equipes/{saisie.un('id')}?fait=creee")


@router.get("/espace/equipes/{equipe_id}")
async def une(
    equipe_id: UUID,
    qui: Connecte,
    statut: Annotated[list[str] | None, Query(max_length=3)] = None,
    apres: Annotated[str | None, Query(max_length=2000)] = None,
    fait: Fait = "",
) -> Response:
    """Ses membres ; pour qui la coordonne, où ils en sont, et les invitations sans réponse."""
    return await _une(qui, equipe_id, _vierge(), statuts=statut or [], apres=apres, fait=fait)


@router.post("/espace/equipes/{equipe_id}/invitations")
async def inviter(equipe_id: UUID, qui: Connecte) -> Response:
    """Inviter une personne, par son adresse ou par l'identifiant de son compte."""
    saisie = await recue(qui.request)
    corps = {"compte_id": ""} | en_json(saisie, _INVITATION)
    try:
        corps["compte_id"] = await compte_de(qui, corps["compte_id"], saisie, "/compte_id")
        await qui.api.ecrire("POST", f"/equipes/{equipe_id}/invitations", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _une(qui, equipe_id, saisie, echec)
    return qui.aller(f"/espace/equipes/{equipe_id}?fait=invitee")


@router.post("/espace/equipes/{equipe_id}/invitations/{invitation_id}/annuler")
async def annuler(equipe_id: UUID, invitation_id: UUID, qui: PourTous) -> Response:
    """Annuler une invitation restée sans réponse."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/invitations/{invitation_id}", csrf=saisie.un("csrf"))
    return qui.aller(f"/espace/equipes/{equipe_id}?fait=annulee")


@router.get("/espace/equipes/{equipe_id}/quitter")
async def confirmer_son_depart(equipe_id: UUID, qui: Connecte) -> Response:
    """Ce que l'on perd en partant, avant de partir."""
    lue = await qui.api.lire(f"/equipes/{equipe_id}")
    return qui.page("equipes/depart.html", e=lue.corps, membre=None, aujourd_hui=qui.aujourd_hui)


@router.post("/espace/equipes/{equipe_id}/quitter")
async def quitter(equipe_id: UUID, qui: Connecte) -> Response:
    """Quitter l'équipe : l'accès est coupé aussitôt."""
    assert qui.moi is not None
    await _faire_partir(qui, equipe_id, qui.moi["mediateur_id"])
    return qui.aller("/espace/equipes?fait=quittee")


@router.get("/espace/equipes/{equipe_id}/membres/{mediateur_id}/retirer")
async def confirmer_un_retrait(equipe_id: UUID, mediateur_id: UUID, qui: Connecte) -> Response:
    """Qui l'on retire, et ce que cela change."""
    equipe, membres = await asyncio.gather(
        qui.api.lire(f"/equipes/{equipe_id}"),
        qui.api.lire(f"/equipes/{equipe_id}/membres", limite=_LISTE_MAX),
    )
    trouves = [m for m in membres.corps["elements"] if m["mediateur_id"] == str(mediateur_id)]
    membre = trouves[0] if trouves else {"nom": None}
    return qui.page("equipes/depart.html", e=equipe.corps, membre=membre, aujourd_hui=qui.aujourd_hui)


@router.post("/espace/equipes/{equipe_id}/membres/{mediateur_id}/retirer")
async def retirer(equipe_id: UUID, mediateur_id: UUID, qui: Connecte) -> Response:
    """Retirer un membre d'une équipe que l'on coordonne."""
    await _faire_partir(qui, equipe_id, mediateur_id)
    return qui.aller(f"/espace/equipes/{equipe_id}?fait=retire")


async def _faire_partir(qui: Visiteur, equipe_id: UUID, mediateur_id: UUID | str | None) -> None:
    saisie = await recue(qui.request)
    await qui.api.ecrire(
        "POST", f"/equipes/{equipe_id}/membres/{mediateur_id}/depart", csrf=saisie.un("csrf")
    )


async def _liste(qui: Visiteur, saisie: Saisie, echec: Echec | None = None, *, fait: str = "") -> Response:
    toutes, invitations, proposees = await asyncio.gather(
        qui.api.lire_si_possible("/equipes/toutes", limite=_LISTE_MAX),
        qui.api.lire_si_possible("/invitations", limite=1),
        qui.api.lire_si_possible("/equipes/passations"),
    )
    return qui.page(
        "equipes/liste.html",
        statut_de(echec),
        toutes=toutes,
        par_place=_par_place(toutes["elements"] if toutes else ()),
        invitations=invitations,
        proposees=proposees,
        saisie=saisie,
        fautes=fautes_de(echec, "/nom"),
        message=FAIT.get(fait),
    )


def _par_place(equipes: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """À quel titre -> les équipes que l'on a à ce titre."""
    return {place: [e for e in equipes if e["place"] == place] for place in ("coordinateur", "membre", "lie")}


async def _une(
    qui: Visiteur,
    equipe_id: UUID,
    saisie: Saisie,
    echec: Echec | None = None,
    *,
    statuts: list[str] | None = None,
    apres: str | None = None,
    fait: str = "",
) -> Response:
    membres = qui.api.lire(
        f"/equipes/{equipe_id}/membres", statut=statuts, apres=apres, limite=_MEMBRES_PAR_PAGE
    )
    equipe, lus, invitations, nomenclatures = await asyncio.gather(
        qui.api.lire(f"/equipes/{equipe_id}"),
        membres,
        _invitations(qui, equipe_id),
        qui.request.app.state.nomenclatures.de("equipes"),
    )
    suite = [*(("statut", s) for s in statuts or []), ("apres", lus.corps["suivant"] or "")]
    return qui.page(
        "equipes/fiche.html",
        statut_de(echec),
        e=equipe.corps,
        membres=lus.corps["elements"],
        suivante=lus.corps["suivant"] and "?" + urlencode(suite),
        invitations=invitations,
        statuts=statuts or [],
        noms=libelles(nomenclatures["statut"]),
        dispositifs=libelles(nomenclatures["dispositif"]),
        en_retard=equipe.en_retard or lus.en_retard,
        saisie=saisie,
        fautes=fautes_de(echec, "/compte_id"),
        message=FAIT.get(fait),
    )


async def _invitations(qui: Visiteur, equipe_id: UUID) -> Any:
    """Celles qui attendent, que seuls ses coordinateurs lisent ; None pour les autres, ou sans réponse."""
    if not qui.a_le_role("coordinateur"):
        return None
    return await qui.api.lire_si_possible(f"/equipes/{equipe_id}/invitations", limite=_LISTE_MAX)


def _vierge() -> Saisie:
    return Saisie([("id", str(uuid4()))])
