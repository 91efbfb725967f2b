"""Passer la main (D7, D9), et l'équipe que plus personne ne coordonne (D8)."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from equipes.domain import equipe
from equipes.domain.equipe_etat import Existante, coordinateurs
from equipes.domain.equipe_faits import (
    CoordinateurEfface,
    DepartAnnonce,
    DepartAnnule,
    EquipeCreee,
    EquipeReclamee,
    Event,
    MandatFini,
    MandatOuvert,
    NomEfface,
    PassationAcceptee,
    PassationDeclinee,
    ReclamationEcartee,
    SuccesseurDesigne,
    VoixDonnee,
)
from equipes.domain.passation import (
    AnnoncerDepart,
    AnnulerDepart,
    ConstaterDepart,
    DateDeDepartRefusee,
    DejaCoordinateur,
    Designe,
    DesignerSuccesseur,
    EffacerCoordinateur,
    EncoreCoordonnee,
    MandatInconnu,
    PassationInconnue,
    QuitterMandat,
    RaisonDePassationAbsente,
    RepondrePassation,
    SansRoleDeCoordinateur,
    SuccesseurAbsent,
    SuccesseurInconnu,
    SuccesseurSansRole,
    TropDePropositions,
)
from equipes.domain.reclamation import AucuneReclamation, DejaReclamee, DonnerVoix, ReclamerEquipe
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId
from events.decider import fold
from events.testing import Scenario
from events.types import ERASED

EQUIPE = EquipeId(UUID(int=1))
SONIA, SONIA_COMPTE = CoordinateurId(UUID(int=2)), CompteId(UUID(int=3))
MAX, MAX_COMPTE = CoordinateurId(UUID(int=4)), CompteId(UUID(int=5))
ZOE, ZOE_COMPTE = CoordinateurId(UUID(int=6)), CompteId(UUID(int=7))
SUPPORT = CompteId(UUID(int=8))
MEMBRES = frozenset(CompteId(UUID(int=n)) for n in (10, 11, 12))
LEA, NOE, EVE = sorted(MEMBRES)
LUNDI = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MARDI = LUNDI + dt.timedelta(days=1)
DEPART = dt.datetime(2026, 3, 31, 22, tzinfo=dt.UTC)
AVRIL = dt.date(2026, 4, 1)
APRES = DEPART + dt.timedelta(hours=1)

creee = EquipeCreee(EQUIPE, "Drôme", SONIA, SONIA_COMPTE, LUNDI)
annonce = DepartAnnonce(EQUIPE, SONIA, SONIA_COMPTE, SONIA_COMPTE, None, DEPART, MARDI)
designe = SuccesseurDesigne(EQUIPE, MAX_COMPTE, MAX, SONIA_COMPTE, DEPART, MARDI)
designe_hors = replace(designe, coordinateur_id=None)
acceptee = PassationAcceptee(EQUIPE, MAX_COMPTE, MAX, MARDI)
declinee = PassationDeclinee(EQUIPE, MAX_COMPTE, MARDI)
fini = MandatFini(EQUIPE, SONIA, SONIA_COMPTE, LUNDI, DEPART)
ouvert = MandatOuvert(EQUIPE, "Drôme", MAX, MAX_COMPTE, DEPART)
SEULE: list[Event] = [creee, annonce, fini]

DU_DISPOSITIF = Designe(MAX_COMPTE, connu=True, coordinateur_id=MAX, dans_le_dispositif=True)
HORS = replace(DU_DISPOSITIF, dans_le_dispositif=False)
A_INSCRIRE = Designe(MAX_COMPTE, connu=True)

partir = AnnoncerDepart(EQUIPE, SONIA, SONIA_COMPTE, DU_DISPOSITIF, AVRIL, DEPART, MARDI.date(), MARDI)
constater = ConstaterDepart(EQUIPE, APRES)
accepter = RepondrePassation(EQUIPE, MAX_COMPTE, MAX, accepte=True, maintenant=MARDI)
reclamer = ReclamerEquipe(EQUIPE, ZOE, ZOE_COMPTE, APRES)
reclamee = EquipeReclamee(EQUIPE, ZOE, ZOE_COMPTE, APRES)
ouvert_a_zoe = MandatOuvert(EQUIPE, "Drôme", ZOE, ZOE_COMPTE, APRES)


def voix(qui: CompteId, *, pour: bool = True) -> DonnerVoix:
    return DonnerVoix(EQUIPE, qui, pour, MEMBRES, APRES)


def dite(qui: CompteId, *, pour: bool = True) -> VoixDonnee:
    return VoixDonnee(EQUIPE, qui, pour, APRES)


def scenario(*faits: Event) -> Scenario[equipe.Command, equipe.State, Event]:
    return Scenario(equipe).given(*faits)


# --- D7 ---
def test_d7_un_depart_s_annonce_avec_son_successeur_et_arrive_a_sa_date() -> None:
    scenario(creee).when(partir).then(annonce, designe)
    scenario(creee, annonce, designe).when(partir).then()
    trop_tot = replace(constater, maintenant=DEPART - dt.timedelta(microseconds=1))
    scenario(creee, annonce, designe).when(trop_tot).then()
    scenario(creee, annonce, designe).when(constater).then(fini, ouvert)
    scenario(creee, annonce, designe, fini, ouvert).when(constater).then()


def test_d7_a_l_instant_dit_l_ancien_ne_coordonne_plus_meme_si_rien_ne_l_a_encore_ecrit() -> None:
    etat = fold(equipe, [creee, annonce, designe])
    avant = equipe.a_l_instant(EQUIPE, etat, DEPART - dt.timedelta(microseconds=1))
    assert coordinateurs(avant) == {SONIA}
    assert coordinateurs(equipe.a_l_instant(EQUIPE, etat, DEPART)) == {MAX}
    assert coordinateurs(equipe.a_l_instant(EQUIPE, equipe.initial, DEPART)) == frozenset()
    # Whatever they still try is decided after their departure, which is written first.
    encore = replace(partir, maintenant=APRES, aujourd_hui=AVRIL, effet=AVRIL, effet_le=APRES)
    scenario(creee, annonce, designe).when(encore).refused(MandatInconnu)
    scenario(creee, annonce, designe).when(AnnulerDepart(EQUIPE, SONIA_COMPTE, APRES)).then(fini, ouvert)


def test_d7_partir_aujourd_hui_passe_la_main_aussitot() -> None:
    tout_de_suite = replace(partir, effet=MARDI.date(), effet_le=MARDI)
    scenario(creee).when(tout_de_suite).then(
        replace(annonce, effet_le=MARDI),
        replace(designe, effet_le=MARDI),
        replace(fini, fini_le=MARDI),
        replace(ouvert, depuis=MARDI),
    )


def test_d7_un_depart_s_annule_avant_sa_date_et_se_redit() -> None:
    annuler = AnnulerDepart(EQUIPE, SONIA_COMPTE, MARDI)
    annule = DepartAnnule(EQUIPE, SONIA, SONIA_COMPTE, MARDI)
    scenario(creee, annonce, designe).when(annuler).then(annule)
    scenario(creee, annonce, designe, annule).when(annuler).then()
    scenario(creee, annonce, designe, annule).when(constater).then()
    plus_tard = replace(partir, effet=dt.date(2026, 5, 1), effet_le=DEPART + dt.timedelta(days=30))
    redit = [replace(f, effet_le=plus_tard.effet_le) for f in (annonce, designe)]
    scenario(creee, annonce, designe).when(plus_tard).then(*redit)
    scenario(creee, annonce, designe, *redit).when(constater).then()


@pytest.mark.parametrize("effet", [dt.date(2026, 3, 2), dt.date(2027, 3, 4)])
def test_un_depart_est_dans_les_douze_mois(effet: dt.date) -> None:
    scenario(creee).when(replace(partir, effet=effet)).refused(DateDeDepartRefusee)
    scenario(creee).when(replace(partir, effet=dt.date(2027, 3, 3))).then(annonce, designe)


def test_seul_qui_coordonne_part() -> None:
    scenario(creee).when(replace(partir, coordinateur_id=ZOE)).refused(MandatInconnu)
    scenario().when(partir).refused(equipe.EquipeInconnue)


def test_d7_le_support_l_annonce_pour_un_autre_en_disant_pourquoi() -> None:
    pour_elle = replace(partir, par=SUPPORT)
    scenario(creee).when(pour_elle).refused(RaisonDePassationAbsente)
    raison = "Partie sans prévenir."
    scenario(creee).when(replace(pour_elle, raison=raison)).then(
        replace(annonce, par=SUPPORT, raison=raison), replace(designe, par=SUPPORT)
    )


def test_ce_qui_manque_a_une_passation_se_dit_ensemble() -> None:
    inconnu = replace(partir, par=SUPPORT, effet=dt.date(2020, 1, 1), successeur=Designe(MAX_COMPTE, False))
    fautes = (
        scenario(creee)
        .when(inconnu)
        .refused(DateDeDepartRefusee, SuccesseurInconnu, RaisonDePassationAbsente)
    )
    assert [faute.field for faute in fautes] == ["/effet", "/successeur", "/raison"]


def test_on_ne_designe_ni_un_mediateur_seul_ni_qui_coordonne_deja() -> None:
    seul = Designe(MAX_COMPTE, connu=True, mediateur_seul=True)
    scenario(creee).when(replace(partir, successeur=seul)).refused(SuccesseurSansRole)
    elle = replace(DU_DISPOSITIF, compte_id=SONIA_COMPTE, coordinateur_id=SONIA)
    scenario(creee).when(replace(partir, successeur=elle)).refused(DejaCoordinateur)


def test_une_equipe_ne_se_propose_ni_ne_se_reclame_sans_fin() -> None:
    dix: list[Event] = [replace(designe, designe_le=MARDI + dt.timedelta(minutes=n)) for n in range(10)]
    encore = replace(partir, maintenant=MARDI + dt.timedelta(hours=1), effet_le=APRES)
    scenario(creee, annonce, *dix).when(encore).refused(TropDePropositions)
    # Nobody is written to when nobody is to come; the next day is another.
    scenario(creee, annonce, *dix).when(replace(encore, successeur=None)).then(
        replace(annonce, effet_le=APRES, annonce_le=encore.maintenant)
    )
    demain = replace(encore, maintenant=MARDI + dt.timedelta(days=1, hours=1))
    assert len(scenario(creee, annonce, *dix).when(demain).decided()) == 2
    refusees: list[Event] = [reclamee, ReclamationEcartee(EQUIPE, ZOE, APRES)] * 10
    scenario(*SEULE, *refusees).when(reclamer).refused(TropDePropositions)


# --- D9 ---
@pytest.mark.parametrize("qui", [HORS, A_INSCRIRE], ids=["hors dispositif", "pas inscrit"])
def test_d9_rien_ne_passe_sans_l_accord_d_un_successeur_hors_dispositif_ou_a_inscrire(qui: Designe) -> None:
    scenario(creee).when(replace(partir, successeur=qui)).then(annonce, designe_hors)
    attente: list[Event] = [creee, annonce, designe_hors]
    # The date comes first: the team waits for the answer, without anybody.
    scenario(*attente).when(constater).then(fini)
    assert coordinateurs(fold(equipe, [*attente, fini])) == frozenset()
    tard = replace(accepter, maintenant=APRES)
    scenario(*attente, fini).when(tard).then(
        replace(acceptee, acceptee_le=APRES), replace(ouvert, depuis=APRES)
    )
    # The agreement comes first: the date does the rest.
    scenario(*attente).when(accepter).then(acceptee)
    scenario(*attente, acceptee).when(accepter).then()
    scenario(*attente, acceptee).when(constater).then(fini, ouvert)


def test_d9_un_accord_donne_vaut_encore_quand_la_date_change() -> None:
    plus_tard = replace(partir, successeur=HORS, effet_le=APRES)
    scenario(creee, annonce, designe_hors, acceptee).when(plus_tard).then(
        replace(annonce, effet_le=APRES), replace(designe, effet_le=APRES)
    )


def test_d9_seule_la_personne_designee_repond_et_il_lui_faut_le_role() -> None:
    attente = scenario(creee, annonce, designe_hors)
    attente.when(replace(accepter, par=ZOE_COMPTE)).refused(PassationInconnue)
    attente.when(replace(accepter, coordinateur_id=None)).refused(SansRoleDeCoordinateur)
    attente.when(replace(accepter, accepte=False)).then(declinee)
    scenario(creee, annonce, designe_hors, declinee).when(accepter).refused(PassationInconnue)
    scenario(creee, annonce, designe_hors, declinee).when(constater).then(fini)
    scenario(creee, annonce, designe, fini, ouvert).when(replace(accepter, maintenant=APRES)).then()


def test_d9_qui_est_du_dispositif_peut_decliner_avant_la_date() -> None:
    scenario(creee, annonce, designe).when(replace(accepter, accepte=False)).then(declinee)
    scenario(creee, annonce, designe, declinee).when(constater).then(fini)


# --- D8 ---
def test_d8_partir_sans_successeur_laisse_l_equipe_a_reclamer() -> None:
    scenario(creee).when(replace(partir, successeur=None)).then(annonce)
    scenario(creee, annonce).when(constater).then(fini)
    scenario(*SEULE).when(reclamer).then(reclamee)
    scenario(*SEULE, reclamee).when(reclamer).then()
    autre = ReclamerEquipe(EQUIPE, MAX, MAX_COMPTE, APRES)
    scenario(*SEULE, reclamee).when(autre).refused(DejaReclamee)
    scenario(creee).when(reclamer).refused(EncoreCoordonnee)
    scenario(*SEULE, reclamee, dite(LEA), dite(NOE), ouvert_a_zoe).when(reclamer).then()


def test_d8_deux_comptes_d_une_meme_personne_n_ont_qu_une_voix() -> None:
    sert = {NOE: LEA, LEA: LEA, EVE: EVE}
    une = DonnerVoix(EQUIPE, NOE, True, frozenset({LEA, EVE}), APRES, sert)
    scenario(*SEULE, reclamee, dite(LEA)).when(une).then(dite(NOE))
    scenario(*SEULE, reclamee, dite(LEA)).when(replace(une, par=EVE)).then(dite(EVE), ouvert_a_zoe)


def test_d8_plus_de_la_moitie_des_membres_la_donne() -> None:
    scenario(*SEULE).when(voix(LEA)).refused(AucuneReclamation)
    scenario(*SEULE, reclamee).when(voix(LEA)).then(dite(LEA))
    scenario(*SEULE, reclamee, dite(LEA)).when(voix(LEA)).then()
    scenario(*SEULE, reclamee, dite(LEA)).when(voix(NOE)).then(dite(NOE), ouvert_a_zoe)
    # Said again once somebody has left, it is enough.
    redite = replace(voix(LEA), membres=frozenset({LEA}))
    scenario(*SEULE, reclamee, dite(LEA)).when(redite).then(ouvert_a_zoe)
    # Who has left since does not count, nor weighs.
    partie = replace(voix(NOE), membres=frozenset({NOE, EVE}))
    scenario(*SEULE, reclamee, dite(LEA)).when(partie).then(dite(NOE))


def test_d8_la_moitie_suffit_a_l_ecarter_et_chacun_change_d_avis() -> None:
    non = voix(NOE, pour=False)
    ecartee = ReclamationEcartee(EQUIPE, ZOE, APRES)
    scenario(*SEULE, reclamee, dite(LEA, pour=False)).when(non).then(dite(NOE, pour=False), ecartee)
    scenario(*SEULE, reclamee, dite(LEA), dite(LEA, pour=False)).when(non).then(
        dite(NOE, pour=False), ecartee
    )
    scenario(*SEULE, reclamee, dite(LEA, pour=False), dite(LEA)).when(voix(NOE)).then(dite(NOE), ouvert_a_zoe)


def test_d8_le_support_donne_un_coordinateur() -> None:
    donner = DesignerSuccesseur(EQUIPE, SUPPORT, DU_DISPOSITIF, APRES, "Département sans personne.")
    donne = replace(designe, par=SUPPORT, effet_le=APRES, designe_le=APRES, raison=donner.raison)
    scenario(*SEULE).when(donner).then(donne, replace(ouvert, depuis=APRES))
    propose = replace(donne, coordinateur_id=None)
    scenario(*SEULE).when(replace(donner, successeur=HORS)).then(propose)
    scenario(*SEULE, propose).when(replace(donner, successeur=HORS)).then()
    scenario(creee).when(donner).refused(EncoreCoordonnee)
    scenario(*SEULE).when(replace(donner, successeur=None)).refused(SuccesseurAbsent)
    scenario(*SEULE).when(replace(donner, raison="")).refused(RaisonDePassationAbsente)


# --- Accounts that close, and are erased ---
def test_fermer_son_compte_finit_le_mandat_et_passe_la_main_si_c_est_convenu() -> None:
    quitter = QuitterMandat(EQUIPE, SONIA_COMPTE, MARDI)
    parti = replace(fini, fini_le=MARDI)
    scenario(creee).when(quitter).then(parti)
    scenario(creee, parti).when(quitter).then()
    scenario(creee, annonce, designe).when(quitter).then(parti, replace(ouvert, depuis=MARDI))
    scenario(creee, annonce, designe).when(replace(quitter, compte_id=MAX_COMPTE)).then(declinee)
    ecartee = ReclamationEcartee(EQUIPE, ZOE, MARDI)
    scenario(*SEULE, reclamee).when(replace(quitter, compte_id=ZOE_COMPTE)).then(ecartee)


def test_le_nom_de_l_equipe_suit_qui_la_coordonne() -> None:
    """Sealed under their key: whoever left takes nothing of it with them, whoever is erased does."""
    effacer = EffacerCoordinateur(EQUIPE, SONIA_COMPTE, APRES)
    efface = CoordinateurEfface(EQUIPE, SONIA, SONIA_COMPTE, LUNDI, APRES)
    scenario(creee).when(effacer).then(efface)
    scenario(creee, annonce, designe, fini, ouvert).when(effacer).then()
    # She left, nobody came after her: the name was still hers.
    scenario(*SEULE).when(effacer).then(NomEfface(EQUIPE, SONIA_COMPTE, APRES))
    for faits in ([creee, efface], [*SEULE, NomEfface(EQUIPE, SONIA_COMPTE, APRES)]):
        etat = fold(equipe, faits)
        assert isinstance(etat, Existante)
        assert (etat.nom, etat.mandats) == (ERASED, ())
        scenario(*faits).when(effacer).then()
