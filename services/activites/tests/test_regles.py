"""Chaque règle de docs/domaine/activites.md §2, pour un accompagnement individuel et pour un atelier."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from activites.api.lectures import SANS_LIEU, AtelierLu, activite_lue
from activites.domain import activite
from activites.domain.faits import ActiviteEnregistree, Contenu, Participants, contenu_de, normaliser
from activites.domain.refus import (
    CommuneContredite,
    CommuneManquante,
    CompteurHorsLimites,
    DateDansLeFutur,
    DateTropAncienne,
    DureeManquante,
    DureeTropLongue,
    LieuManquant,
    NotesTropLongues,
    ParticipantsManquants,
    PrecisionsNonAutorisees,
    PrecisionsTropLongues,
    ReserveAuxAteliers,
    ReserveAuxIndividuels,
    SommeDepasseLeTotal,
    ThematiqueManquante,
    ThematiquesAdministrativesNonAutorisees,
    TitreTropLong,
    UnSeulBeneficiaire,
)
from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    Autonomie,
    Commune,
    Genre,
    Materiel,
    NiveauAtelier,
    StatutSocial,
    StructureDeRedirection,
    Thematique,
    TrancheAge,
    TypeLieu,
)
from events.decider import Refusal
from events.testing import Scenario

from .exemples import ATELIER, AUJOURD_HUI, DIJON, INDIVIDUEL, LIEU, corriger, enregistree, enregistrer

LES_DEUX = pytest.mark.parametrize("saisie", [INDIVIDUEL, ATELIER], ids=["individuel", "atelier"])
AIDE = Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES


def refuse(contenu: Contenu, refus: type[Refusal], champ: str) -> None:
    """La règle vaut à l'enregistrement comme à la correction, et nomme le champ en cause."""
    avant = INDIVIDUEL if contenu.type == INDIVIDUEL.type else ATELIER
    Scenario(activite).given().when(enregistrer(contenu)).refused(refus)
    Scenario(activite).given(enregistree(avant)).when(corriger(contenu)).refused(refus)
    with pytest.raises(refus) as levee:
        activite.decide(enregistrer(contenu), activite.initial)
    assert levee.value.field == champ


def accepte(contenu: Contenu) -> ActiviteEnregistree:
    (event,) = activite.decide(enregistrer(contenu), activite.initial)
    assert isinstance(event, ActiviteEnregistree)
    return event


TROIS_FAUTES = replace(
    ATELIER,
    date=AUJOURD_HUI + dt.timedelta(days=1),
    duree_minutes=0,
    notes="n" * 20_001,
)


def fautes(contenu: Contenu, *attendues: type[Refusal]) -> list[str | None]:
    """Tout ce qui est refusé, dans l'ordre ; rend les champs en cause."""
    return [f.field for f in Scenario(activite).when(enregistrer(contenu)).refused(*attendues)]


# --- All the faults at once ---
def test_toutes_les_fautes_sont_dites_chacune_avec_son_champ():
    champs = fautes(TROIS_FAUTES, DateDansLeFutur, DureeManquante, NotesTropLongues)
    assert champs == ["/date", "/duree_minutes", "/notes"]


def test_une_faute_qui_decoule_d_une_autre_n_est_pas_redite():
    """Un total à corriger ne dit rien des sommes ; sans thématique, aucune ne permet la précision."""
    vide = Participants(0, genres={Genre.FEMININ: 3})
    assert fautes(replace(ATELIER, participants=vide), ParticipantsManquants) == ["/participants/total"]
    sans_thematique = replace(INDIVIDUEL, thematiques=(), precisions_demarche="CAF")
    assert fautes(sans_thematique, ThematiqueManquante) == ["/thematiques"]
    trop = replace(INDIVIDUEL, precisions_demarche="p" * 501)
    assert fautes(trop, PrecisionsNonAutorisees) == ["/precisions_demarche"]


def test_deux_champs_fautifs_pour_une_meme_raison_sont_dits_tous_deux():
    saisie = replace(INDIVIDUEL, thematiques=(Thematique.LOGEMENT,), precisions_demarche="CAF")
    assert fautes(saisie, ThematiquesAdministrativesNonAutorisees, PrecisionsNonAutorisees) == [
        "/thematiques",
        "/precisions_demarche",
    ]


def test_la_commune_de_residence_d_un_anonyme_suit_les_regles_d_une_commune():
    saisie = replace(INDIVIDUEL, residence=Commune("Lyon", "21000", "21231"))
    assert fautes(saisie, CommuneContredite) == ["/beneficiaire/commune_residence/nom"]


# --- When ---
@LES_DEUX
def test_une_date_dans_le_futur_est_refusee(saisie: Contenu):
    refuse(replace(saisie, date=AUJOURD_HUI + dt.timedelta(days=1)), DateDansLeFutur, "/date")


@LES_DEUX
def test_une_activite_du_jour_est_acceptee(saisie: Contenu):
    assert accepte(replace(saisie, date=AUJOURD_HUI)).date == AUJOURD_HUI


@LES_DEUX
def test_une_date_d_avant_2015_est_refusee(saisie: Contenu):
    refuse(replace(saisie, date=dt.date(2014, 12, 31)), DateTropAncienne, "/date")
    accepte(replace(saisie, date=dt.date(2015, 1, 1)))


@LES_DEUX
@pytest.mark.parametrize("minutes", [0, -1, -1440])
def test_sans_duree_l_activite_est_refusee(saisie: Contenu, minutes: int):
    refuse(replace(saisie, duree_minutes=minutes), DureeManquante, "/duree_minutes")


@LES_DEUX
@pytest.mark.parametrize("minutes", [1440, 1_000_000])
def test_une_duree_de_vingt_quatre_heures_est_refusee(saisie: Contenu, minutes: int):
    refuse(replace(saisie, duree_minutes=minutes), DureeTropLongue, "/duree_minutes")


@LES_DEUX
@pytest.mark.parametrize("minutes", [1, 1439])
def test_les_durees_extremes_sont_acceptees(saisie: Contenu, minutes: int):
    assert accepte(replace(saisie, duree_minutes=minutes)).duree_minutes == minutes


# --- Where ---
@LES_DEUX
def test_en_lieu_d_activite_le_lieu_est_obligatoire(saisie: Contenu):
    refuse(replace(saisie, type_lieu=TypeLieu.LIEU_ACTIVITE, lieu_id=None), LieuManquant, "/lieu_id")


@LES_DEUX
@pytest.mark.parametrize("type_lieu", [TypeLieu.DOMICILE, TypeLieu.AUTRE])
def test_a_domicile_ou_ailleurs_la_commune_est_obligatoire(saisie: Contenu, type_lieu: TypeLieu):
    refuse(replace(saisie, type_lieu=type_lieu, commune=None), CommuneManquante, "/commune")


@LES_DEUX
def test_ce_que_le_type_de_lieu_rend_sans_objet_est_oublie(saisie: Contenu):
    partout = replace(saisie, lieu_id=LIEU, commune=DIJON)
    assert accepte(replace(partout, type_lieu=TypeLieu.AUTRE)).lieu_id is None
    assert accepte(replace(partout, type_lieu=TypeLieu.LIEU_ACTIVITE)).code_insee == "21166"
    a_distance = accepte(replace(partout, type_lieu=TypeLieu.A_DISTANCE))
    assert (a_distance.lieu_id, a_distance.code_insee) == (None, None)


# --- What ---
@LES_DEUX
def test_il_faut_au_moins_une_thematique(saisie: Contenu):
    refuse(replace(saisie, thematiques=()), ThematiqueManquante, "/thematiques")


@LES_DEUX
@pytest.mark.parametrize("thematique", sorted(THEMATIQUES_ADMINISTRATIVES))
def test_une_thematique_administrative_demande_l_aide_aux_demarches(saisie: Contenu, thematique: Thematique):
    seule = replace(saisie, thematiques=(Thematique.EMAIL, thematique))
    refuse(seule, ThematiquesAdministrativesNonAutorisees, "/thematiques")
    assert accepte(replace(saisie, thematiques=(AIDE, thematique))).thematiques == (AIDE, thematique)


@LES_DEUX
def test_une_precision_de_demarche_demande_l_aide_aux_demarches(saisie: Contenu):
    refuse(
        replace(saisie, precisions_demarche="Carte grise"), PrecisionsNonAutorisees, "/precisions_demarche"
    )
    assert accepte(replace(saisie, precisions_demarche="  ")).precisions_demarche is None
    precisee = replace(saisie, thematiques=(AIDE,), precisions_demarche="Carte grise")
    assert accepte(precisee).precisions_demarche == "Carte grise"


@LES_DEUX
def test_les_codes_sont_ranges_et_sans_doublon(saisie: Contenu):
    event = accepte(
        replace(
            saisie,
            thematiques=(AIDE, Thematique.EMAIL, AIDE),
            materiels=(Materiel.TABLETTE, Materiel.ORDINATEUR, Materiel.TABLETTE),
        )
    )
    assert event.thematiques == (Thematique.EMAIL, AIDE)
    assert event.materiels == (Materiel.ORDINATEUR, Materiel.TABLETTE)


@LES_DEUX
def test_aucun_materiel_n_exclut_pas_les_autres(saisie: Contenu):
    """Comme la plateforme existante, dont les données contiennent ce mélange."""
    melange = (Materiel.ORDINATEUR, Materiel.AUCUN)
    assert accepte(replace(saisie, materiels=melange)).materiels == melange


# --- Texts ---
@LES_DEUX
def test_des_notes_de_plus_de_vingt_mille_caracteres_sont_refusees(saisie: Contenu):
    refuse(replace(saisie, notes="n" * 20_001), NotesTropLongues, "/notes")
    accepte(replace(saisie, notes="n" * 20_000))
    # What was typed is counted, not how HTML writes it.
    accepte(replace(saisie, notes="&amp;" * 20_000))


@LES_DEUX
def test_des_precisions_de_plus_de_cinq_cents_caracteres_sont_refusees(saisie: Contenu):
    aide = replace(saisie, thematiques=(AIDE,))
    refuse(replace(aide, precisions_demarche="p" * 501), PrecisionsTropLongues, "/precisions_demarche")
    accepte(replace(aide, precisions_demarche="p" * 500))


def test_un_titre_de_plus_de_deux_cents_caracteres_est_refuse_et_ceux_d_avant_se_lisent():
    refuse(replace(ATELIER, titre_atelier="t" * 201), TitreTropLong, "/titre_atelier")
    accepte(replace(ATELIER, titre_atelier="t" * 200))
    ancien = replace(enregistree(ATELIER), titre_atelier="t" * 250)
    etat = activite.evolve(activite.initial, ancien)
    assert isinstance(etat, activite.Active)
    lue = activite_lue(etat, SANS_LIEU, [], {})
    assert isinstance(lue, AtelierLu)
    assert lue.titre_atelier == "t" * 250


# --- By type ---
@pytest.mark.parametrize(
    ("champ", "valeur"), [("niveau", NiveauAtelier.AVANCE), ("titre_atelier", "Le tableur")]
)
def test_un_individuel_n_a_ni_niveau_ni_titre(champ: str, valeur: Any):
    refuse(replace(INDIVIDUEL, **{champ: valeur}), ReserveAuxAteliers, f"/{champ}")
    assert getattr(accepte(replace(ATELIER, **{champ: valeur})), champ) == valeur


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [("autonomie", Autonomie.AUTONOME), ("oriente_vers_structure", False), ("residence", DIJON)],
)
def test_un_atelier_n_a_ni_autonomie_ni_orientation_ni_residence(champ: str, valeur: Any):
    refuse(replace(ATELIER, **{champ: valeur}), ReserveAuxIndividuels, f"/{champ}")
    assert getattr(contenu_de(accepte(replace(INDIVIDUEL, **{champ: valeur}))), champ) == valeur


def test_la_structure_de_redirection_ne_reste_que_si_le_beneficiaire_est_oriente():
    vers = replace(INDIVIDUEL, structure_de_redirection=StructureDeRedirection.AIDE_SOCIALE)
    oriente = accepte(replace(vers, oriente_vers_structure=True))
    assert oriente.structure_de_redirection == StructureDeRedirection.AIDE_SOCIALE
    for reponse in (False, None):
        non_oriente = accepte(replace(vers, oriente_vers_structure=reponse))
        assert non_oriente.oriente_vers_structure is reponse
        assert non_oriente.structure_de_redirection is None


# --- Participants ---
@pytest.mark.parametrize("total", [0, 2, 12])
def test_un_individuel_a_exactement_un_beneficiaire(total: int):
    refuse(replace(INDIVIDUEL, participants=Participants(total)), UnSeulBeneficiaire, "/participants/total")


@pytest.mark.parametrize(
    ("participants", "champ"),
    [
        (Participants(1, genres={Genre.FEMININ: 1, Genre.MASCULIN: 1}), "genres"),
        (
            Participants(1, tranches_age={TrancheAge.MOINS_DE_DOUZE: 1, TrancheAge.SOIXANTE_DIX_PLUS: 1}),
            "tranches_age",
        ),
        (Participants(1, statuts={StatutSocial.RETRAITE: 1, StatutSocial.EN_EMPLOI: 1}), "statuts"),
        (Participants(1, deja_accompagnes=2), "deja_accompagnes"),
    ],
    ids=["genres", "ages", "statuts", "deja"],
)
def test_un_individuel_a_au_plus_un_genre_une_tranche_d_age_un_statut(participants: Participants, champ: str):
    refuse(replace(INDIVIDUEL, participants=participants), SommeDepasseLeTotal, f"/participants/{champ}")


def test_un_atelier_a_au_moins_un_participant():
    refuse(replace(ATELIER, participants=Participants(0)), ParticipantsManquants, "/participants/total")


@pytest.mark.parametrize(
    ("participants", "champ"),
    [
        (Participants(5, deja_accompagnes=6), "deja_accompagnes"),
        (Participants(5, genres={Genre.FEMININ: 3, Genre.NON_COMMUNIQUE: 3}), "genres"),
        (Participants(5, tranches_age={TrancheAge.DOUZE_DIX_HUIT: 6}), "tranches_age"),
        (Participants(5, statuts={StatutSocial.SCOLARISE: 3, StatutSocial.RETRAITE: 3}), "statuts"),
    ],
    ids=["deja", "genres", "ages", "statuts"],
)
def test_une_repartition_ne_depasse_pas_le_total(participants: Participants, champ: str):
    refuse(replace(ATELIER, participants=participants), SommeDepasseLeTotal, f"/participants/{champ}")


@pytest.mark.parametrize(
    ("participants", "champ"),
    [
        (Participants(10_001), "total"),
        (Participants(-1), "total"),
        (Participants(5, deja_accompagnes=-1), "deja_accompagnes"),
        (Participants(5, genres={Genre.FEMININ: -1, Genre.MASCULIN: 5}), "genres/feminin"),
        (Participants(5, tranches_age={TrancheAge.DOUZE_DIX_HUIT: 10_001}), "tranches_age/douze_dix_huit"),
        (Participants(5, statuts={StatutSocial.RETRAITE: -5}), "statuts/retraite"),
    ],
    ids=["total", "negatif", "deja", "genres", "ages", "statuts"],
)
def test_un_compteur_va_de_zero_a_dix_mille(participants: Participants, champ: str):
    refuse(replace(ATELIER, participants=participants), CompteurHorsLimites, f"/participants/{champ}")


def test_un_atelier_de_dix_mille_participants_est_accepte():
    assert accepte(replace(ATELIER, participants=Participants(10_000, 10_000))).accompagnements == 10_000


def test_les_compteurs_nuls_sont_oublies_et_ranges():
    participants = Participants(3, genres={Genre.FEMININ: 1, Genre.NON_COMMUNIQUE: 0, Genre.MASCULIN: 2})
    genres = normaliser(replace(ATELIER, participants=participants)).participants.genres
    assert list(genres.items()) == [(Genre.MASCULIN, 2), (Genre.FEMININ, 1)]


@LES_DEUX
def test_normaliser_deux_fois_ne_change_rien_de_plus(saisie: Contenu):
    assert normaliser(normaliser(saisie)) == normaliser(saisie)


def test_les_messages_sont_ceux_de_la_regle():
    assert DureeManquante.title() == "Veuillez renseigner une durée"
    assert LieuManquant.title() == "Veuillez renseigner le lieu d’activité"
    assert CommuneManquante.title() == "Veuillez renseigner la commune"
    assert ThematiqueManquante.title() == "Veuillez renseigner au moins une thématique"
    assert ThematiquesAdministrativesNonAutorisees.title() == (
        "Les thématiques administratives ne sont autorisées que si la thématique"
        ' "Aide aux démarches administratives" est sélectionnée'
    )
    assert PrecisionsNonAutorisees.title() == (
        "La précision de la démarche ne peut être renseignée que si la thématique"
        ' "Aides aux démarches administratives" est sélectionnée'
    )
    assert ParticipantsManquants.title() == "Veuillez renseigner au moins un bénéficiaire suivi ou anonyme"
    assert SommeDepasseLeTotal.title() == (
        "La somme des données socio-démographiques dépasse le total des bénéficiaires anonymes"
    )
