"""La vie d'un bénéficiaire suivi : sa fiche, ses corrections, son effacement."""

import datetime as dt
from dataclasses import replace
from typing import Any, get_args
from uuid import UUID

import orjson
import pytest
from activites.app import DESCRIPTION
from activites.domain import activite, beneficiaire
from activites.domain.beneficiaire_commandes import (
    AccueillirDouble,
    AnnulerFusion,
    CorrigerFiche,
    Distinguer,
    EffacerBeneficiaire,
    EnregistrerBeneficiaire,
    FusionnerVers,
    SeparerDouble,
)
from activites.domain.beneficiaire_faits import (
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    BeneficiairesDistingues,
    ChampDeFiche,
    CoordonneesCorrigees,
    DoubleAccueilli,
    DoubleSepare,
    Fiche,
    FusionAnnulee,
    NomCorrige,
    NotesCorrigees,
    SituationCorrigee,
    TextesApportes,
)
from activites.domain.beneficiaire_refus import (
    AdresseDePersonneTropLongue,
    AdresseDUneAutreCommune,
    AdresseSansCommune,
    AnneeDeNaissanceInvalide,
    BeneficiaireDejaEfface,
    BeneficiaireDejaEnregistre,
    BeneficiaireDUnAutreMediateur,
    BeneficiaireInconnu,
    BeneficiaireNonSuivi,
    CourrielDuBeneficiaireIllisible,
    DestinationInconnue,
    FusionAvecSoi,
    FusionDejaFaite,
    NomDePersonneManquant,
    NomDePersonneTropLong,
    NotesDuBeneficiaireTropLongues,
    PrenomManquant,
    PrisEtLaisse,
    TelephoneIllisible,
)
from activites.domain.beneficiaire_regles import fautes, normaliser, tranche_age
from activites.domain.doublons import Comparee, Paire, paires
from activites.domain.fiche_composee import Choix, Composee, completee
from activites.domain.refus import CodeInseeInconnu, UnSeulBeneficiaire
from activites.domain.vocabulaire import BeneficiaireId, Commune, Genre, StatutSocial, TrancheAge
from events.decider import fold
from events.named import fields_of
from events.testing import Scenario

from .exemples import (
    ATELIER,
    AUJOURD_HUI,
    DIJON,
    INDIVIDUEL,
    MAINTENANT,
    MOI,
    MON_COMPTE,
    PLUS_TARD,
    UN_AUTRE,
    corriger,
    enregistree,
    enregistrer,
)

QUI = BeneficiaireId(UUID("0190a000-0000-7000-8000-0000000000e1"))
AUTRE = BeneficiaireId(UUID("0190a000-0000-7000-8000-0000000000e2"))
TIERS = BeneficiaireId(UUID("0190a000-0000-7000-8000-0000000000e3"))
AMINA = Fiche(
    prenom="Amina",
    nom="Berger",
    telephone="+33455667788",
    commune=DIJON,
    annee_naissance=1957,
    genre=Genre.FEMININ,
    statut_social=StatutSocial.RETRAITE,
    notes="<p>Vient le mardi</p>",
)
SUIVIE = BeneficiaireEnregistre(
    beneficiaire_id=QUI,
    mediateur_id=MOI,
    compte_id=MON_COMPTE,
    prenom="Amina",
    nom="Berger",
    telephone="+33455667788",
    annee_naissance="1957",
    tranche_age=TrancheAge.SOIXANTE_SOIXANTE_NEUF,
    genre=Genre.FEMININ,
    statut_social=StatutSocial.RETRAITE,
    commune="Dijon",
    code_postal="21000",
    code_insee="21231",
    notes="<p>Vient le mardi</p>",
    enregistre_le=MAINTENANT,
)
EFFACE = BeneficiaireEfface(beneficiaire_id=QUI, mediateur_id=MOI, efface_le=PLUS_TARD)
COMMUNS: dict[str, Any] = {"beneficiaire_id": QUI, "mediateur_id": MOI, "corrige_le": PLUS_TARD}


def suivre(fiche: Fiche = AMINA, **autres: Any) -> EnregistrerBeneficiaire:
    commande = EnregistrerBeneficiaire(
        beneficiaire_id=QUI,
        par=MOI,
        compte_id=MON_COMPTE,
        fiche=fiche,
        aujourd_hui=AUJOURD_HUI,
        maintenant=MAINTENANT,
    )
    return replace(commande, **autres)


def reprendre(fiche: Fiche, **autres: Any) -> CorrigerFiche:
    commande = CorrigerFiche(
        beneficiaire_id=QUI, par=MOI, fiche=fiche, aujourd_hui=AUJOURD_HUI, maintenant=PLUS_TARD
    )
    return replace(commande, **autres)


EFFACER = EffacerBeneficiaire(beneficiaire_id=QUI, maintenant=PLUS_TARD)


def test_un_mediateur_suit_une_personne_et_le_redire_ne_change_rien() -> None:
    Scenario(beneficiaire).when(suivre()).then(SUIVIE)
    corrige = NomCorrige(**COMMUNS, prenom="Amina", nom="Vidal")
    Scenario(beneficiaire).given(SUIVIE, corrige).when(suivre()).then()
    for autre in (suivre(replace(AMINA, nom="Vidal")), suivre(par=UN_AUTRE)):
        Scenario(beneficiaire).given(SUIVIE).when(autre).refused(BeneficiaireDejaEnregistre)


@pytest.mark.parametrize(
    ("champs", "fait"),
    [
        ({"nom": " Vidal "}, NomCorrige(**COMMUNS, prenom="Amina", nom="Vidal")),
        (
            {"telephone": "", "pas_de_telephone": True},
            CoordonneesCorrigees(**COMMUNS, pas_de_telephone=True),
        ),
        (
            {"commune": None, "annee_naissance": None},
            SituationCorrigee(**COMMUNS, genre=Genre.FEMININ, statut_social=StatutSocial.RETRAITE),
        ),
        ({"notes": " "}, NotesCorrigees(**COMMUNS)),
    ],
    ids=["le nom", "les coordonnées", "la situation", "les notes"],
)
def test_chaque_chose_corrigee_est_un_fait_a_elle(champs: dict[str, Any], fait: Any) -> None:
    apres = replace(AMINA, **champs)
    Scenario(beneficiaire).given(SUIVIE).when(reprendre(apres)).then(fait)
    etat = beneficiaire.evolve(beneficiaire.evolve(beneficiaire.initial, SUIVIE), fait)
    assert isinstance(etat, beneficiaire.Suivi)
    assert (etat.derniere, etat.corrige_le) == (normaliser(apres), PLUS_TARD)
    Scenario(beneficiaire).given(SUIVIE, fait).when(reprendre(apres)).then()


def test_tout_corriger_dit_quatre_faits_et_seul_son_mediateur_le_peut() -> None:
    apres = Fiche(prenom="Amina", nom="Vidal")
    faits = Scenario(beneficiaire).given(SUIVIE).when(reprendre(apres)).decided()
    assert [type(fait) for fait in faits] == [
        NomCorrige,
        CoordonneesCorrigees,
        SituationCorrigee,
        NotesCorrigees,
    ]
    Scenario(beneficiaire).given(SUIVIE).when(reprendre(apres, par=UN_AUTRE)).refused(
        BeneficiaireDUnAutreMediateur
    )
    Scenario(beneficiaire).when(reprendre(apres)).refused(BeneficiaireInconnu)


def test_une_personne_s_efface_une_fois_et_ne_se_corrige_plus() -> None:
    Scenario(beneficiaire).given(SUIVIE).when(EFFACER).then(EFFACE)
    Scenario(beneficiaire).given(SUIVIE, EFFACE).when(EFFACER).then()
    Scenario(beneficiaire).given(SUIVIE, EFFACE).when(reprendre(AMINA)).refused(BeneficiaireInconnu)
    Scenario(beneficiaire).given(SUIVIE, EFFACE).when(suivre()).refused(BeneficiaireDejaEfface)
    d_un_autre = suivre(par=UN_AUTRE)
    Scenario(beneficiaire).given(SUIVIE, EFFACE).when(d_un_autre).refused(BeneficiaireDejaEnregistre)
    Scenario(beneficiaire).when(EFFACER).refused(BeneficiaireInconnu)


def test_une_fiche_dit_toutes_ses_fautes_a_la_fois() -> None:
    fausse = Fiche(
        prenom="  ",
        nom="x" * 101,
        telephone="06 12",
        courriel="amina chez nous",
        adresse="x" * 251,
        annee_naissance=1899,
        notes="x" * 10_001,
    )
    trouvees = (
        Scenario(beneficiaire)
        .when(suivre(fausse))
        .refused(
            PrenomManquant,
            NomDePersonneTropLong,
            TelephoneIllisible,
            CourrielDuBeneficiaireIllisible,
            AdresseDePersonneTropLongue,
            AdresseSansCommune,
            AnneeDeNaissanceInvalide,
            NotesDuBeneficiaireTropLongues,
        )
    )
    assert [faute.field for faute in trouvees] == [
        "/prenom",
        "/nom",
        "/telephone",
        "/courriel",
        "/adresse",
        "/commune",
        "/annee_naissance",
        "/notes",
    ]
    # Those of the platform before (docs/domaine/activites.md §5.2).
    assert [str(faute) for faute in trouvees if isinstance(faute, PrenomManquant | TelephoneIllisible)] == [
        "Veuillez renseigner un prénom",
        "Veuillez renseigner un numéro français (e.g. 04 55 66 77 88 ou +33 4 55 66 77 88)",
    ]
    [nom] = Scenario(beneficiaire).when(suivre(Fiche(prenom="A", nom=""))).refused(NomDePersonneManquant)
    assert str(nom) == "Veuillez renseigner un nom"
    ailleurs = replace(AMINA, commune=Commune("", "", "99999"))
    [inconnue] = Scenario(beneficiaire).when(suivre(ailleurs)).refused(CodeInseeInconnu)
    assert inconnue.field == "/commune/code_insee"


def test_un_texte_trop_long_pour_un_numero_n_en_est_pas_un() -> None:
    # The same number, its digits apart: 40 characters, then 41.
    lu = normaliser(replace(AMINA, telephone=f" 04{' ' * 27}55 66 77 88 "))
    assert lu.telephone == "+33455667788"
    for texte in (f"04{' ' * 28}55 66 77 88", "0 " * 50_000):
        [faute] = (
            Scenario(beneficiaire).when(suivre(replace(AMINA, telephone=texte))).refused(TelephoneIllisible)
        )
        assert faute.field == "/telephone"


@pytest.mark.parametrize(
    ("tape", "garde"),
    [
        ("04 55 66 77 88", "+33455667788"),
        ("+33 4.55.66.77.88", "+33455667788"),
        ("0033 (4) 55-66/77 88", "+33455667788"),
        ("(+33) 4 55 66 77 88", "+33455667788"),
        ("0262 41 22 22", "+262262412222"),
        ("0269 61 22 22", "+262269612222"),
        ("0590 82 22 22", "+590590822222"),
        ("0594 31 22 22", "+594594312222"),
        ("0596 63 22 22", "+596596632222"),
        ("+352 621 123 456", "+352621123456"),
    ],
)
def test_un_numero_de_telephone_se_garde_sous_une_seule_forme(tape: str, garde: str) -> None:
    fiche = normaliser(replace(AMINA, telephone=tape, pas_de_telephone=True))
    assert (fiche.telephone, fiche.pas_de_telephone) == (garde, False)
    assert list(fautes(fiche, AUJOURD_HUI)) == []


@pytest.mark.parametrize("tape", ["12 34", "+1 202 555 0142", "04 55 66 77 88 ou 04 55 66 77 89", "rien"])
def test_un_numero_d_ailleurs_ou_illisible_est_refuse(tape: str) -> None:
    fiche = normaliser(replace(AMINA, telephone=tape))
    assert [type(faute) for faute in fautes(fiche, AUJOURD_HUI)] == [TelephoneIllisible]


def test_la_tranche_d_age_vient_de_l_annee_de_naissance() -> None:
    attendues = {2015: "moins_de_douze", 2014: "douze_dix_huit", 2008: "dix_huit_vingt_quatre"}
    attendues |= {2001: "vingt_cinq_trente_neuf", 1986: "quarante_cinquante_neuf"}
    attendues |= {1966: "soixante_soixante_neuf", 1956: "soixante_dix_plus"}
    assert {annee: tranche_age(annee, 2026).value for annee in attendues} == attendues
    assert tranche_age(None, 2026) is TrancheAge.NON_COMMUNIQUE
    assert list(fautes(replace(AMINA, annee_naissance=2026), dt.date(2026, 1, 1))) == []
    [demain] = fautes(replace(AMINA, annee_naissance=2027), dt.date(2026, 12, 31))
    assert isinstance(demain, AnneeDeNaissanceInvalide)


def test_l_age_compte_est_celui_de_l_annee_ou_la_fiche_fut_ouverte() -> None:
    """Corriger autre chose, des années après, ne vieillit personne ; corriger l'année dit l'âge d'alors."""
    dans_quatre_ans = {
        "aujourd_hui": dt.date(2030, 1, 2),
        "maintenant": dt.datetime(2030, 1, 2, tzinfo=dt.UTC),
    }

    def tranche_apres(**champs: Any) -> TrancheAge:
        corriger = replace(reprendre(replace(AMINA, **champs)), **dans_quatre_ans)
        [fait] = beneficiaire.decide(corriger, fold(beneficiaire, [SUIVIE]))
        assert isinstance(fait, SituationCorrigee)
        return fait.tranche_age

    assert tranche_apres(genre=None) is SUIVIE.tranche_age is TrancheAge.SOIXANTE_SOIXANTE_NEUF
    assert tranche_apres(annee_naissance=1967) is TrancheAge.QUARANTE_CINQUANTE_NEUF
    assert tranche_apres(annee_naissance=None) is TrancheAge.NON_COMMUNIQUE


def test_le_fait_garde_en_clair_ce_qui_compte_et_rien_qui_nomme() -> None:
    ecrit = DESCRIPTION.codec.encode(SUIVIE)
    assert orjson.loads(ecrit.data) == {
        "beneficiaire_id": str(QUI),
        "mediateur_id": str(MOI),
        "compte_id": str(MON_COMPTE),
        "pas_de_telephone": False,
        "tranche_age": "soixante_soixante_neuf",
        "genre": "feminin",
        "statut_social": "retraite",
        "commune": "Dijon",
        "code_postal": "21000",
        "code_insee": "21231",
        "enregistre_le": "2026-07-01T09:30:00Z",
    }
    [scelle] = ecrit.secrets
    assert (scelle.kind, scelle.person) == ("beneficiaire", QUI)
    assert set(scelle.fields) == {"prenom", "nom", "telephone", "annee_naissance", "notes"}


# --- Deux fiches d'une même personne ---
DOUBLE = Fiche(prenom="Amina", nom="Bergé", courriel="amina@exemple.fr", notes="<p>Autre</p>")
VERS = BeneficiaireFusionne(beneficiaire_id=AUTRE, mediateur_id=MOI, vers=QUI, fusionne_le=PLUS_TARD)
FUSIONNER = FusionnerVers(beneficiaire_id=AUTRE, par=MOI, vers=QUI, maintenant=PLUS_TARD)
ACCUEILLIR = AccueillirDouble(
    beneficiaire_id=QUI, par=MOI, de=AUTRE, source=Composee(DOUBLE), maintenant=PLUS_TARD
)
ACCUEILLI = DoubleAccueilli(
    beneficiaire_id=QUI, mediateur_id=MOI, de=AUTRE, completes=("courriel",), accueilli_le=PLUS_TARD
)
APPORTE = TextesApportes(
    beneficiaire_id=QUI, mediateur_id=MOI, de=AUTRE, courriel="amina@exemple.fr", apportes_le=PLUS_TARD
)


def suivi(fiche: Fiche, qui: BeneficiaireId = AUTRE) -> tuple[BeneficiaireEnregistre, beneficiaire.State]:
    (fait,) = beneficiaire.decide(suivre(fiche, beneficiaire_id=qui), beneficiaire.initial)
    assert isinstance(fait, BeneficiaireEnregistre)
    return fait, beneficiaire.evolve(beneficiaire.initial, fait)


def test_une_fiche_en_double_se_fusionne_se_separe_et_chacune_retrouve_la_sienne() -> None:
    fait, _ = suivi(DOUBLE)
    Scenario(beneficiaire).given(fait).when(FUSIONNER).then(VERS)
    Scenario(beneficiaire).given(fait, VERS).when(FUSIONNER).then()
    accueillir = Scenario(beneficiaire).given(SUIVIE)
    # What is filled does not change: neither the name, nor the notes.
    accueillir.when(ACCUEILLIR).then(ACCUEILLI, APPORTE)
    # Two crossed merges meet on this fact: it is said even of a file that brings nothing.
    accueillir.when(replace(ACCUEILLIR, source=Composee(AMINA))).then(replace(ACCUEILLI, completes=()))

    # A street is not taken to another town.
    a_lyon = replace(DOUBLE, commune=Commune("Lyon", "69001", "69381"), adresse="3 rue des Capucins")
    accueillir.when(replace(ACCUEILLIR, source=Composee(a_lyon))).then(ACCUEILLI, APPORTE)
    a_dijon = replace(a_lyon, commune=DIJON)
    accueillir.when(replace(ACCUEILLIR, source=Composee(a_dijon))).then(
        replace(ACCUEILLI, completes=("courriel", "adresse")),
        replace(APPORTE, adresse="3 rue des Capucins"),
    )
    annuler = AnnulerFusion(beneficiaire_id=AUTRE, par=MOI, maintenant=PLUS_TARD)
    annulee = FusionAnnulee(beneficiaire_id=AUTRE, mediateur_id=MOI, vers=QUI, annulee_le=PLUS_TARD)
    Scenario(beneficiaire).given(fait, VERS).when(annuler).then(annulee)
    Scenario(beneficiaire).given(fait, VERS, annulee).when(annuler).then()
    assert fold(beneficiaire, [fait, VERS, annulee]) == fold(beneficiaire, [fait])
    separer = SeparerDouble(beneficiaire_id=QUI, par=MOI, de=AUTRE, doubles={}, maintenant=PLUS_TARD)
    separe = DoubleSepare(
        beneficiaire_id=QUI, mediateur_id=MOI, de=AUTRE, rendus=("courriel",), separe_le=PLUS_TARD
    )
    rendue = CoordonneesCorrigees(**COMMUNS, telephone="+33455667788")
    # Before `TextesApportes`, what the double brought was said by the file itself: it is read as well.
    complete = replace(rendue, courriel="amina@exemple.fr")
    Scenario(beneficiaire).given(SUIVIE, ACCUEILLI, complete).when(separer).then(separe, rendue)
    Scenario(beneficiaire).given(SUIVIE, ACCUEILLI, APPORTE).when(separer).then(separe, rendue)
    # What was corrected meanwhile is the person's own.
    depuis = replace(complete, courriel="autre@exemple.fr")
    corrige = Scenario(beneficiaire).given(SUIVIE, ACCUEILLI, complete, depuis)
    corrige.when(separer).then(replace(separe, rendus=()))
    # What the double said is not said again under the key of the one that stays.
    ecrire = reprendre(replace(AMINA, courriel="amina@exemple.fr", telephone="0411111111"))
    tue = replace(rendue, telephone="+33411111111", tus=("courriel",))
    Scenario(beneficiaire).given(SUIVIE, ACCUEILLI, APPORTE).when(ecrire).then(tue)
    # Merged meanwhile in its turn, it gives back all the same, for the day when it is itself again.
    ailleurs = replace(VERS, beneficiaire_id=QUI, vers=TIERS)
    devenue = [SUIVIE, ACCUEILLI, APPORTE, ailleurs]
    Scenario(beneficiaire).given(*devenue).when(separer).then(separe, rendue)
    etat = fold(beneficiaire, [*devenue, separe, rendue])
    assert isinstance(etat, beneficiaire.Fusionne)
    assert etat.avant.derniere == AMINA


def test_on_choisit_champ_par_champ_ce_que_la_fiche_prend_de_son_double() -> None:
    assert get_args(ChampDeFiche) == fields_of(Fiche)
    fait, _ = suivi(DOUBLE)
    # Said once each, in the order of the file: the names, and nothing of what they say.
    choisir = replace(FUSIONNER, prendre=("notes", "nom", "notes"))
    fusionne = replace(VERS, pris=("nom", "notes"))
    Scenario(beneficiaire).given(fait).when(choisir).then(fusionne)
    Scenario(beneficiaire).given(fait, fusionne).when(choisir).then()
    Scenario(beneficiaire).given(fait, fusionne).when(FUSIONNER).refused(FusionDejaFaite)

    accueillir = Scenario(beneficiaire).given(SUIVIE)
    pris = {"pris": ("nom", "notes"), "completes": ("nom", "courriel", "notes")}
    faits = (
        replace(ACCUEILLI, **pris),
        replace(APPORTE, nom="Bergé", notes="<p>Autre</p>"),
    )
    accueillir.when(replace(ACCUEILLIR, prendre=("notes", "nom"))).then(*faits)
    ecrit = DESCRIPTION.codec.encode(faits[0])
    assert (orjson.loads(ecrit.data)["pris"], ecrit.secrets) == (["nom", "notes"], ())
    assert [s.person for s in DESCRIPTION.codec.encode(faits[1]).secrets] == [AUTRE]
    etat = fold(beneficiaire, [SUIVIE, *faits])
    separer = SeparerDouble(beneficiaire_id=QUI, par=MOI, de=AUTRE, doubles={}, maintenant=PLUS_TARD)
    rendue = fold(beneficiaire, [SUIVIE, *faits, *beneficiaire.decide(separer, etat)])
    assert isinstance(rendue, beneficiaire.Suivi)
    assert rendue.derniere == AMINA


def test_une_commune_se_prend_avec_son_adresse_et_l_absence_de_telephone_avec_elle() -> None:
    rue = replace(AMINA, adresse="3 rue Haute")
    a_lyon = replace(DOUBLE, commune=Commune("Lyon", "69001", "69381"), pas_de_telephone=True)
    prise = completee(rue, a_lyon, Choix(("commune", "pas_de_telephone")))
    assert (prise.commune, prise.adresse, prise.telephone, prise.pas_de_telephone) == (
        a_lyon.commune,
        None,
        None,
        True,
    )
    # In the same town, the street of the other may be taken; what it does not say, or elsewhere, may not.
    a_dijon = replace(a_lyon, commune=DIJON, adresse="5 rue Basse")
    assert completee(rue, a_dijon, Choix(("adresse",))).adresse == "5 rue Basse"
    assert completee(rue, a_dijon, Choix(("commune",))).adresse == "3 rue Haute"
    ailleurs = replace(ACCUEILLIR, source=Composee(replace(a_lyon, adresse="1 quai Bas")))
    dites = (
        Scenario(beneficiaire)
        .given(SUIVIE)
        .when(replace(ailleurs, prendre=("adresse", "notes"), laisser=("courriel", "notes")))
        .refused(AdresseDUneAutreCommune, PrisEtLaisse)
    )
    assert [faute.field for faute in dites] == ["/prendre/0", "/laisser/1"]


def test_un_vide_se_choisit_d_un_cote_comme_de_l_autre_et_la_separation_le_defait() -> None:
    rue = replace(AMINA, adresse="3 rue Haute", notes="<p>Vue</p>")
    (suivie,) = beneficiaire.decide(suivre(rue), beneficiaire.initial)
    # What the double does not say is forgotten: a town with its street; what the other lacks stays empty.
    choix: dict[str, Any] = {"prendre": ("telephone", "commune", "notes"), "laisser": ("courriel",)}
    etat = fold(beneficiaire, [suivie])
    faits = beneficiaire.decide(replace(ACCUEILLIR, **choix), etat)
    noms = {"pris": ("notes",), "vides": ("telephone", "commune"), "laisses": ("courriel",)}
    oublies = ("telephone", "adresse", "commune", "notes")
    assert faits[0] == replace(ACCUEILLI, **noms, completes=oublies)
    choisie = fold(beneficiaire, [suivie, *faits])
    assert isinstance(choisie, beneficiaire.Suivi)
    sans = dict.fromkeys(("telephone", "adresse", "commune"))
    assert choisie.derniere == replace(rue, **sans, notes="<p>Autre</p>")
    separer = SeparerDouble(beneficiaire_id=QUI, par=MOI, de=AUTRE, doubles={}, maintenant=PLUS_TARD)
    separee = fold(beneficiaire, [suivie, *faits, *beneficiaire.decide(separer, choisie)])
    assert isinstance(separee, beneficiaire.Suivi)
    assert separee.derniere == rue
    # On its own side the double keeps the same choices: sent again they change nothing, others are refused.
    fait, _ = suivi(DOUBLE)
    fusionne = replace(VERS, **noms)
    Scenario(beneficiaire).given(fait).when(replace(FUSIONNER, **choix)).then(fusionne)
    Scenario(beneficiaire).given(fait, fusionne).when(replace(FUSIONNER, **choix)).then()
    autre = replace(FUSIONNER, **choix | {"laisser": ()})
    Scenario(beneficiaire).given(fait, fusionne).when(autre).refused(FusionDejaFaite)


def test_on_ne_fusionne_que_deux_des_siens_et_jamais_avec_soi() -> None:
    fait, _ = suivi(DOUBLE)
    etat = Scenario(beneficiaire).given(fait)
    etat.when(replace(FUSIONNER, par=UN_AUTRE)).refused(BeneficiaireInconnu)
    etat.when(replace(FUSIONNER, vers=AUTRE)).refused(FusionAvecSoi)
    ailleurs = replace(VERS, beneficiaire_id=QUI, vers=TIERS)
    for faits in ([], [replace(SUIVIE, mediateur_id=UN_AUTRE)], [SUIVIE, EFFACE], [SUIVIE, ailleurs]):
        Scenario(beneficiaire).given(*faits).when(ACCUEILLIR).refused(DestinationInconnue)
    # Merged, it is neither corrected nor merged elsewhere any more; it may still be erased.
    fusionnee = Scenario(beneficiaire).given(fait, VERS)
    fusionnee.when(replace(FUSIONNER, vers=TIERS)).refused(BeneficiaireInconnu)
    fusionnee.when(reprendre(AMINA, beneficiaire_id=AUTRE)).refused(BeneficiaireInconnu)
    efface = replace(EFFACE, beneficiaire_id=AUTRE)
    fusionnee.when(replace(EFFACER, beneficiaire_id=AUTRE)).then(efface)
    # Sent again, what was recorded first is still recorded; something else is not.
    fusionnee.when(suivre(DOUBLE, beneficiaire_id=AUTRE)).then()
    fusionnee.when(suivre(AMINA, beneficiaire_id=AUTRE)).refused(BeneficiaireDejaEnregistre)
    d_un_autre = suivre(DOUBLE, beneficiaire_id=AUTRE, par=UN_AUTRE)
    fusionnee.when(d_un_autre).refused(BeneficiaireDejaEnregistre)


def test_au_dela_de_deux_cents_homonymes_une_paire_de_plus_n_est_pas_retenue() -> None:
    dits = [
        BeneficiairesDistingues(
            beneficiaire_id=QUI, mediateur_id=MOI, autre=BeneficiaireId(UUID(int=n)), distingues_le=PLUS_TARD
        )
        for n in range(200)
    ]
    distinguer = Distinguer(beneficiaire_id=QUI, par=MOI, autre=dits[-1].autre, maintenant=PLUS_TARD)
    Scenario(beneficiaire).given(SUIVIE, *dits[:-1]).when(distinguer).then(dits[-1])
    Scenario(beneficiaire).given(SUIVIE, *dits).when(replace(distinguer, autre=AUTRE)).then()


def test_deux_fiches_se_ressemblent_a_partir_de_deux_ressemblances_dites() -> None:
    ids = [BeneficiaireId(UUID(int=n)) for n in range(1, 7)]
    fiches = [
        Comparee(ids[0], "Élodie", "Le Goff", "+33455667788", "elodie@exemple.fr"),
        Comparee(ids[1], "elodie", "LEGOFF", "+33455667788", "elodie@exemple.fr"),
        Comparee(ids[2], "Élodi", "Le Gof"),
        Comparee(ids[3], "Karim", "Benali", "+33455667788"),
        Comparee(ids[4], "Élodie", "Martin"),
        Comparee(ids[5], "Paul", "Roux"),
    ]
    assert paires(fiches) == [
        Paire(ids[0], ids[1], ("nom", "prenom", "telephone", "courriel")),
        Paire(ids[0], ids[2], ("nom", "prenom")),
        Paire(ids[1], ids[2], ("nom", "prenom")),
    ]
    distingue = replace(fiches[2], distincts=frozenset({ids[0]}))
    assert [(p.une, p.autre) for p in paires([*fiches[:2], distingue])] == [
        (ids[0], ids[1]),
        (ids[1], ids[2]),
    ]


# --- Dans un compte rendu ---
SEULE = replace(INDIVIDUEL, suivis=(QUI,))


def test_un_individuel_avec_une_personne_suivie_ne_redit_pas_sa_fiche() -> None:
    (fait,) = activite.decide(enregistrer(SEULE, suivis=frozenset({QUI})), activite.initial)
    assert isinstance(fait, activite.ActiviteEnregistree)
    assert (fait.suivis, fait.participants.total, fait.accompagnements) == ((QUI,), 0, 1)
    assert (fait.participants.genres, fait.residence_code_insee) == ({}, None)
    Scenario(activite).given(fait).when(enregistrer(SEULE)).then()
    deux = replace(INDIVIDUEL, suivis=(QUI, AUTRE))
    Scenario(activite).when(enregistrer(deux, suivis=frozenset({QUI, AUTRE}))).refused(UnSeulBeneficiaire)


def test_un_atelier_compte_ses_suivis_et_ses_anonymes() -> None:
    ensemble = replace(ATELIER, suivis=(QUI, AUTRE, QUI))
    (fait,) = activite.decide(enregistrer(ensemble, suivis=frozenset({QUI, AUTRE})), activite.initial)
    assert isinstance(fait, activite.ActiviteEnregistree)
    assert (fait.suivis, fait.accompagnements) == ((QUI, AUTRE), 14)


def test_a04_le_beneficiaire_d_un_autre_est_refuse_comme_un_inconnu_et_celui_qui_y_etait_reste() -> None:
    [seul] = Scenario(activite).when(enregistrer(SEULE)).refused(BeneficiaireNonSuivi)
    assert seul.field == "/beneficiaire/id"
    ensemble = replace(ATELIER, suivis=(QUI, AUTRE))
    [second] = (
        Scenario(activite).when(enregistrer(ensemble, suivis=frozenset({QUI}))).refused(BeneficiaireNonSuivi)
    )
    assert second.field == "/suivis/1"
    # Erased since, nobody knows who it was: the correction keeps them all the same.
    (fait,) = activite.decide(enregistrer(SEULE, suivis=frozenset({QUI})), activite.initial)
    (apres,) = Scenario(activite).given(fait).when(corriger(replace(SEULE, duree_minutes=60))).decided()
    assert isinstance(apres, activite.ActiviteCorrigee)
    assert apres.suivis == (QUI,)


def test_les_faits_d_avant_se_lisent_sans_suivis_et_les_nouveaux_les_gardent() -> None:
    codec = DESCRIPTION.codec
    clair = orjson.loads(codec.encode(enregistree(ATELIER)).data)
    assert clair.pop("suivis") == []
    ancien = codec.decode("ActiviteEnregistree", 1, orjson.dumps(clair))
    assert isinstance(ancien, activite.ActiviteEnregistree)
    assert ancien.suivis == ()
    avec = replace(ancien, suivis=(QUI,))
    assert orjson.loads(codec.encode(avec).data)["suivis"] == [str(QUI)]
