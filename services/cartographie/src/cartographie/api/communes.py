"""Communes : en proposer pendant que l'on écrit, d'après le code officiel géographique."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from referentiels import communes
from web.policies import allow

from cartographie.policies import LIRE_LES_LIEUX

router = APIRouter(prefix="/carte", tags=["Carte"])

_GARDE = "public, max-age=3600"


class CommuneProposee(BaseModel):
    """Une commune, ou un arrondissement de Paris, Lyon ou Marseille."""

    nom: str
    code_postal: str
    code_insee: str
    departement: str


class Propositions(BaseModel):
    """De la plus probable à la moins probable."""

    elements: list[CommuneProposee]


@router.get("/communes", dependencies=[allow(LIRE_LES_LIEUX)])
async def proposer(
    response: Response,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=100,
            description="Début du nom ou d’un de ses mots, code postal, code INSEE, ou « Lille (59000) »",
        ),
    ],
    limite: Annotated[int, Query(ge=1, le=50, description="Nombre de communes")] = 10,
) -> Propositions:
    """Les communes que ces mots peuvent désigner."""
    response.headers["Cache-Control"] = _GARDE
    nom, _, postal = q.strip().removesuffix(")").rpartition(" (")
    if nom and postal.isdigit():
        trouvees = [c for c in communes.chercher(nom, 100) if postal in c.codes_postaux][:limite]
        return Propositions(elements=[_proposee(c, postal) for c in trouvees])
    par_code = communes.par_code(q)
    trouvees = communes.chercher(q, limite)
    if par_code is not None:
        trouvees = [par_code, *(c for c in trouvees if c != par_code)][:limite]
    postal = q.strip() if len(q.strip()) == 5 else None
    return Propositions(elements=[_proposee(c, postal) for c in trouvees if c.codes_postaux])


def _proposee(commune: communes.Commune, postal: str | None = None) -> CommuneProposee:
    return CommuneProposee(
        nom=commune.nom,
        code_postal=postal if postal in commune.codes_postaux else commune.codes_postaux[0],
        code_insee=commune.code,
        departement=commune.departement,
    )
