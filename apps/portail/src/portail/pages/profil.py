"""Mon profil : qui je suis et d'où cela vient, mes emplois, mes sessions."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.formulaires import recue
from portail.nomenclatures import libelles
from portail.visiteur import Connecte

router = APIRouter()

_FAIT = {
    "emploi": "Emploi ajouté.",
    "corrige": "Emploi corrigé.",
    "termine": "Emploi terminé.",
    "employeur": "Vos emplois sont à jour.",
    "mediation": "Vous êtes médiateur aussi.",
    "mediation_rendue": "Vous n’êtes plus médiateur : vous coordonnez.",
    "session": "Session fermée.",
    "accords": "Vos accords sont enregistrés.",
    "competences": "Vos compétences sont enregistrées.",
    "sessions": "Vos autres sessions sont fermées.",
}


@router.get("/espace/profil")
async def profil(qui: Connecte, fait: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Ce que la plateforme sait de moi."""
    compte, emplois, sessions, nomenclatures = await asyncio.gather(
        qui.api.lire_si_possible("/comptes/moi"),
        qui.api.lire_si_possible("/comptes/moi/emplois"),
        qui.api.lire_si_possible("/auth/sessions"),
        qui.request.app.state.nomenclatures.de("comptes"),
    )
    return qui.page(
        "profil/page.html",
        compte=compte,
        emplois=emplois,
        sessions=sessions,
        fiche=compte and compte["fiche"],
        n=nomenclatures,
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        message=_FAIT.get(fait),
    )


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
