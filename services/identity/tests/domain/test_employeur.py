"""Ce que l'on demande quand ProConnect donne un autre employeur, et ce qu'il en devient des emplois."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import pytest
from events.testing import Scenario
from identity.domain import compte
from identity.domain.compte import EcarterSiret
from identity.domain.compte_faits import (
    Champ,
    CompteOuvert,
    IdentitePersonneModifiee,
    RoleChoisi,
    SiretEcarte,
)
from identity.domain.emploi import CloreEmploi, TerminerContrat
from identity.domain.employeur import EmployeurNonDemande, a_demander, suites
from identity.domain.vocabulaire import CompteId, MediateurId, MotifFin, Role, SourceDuFait

LEA = CompteId(UUID(int=1))
ICI, AUTRE = "13002603200016", "35600000009075"
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
LE_1ER = dt.date(2026, 9, 1)


@dataclass(frozen=True, slots=True)
class Emploi:
    siret: str
    debut: dt.date = dt.date(2026, 1, 5)
    fin: dt.date | None = None
    source: str = SourceDuFait.DECLARATION
    temporaire: bool = False


FINI = Emploi(ICI, fin=dt.date(2026, 8, 31))
CONTRAT = Emploi(AUTRE, source=SourceDuFait.DISPOSITIF)
TEMPORAIRE = Emploi(AUTRE, source=SourceDuFait.DISPOSITIF, temporaire=True)


@pytest.mark.parametrize(
    ("propose", "ecarte", "emplois", "demande"),
    [
        (ICI, None, [Emploi(AUTRE)], True),
        (ICI, AUTRE, [Emploi(AUTRE)], True),
        (ICI, None, [], True),
        (ICI, None, [FINI], True),
        (ICI, None, [TEMPORAIRE], True),
        (None, None, [Emploi(AUTRE)], False),
        (ICI, None, [Emploi(AUTRE), Emploi(ICI)], False),
        (ICI, ICI, [Emploi(AUTRE)], False),
        (ICI, None, [CONTRAT], False),
    ],
)
def test_on_ne_demande_que_ce_que_personne_n_a_dit(
    propose: str | None, ecarte: str | None, emplois: list[Emploi], demande: bool
) -> None:
    assert a_demander(propose, ecarte, emplois) is demande


def test_un_nouvel_employeur_finit_les_autres_emplois_la_veille() -> None:
    ancien, a_venir, meme = Emploi(AUTRE), Emploi(AUTRE, debut=dt.date(2026, 10, 1)), Emploi(ICI)
    devenus = list(suites([ancien, a_venir, meme, FINI, TEMPORAIRE], ICI, LE_1ER, LEA, QUAND))
    assert devenus == [
        (ancien, TerminerContrat(LEA, dt.date(2026, 8, 31), MotifFin.TERME, QUAND)),
        (TEMPORAIRE, CloreEmploi(QUAND)),
    ]


OUVERT = CompteOuvert(LEA, "Léa", "Martin", "lea@ville.exemple.fr", None, ICI, QUAND)
MEDIATRICE = RoleChoisi(LEA, Role.MEDIATEUR, MediateurId(UUID(int=2)), None, QUAND)
ECARTER = EcarterSiret(ICI, QUAND)


def test_un_siret_ecarte_l_est_une_fois() -> None:
    ecarte = SiretEcarte(LEA, ICI, QUAND)
    Scenario(compte).given(OUVERT, MEDIATRICE).when(ECARTER).then(ecarte)
    Scenario(compte).given(OUVERT, MEDIATRICE, ecarte).when(ECARTER).then()
    Scenario(compte).given(OUVERT, MEDIATRICE, ecarte).when(EcarterSiret(AUTRE, QUAND)).then(
        SiretEcarte(LEA, AUTRE, QUAND)
    )


def test_pendant_l_inscription_c_est_son_etape_qui_demande() -> None:
    Scenario(compte).given(OUVERT).when(ECARTER).refused(EmployeurNonDemande)


def test_un_siret_ecarte_le_reste_quand_proconnect_change_le_nom() -> None:
    renommee = IdentitePersonneModifiee(
        LEA, (Champ.NOM,), "Léa", "Durand", "lea@ville.exemple.fr", None, ICI, QUAND
    )
    Scenario(compte).given(OUVERT, MEDIATRICE, SiretEcarte(LEA, ICI, QUAND), renommee).when(ECARTER).then()
