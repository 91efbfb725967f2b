"""Rendre compte d'une activité de coordination (docs/domaine/activites.md §4) : sa vie, puis ses règles."""

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from activites.domain import coordination, refus
from activites.domain import coordination_refus as r
from activites.domain.activite import REPENTIR
from activites.domain.coordination import Effacee, EffacerTextesDeCoordination, OublierCoordination
from activites.domain.coordination_faits import (
    Contenu,
    CoordinationCorrigee,
    CoordinationEnregistree,
    Event,
    StructureConcernee,
    StructurePartenaire,
    TextesDeCoordinationEffaces,
    contenu_de,
)
from activites.domain.coordination_vocabulaire import (
    NaturePartenariat,
    Organisateur,
    ThematiqueAnimation,
    TypeAnimation,
    TypeCoordination,
    TypeEvenement,
    TypePartenaire,
)
from activites.domain.vocabulaire import CompteId
from events.codec import Codec
from events.decider import Refusal, fold
from events.testing import Scenario
from events.types import ERASED

from .exemples import AUJOURD_HUI, MAINTENANT, PLUS_TARD
from .exemples_coordination import (
    ANIMATION,
    CRA,
    EVENEMENT,
    MOI,
    PARTENARIAT,
    ROSE,
    SIRET,
    TOUS,
    UN_AUTRE,
    corrigee,
    corriger,
    enregistree,
    enregistrer,
    restauree,
    restaurer,
    supprimee,
    supprimer,
)

LES_TROIS = pytest.mark.parametrize("saisie", TOUS, ids=[c.type for c in TOUS])
EFFACES = TextesDeCoordinationEffaces(coordination_id=CRA, coordinateur_id=MOI, effaces_le=MAINTENANT)


# --- La vie d'un compte rendu ---
@LES_TROIS
def test_un_coordinateur_rend_compte_et_retrouve_ce_qu_il_a_saisi(saisie: Contenu):
    Scenario(coordination).when(enregistrer(saisie)).then(enregistree(saisie))


@LES_TROIS
def test_le_meme_envoi_repete_ne_change_rien_meme_apres_une_correction(saisie: Contenu):
    apres = replace(saisie, date=dt.date(2026, 6, 1))
    Scenario(coordination).given(enregistree(saisie)).when(enregistrer(saisie)).then()
    Scenario(coordination).given(enregistree(saisie), corrigee(saisie, apres)).when(
        enregistrer(saisie)
    ).then()


def test_une_autre_saisie_ou_une_autre_personne_ne_prend_pas_un_identifiant_qui_sert():
    deja = Scenario(coordination).given(enregistree(EVENEMENT))
    deja.when(enregistrer(replace(EVENEMENT, participants=3))).refused(r.CoordinationDejaEnregistree)
    deja.when(enregistrer(EVENEMENT, par=UN_AUTRE)).refused(r.CoordinationDejaEnregistree)
    retiree = Scenario(coordination).given(enregistree(EVENEMENT), supprimee(EVENEMENT))
    retiree.when(enregistrer(EVENEMENT)).refused(r.CoordinationDejaSupprimee)
    retiree.when(enregistrer(EVENEMENT, par=UN_AUTRE)).refused(r.CoordinationDejaEnregistree)


@LES_TROIS
def test_une_correction_remplace_tout_et_suit_les_memes_regles(saisie: Contenu):
    apres = replace(saisie, date=dt.date(2026, 6, 1), notes=None)
    deja = Scenario(coordination).given(enregistree(saisie))
    deja.when(corriger(apres)).then(corrigee(saisie, apres))
    assert contenu_de(corrigee(saisie, apres)) == apres
    deja.when(corriger(saisie)).then()
    demain = AUJOURD_HUI + dt.timedelta(days=1)
    deja.when(corriger(replace(saisie, date=demain))).refused(refus.DateDansLeFutur)


def test_le_type_ne_change_pas():
    Scenario(coordination).given(enregistree(EVENEMENT)).when(corriger(PARTENARIAT)).refused(
        refus.TypeNonModifiable
    )


def test_seul_son_auteur_corrige_supprime_et_reprend():
    deja = Scenario(coordination).given(enregistree(EVENEMENT))
    for commande in (corriger(EVENEMENT, par=UN_AUTRE), supprimer(UN_AUTRE), restaurer(par=UN_AUTRE)):
        deja.when(commande).refused(r.CoordinationDUnAutre)
    deja.given(supprimee(EVENEMENT))
    for commande in (corriger(EVENEMENT, par=UN_AUTRE), supprimer(UN_AUTRE), restaurer(par=UN_AUTRE)):
        deja.when(commande).refused(r.CoordinationDUnAutre)


def test_rien_ne_se_fait_d_un_compte_rendu_qui_n_existe_pas():
    oublier = OublierCoordination(coordination_id=CRA, maintenant=PLUS_TARD)
    for commande in (corriger(EVENEMENT), supprimer(), restaurer(), oublier):
        Scenario(coordination).when(commande).refused(r.CoordinationInconnue)


def test_une_suppression_recommencee_ne_change_rien_et_ne_se_corrige_plus():
    retiree = Scenario(coordination).given(enregistree(EVENEMENT), supprimee(EVENEMENT))
    retiree.when(supprimer()).then()
    retiree.when(corriger(EVENEMENT)).refused(r.CoordinationDejaSupprimee)


@LES_TROIS
def test_reprise_pendant_trente_jours_elle_redevient_ce_qu_elle_etait(saisie: Contenu):
    apres = replace(saisie, date=dt.date(2026, 6, 1))
    avant = (enregistree(saisie), corrigee(saisie, apres))
    retiree = replace(supprimee(saisie), date=apres.date)
    reprise = replace(restauree(apres), corrigee_le=PLUS_TARD)
    histoire = Scenario(coordination).given(*avant, retiree)
    histoire.when(restaurer(REPENTIR)).refused(refus.SuppressionDefinitive)
    histoire.when(restaurer()).then(reprise)
    assert fold(coordination, (*avant, retiree, reprise)) == fold(coordination, avant)
    histoire.given(reprise).when(restaurer()).then()


def test_apres_trente_jours_seulement_les_textes_d_une_suppression_s_effacent():
    oublier = OublierCoordination(coordination_id=CRA, maintenant=PLUS_TARD + REPENTIR)
    trop_tot = replace(oublier, maintenant=oublier.maintenant - dt.timedelta(seconds=1))
    retiree = Scenario(coordination).given(enregistree(ANIMATION), supprimee(ANIMATION))
    retiree.when(trop_tot).then()
    retiree.when(oublier).then(replace(EFFACES, effaces_le=oublier.maintenant))
    retiree.given(restauree(ANIMATION)).when(oublier).then()


@LES_TROIS
def test_ses_textes_effaces_elle_garde_le_reste_et_ne_se_corrige_plus(saisie: Contenu):
    effacer = EffacerTextesDeCoordination(coordination_id=CRA, maintenant=MAINTENANT)
    deja = Scenario(coordination).given(enregistree(saisie))
    deja.when(effacer).then(EFFACES)
    deja.given(EFFACES).when(effacer).then()
    deja.when(corriger(saisie)).refused(r.CoordinationEffacee)
    etat = fold(coordination, (enregistree(saisie), EFFACES))
    assert isinstance(etat, Effacee)
    lu = contenu_de(etat.derniere)
    assert (lu.date, lu.participants, lu.personnes) == (saisie.date, saisie.participants, saisie.personnes)
    assert {s.nom for s in (*lu.structures_concernees, *lu.structures_partenaires)} <= {ERASED}
    assert "Dupont" not in str(etat)
    # Deleted, then taken back: it has lost them for good.
    reprise = Scenario(coordination).given(enregistree(saisie), EFFACES, supprimee(saisie))
    reprise.when(restaurer()).then(
        replace(
            restauree(saisie),
            **{nom: None for nom in coordination.TEXTES if getattr(etat.derniere, nom) is not None},
        )
    )


# --- La forme gardée ---
@LES_TROIS
def test_tout_texte_tape_est_scelle_et_le_reste_est_en_clair(saisie: Contenu):
    codec: Codec[Event] = Codec(Event)
    garde = codec.encode(enregistree(saisie))
    clair = garde.data.decode()
    for texte in (
        "Dupont",
        "Marche",
        "Aller vers",
        "Mairie",
        "Forum",
        "Parcours d",
        "CCAS",
        "Amis",
        "Collectif",
    ):
        assert texte not in clair
    assert saisie.date.isoformat() in clair
    [secret] = garde.secrets
    assert (secret.kind, secret.person) == ("coordination", CRA)
    assert set(secret.fields) <= set(coordination.TEXTES)
    relu = codec.decode(garde.type, garde.schema_version, garde.data, secret.fields)
    assert relu == enregistree(saisie)


# --- La forme canonique ---
def accepte(contenu: Contenu) -> Contenu:
    (fait,) = coordination.decide(enregistrer(contenu), coordination.initial)
    assert isinstance(fait, CoordinationEnregistree)
    return contenu_de(fait)


def test_un_texte_autre_n_est_garde_que_si_autre_est_choisi():
    assert accepte(replace(ANIMATION, type_animation=TypeAnimation.COMITE)).type_animation_autre is None
    sans = accepte(replace(ANIMATION, thematiques_animation=(ThematiqueAnimation.RH,)))
    assert sans.thematique_animation_autre is None
    evenement = accepte(replace(EVENEMENT, type_evenement_autre="x", organisateur_autre="y"))
    assert (evenement.type_evenement_autre, evenement.organisateur_autre) == (None, None)
    assert accepte(replace(PARTENARIAT, nature_partenariat_autre="z")).nature_partenariat_autre is None
    partenaire = StructurePartenaire("Une mairie", TypePartenaire.COMMUNE, "trop")
    [garde] = accepte(replace(PARTENARIAT, structures_partenaires=(partenaire,))).structures_partenaires
    assert garde.type_autre is None


def test_les_codes_se_rangent_et_ne_se_repetent_pas():
    dans_le_desordre = (ThematiqueAnimation.RH, ThematiqueAnimation.PARTAGE, ThematiqueAnimation.RH)
    rangees = accepte(replace(ANIMATION, thematiques_animation=dans_le_desordre)).thematiques_animation
    assert rangees == (ThematiqueAnimation.PARTAGE, ThematiqueAnimation.RH)
    assert accepte(replace(ANIMATION, personnes=(ROSE, ROSE))).personnes == (ROSE,)


def test_une_personne_ou_une_structure_liee_est_comptee():
    lie = accepte(replace(ANIMATION, mediateurs=0, structures=0))
    assert (lie.mediateurs, lie.structures) == (1, 1)
    seules = replace(ANIMATION, mediateurs=0, structures=0, personnes=(), structures_concernees=())
    refuse(seules, r.ActeursManquants, "/mediateurs")
    assert accepte(replace(seules, autres_acteurs=2)).autres_acteurs == 2


def test_une_personne_liee_est_de_l_annuaire_et_celle_qui_y_etait_reste():
    inconnue = CompteId(UUID(int=7))
    liees = replace(EVENEMENT, personnes=(ROSE, inconnue))
    [faute] = (
        Scenario(coordination)
        .when(enregistrer(liees, connues=frozenset({ROSE})))
        .refused(r.PersonneHorsAnnuaire)
    )
    assert faute.field == "/personnes/1"
    # Gone from the directory since: who was there was there.
    avant = enregistree(replace(EVENEMENT, personnes=(ROSE,)))
    plus_de_monde = corriger(replace(EVENEMENT, personnes=(ROSE,), participants=7), connues=frozenset())
    [fait] = coordination.decide(plus_de_monde, fold(coordination, [avant]))
    assert isinstance(fait, CoordinationCorrigee)
    assert fait.personnes == (ROSE,)


def test_trop_de_personnes_c_est_ce_qui_est_dit_et_non_chacune_qui_est_inconnue():
    personnes = tuple(CompteId(UUID(int=n)) for n in range(101))
    trop = enregistrer(replace(EVENEMENT, personnes=personnes), connues=frozenset())
    Scenario(coordination).when(trop).refused(r.TropDeLiens)


def test_un_nom_de_structure_tient_sur_une_ligne_et_un_siret_s_ecrit_avec_des_espaces():
    structure = StructureConcernee(" Mairie\nde   Dijon ", "130 026 032 00016")
    lue = accepte(replace(EVENEMENT, structures_concernees=(structure,)))
    assert lue.structures_concernees == (StructureConcernee("Mairie de Dijon", SIRET),)


# --- Les règles ---
def refuse(contenu: Contenu, attendu: type[Refusal], champ: str) -> None:
    """La règle vaut à l'enregistrement, et nomme le champ en cause."""
    [faute] = Scenario(coordination).when(enregistrer(contenu)).refused(attendu)
    assert faute.field == champ


@LES_TROIS
def test_la_date_va_de_2015_au_jour_civil_du_coordinateur(saisie: Contenu):
    refuse(replace(saisie, date=AUJOURD_HUI + dt.timedelta(days=1)), refus.DateDansLeFutur, "/date")
    refuse(replace(saisie, date=dt.date(2014, 12, 31)), refus.DateTropAncienne, "/date")
    for jour in (AUJOURD_HUI, dt.date(2015, 1, 1)):
        assert accepte(replace(saisie, date=jour)).date == jour


@LES_TROIS
def test_les_notes_ont_vingt_mille_caracteres_au_plus(saisie: Contenu):
    refuse(replace(saisie, notes="n" * 20_001), refus.NotesTropLongues, "/notes")
    accepte(replace(saisie, notes="n" * 20_000))


type Champs = dict[str, Any]


@pytest.mark.parametrize(
    ("champs", "attendu", "champ"),
    [
        ({"duree_minutes": None}, refus.DureeManquante, "/duree_minutes"),
        ({"duree_minutes": 0}, refus.DureeManquante, "/duree_minutes"),
        ({"duree_minutes": 1440}, refus.DureeTropLongue, "/duree_minutes"),
        ({"mediateurs": -1}, r.NombreHorsLimites, "/mediateurs"),
        ({"autres_acteurs": 10_001}, r.NombreHorsLimites, "/autres_acteurs"),
        ({"type_animation": None}, r.TypeAnimationManquant, "/type_animation"),
        ({"type_animation_autre": " "}, r.TypeAnimationAPreciser, "/type_animation_autre"),
        ({"type_animation_autre": "t" * 501}, r.PrecisionTropLongue, "/type_animation_autre"),
        ({"thematiques_animation": ()}, r.ThematiqueAnimationManquante, "/thematiques_animation"),
        ({"thematique_animation_autre": None}, r.ThematiqueAnimationAPreciser, "/thematique_animation_autre"),
        ({"participants": 3}, r.SansObjetPourCeType, "/participants"),
        ({"personnes": tuple(range(101))}, r.TropDeLiens, "/personnes"),
        (
            {"structures_concernees": (StructureConcernee("s"),) * 51},
            r.TropDeLiens,
            "/structures_concernees",
        ),
        (
            {"structures_concernees": (StructureConcernee(" "),)},
            r.NomDeStructureManquant,
            "/structures_concernees/0/nom",
        ),
        (
            {"structures_concernees": (StructureConcernee("s" * 201),)},
            r.NomDeStructureTropLong,
            "/structures_concernees/0/nom",
        ),
        (
            {"structures_concernees": (StructureConcernee("Mairie", "13002603200017"),)},
            r.SiretRefuse,
            "/structures_concernees/0/siret",
        ),
        (
            {"structures_concernees": (StructureConcernee("Mairie", f"{SIRET}.0"),)},
            r.SiretRefuse,
            "/structures_concernees/0/siret",
        ),
    ],
)
def test_chaque_regle_d_une_animation_est_dite_sur_son_champ(
    champs: Champs, attendu: type[Refusal], champ: str
):
    refuse(replace(ANIMATION, **champs), attendu, champ)


@pytest.mark.parametrize(
    ("champs", "attendu", "champ"),
    [
        ({"participants": None}, r.NombreDeParticipantsManquant, "/participants"),
        ({"participants": -1}, r.NombreDeParticipantsNegatif, "/participants"),
        ({"participants": 10_001}, r.NombreHorsLimites, "/participants"),
        ({"nom": "n" * 201}, r.NomDEvenementTropLong, "/nom"),
        ({"type_evenement": None}, r.TypeEvenementManquant, "/type_evenement"),
        ({"type_evenement": TypeEvenement.AUTRE}, r.TypeEvenementAPreciser, "/type_evenement_autre"),
        ({"organisateurs": ()}, r.OrganisateurManquant, "/organisateurs"),
        ({"organisateurs": (Organisateur.AUTRE,)}, r.OrganisateurAPreciser, "/organisateur_autre"),
        ({"duree_minutes": 30}, r.SansObjetPourCeType, "/duree_minutes"),
    ],
)
def test_chaque_regle_d_un_evenement_est_dite_sur_son_champ(
    champs: Champs, attendu: type[Refusal], champ: str
):
    refuse(replace(EVENEMENT, **champs), attendu, champ)


def test_un_evenement_peut_n_avoir_eu_aucun_participant_et_aucun_nom():
    lu = accepte(replace(EVENEMENT, participants=0, nom=" "))
    assert (lu.participants, lu.nom) == (0, None)


@pytest.mark.parametrize(
    ("champs", "attendu", "champ"),
    [
        ({"natures_partenariat": ()}, r.NaturePartenariatManquante, "/natures_partenariat"),
        (
            {"natures_partenariat": (NaturePartenariat.AUTRE,)},
            r.NaturePartenariatAPreciser,
            "/nature_partenariat_autre",
        ),
        ({"structures_partenaires": ()}, r.PartenairesManquants, "/structures_partenaires"),
        (
            {"structures_partenaires": (StructurePartenaire("", TypePartenaire.HUB),)},
            r.NomDeStructureManquant,
            "/structures_partenaires/0/nom",
        ),
        (
            {"structures_partenaires": (StructurePartenaire("Un hub", None),)},
            r.TypePartenaireManquant,
            "/structures_partenaires/0/type",
        ),
        (
            {"structures_partenaires": (StructurePartenaire("Un collectif", TypePartenaire.AUTRE),)},
            r.TypePartenaireAPreciser,
            "/structures_partenaires/0/type_autre",
        ),
        (
            {"structures_concernees": (StructureConcernee("Mairie"),)},
            r.SansObjetPourCeType,
            "/structures_concernees",
        ),
    ],
)
def test_chaque_regle_d_un_partenariat_est_dite_sur_son_champ(
    champs: Champs, attendu: type[Refusal], champ: str
):
    refuse(replace(PARTENARIAT, **champs), attendu, champ)


def test_les_messages_sont_ceux_de_la_regle():
    """Règle : docs/domaine/activites.md §4."""
    dits = (
        r.ActeursManquants,
        r.TypeAnimationAPreciser,
        r.ThematiqueAnimationAPreciser,
        r.NombreDeParticipantsNegatif,
        r.PartenairesManquants,
    )
    assert [refuse.title() for refuse in dits] == [
        "Veuillez renseigner au moins un médiateur, une structure ou un autre acteur",
        "Veuillez préciser le type d’animation",
        "Veuillez préciser la thématique d’animation",
        "Le nombre de participants doit être positif",
        "Au moins une structure partenaire est requise",
    ]


def test_aux_bornes_rien_n_est_refuse():
    personnes = tuple(CompteId(UUID(int=n)) for n in range(100))
    concernees = (StructureConcernee("s" * 200),) * 50
    pleine = replace(ANIMATION, structures_concernees=concernees, personnes=personnes)
    connues = enregistrer(pleine, connues=frozenset(personnes))
    [fait] = Scenario(coordination).when(connues).decided()
    assert isinstance(fait, CoordinationEnregistree)
    autre = StructurePartenaire("Un collectif", TypePartenaire.AUTRE, "t" * 500)
    accepte(replace(PARTENARIAT, structures_partenaires=(autre,)))
    trop = replace(autre, type_autre="t" * 501)
    champ = "/structures_partenaires/0/type_autre"
    refuse(replace(PARTENARIAT, structures_partenaires=(trop,)), r.PrecisionTropLongue, champ)


def test_toutes_les_fautes_sont_dites_dans_l_ordre_des_questions():
    vide = Contenu(type=TypeCoordination.EVENEMENT, date=AUJOURD_HUI + dt.timedelta(days=1))
    fautes = (
        Scenario(coordination)
        .when(enregistrer(vide))
        .refused(
            refus.DateDansLeFutur,
            r.NombreDeParticipantsManquant,
            r.TypeEvenementManquant,
            r.OrganisateurManquant,
        )
    )
    assert [f.field for f in fautes] == ["/date", "/participants", "/type_evenement", "/organisateurs"]
