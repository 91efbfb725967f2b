import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from events.testing import Scenario
from identity.domain import compte, rapprochement
from identity.domain.compte import Identite, Inscrit, Personne
from identity.domain.courriel import generique
from identity.domain.noms import compatibles
from identity.domain.rapprochement import (
    AnnulerRapprochement,
    AttesterRapprochement,
    ComptesRapproches,
    Issue,
    Obstacle,
    Origine,
    OuvrirRapprochement,
    RapprochementAnnule,
    RapprochementAtteste,
    RapprochementConfie,
    RapprochementEcarte,
    RapprochementOuvert,
    Rapprocher,
    Roles,
    confronter,
    identifiant,
)
from identity.domain.vocabulaire import CompteId, CoordinateurId, MediateurId, PreuveId

ELLE, AUTRE, SUPPORT, SECOND = (CompteId(UUID(int=n)) for n in range(1, 5))
PREUVE = PreuveId(UUID(int=9))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
RID = identifiant(ELLE, AUTRE)
OUVERT = RapprochementOuvert(RID, ELLE, AUTRE, Origine.DECLARATION, QUAND)
MEDIATRICE, AUTRE_MEDIATRICE = MediateurId(UUID(int=7)), MediateurId(UUID(int=8))
COORDINATRICE = CoordinateurId(UUID(int=6))
ISSUE = Issue(AUTRE, ELLE, siens=Roles(MEDIATRICE))
FAIT = ComptesRapproches(RID, AUTRE, ELLE, PREUVE, QUAND, MEDIATRICE)
CONFIE = RapprochementConfie(RID, Obstacle.NOMS, PREUVE, QUAND)
ECARTE = RapprochementEcarte(RID, ELLE, SUPPORT, "deux", QUAND)
ANNULE = RapprochementAnnule(RID, AUTRE, ELLE, SUPPORT, "erreur", QUAND)
RAPPROCHER = Rapprocher(PREUVE, ISSUE, QUAND)
ATTESTER = AttesterRapprochement(SUPPORT, "vue", ISSUE, deux=False, maintenant=QUAND)
ANNULER = AnnulerRapprochement(SUPPORT, "erreur", QUAND)
LEA = Personne("Léa", "Martin", "lea@ville.fr")
INSCRITE = Inscrit(AUTRE, LEA, frozenset({Identite("e", "s")}), "2026-01", MEDIATRICE)
NOUVELLE = compte.EnInscription(ELLE, replace(LEA, courriel="lea@ailleurs.fr"))


def test_deux_comptes_n_ont_qu_un_dossier_quel_que_soit_celui_qui_demande() -> None:
    assert identifiant(ELLE, AUTRE) == identifiant(AUTRE, ELLE)
    ouvrir = OuvrirRapprochement(ELLE, AUTRE, Origine.DECLARATION, QUAND)
    Scenario(rapprochement).when(ouvrir).then(OUVERT)
    for faits in ((OUVERT,), (OUVERT, FAIT), (OUVERT, ECARTE)):
        Scenario(rapprochement).given(*faits).when(ouvrir).then()


def test_e3_la_boite_prouvee_rapproche_une_fois() -> None:
    Scenario(rapprochement).given(OUVERT).when(RAPPROCHER).then(FAIT)
    Scenario(rapprochement).given(OUVERT, FAIT).when(RAPPROCHER).then()
    Scenario(rapprochement).when(RAPPROCHER).refused(rapprochement.RapprochementInconnu)


def test_e5_un_obstacle_confie_le_dossier_au_support_une_fois() -> None:
    commande = replace(RAPPROCHER, issue=replace(ISSUE, obstacle=Obstacle.NOMS))
    Scenario(rapprochement).given(OUVERT).when(commande).then(CONFIE)
    Scenario(rapprochement).given(OUVERT, CONFIE).when(commande).then()


@pytest.mark.parametrize("decide", [(ECARTE,), (FAIT, ANNULE)])
def test_un_code_ne_refait_pas_ce_que_le_support_a_defait(decide: tuple[rapprochement.Event, ...]) -> None:
    Scenario(rapprochement).given(OUVERT, *decide).when(RAPPROCHER).then(
        replace(CONFIE, obstacle=Obstacle.DEJA_DECIDE)
    )


def test_e3_un_rapprochement_se_defait_pendant_trente_jours() -> None:
    tard = QUAND + rapprochement.ANNULABLE
    annule = replace(ANNULE, annule_le=tard)
    Scenario(rapprochement).given(OUVERT, FAIT).when(replace(ANNULER, maintenant=tard)).then(annule)
    Scenario(rapprochement).given(OUVERT, FAIT, ANNULE).when(ANNULER).then()
    trop = replace(ANNULER, maintenant=tard + dt.timedelta(seconds=1))
    Scenario(rapprochement).given(OUVERT, FAIT).when(trop).refused(rapprochement.RapprochementDefinitif)
    Scenario(rapprochement).given(OUVERT).when(ANNULER).refused(rapprochement.RapprochementInconnu)


def test_e4_une_attestation_suffit_ou_deux_personnes() -> None:
    atteste = RapprochementAtteste(RID, ELLE, SUPPORT, "vue", QUAND)
    fait = replace(FAIT, preuve_id=None)
    Scenario(rapprochement).given(OUVERT, CONFIE).when(ATTESTER).then(atteste, fait)
    a_deux = replace(ATTESTER, deux=True)
    Scenario(rapprochement).given(OUVERT).when(a_deux).then(atteste)
    Scenario(rapprochement).given(OUVERT, atteste).when(a_deux).then()
    Scenario(rapprochement).given(OUVERT, atteste).when(replace(a_deux, par=SECOND)).then(
        replace(atteste, par=SECOND), fait
    )
    # Who attested before it took two administrators does not count as one.
    entre_admins = replace(a_deux, par=SECOND, comptent=frozenset())
    Scenario(rapprochement).given(OUVERT, atteste).when(entre_admins).then(replace(atteste, par=SECOND))
    for soi in (ELLE, AUTRE):
        Scenario(rapprochement).given(OUVERT).when(replace(ATTESTER, par=soi)).refused(
            rapprochement.AttestationDeSoi
        )


def test_le_compte_qui_a_un_role_reste() -> None:
    assert confronter(NOUVELLE, INSCRITE, partagee=False) == ISSUE
    assert confronter(INSCRITE, NOUVELLE, partagee=False) == ISSUE
    assert confronter(NOUVELLE, compte.Efface(), partagee=False) is None


def test_e3_de_deux_comptes_qui_servent_reste_le_mediateur_puis_celui_d_ou_l_on_demande() -> None:
    coordinatrice = replace(INSCRITE, compte_id=ELLE, mediateur_id=None, coordinateur_id=COORDINATRICE)
    for un, deux in ((coordinatrice, INSCRITE), (INSCRITE, coordinatrice)):
        issue = confronter(un, deux, partagee=False)
        assert issue == replace(ISSUE, apportes=Roles(None, COORDINATRICE))
    autre = replace(INSCRITE, compte_id=ELLE, mediateur_id=AUTRE_MEDIATRICE, coordinateur_id=COORDINATRICE)
    issue = confronter(INSCRITE, autre, partagee=False)
    apportes = Roles(AUTRE_MEDIATRICE, COORDINATRICE)
    assert issue == Issue(AUTRE, ELLE, siens=Roles(MEDIATRICE), apportes=apportes)
    assert confronter(autre, INSCRITE, partagee=False) == Issue(
        ELLE, AUTRE, siens=apportes, apportes=Roles(MEDIATRICE)
    )
    fait = replace(
        FAIT,
        coordinateur_id=COORDINATRICE,
        mediateur_renvoye=AUTRE_MEDIATRICE,
        coordinateur_renvoye=COORDINATRICE,
    )
    Scenario(rapprochement).given(OUVERT).when(replace(RAPPROCHER, issue=issue)).then(fait)


def test_e3_le_dernier_rapprochement_se_defait_d_abord() -> None:
    recouvert = replace(ANNULER, recouvert=True)
    Scenario(rapprochement).given(OUVERT, FAIT).when(recouvert).refused(rapprochement.RapprochementRecouvert)
    Scenario(rapprochement).given(OUVERT, FAIT, ANNULE).when(recouvert).then()


@pytest.mark.parametrize(
    ("partagee", "reserve", "prenom", "obstacle"),
    [
        (True, False, "Léa", Obstacle.BOITE_PARTAGEE),
        (False, True, "Léa", Obstacle.ACCES_RESERVE),
        (False, False, "Karim", Obstacle.NOMS),
    ],
)
def test_e6_ni_une_boite_partagee_ni_un_compte_qui_administre_ne_se_lient_par_un_code(
    partagee: bool, reserve: bool, prenom: str, obstacle: Obstacle
) -> None:
    elle = replace(NOUVELLE, personne=replace(NOUVELLE.personne, prenom=prenom))
    reserves = [INSCRITE.compte_id] if reserve else []
    assert confronter(elle, INSCRITE, partagee=partagee, reserves=reserves) == replace(
        ISSUE, obstacle=obstacle
    )


def test_e6_un_compte_qui_a_un_droit_ne_renvoie_jamais_a_un_autre() -> None:
    sans_role = replace(NOUVELLE, compte_id=ELLE)
    issue = confronter(INSCRITE, sans_role, partagee=False, reserves=[ELLE])
    assert issue is not None
    assert issue.obstacle is Obstacle.DEUX_ROLES
    prepare = replace(NOUVELLE, compte_id=AUTRE)
    garde = confronter(prepare, sans_role, partagee=False, reserves=[AUTRE])
    assert garde == Issue(AUTRE, ELLE, Obstacle.ACCES_RESERVE)


def test_e6_deux_comptes_qui_servent_dont_un_administre_ne_se_rapprochent_pas() -> None:
    autre = replace(INSCRITE, compte_id=ELLE)
    issue = confronter(autre, INSCRITE, partagee=False, reserves=[INSCRITE.compte_id])
    assert issue is not None
    assert issue.obstacle is Obstacle.DEUX_ROLES


def test_un_compte_suspendu_ne_reprend_pas_sous_un_autre() -> None:
    issue = confronter(NOUVELLE, INSCRITE, partagee=False, suspendu=True)
    assert issue == replace(ISSUE, obstacle=Obstacle.SUSPENDU)
    Scenario(rapprochement).given(OUVERT).when(replace(ATTESTER, issue=issue)).refused(
        rapprochement.RapprochementImpossible
    )


def test_un_compte_ne_se_rapproche_pas_de_lui_meme() -> None:
    seul = rapprochement.OuvrirRapprochement(ELLE, ELLE, OUVERT.origine, OUVERT.ouvert_le)
    Scenario(rapprochement).when(seul).refused(rapprochement.RapprochementImpossible)


def test_personne_n_ecarte_ni_ne_defait_ce_qui_est_a_soi() -> None:
    for soi in (ELLE, AUTRE):
        ecarter = rapprochement.EcarterRapprochement(soi, "moi", OUVERT.ouvert_le)
        Scenario(rapprochement).given(OUVERT).when(ecarter).refused(rapprochement.AttestationDeSoi)
        annuler = rapprochement.AnnulerRapprochement(soi, "moi", OUVERT.ouvert_le)
        fait = rapprochement.ComptesRapproches(OUVERT.rapprochement_id, AUTRE, ELLE, None, OUVERT.ouvert_le)
        Scenario(rapprochement).given(OUVERT, fait).when(annuler).refused(rapprochement.AttestationDeSoi)


@pytest.mark.parametrize(
    ("prenom", "nom", "oui"),
    [
        ("LEA", "MARTIN", True),
        ("Léa Rose", "Martin", True),
        ("Léa-Rose", "Martin-Durand", True),
        ("Léo", "Martin", False),
        ("Léa", "Durand", False),
        ("", "Martin", False),
        ("Léa", "-", False),
    ],
)
def test_des_noms_sont_compatibles_quand_l_un_contient_l_autre(prenom: str, nom: str, oui: bool) -> None:
    autre = replace(LEA, prenom=prenom, nom=nom)
    assert compatibles(LEA, autre) is oui
    assert compatibles(autre, LEA) is oui


@pytest.mark.parametrize(
    ("adresse", "oui"),
    [
        ("contact@ville.fr", True),
        ("mairie@ville.fr", True),
        ("accueil+lea@ville.fr", True),
        ("mediation.numerique2@ville.fr", True),
        ("lea.martin@contact.fr", False),
        ("contactez.lea@ville.fr", False),
    ],
)
def test_a7_une_boite_partagee_se_reconnait(adresse: str, oui: bool) -> None:
    assert generique(adresse) is oui
