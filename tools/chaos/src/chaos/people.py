"""Médiateurs: their accounts, roles and emplois, opened in identity by its own commands."""

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from events.store.store import Claim, Context, Store
from identity.connexion.chiffre import Empreintes
from identity.domain import compte, emploi
from identity.domain.cgu import ACTUELLE
from identity.domain.compte import COMPTE
from identity.domain.emploi import EMPLOI
from identity.domain.vocabulaire import CompteId, EmploiId, MediateurId, Role

from chaos.servers import HASH_KEY

EMPREINTES = Empreintes(HASH_KEY)
MARK = r"chaos[0-9a-f]{12}"
"""What every text of a person holds, so that it is found wherever it should not be."""
_ISSUER = "https://chaos.exemple.fr"
_SIRET = "13002526500013"
_CONTEXT = Context("chaos", "chaos-comptes")


def new_mark() -> str:
    return f"chaos{uuid4().hex[:12]}"


@dataclass(slots=True, eq=False)
class Mediateur:
    """Someone who writes. renewed : when their token was signed, seconds of the load."""

    mediateur_id: UUID = field(default_factory=uuid4)
    compte_id: UUID = field(default_factory=uuid4)
    mark: str = field(default_factory=new_mark)
    token: str = ""
    renewed: float = float("-inf")


async def hire(store: Store[Any], people: list[Mediateur], now: dt.datetime) -> None:
    """Their accounts, and their emplois: an activité is attached to an employer."""
    await asyncio.gather(*(_hire(store, someone, now) for someone in people))


async def _hire(store: Store[Any], someone: Mediateur, now: dt.datetime) -> None:
    compte_id, mediateur_id = CompteId(someone.compte_id), MediateurId(someone.mediateur_id)
    emploi_id = EmploiId(uuid4())
    personne = compte.Personne("Zoé", someone.mark, f"{someone.mark}@exemple.fr")
    identite = compte.Identite(_ISSUER, someone.mark)
    await store.execute(
        COMPTE(compte_id),
        compte.OuvrirCompte(compte_id, personne, identite, now),
        _CONTEXT,
        claims=[
            EMPREINTES.identite(identite.emetteur, identite.sub),
            EMPREINTES.courriel(personne.courriel),
        ],
    )
    await store.execute(
        COMPTE(compte_id),
        compte.ChoisirRole(
            Role.MEDIATEUR,
            mediateur_id,
            None,
            cgu_acceptees=True,
            version_cgu=ACTUELLE.version,
            maintenant=now,
        ),
        _CONTEXT,
        claims=[Claim(Role.MEDIATEUR.value, mediateur_id.bytes)],
    )
    employer = f"Structure de {someone.mark}"
    await store.execute(
        EMPLOI(emploi_id),
        emploi.DeclarerEmploi(emploi_id, compte_id, _SIRET, employer, dt.date(2020, 1, 1), None, now),
        _CONTEXT,
    )
