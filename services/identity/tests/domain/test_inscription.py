"""Les étapes d'une inscription : dans leur ordre, reprises, jamais sautées."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from events.decider import Refusal, fold
from events.testing import Scenario
from identity.domain import inscription
from identity.domain.emploi import DeclarerEmploi, FinAvantDebut
from identity.domain.inscription import (
    ChoisirLieux,
    ChoisirProfil,
    Command,
    ConfirmerEmployeur,
    ConfirmerInformations,
    EmployeurConfirme,
    EmployeurVerifie,
    EnCours,
    Event,
    InformationsConfirmees,
    InscriptionValidee,
    LieuxChoisis,
    NoterRappel,
    ProfilChoisi,
    RappelEnvoye,
    ValiderInscription,
    VerifierEmployeur,
)
from identity.domain.siret import SiretInvalide, SiretMalForme, structure_de
from identity.domain.vocabulaire import (
    CompteId,
    EmploiId,
    Etape,
    LieuId,
    Profil,
    Rappel,
    Role,
    Situation,
    SourceDuFait,
    Verification,
)

LEA = CompteId(UUID(int=1))
EMPLOI = EmploiId(UUID(int=10))
LIEU, AUTRE_LIEU = LieuId(UUID(int=20)), LieuId(UUID(int=21))
SIRET = "13002603200016"
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
PLUS_TARD = QUAND + dt.timedelta(minutes=5)
DEBUT = dt.date(2026, 1, 5)

PROFIL = ProfilChoisi(LEA, Profil.MEDIATEUR, "2026-01", QUAND)
INFORMATIONS = InformationsConfirmees(LEA, "Médiatrice numérique", QUAND)
EMPLOYEUR = EmployeurConfirme(
    *(
        LEA,
        EMPLOI,
        structure_de(SIRET),
        SIRET,
        "Ville d’Exemple",
        "1 place de la Mairie",
        "39300",
        DEBUT,
        None,
    ),
    Verification.OUVERT,
    QUAND,
)
LIEUX = LieuxChoisis(LEA, (LIEU,), QUAND)
VALIDEE = InscriptionValidee(LEA, Profil.MEDIATEUR, QUAND)
TOUT = (PROFIL, INFORMATIONS, EMPLOYEUR, LIEUX)
COORDINATION = replace(PROFIL, profil=Profil.COORDINATEUR_HORS_DISPOSITIF)

CHOISIR = ChoisirProfil(LEA, Profil.MEDIATEUR, "2026-01", QUAND)
CONFIRMER = ConfirmerInformations(LEA, "Médiatrice numérique", QUAND)
EMPLOYER = ConfirmerEmployeur(
    DeclarerEmploi(EMPLOI, LEA, "130 026 032 00016", "Ville d’Exemple", DEBUT, None, QUAND, "39300"),
    "1 place de la Mairie",
    Verification.OUVERT,
)
EXERCER = ChoisirLieux(LEA, (LIEU,), frozenset({LIEU, AUTRE_LIEU}), QUAND)
VALIDER = ValiderInscription(LEA, "2026-01", QUAND)


def employer(**champs: object) -> ConfirmerEmployeur:
    return replace(EMPLOYER, emploi=replace(EMPLOYER.emploi, **champs))  # pyright: ignore[reportArgumentType]


def en_cours(*events: Event) -> EnCours:
    state = fold(inscription, events)
    assert isinstance(state, EnCours)
    return state


def test_les_cinq_etapes_d_une_mediatrice_se_suivent() -> None:
    commandes: list[Command] = [CHOISIR, CONFIRMER, EMPLOYER, EXERCER]
    faits: list[Event] = []
    suivies: list[Etape] = []
    for commande, attendu in zip(commandes, TOUT, strict=True):
        suivies.append(inscription.etape_courante(en_cours(*faits)))
        Scenario(inscription).given(*faits).when(commande).then(attendu)
        faits.append(attendu)
    suivies.append(inscription.etape_courante(en_cours(*faits)))
    assert suivies == list(inscription.etapes(en_cours(*faits))) == list(Etape)
    Scenario(inscription).given(*TOUT).when(VALIDER).then(VALIDEE)


@pytest.mark.parametrize(
    ("faits", "commande", "manque"),
    [
        ((), CONFIRMER, inscription.ProfilManquant),
        ((), EMPLOYER, inscription.ProfilManquant),
        ((PROFIL,), EMPLOYER, inscription.InformationsManquantes),
        ((PROFIL,), EXERCER, inscription.InformationsManquantes),
        ((PROFIL, INFORMATIONS), EXERCER, inscription.EmployeurManquant),
        ((COORDINATION, EMPLOYEUR), EXERCER, inscription.EtapeHorsParcours),
        ((COORDINATION,), CONFIRMER, inscription.EmployeurManquant),
    ],
)
def test_a9_une_etape_sautee_est_refusee_et_celle_qui_manque_est_nommee(
    faits: tuple[Event, ...], commande: Command, manque: type[Refusal]
) -> None:
    Scenario(inscription).given(*faits).when(commande).refused(manque)


@pytest.mark.parametrize(
    ("faits", "manques"),
    [
        (
            (),
            (
                inscription.ProfilManquant,
                inscription.InformationsManquantes,
                inscription.EmployeurManquant,
                inscription.LieuxManquants,
            ),
        ),
        ((PROFIL, INFORMATIONS, EMPLOYEUR), (inscription.LieuxManquants,)),
        ((PROFIL, INFORMATIONS, LIEUX), (inscription.EmployeurManquant,)),
        ((COORDINATION,), (inscription.EmployeurManquant,)),
    ],
)
def test_a9_valider_dit_tout_ce_qui_manque(
    faits: tuple[Event, ...], manques: tuple[type[Refusal], ...]
) -> None:
    Scenario(inscription).given(*faits).when(VALIDER).refused(*manques)


def test_a9_sans_les_conditions_generales_rien_ne_se_valide() -> None:
    sans = replace(VALIDER, cgu=None)
    [refus] = Scenario(inscription).given(*TOUT).when(sans).refused(inscription.CguAAccepter)
    assert refus.field == "/cgu_acceptees"


def test_un_coordinateur_valide_sans_lieu() -> None:
    validee = replace(VALIDEE, profil=Profil.COORDINATEUR_HORS_DISPOSITIF)
    Scenario(inscription).given(COORDINATION, EMPLOYEUR).when(VALIDER).then(validee)
    assert inscription.etapes(en_cours(COORDINATION)) == (Etape.PROFIL, Etape.EMPLOYEUR, Etape.RECAPITULATIF)


@pytest.mark.parametrize(
    ("profil", "role"),
    [
        (Profil.MEDIATEUR, Role.MEDIATEUR),
        (Profil.CONSEILLER_NUMERIQUE, Role.MEDIATEUR),
        (Profil.COORDINATEUR_DISPOSITIF, Role.COORDINATEUR),
        (Profil.COORDINATEUR_HORS_DISPOSITIF, Role.COORDINATEUR),
    ],
)
def test_chaque_profil_donne_un_role(profil: Profil, role: Role) -> None:
    assert profil.role is role


def test_une_fois_inscrite_elle_change_de_lieux_et_peut_n_en_avoir_aucun() -> None:
    autre = LieuId(UUID(int=77))
    changer = inscription.ChangerLieux(LEA, (autre,), frozenset({autre}), QUAND)
    inscrite = Scenario(inscription).given(*TOUT, VALIDEE)
    inscrite.when(changer).then(LieuxChoisis(LEA, (autre,), QUAND))
    inscrite.when(replace(changer, lieux=LIEUX.lieux, connus=frozenset(LIEUX.lieux))).then()
    inscrite.when(replace(changer, lieux=())).then(LieuxChoisis(LEA, (), QUAND))
    inscrite.when(replace(changer, lieux=(autre, autre))).refused(inscription.LieuRepete)
    inscrite.when(replace(changer, connus=frozenset())).refused(inscription.LieuDActiviteInconnu)
    # An account older than the inscription has answered nothing, and has lieux all the same.
    Scenario(inscription).when(changer).then(LieuxChoisis(LEA, (autre,), QUAND))


def test_ce_que_le_dispositif_a_donne_n_est_pas_redemande() -> None:
    reconnu = replace(
        PROFIL, profil=Profil.CONSEILLER_NUMERIQUE, version_cgu=None, origine=SourceDuFait.DISPOSITIF
    )
    employeur = replace(EMPLOYEUR, origine=SourceDuFait.DISPOSITIF)
    lieux = replace(LIEUX, origine=SourceDuFait.DISPOSITIF)
    sans_lieux = en_cours(reconnu, employeur)
    assert inscription.etapes(sans_lieux) == (Etape.INFORMATIONS, Etape.LIEUX, Etape.RECAPITULATIF)
    assert inscription.etape_courante(sans_lieux) is Etape.INFORMATIONS
    assert inscription.etapes(en_cours(reconnu, employeur, lieux)) == (Etape.RECAPITULATIF,)
    Scenario(inscription).given(reconnu, employeur, lieux).when(VALIDER).then(
        replace(VALIDEE, profil=Profil.CONSEILLER_NUMERIQUE)
    )


def test_le_dispositif_donne_l_employeur_et_les_lieux_sans_attendre_les_etapes() -> None:
    reprise = ChoisirProfil(LEA, Profil.CONSEILLER_NUMERIQUE, None, QUAND, SourceDuFait.DISPOSITIF)
    Scenario(inscription).when(reprise).then(
        ProfilChoisi(LEA, Profil.CONSEILLER_NUMERIQUE, None, QUAND, SourceDuFait.DISPOSITIF)
    )
    Scenario(inscription).given(PROFIL).when(replace(EMPLOYER, origine=SourceDuFait.DISPOSITIF)).then(
        replace(EMPLOYEUR, origine=SourceDuFait.DISPOSITIF)
    )
    Scenario(inscription).given(PROFIL).when(replace(EXERCER, origine=SourceDuFait.DISPOSITIF)).then(
        replace(LIEUX, origine=SourceDuFait.DISPOSITIF)
    )


@pytest.mark.parametrize("commande", [CHOISIR, CONFIRMER, EMPLOYER, EXERCER])
def test_repondre_deux_fois_la_meme_chose_ne_change_rien(commande: Command) -> None:
    Scenario(inscription).given(*TOUT).when(commande).then()
    Scenario(inscription).given(*TOUT, VALIDEE).when(commande).then()


def test_revenir_a_une_etape_change_sa_reponse_et_garde_les_suivantes() -> None:
    ailleurs = replace(EXERCER, lieux=(AUTRE_LIEU,), maintenant=PLUS_TARD)
    Scenario(inscription).given(*TOUT).when(ailleurs).then(LieuxChoisis(LEA, (AUTRE_LIEU,), PLUS_TARD))
    revenue = en_cours(*TOUT, replace(INFORMATIONS, profession=None))
    assert revenue.lieux == LIEUX
    assert inscription.etape_courante(revenue) is Etape.RECAPITULATIF


def test_une_inscription_validee_ne_change_plus_et_se_revalide_sans_effet() -> None:
    ailleurs = replace(EXERCER, lieux=(AUTRE_LIEU,))
    Scenario(inscription).given(*TOUT, VALIDEE).when(ailleurs).refused(inscription.InscriptionDejaValidee)
    Scenario(inscription).given(*TOUT, VALIDEE).when(VALIDER).then()


def test_toutes_les_fautes_de_l_employeur_se_disent_a_la_fois() -> None:
    faux = employer(siret="11122233344455", fin_prevue=DEBUT - dt.timedelta(days=1))
    refus = Scenario(inscription).given(PROFIL, INFORMATIONS).when(faux).refused(SiretInvalide, FinAvantDebut)
    assert [r.field for r in refus] == ["/siret", "/fin_prevue"]


@pytest.mark.parametrize(
    "saisi", ["130 026 032 00016", "130\u00a0026\u202f032\u00a000016", " 13002603200016\n"]
)
def test_b1_un_siret_avec_des_espaces_est_accepte_et_remis_en_forme(saisi: str) -> None:
    [fait] = Scenario(inscription).given(PROFIL, INFORMATIONS).when(employer(siret=saisi)).decided()
    assert isinstance(fait, EmployeurConfirme)
    assert fait.siret == SIRET


@pytest.mark.parametrize(
    ("saisi", "refus"),
    [
        ("13002603200017", SiretInvalide),
        ("1300260320001", SiretMalForme),
        ("130026032000166", SiretMalForme),
        ("1300260320001A", SiretMalForme),
    ],
)
def test_b2_un_siret_faux_est_refuse_avec_son_message(saisi: str, refus: type[Refusal]) -> None:
    Scenario(inscription).given(PROFIL, INFORMATIONS).when(employer(siret=saisi)).refused(refus)


@pytest.mark.parametrize("saisi", ["35600000009075", "35600000000048"])
def test_b3_la_poste_a_sa_propre_regle(saisi: str) -> None:
    Scenario(inscription).given(PROFIL, INFORMATIONS).when(employer(siret=saisi)).decided()


@pytest.mark.parametrize("saisi", ["35600000000002", "11122233344455"])
def test_b3_une_cle_fausse_est_refusee_meme_quand_l_autre_est_juste(saisi: str) -> None:
    Scenario(inscription).given(PROFIL, INFORMATIONS).when(employer(siret=saisi)).refused(SiretInvalide)


def test_b4_quatorze_zeros_sont_refuses() -> None:
    Scenario(inscription).given(PROFIL, INFORMATIONS).when(employer(siret="0" * 14)).refused(SiretInvalide)


@pytest.mark.parametrize("saisi", ["١٣٠٠٢٦٠٣٢٠٠٠١٦", "１３００２６０３２０００１６"])
def test_b5_seuls_les_chiffres_ascii_font_un_siret(saisi: str) -> None:
    Scenario(inscription).given(PROFIL, INFORMATIONS).when(employer(siret=saisi)).refused(SiretMalForme)


def test_b7_un_etablissement_ferme_n_est_accepte_que_pour_un_emploi_passe() -> None:
    ferme = replace(EMPLOYER, verification=Verification.FERME)
    [refus] = (
        Scenario(inscription).given(PROFIL, INFORMATIONS).when(ferme).refused(inscription.EtablissementFerme)
    )
    assert refus.field == "/siret"
    fini = replace(ferme, emploi=replace(ferme.emploi, fin_prevue=dt.date(2026, 8, 31)))
    [fait] = Scenario(inscription).given(PROFIL, INFORMATIONS).when(fini).decided()
    assert isinstance(fait, EmployeurConfirme)
    assert fait.verification is Verification.FERME


def test_b7_l_annuaire_muet_l_employeur_est_garde_a_verifier_puis_verifie() -> None:
    muet = replace(EMPLOYEUR, verification=Verification.A_VERIFIER)
    demander = VerifierEmployeur(LEA, SIRET, Verification.OUVERT, PLUS_TARD)
    verifie = EmployeurVerifie(LEA, SIRET, Verification.OUVERT, PLUS_TARD)
    Scenario(inscription).given(PROFIL, INFORMATIONS, muet).when(demander).then(verifie)
    Scenario(inscription).given(PROFIL, INFORMATIONS, muet, LIEUX, VALIDEE).when(demander).then(verifie)
    Scenario(inscription).given(PROFIL, INFORMATIONS, muet, verifie).when(demander).then()
    autre = replace(demander, siret="35600000000048")
    Scenario(inscription).given(PROFIL, INFORMATIONS, muet).when(autre).then()
    encore_muet = replace(demander, verification=Verification.A_VERIFIER)
    Scenario(inscription).given(PROFIL, INFORMATIONS, muet).when(encore_muet).then()


@pytest.mark.parametrize(
    ("lieux", "connus", "refus", "champs"),
    [
        ((), {LIEU}, (inscription.LieuxManquants,), ["/lieux"]),
        ((LIEU, LIEU), {LIEU}, (inscription.LieuRepete,), ["/lieux/1"]),
        ((AUTRE_LIEU, LIEU), {LIEU}, (inscription.LieuDActiviteInconnu,), ["/lieux/0"]),
        ((LIEU,) * 51, {LIEU}, (inscription.TropDeLieux,), ["/lieux"]),
    ],
)
def test_les_lieux_sont_ceux_de_la_cartographie_chacun_une_fois(
    lieux: tuple[LieuId, ...],
    connus: set[LieuId],
    refus: tuple[type[Refusal], ...],
    champs: list[str],
) -> None:
    commande = replace(EXERCER, lieux=lieux, connus=frozenset(connus))
    faits = (PROFIL, INFORMATIONS, EMPLOYEUR)
    fautes = Scenario(inscription).given(*faits).when(commande).refused(*refus)
    assert [f.field for f in fautes] == champs


def test_un_rappel_ne_se_note_qu_une_fois_avant_ou_apres_la_validation() -> None:
    noter = NoterRappel(LEA, Situation.INSCRIPTION, Rappel.J7, QUAND, PLUS_TARD)
    envoye = RappelEnvoye(LEA, Situation.INSCRIPTION, Rappel.J7, QUAND, PLUS_TARD)
    Scenario(inscription).when(noter).then(envoye)
    Scenario(inscription).given(envoye).when(noter).then()
    Scenario(inscription).given(*TOUT, VALIDEE).when(noter).then(envoye)
    Scenario(inscription).given(*TOUT, VALIDEE, envoye).when(noter).then()


def test_c1_qui_est_reconnu_ne_choisit_pas_et_garde_les_conditions_deja_acceptees() -> None:
    reprise = ChoisirProfil(LEA, Profil.CONSEILLER_NUMERIQUE, None, QUAND, SourceDuFait.DISPOSITIF)
    reconnu = ProfilChoisi(LEA, Profil.CONSEILLER_NUMERIQUE, "2026-01", QUAND, SourceDuFait.DISPOSITIF)
    Scenario(inscription).given(PROFIL).when(reprise).then(reconnu)
    Scenario(inscription).given(PROFIL, reconnu).when(replace(reprise, maintenant=PLUS_TARD)).then()
    Scenario(inscription).given(reconnu).when(CHOISIR).refused(inscription.EtapeHorsParcours)


def test_c1_ce_que_la_source_a_donne_ne_se_redit_pas_par_la_personne() -> None:
    reconnu = replace(PROFIL, profil=Profil.CONSEILLER_NUMERIQUE, origine=SourceDuFait.DISPOSITIF)
    employeur = replace(EMPLOYEUR, origine=SourceDuFait.DISPOSITIF)
    lieux = replace(LIEUX, origine=SourceDuFait.DISPOSITIF)
    for commande in (CONFIRMER, EMPLOYER, EXERCER):
        Scenario(inscription).given(reconnu, employeur, lieux).when(commande).refused(
            inscription.EtapeHorsParcours
        )


def test_c1_les_lieux_ne_se_reprennent_qu_une_fois_et_l_annuaire_garde_sa_reponse() -> None:
    autres = replace(EXERCER, lieux=(AUTRE_LIEU,), origine=SourceDuFait.DISPOSITIF)
    Scenario(inscription).given(*TOUT).when(autres).then()
    employeur = replace(EMPLOYEUR, verification=Verification.A_VERIFIER, origine=SourceDuFait.DISPOSITIF)
    verifie = EmployeurVerifie(LEA, SIRET, Verification.OUVERT, QUAND)
    encore = replace(EMPLOYER, verification=Verification.A_VERIFIER, origine=SourceDuFait.DISPOSITIF)
    Scenario(inscription).given(PROFIL, employeur, verifie).when(encore).then()


def test_c2_un_coordinateur_du_dispositif_est_mediateur_aussi_s_il_a_des_lieux() -> None:
    coordonne = replace(PROFIL, profil=Profil.COORDINATEUR_DISPOSITIF, origine=SourceDuFait.DISPOSITIF)
    assert inscription.roles(coordonne) == (Role.COORDINATEUR,)
    avec_lieux = replace(coordonne, mediateur_aussi=True)
    assert inscription.roles(avec_lieux) == (Role.COORDINATEUR, Role.MEDIATEUR)
    employeur = replace(EMPLOYEUR, origine=SourceDuFait.DISPOSITIF)
    assert inscription.etapes(en_cours(avec_lieux, employeur)) == (Etape.RECAPITULATIF,)
