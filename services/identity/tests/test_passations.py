"""Une équipe change de main : qui la reprend est prévenu, et chacun de ses membres, une fois."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from contracts.equipes import (
    EquipeCreeeV1,
    EquipeReclameeV1,
    InvitationAccepteeV1,
    InvitationEnvoyeeV1,
    MandatFiniV1,
    MandatOuvertV1,
    MembrePartiV1,
    MembreRejointV1,
    SuccesseurDesigneV1,
)
from events.projection.executor import Asked
from events.projection.projection import fold_rows
from events.store.store import Context
from identity.connexion.preparation import preparer
from identity.courriels import (
    coordinateur_change,
    equipe_proposee,
    equipe_reclamee,
    invitation_acceptee,
)
from identity.domain.vocabulaire import CompteId
from identity.projections import coordinations
from identity.reactions import invitations, passations
from identity.reactions.passations import (
    DireLaReclamation,
    DireLeNouveauCoordinateur,
    Membres,
    ProposerEquipe,
)
from process.clock import Clock

EQUIPE, CHEF, SUIVANT = UUID(int=1), UUID(int=2), UUID(int=3)
LEA, NOE = CompteId(UUID(int=10)), CompteId(UUID(int=11))
LUNDI = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
CONTEXTE = Context("essai", "essai")


def rejoint(qui: UUID) -> MembreRejointV1:
    return MembreRejointV1(equipe_id=EQUIPE, mediateur_id=uuid4(), compte_id=qui, depuis=LUNDI)


def ouvert(qui: UUID) -> MandatOuvertV1:
    return MandatOuvertV1(equipe_id=EQUIPE, coordinateur_id=SUIVANT, compte_id=qui, depuis=LUNDI)


def suites(*faits: Any) -> list[Any]:
    """The orders of the last of these facts."""
    row, ordres = None, []
    for fait in faits:
        then = passations.react(row, fait)
        row, ordres = then.row, [order.what for order in then.orders]
        assert isinstance(row, Membres)
    return ordres


def test_d7_chaque_membre_du_moment_est_prevenu_du_nouveau_coordinateur() -> None:
    parti = MembrePartiV1(equipe_id=EQUIPE, mediateur_id=uuid4(), compte_id=NOE, parti_le=LUNDI)
    assert suites(rejoint(LEA), rejoint(NOE), ouvert(UUID(int=5))) == [
        DireLeNouveauCoordinateur(EQUIPE, qui) for qui in (LEA, NOE)
    ]
    assert suites(rejoint(LEA), rejoint(NOE), parti, ouvert(LEA)) == []
    assert suites(rejoint(NOE), parti, rejoint(NOE), ouvert(LEA)) == [DireLeNouveauCoordinateur(EQUIPE, NOE)]


def test_d8_chaque_membre_sait_que_son_equipe_est_reclamee() -> None:
    reclamee = EquipeReclameeV1(
        equipe_id=EQUIPE, coordinateur_id=SUIVANT, compte_id=uuid4(), reclamee_le=LUNDI
    )
    assert suites(rejoint(LEA), reclamee) == [DireLaReclamation(EQUIPE, LEA)]


def test_d9_la_personne_designee_est_prevenue() -> None:
    designe = SuccesseurDesigneV1(equipe_id=EQUIPE, compte_id=NOE, a_accepter=True, effet_le=LUNDI)
    assert suites(rejoint(LEA), designe) == [ProposerEquipe(NOE, LUNDI, True)]


async def test_les_messages_partent_a_un_inscrit_comme_a_une_adresse_qui_attend(
    plateforme: Any, navigateur: Any
) -> None:
    personne, attendue = plateforme.personne(), plateforme.personne().email
    await navigateur.se_connecter(personne)
    compte_id = CompteId(UUID((await navigateur.moi())["compte_id"]))
    attendu, _ = await preparer(
        plateforme.store, plateforme.acces.empreintes, attendue, Clock(plateforme.heure.lire), CONTEXTE
    )
    ordres = [
        DireLeNouveauCoordinateur(EQUIPE, compte_id),
        DireLaReclamation(EQUIPE, compte_id),
        ProposerEquipe(compte_id, LUNDI, True),
        ProposerEquipe(attendu, LUNDI, True),
        DireLaReclamation(EQUIPE, attendu),
    ]
    for ordre in ordres:
        await passations.perform(plateforme.outils, Asked(uuid4(), ordre, CONTEXTE))
    assert [m["Subject"] for m in plateforme.recus(personne.email)] == [
        coordinateur_change.OBJET,
        equipe_reclamee.OBJET,
        equipe_proposee.OBJET,
    ]
    assert "Rien ne vous est confié tant que vous n’avez pas accepté" in plateforme.dernier(personne.email)
    # Who never signed in is a member of nothing: only what is proposed to them is written to them.
    assert [m["Subject"] for m in plateforme.recus(attendue)] == [equipe_proposee.OBJET]
    assert "inscrivez-vous comme coordinateur" in plateforme.dernier(attendue)


async def test_d7_la_reponse_a_une_invitation_va_a_qui_coordonne_desormais(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    adresses: list[str] = []
    roles = [uuid4(), uuid4()]
    for role_id in roles:
        navigateur, personne = nouveau_navigateur(), plateforme.personne()
        await navigateur.se_connecter(personne)
        await navigateur.recevoir_le_role("coordinateur", role_id)
        adresses.append(personne.email)
    chef, suivant = roles
    equipe_id, invitation_id = uuid4(), uuid4()
    envoyee = InvitationEnvoyeeV1(
        invitation_id=invitation_id, equipe_id=equipe_id, compte_id=LEA, expire_le=LUNDI, par=chef
    )
    acceptee = InvitationAccepteeV1(invitation_id=invitation_id, equipe_id=equipe_id, acceptee_le=LUNDI)
    [ordre] = invitations.react(invitations.react(None, envoyee).row, acceptee).orders
    faits = [
        EquipeCreeeV1(equipe_id=equipe_id, coordinateur_id=chef, creee_le=LUNDI),
        MandatFiniV1(equipe_id=equipe_id, coordinateur_id=chef, compte_id=uuid4(), fini_le=LUNDI),
        MandatOuvertV1(equipe_id=equipe_id, coordinateur_id=suivant, compte_id=uuid4(), depuis=LUNDI),
    ]
    async with plateforme.database.engine.begin() as connection:
        for row in fold_rows(coordinations, {}, faits).values():
            assert row is not None
            await connection.execute(coordinations.table.insert().values(dict(row)))
    await invitations.perform(plateforme.outils, Asked(uuid4(), ordre.what, CONTEXTE))
    assert plateforme.recus(adresses[0]) == []
    assert [m["Subject"] for m in plateforme.recus(adresses[1])] == [invitation_acceptee.OBJET]
