"""Les comptes, les emplois et les équipes du peuplement : les mêmes commandes que par l'API."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Iterable
from typing import Any
from uuid import UUID

from equipes.domain import equipe as agregat_equipe
from equipes.domain import invitation as agregat_invitation
from equipes.domain.equipe import EQUIPE
from equipes.domain.invitation import INVITATION
from equipes.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    EquipeId,
    InvitationId,
    MediateurId,
)
from events.store.store import Context, Store
from identity.connexion.chiffre import Empreintes
from identity.domain import compte, emploi
from identity.domain.compte import COMPTE
from identity.domain.emploi import EMPLOI
from identity.domain.vocabulaire import CompteId as IdCompte
from identity.domain.vocabulaire import CoordinateurId as IdCoordinateur
from identity.domain.vocabulaire import EmploiId, MotifFin, Role
from identity.domain.vocabulaire import MediateurId as IdMediateur

from peuplement.population import Equipe, Population, Professionnel

EMETTEUR = "https://peuplement.exemple.fr"
EN_MEME_TEMPS = 64


async def inscrire(
    store: Store[Any], empreintes: Empreintes, population: Population, context: Context, aujourd_hui: dt.date
) -> int:
    """Ouvre les comptes, choisit les rôles, déclare et termine les emplois. Rend le nombre de comptes."""
    personnes = [(m, Role.MEDIATEUR) for m in population.mediateurs]
    personnes += [(e.coordinateur, Role.COORDINATEUR) for e in population.equipes]
    await _ensemble(_inscrire(store, empreintes, qui, role, context, aujourd_hui) for qui, role in personnes)
    return len(personnes)


async def former_les_equipes(store: Store[Any], population: Population, context: Context) -> int:
    """Crée les équipes, invite, accepte ; la réaction du service fait les membres. Rend leur nombre."""
    await _ensemble(_former(store, equipe, context) for equipe in population.equipes)
    return sum(len(equipe.membres) for equipe in population.equipes)


async def _ensemble(travaux: Iterable[Awaitable[None]]) -> None:
    """Many at once, so that the appender has something to coalesce; bounded."""
    places = asyncio.Semaphore(EN_MEME_TEMPS)

    async def un(travail: Awaitable[None]) -> None:
        async with places:
            await travail

    await asyncio.gather(*(un(t) for t in travaux))


async def _inscrire(
    store: Store[Any],
    empreintes: Empreintes,
    qui: Professionnel,
    role: Role,
    context: Context,
    aujourd_hui: dt.date,
) -> None:
    compte_id, quand = IdCompte(qui.compte_id), _instant(qui.debut)
    personne = compte.Personne(qui.prenom, qui.nom, qui.courriel, None, qui.siret)
    await store.execute(
        COMPTE(compte_id),
        compte.OuvrirCompte(compte_id, personne, compte.Identite(EMETTEUR, qui.sub), quand),
        context,
        claims=[empreintes.identite(EMETTEUR, qui.sub), empreintes.courriel(qui.courriel)],
    )
    mediateur = role is Role.MEDIATEUR
    await store.execute(
        COMPTE(compte_id),
        compte.ChoisirRole(
            role,
            IdMediateur(qui.role_id) if mediateur else None,
            None if mediateur else IdCoordinateur(qui.role_id),
            cgu_acceptees=True,
            version_cgu="2026-01",
            maintenant=quand,
        ),
        context,
    )
    emploi_id = EmploiId(qui.emploi_id)
    await store.execute(
        EMPLOI(emploi_id),
        emploi.DeclarerEmploi(
            emploi_id,
            compte_id,
            qui.siret,
            f"Structure de {qui.ville.nom}",
            qui.debut,
            None,
            quand,
            qui.ville.code_insee,
        ),
        context,
    )
    if qui.fin is not None:
        await store.execute(
            EMPLOI(emploi_id),
            emploi.TerminerContrat(compte_id, qui.fin, MotifFin.RUPTURE, _instant(qui.fin)),
            context,
        )


async def _former(store: Store[Any], equipe: Equipe, context: Context) -> None:
    equipe_id, chef = EquipeId(equipe.equipe_id), equipe.coordinateur
    coordinateur_id = CoordinateurId(chef.role_id)
    quand = _instant(chef.debut)
    await store.execute(
        EQUIPE(equipe_id),
        agregat_equipe.CreerEquipe(
            equipe_id,
            f"Équipe de {chef.ville.nom}",
            coordinateur_id,
            CompteId(chef.compte_id),
            quand,
        ),
        context,
    )
    for membre, invitation_id in zip(equipe.membres, equipe.invitations, strict=True):
        await _inviter(store, equipe_id, coordinateur_id, membre, invitation_id, context)


async def _inviter(
    store: Store[Any],
    equipe_id: EquipeId,
    coordinateur_id: CoordinateurId,
    membre: Professionnel,
    invitation_id: UUID,
    context: Context,
) -> None:
    quand = _instant(membre.debut)
    compte_id = CompteId(membre.compte_id)
    commandes: tuple[agregat_invitation.Command, ...] = (
        agregat_invitation.InviterMediateur(
            InvitationId(invitation_id),
            equipe_id,
            compte_id,
            coordinateur_id,
            frozenset({coordinateur_id}),
            agregat_invitation.Profil.MEDIATEUR,
            deja_membre=False,
            en_attente=0,
            maintenant=quand,
        ),
        agregat_invitation.AccepterInvitation(
            compte_id, MediateurId(membre.role_id), quand + dt.timedelta(days=1)
        ),
    )
    for commande in commandes:
        await store.execute(INVITATION(invitation_id), commande, context)


def _instant(jour: dt.date) -> dt.datetime:
    return dt.datetime.combine(jour, dt.time(9, 30), dt.UTC)
