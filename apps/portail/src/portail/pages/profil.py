"""Mon profil : qui je suis et d'où cela vient, mes emplois, mes sessions."""

import asyncio
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.nomenclatures import libelles
from portail.pages.inscription import EMPLOYEUR
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

_FAIT = {
    "emploi": "Emploi ajouté.",
    "termine": "Emploi terminé.",
    "employeur": "Vos emplois sont à jour.",
    "session": "Session fermée.",
    "accords": "Vos accords sont enregistrés.",
    "competences": "Vos compétences sont enregistrées.",
    "sessions": "Vos autres sessions sont fermées.",
}
_FIN = {"fin": Sorte.TEXTE, "motif": Sorte.TEXTE}


@router.get("/espace/profil")
async def profil(qui: Connecte, fait: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Ce que la plateforme sait de moi."""
    return await _profil(qui, _vierge(), message=_FAIT.get(fait))


@router.post("/espace/profil/emplois")
async def ajouter(qui: Connecte) -> Response:
    """Déclarer un emploi de plus."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, EMPLOYEUR)
    try:
        await qui.api.ecrire("POST", "/comptes/moi/emplois", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _profil(qui, saisie, echec)
    return qui.aller("/espace/profil?fait=emploi")


@router.get("/espace/profil/emplois/{emploi_id}/terminer")
async def demander_la_fin(emploi_id: UUID, qui: Connecte) -> Response:
    """Quand et pourquoi cet emploi s'est terminé."""
    return await _terminer(qui, emploi_id, Saisie([]))


@router.post("/espace/profil/emplois/{emploi_id}/terminer")
async def terminer(emploi_id: UUID, qui: Connecte) -> Response:
    """Terminer un de mes emplois."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire(
            "POST",
            f"/comptes/moi/emplois/{emploi_id}/fin",
            en_json(saisie, _FIN),
            csrf=saisie.un("csrf"),
        )
    except (Refus, Muette) as echec:
        return await _terminer(qui, emploi_id, saisie, echec)
    return qui.aller("/espace/profil?fait=termine")


@router.post("/espace/profil/sessions/{session_id}/fermer")
async def fermer(session_id: UUID, qui: Connecte) -> Response:
    """Fermer une autre de mes sessions ; celle-ci se ferme en se déconnectant."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/auth/sessions/{session_id}", csrf=saisie.un("csrf"))
    return qui.aller("/espace/profil?fait=session")


@router.post("/espace/profil/sessions/fermer-les-autres")
async def fermer_les_autres(qui: Connecte) -> Response:
    """Fermer toutes mes sessions, sauf celle-ci."""
    saisie = await recue(qui.request)
    sessions = (await qui.api.lire("/auth/sessions")).corps
    for session in sessions:
        if not session["actuelle"]:
            await qui.api.ecrire("DELETE", f"/auth/sessions/{session['id']}", csrf=saisie.un("csrf"))
    return qui.aller("/espace/profil?fait=sessions")


async def _profil(
    qui: Visiteur, saisie: Saisie, echec: Echec | None = None, *, message: str | None = None
) -> Response:
    compte, emplois, sessions, fiche, nomenclatures = await asyncio.gather(
        qui.api.lire_si_possible("/comptes/moi"),
        qui.api.lire_si_possible("/comptes/moi/emplois"),
        qui.api.lire_si_possible("/auth/sessions"),
        qui.api.lire_si_possible("/comptes/moi/fiche"),
        qui.request.app.state.nomenclatures.de("comptes"),
    )
    return qui.page(
        "profil/page.html",
        statut_de(echec),
        compte=compte,
        emplois=emplois,
        sessions=sessions,
        fiche=fiche,
        n=nomenclatures,
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        saisie=saisie,
        fautes=fautes_de(echec, "/siret"),
        message=message,
    )


async def _terminer(qui: Visiteur, emploi_id: UUID, saisie: Saisie, echec: Echec | None = None) -> Response:
    emplois, nomenclatures = await asyncio.gather(
        qui.api.lire("/comptes/moi/emplois"), qui.request.app.state.nomenclatures.de("comptes")
    )
    miens: list[dict[str, Any]] = [e for e in emplois.corps if e["emploi_id"] == str(emploi_id)]
    if not miens:
        raise Refus(404, {})
    return qui.page(
        "profil/fin.html",
        statut_de(echec),
        emploi=miens[0],
        motifs=nomenclatures["motif_fin"],
        saisie=saisie,
        fautes=fautes_de(echec, "/fin"),
        aujourd_hui=qui.aujourd_hui,
    )


def _vierge() -> Saisie:
    return Saisie([("id", str(uuid4()))])
