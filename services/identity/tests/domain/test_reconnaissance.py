"""On est conseiller numérique à une date ; ce que la source tait n'ôte rien."""

import datetime as dt
import itertools
from dataclasses import replace
from uuid import UUID

import pytest
from events.decider import fold
from events.testing import Scenario
from hypothesis import given
from hypothesis import strategies as st
from identity.domain import reconnaissance
from identity.domain.reconnaissance import (
    ConseillerNumeriqueReconnu,
    ConseillerNumeriqueTermine,
    Contrat,
    CoordinateurDuDispositifReconnu,
    CoordinateurHorsDispositif,
    DemanderReconnaissance,
    DoublonSignale,
    EffacerReconnaissance,
    EmploisRepris,
    EtatDeReconnaissance,
    Fiche,
    FicheDuDispositifReprise,
    Periode,
    ReconnaissanceDemandee,
    ReprendreFiche,
    ReprendreSituation,
    SignalerDoublon,
    Suivie,
    emplois_a_clore,
    est_conseiller_numerique,
    situation_de,
)
from identity.domain.vocabulaire import CompteId, EmploiId

LEA, HUGO = CompteId(UUID(int=1)), CompteId(UUID(int=2))
QUAND = dt.datetime(2026, 9, 10, 8, tzinfo=dt.UTC)
AUJOURD_HUI = dt.date(2026, 9, 10)
UN_JOUR = dt.timedelta(days=1)
DEBUT = dt.date(2025, 3, 1)
CDI = Contrat(DEBUT)
FICHE = Fiche(7, None, conseiller=True, coordinateur=False, a_des_lieux=False, contrats=(CDI,))
RECONNU = ConseillerNumeriqueReconnu(LEA, DEBUT, QUAND)


def jour(texte: str) -> dt.date:
    return dt.date.fromisoformat(texte)


def reprendre(fiche: Fiche = FICHE, aujourd_hui: dt.date = AUJOURD_HUI) -> ReprendreSituation:
    return ReprendreSituation(LEA, fiche, None, aujourd_hui, QUAND)


def reconnu(effet: str) -> ConseillerNumeriqueReconnu:
    return ConseillerNumeriqueReconnu(LEA, jour(effet), QUAND)


def termine(fin: str) -> ConseillerNumeriqueTermine:
    return ConseillerNumeriqueTermine(LEA, jour(fin), QUAND)


def test_c1_un_conseiller_connu_de_la_source_l_est_depuis_son_contrat() -> None:
    Scenario(reconnaissance).when(reprendre()).then(RECONNU)
    Scenario(reconnaissance).given(RECONNU).when(reprendre()).then()


def test_c2_conseiller_et_coordinateur_est_coordinateur_du_dispositif() -> None:
    fiche = replace(FICHE, coordinateur=True)
    du_dispositif = CoordinateurDuDispositifReconnu(LEA, QUAND)
    Scenario(reconnaissance).when(reprendre(fiche)).then(RECONNU, du_dispositif)
    Scenario(reconnaissance).given(RECONNU, du_dispositif).when(reprendre(fiche)).then()
    seul = replace(FICHE, coordinateur=True, conseiller=False)
    Scenario(reconnaissance).when(reprendre(seul)).then()


def test_c3_qui_n_est_pas_conseiller_a_la_source_ne_le_devient_pas() -> None:
    Scenario(reconnaissance).when(reprendre(replace(FICHE, conseiller=False))).then()


def test_c4_se_dire_conseiller_demande_la_reconnaissance_une_fois() -> None:
    demander, demandee = DemanderReconnaissance(LEA, QUAND), ReconnaissanceDemandee(LEA, QUAND)
    Scenario(reconnaissance).when(demander).then(demandee)
    Scenario(reconnaissance).given(demandee).when(demander).then()
    Scenario(reconnaissance).given(RECONNU).when(demander).then()
    assert situation_de(fold(reconnaissance, [demandee])) is EtatDeReconnaissance.DEMANDEE


def test_c5_reconnu_plus_tard_l_effet_est_au_debut_du_contrat() -> None:
    demandee = ReconnaissanceDemandee(LEA, QUAND)
    Scenario(reconnaissance).given(demandee).when(reprendre()).then(RECONNU)
    etat = fold(reconnaissance, [demandee, RECONNU])
    assert situation_de(etat) is EtatDeReconnaissance.RECONNUE
    assert isinstance(etat, Suivie)
    assert est_conseiller_numerique(etat.periodes, DEBUT)
    assert not est_conseiller_numerique(etat.periodes, DEBUT - UN_JOUR)


def test_c7_un_doublon_se_signale_une_fois_et_se_repare() -> None:
    signaler, signale = SignalerDoublon(LEA, HUGO, QUAND), DoublonSignale(LEA, HUGO, QUAND)
    Scenario(reconnaissance).when(signaler).then(signale)
    Scenario(reconnaissance).given(signale).when(signaler).then()
    assert situation_de(fold(reconnaissance, [signale])) is EtatDeReconnaissance.DOUBLON
    reprise = FicheDuDispositifReprise(LEA, 7, None, a_des_lieux=False, reprise_le=QUAND)
    Scenario(reconnaissance).given(signale).when(ReprendreFiche(LEA, FICHE, QUAND)).then(reprise)
    assert situation_de(fold(reconnaissance, [signale, reprise])) is EtatDeReconnaissance.AUCUNE
    Scenario(reconnaissance).given(reprise).when(ReprendreFiche(LEA, FICHE, QUAND)).then()


@pytest.mark.parametrize(
    ("contrat", "fin"),
    [
        (Contrat(DEBUT, jour("2026-12-31"), jour("2026-06-30")), "2026-06-30"),
        (Contrat(DEBUT, jour("2026-08-31")), "2026-08-31"),
        (Contrat(DEBUT), "2026-09-10"),
        (Contrat(DEBUT, jour("2027-02-28")), "2026-09-10"),
    ],
)
def test_c9_n_etre_plus_conseiller_clot_la_periode_au_jour_dit(contrat: Contrat, fin: str) -> None:
    fiche = replace(FICHE, conseiller=False, contrats=(contrat,))
    Scenario(reconnaissance).given(RECONNU).when(reprendre(fiche)).then(termine(fin))
    Scenario(reconnaissance).given(RECONNU, termine(fin)).when(reprendre(fiche)).then()
    etat = fold(reconnaissance, [RECONNU, termine(fin)])
    assert isinstance(etat, Suivie)
    assert est_conseiller_numerique(etat.periodes, jour(fin))
    assert not est_conseiller_numerique(etat.periodes, jour(fin) + UN_JOUR)


def test_c9_une_date_de_fin_seule_ne_clot_rien_tant_que_la_source_dit_conseiller() -> None:
    depasse = replace(FICHE, contrats=(Contrat(DEBUT, jour("2026-08-31")),))
    Scenario(reconnaissance).given(RECONNU).when(reprendre(depasse)).then()


def test_c10_un_nouveau_contrat_ailleurs_fait_deux_periodes() -> None:
    ancien = Contrat(DEBUT, None, jour("2026-05-31"))
    fiche = replace(FICHE, contrats=(Contrat(jour("2026-09-01")), ancien))
    # The source was never seen between the two contracts: both are told, with the days between.
    Scenario(reconnaissance).given(RECONNU).when(reprendre(fiche)).then(
        termine("2026-05-31"), reconnu("2026-09-01")
    )
    Scenario(reconnaissance).given(RECONNU, termine("2026-05-31")).when(reprendre(fiche)).then(
        reconnu("2026-09-01")
    )
    Scenario(reconnaissance).when(reprendre(fiche)).then(
        RECONNU, termine("2026-05-31"), reconnu("2026-09-01")
    )


def test_c10_aucun_trou_n_est_invente() -> None:
    prolonge = replace(FICHE, contrats=(Contrat(DEBUT, jour("2027-02-28")),))
    perdu = termine("2026-08-31")
    Scenario(reconnaissance).given(RECONNU, perdu).when(reprendre(prolonge)).then(reconnu("2026-09-01"))
    suivants = replace(FICHE, contrats=(Contrat(DEBUT, jour("2026-02-28")), Contrat(jour("2026-03-01"))))
    Scenario(reconnaissance).given(RECONNU).when(reprendre(suivants)).then()
    # The source forgets the first contract: what was recognised stays.
    oublie = replace(FICHE, contrats=(Contrat(jour("2026-03-01")),))
    Scenario(reconnaissance).given(RECONNU).when(reprendre(oublie)).then()
    sans_contrat = replace(FICHE, contrats=())
    Scenario(reconnaissance).given(RECONNU).when(reprendre(sans_contrat)).then()


def test_un_premier_jour_plus_ancien_corrige_la_periode_en_cours() -> None:
    plus_tot = replace(FICHE, contrats=(Contrat(jour("2025-02-01")),))
    Scenario(reconnaissance).given(RECONNU).when(reprendre(plus_tot)).then(reconnu("2025-02-01"))
    etat = fold(reconnaissance, [RECONNU, reconnu("2025-02-01")])
    assert isinstance(etat, Suivie)
    assert etat.periodes == (Periode(jour("2025-02-01")),)


def test_perdu_et_retrouve_le_meme_jour_ne_laisse_pas_de_periode_vide() -> None:
    faits: list[reconnaissance.Event] = [RECONNU]
    for conseiller in (False, True, False):
        fiche = replace(FICHE, conseiller=conseiller)
        faits += reconnaissance.decide(reprendre(fiche), fold(reconnaissance, faits))
    etat = fold(reconnaissance, faits)
    assert isinstance(etat, Suivie)
    assert etat.periodes == (Periode(DEBUT, AUJOURD_HUI),)


def test_c11_un_coordinateur_dont_la_source_ne_dit_plus_rien_est_hors_dispositif() -> None:
    du_dispositif = CoordinateurDuDispositifReconnu(LEA, QUAND)
    hors = CoordinateurHorsDispositif(LEA, QUAND)
    Scenario(reconnaissance).given(RECONNU, du_dispositif).when(reprendre()).then(hors)
    Scenario(reconnaissance).given(RECONNU, du_dispositif, hors).when(reprendre()).then()


def test_les_emplois_repris_se_retiennent_et_ceux_qui_manquent_se_closent() -> None:
    un, deux = EmploiId(UUID(int=10)), EmploiId(UUID(int=11))
    repris = EmploisRepris(LEA, (un, deux), QUAND)
    Scenario(reconnaissance).given(RECONNU).when(replace(reprendre(), emplois=(un, deux))).then(repris)
    Scenario(reconnaissance).given(RECONNU, repris).when(replace(reprendre(), emplois=(un, deux))).then()
    etat = fold(reconnaissance, [RECONNU, repris])
    assert emplois_a_clore(etat, [deux]) == [un]
    # Nothing readable: what is there stays.
    Scenario(reconnaissance).given(RECONNU, repris).when(reprendre()).then()


def test_une_personne_effacee_n_a_plus_de_reconnaissance() -> None:
    effacee = reconnaissance.ReconnaissanceEffacee(LEA, QUAND)
    Scenario(reconnaissance).given(RECONNU).when(EffacerReconnaissance(LEA, QUAND)).then(effacee)
    Scenario(reconnaissance).when(EffacerReconnaissance(LEA, QUAND)).then()
    for command in (reprendre(), DemanderReconnaissance(LEA, QUAND), EffacerReconnaissance(LEA, QUAND)):
        Scenario(reconnaissance).given(RECONNU, effacee).when(command).then()


_JOURS = st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31))


def _contrat(debut: dt.date, fin: dt.date | None, rupture: dt.date | None) -> Contrat:
    """What cannot be is left out, as when it is read."""
    return Contrat(
        debut, fin if fin and fin >= debut else None, rupture if rupture and rupture >= debut else None
    )


_CONTRATS = st.builds(_contrat, _JOURS, st.none() | _JOURS, st.none() | _JOURS)
_FICHES = st.builds(
    Fiche,
    st.just(7),
    st.none(),
    st.booleans(),
    st.booleans(),
    st.just(value=False),
    st.lists(_CONTRATS, max_size=4).map(tuple),
)


@given(st.lists(st.tuples(_FICHES, _JOURS), max_size=6))
def test_quoi_que_dise_la_source_les_periodes_se_suivent_et_le_drapeau_decide(
    reponses: list[tuple[Fiche, dt.date]],
) -> None:
    etat = reconnaissance.initial
    for fiche, aujourd_hui in sorted(reponses, key=lambda r: r[1]):
        command = reprendre(fiche, aujourd_hui)
        for fait in reconnaissance.decide(command, etat):
            etat = reconnaissance.evolve(etat, fait)
        assert list(reconnaissance.decide(command, etat)) == []
        periodes = etat.periodes if isinstance(etat, Suivie) else ()
        assert all(p.fin is None or p.debut <= p.fin for p in periodes)
        assert all(a.fin and a.fin < b.debut for a, b in itertools.pairwise(periodes))
        en_cours = isinstance(etat, Suivie) and etat.en_cours is not None
        assert en_cours is fiche.conseiller
