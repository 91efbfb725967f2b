"""La gestion des rapprochements : deux comptes d'une même personne, ou de deux."""

import asyncio
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.suivis import est_un_id
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/gestion/rapprochements")

_API = "/comptes/gestion/rapprochements"
_PAR_PAGE = 50
_A_DECIDER = "confie"
_RAISON = {"raison": Sorte.TEXTE}
_AUTRE = {"autre": Sorte.TEXTE, **_RAISON}
_SANS_AUTRE = {"/autre": "Collez l’identifiant de l’autre compte, tel qu’il est sur sa page."}
FAIT = {
    "rapproche": "Les deux comptes n’en font plus qu’un.",
    "confie": "Attesté. Quelqu’un d’autre doit encore le confirmer.",
    "ecartement": "Ce sont deux personnes : le dossier est clos.",
    "annulation": "Le rapprochement est défait.",
}
type Geste = Literal["attestation", "ecartement", "annulation"]
Fait = Annotated[str, Query(max_length=20)]


@router.get("")
async def liste(
    qui: Connecte,
    etat: Annotated[str, Query(max_length=20)] = _A_DECIDER,
    apres: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Les dossiers, ceux à décider d'abord."""
    page, nomenclatures = await asyncio.gather(
        qui.api.lire(_API, etats=[etat] if etat else [], apres=apres, limite=_PAR_PAGE),
        qui.request.app.state.nomenclatures.de("comptes"),
    )
    suivant = page.corps["suivant"]
    return qui.page(
        "gestion/rapprochements.html",
        dossiers=page.corps["elements"],
        total=page.corps["total"],
        en_retard=page.en_retard,
        suivante=suivant and f"/gestion/rapprochements?{urlencode({'etat': etat, 'apres': suivant})}",
        choisi=etat,
        etats=nomenclatures["etat_rapprochement"],
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
    )


@router.get("/nouveau")
async def nouveau(qui: Connecte, compte_id: UUID) -> Response:
    """Dire que ce compte et un autre sont à la même personne."""
    return await _nouveau(qui, compte_id, Saisie([]))


@router.post("/nouveau")
async def proposer(qui: Connecte, compte_id: UUID) -> Response:
    """Les rapprocher, ou attendre un second avis."""
    saisie = await recue(qui.request)
    corps = {"compte_id": str(compte_id), "autre": "", "raison": ""} | en_json(saisie, _AUTRE)
    try:
        suite = (await qui.api.ecrire("POST", _API, corps, csrf=saisie.un("csrf"))).corps
    except (Refus, Muette) as echec:
        return await _nouveau(qui, compte_id, saisie, echec)
    return qui.aller(f"/gestion/rapprochements/{suite['rapprochement_id']}?fait={suite['resultat']}")


@router.get("/{rapprochement_id}")
async def un(rapprochement_id: UUID, qui: Connecte, fait: Fait = "") -> Response:
    """Un dossier : les deux comptes côte à côte."""
    return await _un(qui, rapprochement_id, Saisie([]), fait=fait)


@router.post("/{rapprochement_id}/{geste}")
async def decider(rapprochement_id: UUID, geste: Geste, qui: Connecte) -> Response:
    """Attester, écarter, ou défaire."""
    saisie = await recue(qui.request)
    corps = {"raison": ""} | en_json(saisie, _RAISON)
    try:
        suite = await qui.api.ecrire(
            "POST", f"{_API}/{rapprochement_id}/{geste}", corps, csrf=saisie.un("csrf")
        )
    except (Refus, Muette) as echec:
        return await _un(qui, rapprochement_id, saisie, echec)
    fait = suite.corps["resultat"] if geste == "attestation" else geste
    return qui.aller(f"/gestion/rapprochements/{rapprochement_id}?fait={fait}")


async def _un(
    qui: Visiteur, rapprochement_id: UUID, saisie: Saisie, echec: Echec | None = None, *, fait: str = ""
) -> Response:
    lu, nomenclatures = await asyncio.gather(
        qui.api.lire(f"{_API}/{rapprochement_id}"), qui.request.app.state.nomenclatures.de("comptes")
    )
    dossier: dict[str, Any] = lu.corps
    comptes = await asyncio.gather(
        *(
            qui.api.lire_si_possible(f"/comptes/gestion/utilisateurs/{dossier[partie]['compte_id']}")
            for partie in ("demandeur", "titulaire")
        )
    )
    return qui.page(
        "gestion/rapprochement.html",
        statut_de(echec),
        d=dossier,
        comptes=[(dossier[p], lus) for p, lus in zip(("demandeur", "titulaire"), comptes, strict=True)],
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        maintenant=qui.request.app.state.clock.now().isoformat(),
        en_retard=lu.en_retard,
        saisie=saisie,
        fautes=fautes_de(echec, "/raison"),
        message=FAIT.get(fait),
    )


async def _nouveau(qui: Visiteur, compte_id: UUID, saisie: Saisie, echec: Echec | None = None) -> Response:
    compte = await qui.api.lire(f"/comptes/gestion/utilisateurs/{compte_id}")
    return qui.page(
        "gestion/rapprocher.html",
        statut_de(echec),
        u=compte.corps,
        saisie=saisie,
        fautes=fautes_de(echec, "/autre")
        | ({} if echec is None or est_un_id(saisie.un("autre")) else _SANS_AUTRE),
    )
