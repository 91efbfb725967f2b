"""Ce que les autres voient de moi : mes accords, mes compétences. La section est dans « Mon profil »."""

from fastapi import APIRouter
from starlette.responses import Response

from portail.formulaires import Sorte, en_json, recue
from portail.visiteur import PourTous

router = APIRouter()


@router.post("/espace/profil/accords")
async def choisir(qui: PourTous) -> Response:
    """Donner ou retirer ses accords : ce qui n'est pas coché ne se montre plus."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, {"montre": Sorte.LISTE})
    await qui.api.ecrire("PUT", "/comptes/moi/fiche/accords", corps, csrf=saisie.un("csrf"))
    return qui.aller("/espace/profil?fait=accords#t-montre")


@router.post("/espace/profil/competences")
async def declarer(qui: PourTous) -> Response:
    """Dire ce que l'on sait faire."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, {"competences": Sorte.LISTE})
    await qui.api.ecrire("PUT", "/comptes/moi/fiche/competences", corps, csrf=saisie.un("csrf"))
    return qui.aller("/espace/profil?fait=competences#t-montre")
