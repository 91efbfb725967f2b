"""Erasing here: a bénéficiaire, the free texts of one CRA, or all that an account has written."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from events.store.appender import Erasure
from events.store.store import Conflict, Context, Intent, SomeRefused, Store, Written
from events.vault.vault import PersonErased

from activites import casiers, liens
from activites.domain import activite
from activites.domain.activite import ACTIVITE
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_commandes import EffacerBeneficiaire, SeparerDouble
from activites.domain.beneficiaire_etat import Fusionne, Suivi, mediateur
from activites.domain.beneficiaire_faits import BeneficiaireEnregistre
from activites.domain.coordination import COORDINATION, EffacerTextesDeCoordination
from activites.domain.coordination_faits import CoordinationEnregistree
from activites.domain.coordination_vocabulaire import CoordinationId
from activites.domain.doublons import Comparee
from activites.domain.faits import ActiviteEnregistree
from activites.domain.separation import sans_elle
from activites.domain.tag import PRIS, TAG, OublierTag, PorteeChangee, TagCree
from activites.domain.vocabulaire import ActiviteId, BeneficiaireId, CompteId, TagId
from activites.fusions import ESSAIS, avec_ses_doubles, jusqu_a_la_personne
from activites.imports.v1 import archive
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.rdv import comptes, oublis, revocations


async def oublier(
    store: Store[Any], beneficiaire_id: BeneficiaireId, reason: str, context: Context, maintenant: dt.datetime
) -> Written:
    """Erase a bénéficiaire, keys and all, with the files in double of the same person.

    A file in double itself, its person says no more what came of it.
    Arguments, and what is raised: see `effacer`.
    """
    for _ in range(ESSAIS):
        # The journal says who they are: a table may not have read yet that one of them left.
        fiches = await avec_ses_doubles(store, beneficiaire_id)
        # Before, while it is known who they are.
        await _quitter_les_rdv(store, [*fiches], maintenant)
        demandes = await _effacements(store, beneficiaire_id, fiches, maintenant)
        effacements = [Erasure("beneficiaire", fiche, reason) for fiche in fiches]
        try:
            return (await store.execute_whole(demandes, context, erasures=effacements))[0]
        except (Conflict, PersonErased):
            continue
        except SomeRefused as refuses:
            raise next(iter(refuses.refusals.values())) from None
    raise Conflict


async def _quitter_les_rdv(
    store: Store[Any], fiches: Sequence[BeneficiaireId], maintenant: dt.datetime
) -> None:
    """The rendez-vous of who follows this person no longer name them."""
    suivies: list[Comparee] = []
    comptes: set[UUID] = set()
    for fiche in fiches:
        for recorded in await store.load(BENEFICIAIRE(fiche)):
            if isinstance(recorded.event, BeneficiaireEnregistre):
                comptes.add(recorded.event.compte_id)
        match (await store.state(BENEFICIAIRE(fiche)))[0]:
            case Suivi(derniere=f) | Fusionne(avant=Suivi(derniere=f)):
                suivies.append(Comparee(fiche, f.prenom, f.nom, f.telephone, f.courriel))
            case _:
                suivies.append(Comparee(fiche, "", ""))
    async with store.database.engine.connect() as connection:
        personnes = await comptes_rapproches.personnes(connection, "compte", comptes)
    leurs = {un for personne in personnes.values() for un in personne.tous}
    await oublis.oublier(store, leurs, suivies, maintenant)


async def _effacements(
    store: Store[Any], qui: BeneficiaireId, fiches: Mapping[BeneficiaireId, int], maintenant: dt.datetime
) -> list[Intent[Any, Any, Any]]:
    """Of all these, and of what they said in the files where they went: together, or none.

    fiches : qui and its doubles, each at the version that says so (`avec_ses_doubles`).
    """
    etats, versions = await jusqu_a_la_personne(store, qui)
    demandes: list[Intent[Any, Any, Any]] = [
        Intent(
            BENEFICIAIRE(fiche),
            EffacerBeneficiaire(beneficiaire_id=fiche, maintenant=maintenant),
            version,
        )
        for fiche, version in fiches.items()
    ]
    for reste, doubles in sans_elle(qui, etats):
        if (par := mediateur(etats[reste])) is not None:
            separer = SeparerDouble(
                beneficiaire_id=reste, par=par, de=qui, doubles=doubles, maintenant=maintenant
            )
            demandes.append(Intent(BENEFICIAIRE(reste), separer, versions[reste]))
    return demandes


async def effacer(
    store: Store[Any], kind: str, person: UUID, reason: str, context: Context, maintenant: dt.datetime
) -> None:
    """Erase a bénéficiaire, the free texts of an activité, or all that an account has written. Safe to
    repeat.

    kind : "beneficiaire", "activite" or "coordination" (person is then its identifier), or "compte".
    reason : a word for the record of keys, without personal data.   maintenant : the Clock's.
    Raises ValueError (another kind), ActiviteInconnue, BeneficiaireInconnu, CoordinationInconnue.
    """
    match kind:
        case "activite":
            await store.execute(
                ACTIVITE(person),
                activite.EffacerTextes(activite_id=ActiviteId(person), maintenant=maintenant),
                context,
                erasures=[Erasure(kind, person, reason)],
            )
            await archive.oublier(store.database, person)
        case "coordination":
            await store.execute(
                COORDINATION(person),
                EffacerTextesDeCoordination(coordination_id=CoordinationId(person), maintenant=maintenant),
                context,
                erasures=[Erasure(kind, person, reason)],
            )
        case "beneficiaire":
            await oublier(store, BeneficiaireId(person), reason, context, maintenant)
        case "compte":
            # What this person wrote may name somebody: it goes with them, as do the people whom nobody else
            # follows. What was done still counts.
            for flux in await store.streams_with(ACTIVITE, ActiviteEnregistree, compte_id=person):
                await effacer(store, "activite", UUID(flux.key), reason, context, maintenant)
            for flux in await store.streams_with(COORDINATION, CoordinationEnregistree, compte_id=person):
                await effacer(store, "coordination", UUID(flux.key), reason, context, maintenant)
            for suivi in await store.streams_with(BENEFICIAIRE, BeneficiaireEnregistre, compte_id=person):
                await effacer(store, "beneficiaire", UUID(suivi.key), reason, context, maintenant)
            await _oublier_les_tags(store, CompteId(person), reason, context, maintenant)
        case _:
            raise ValueError(
                f"activites n'efface que des activités, des bénéficiaires et des comptes, pas « {kind} »"
            )
    # Its emplois go by their own contract.
    if store.vault is not None:
        await store.vault.destroy(kind, person, reason)
    if kind == "compte":
        # Once the key is gone: what would be kept meanwhile could not be sealed.
        await casiers.vider(store.database, person)
        await comptes.oublier(store, person, maintenant)
        await revocations.oublier(store.database, person)
        await liens.oublier(store.database, person)


async def _oublier_les_tags(
    store: Store[Any], compte_id: CompteId, reason: str, context: Context, maintenant: dt.datetime
) -> None:
    """Those that are only hers; what she gave to an équipe, or to more, is theirs."""
    siens = {"compte_id": compte_id}
    crees = await store.streams_with(TAG, TagCree, etendue=siens)
    for flux in {*crees, *await store.streams_with(TAG, PorteeChangee, etendue=siens)}:
        tag_id = TagId(UUID(flux.key))
        await store.execute(
            flux,
            OublierTag(tag_id=tag_id, compte_id=compte_id, maintenant=maintenant),
            context,
            releases=await store.held(flux, [PRIS]),
            erasures=[Erasure("tag", tag_id, reason)],
        )
