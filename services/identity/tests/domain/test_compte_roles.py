"""Les rôles d'un compte, changés par un administrateur : ce qui se donne, ce qui se retire, ce qui tient."""

import datetime as dt
from uuid import UUID

from events.testing import Scenario
from identity.domain import compte
from identity.domain.compte import CompteFerme, CompteOuvert, RoleChoisi, roles
from identity.domain.compte_faits import RoleRetire
from identity.domain.compte_roles import (
    AucunRole,
    ChangerRoles,
    CoordinateurQuiAUnMembre,
    MediateurEnEquipe,
    MediateurQuiASaisi,
    RoleAvantInscription,
)
from identity.domain.vocabulaire import CompteId, CoordinateurId, MediateurId, Role

LEA, TIRE = CompteId(UUID(int=1)), UUID(int=9)
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
OUVERT = CompteOuvert(LEA, "Léa", "Martin", "lea@ville.fr", None, None, QUAND)
MEDIATRICE = RoleChoisi(LEA, Role.MEDIATEUR, MediateurId(UUID(int=2)), None, QUAND)
COORDONNE = RoleChoisi(LEA, Role.COORDINATEUR, None, CoordinateurId(TIRE), QUAND)
LES_DEUX = (OUVERT, MEDIATRICE, COORDONNE)
PLUS_MEDIATRICE = RoleRetire(LEA, Role.MEDIATEUR, MediateurId(UUID(int=2)), None, QUAND)
PLUS_COORDINATRICE = RoleRetire(LEA, Role.COORDINATEUR, None, CoordinateurId(TIRE), QUAND)


def changer(*voulus: Role, tient: bool = False) -> ChangerRoles:
    """tient : to everything that may hold a role."""
    return ChangerRoles(
        frozenset(voulus), tient, tient, tient, MediateurId(TIRE), CoordinateurId(TIRE), QUAND
    )


def test_une_mediatrice_recoit_le_role_de_coordinatrice() -> None:
    Scenario(compte).given(OUVERT, MEDIATRICE).when(changer(*Role)).then(COORDONNE)


def test_redire_les_roles_tenus_ne_change_rien() -> None:
    Scenario(compte).given(*LES_DEUX).when(changer(*Role, tient=True)).then()


def test_un_role_se_retire_quand_rien_n_y_tient() -> None:
    Scenario(compte).given(*LES_DEUX).when(changer(Role.COORDINATEUR)).then(PLUS_MEDIATRICE)
    Scenario(compte).given(*LES_DEUX).when(changer(Role.MEDIATEUR)).then(PLUS_COORDINATRICE)


def test_un_role_en_remplace_un_autre_donne_avant_d_etre_retire() -> None:
    Scenario(compte).given(OUVERT, MEDIATRICE).when(changer(Role.COORDINATEUR)).then(
        COORDONNE, PLUS_MEDIATRICE
    )


def test_un_role_retire_n_est_plus_tenu_et_se_redonne_sous_un_autre_identifiant() -> None:
    apres = compte.evolve(compte.evolve(compte.evolve(compte.initial, OUVERT), MEDIATRICE), COORDONNE)
    apres = compte.evolve(apres, PLUS_MEDIATRICE)
    assert roles(apres) == (Role.COORDINATEUR,)
    redonne = RoleChoisi(LEA, Role.MEDIATEUR, MediateurId(TIRE), None, QUAND)
    Scenario(compte).given(*LES_DEUX, PLUS_MEDIATRICE).when(changer(*Role)).then(redonne)


def test_qui_a_saisi_ou_a_une_equipe_reste_mediateur_et_qui_a_un_membre_coordinateur() -> None:
    saisi, anime = changer(Role.COORDINATEUR, tient=True), changer(Role.MEDIATEUR, tient=True)
    Scenario(compte).given(*LES_DEUX).when(saisi).refused(MediateurQuiASaisi, MediateurEnEquipe)
    Scenario(compte).given(*LES_DEUX).when(anime).refused(CoordinateurQuiAUnMembre)


def test_il_faut_au_moins_un_role_et_une_inscription_finie() -> None:
    Scenario(compte).given(*LES_DEUX).when(changer()).refused(AucunRole)
    Scenario(compte).given(OUVERT).when(changer(Role.MEDIATEUR)).refused(RoleAvantInscription)


def test_un_compte_ferme_ne_change_pas_de_role() -> None:
    ferme = CompteFerme(LEA, QUAND, QUAND + compte.RETRACTATION)
    Scenario(compte).given(*LES_DEUX, ferme).when(changer(Role.MEDIATEUR)).refused(compte.CompteEstFerme)
