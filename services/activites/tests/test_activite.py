"""La vie d'une activité : enregistrer, corriger, supprimer. Une règle, un scénario."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from activites.domain import activite
from activites.domain.activite import REPENTIR, Effacee, OublierActivite, decide, initial
from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteDecrite,
    ActiviteEnregistree,
    Participants,
    TextesEffaces,
    contenu_de,
)
from activites.domain.refus import (
    ActiviteDejaEnregistree,
    ActiviteDejaSupprimee,
    ActiviteDUnAutreMediateur,
    ActiviteInconnue,
    AucunEmploi,
    LieuDActiviteInconnu,
    LieuDUnAutre,
    ParticipantsManquants,
    SuppressionDefinitive,
    TypeNonModifiable,
)
from activites.domain.vocabulaire import LieuConnu, LieuId, TypeLieu
from events.decider import fold
from events.testing import Scenario
from events.types import ERASED
from hypothesis import given
from hypothesis import strategies as st

from .exemples import (
    ACTIVITE,
    ATELIER,
    DIJON,
    INDIVIDUEL,
    LIEU,
    MAINTENANT,
    MEDIATHEQUE,
    MOI,
    MON_COMPTE,
    PLUS_TARD,
    STRUCTURE,
    SUPPRIMEE,
    UN_AUTRE,
    corrigee,
    corriger,
    enregistree,
    enregistrer,
    restauree,
    restaurer,
    supprimer,
)


def test_un_mediateur_enregistre_un_accompagnement_individuel():
    Scenario(activite).given().when(enregistrer(INDIVIDUEL)).then(
        ActiviteEnregistree(
            activite_id=ACTIVITE,
            mediateur_id=MOI,
            compte_id=MON_COMPTE,
            type=INDIVIDUEL.type,
            date=INDIVIDUEL.date,
            duree_minutes=45,
            type_lieu=TypeLieu.DOMICILE,
            commune="Dijon",
            code_postal="21000",
            code_insee="21231",
            departement="21",
            structure_employeuse_id=STRUCTURE,
            thematiques=INDIVIDUEL.thematiques,
            materiels=INDIVIDUEL.materiels,
            participants=INDIVIDUEL.participants,
            accompagnements=1,
            notes=INDIVIDUEL.notes,
            enregistree_le=MAINTENANT,
        )
    )


def test_un_mediateur_enregistre_un_atelier_collectif():
    Scenario(activite).given().when(enregistrer(ATELIER)).then(
        ActiviteEnregistree(
            activite_id=ACTIVITE,
            mediateur_id=MOI,
            compte_id=MON_COMPTE,
            type=ATELIER.type,
            date=ATELIER.date,
            duree_minutes=120,
            type_lieu=TypeLieu.LIEU_ACTIVITE,
            lieu_id=LIEU,
            commune="Chenôve",
            code_postal="21300",
            code_insee="21166",
            departement="21",
            structure_employeuse_id=STRUCTURE,
            thematiques=ATELIER.thematiques,
            titre_atelier="Le tableur pas à pas",
            participants=ATELIER.participants,
            accompagnements=12,
            enregistree_le=MAINTENANT,
        )
    )


def test_le_meme_enregistrement_recommence_ne_change_rien():
    Scenario(activite).given(enregistree(INDIVIDUEL)).when(enregistrer(INDIVIDUEL)).then()


def test_le_meme_enregistrement_recommence_apres_une_correction_ne_change_rien():
    apres = replace(INDIVIDUEL, duree_minutes=60)
    Scenario(activite).given(enregistree(INDIVIDUEL), corrigee(INDIVIDUEL, apres)).when(
        enregistrer(INDIVIDUEL)
    ).then()


def test_le_meme_enregistrement_est_reconnu_meme_si_l_emploi_ou_le_lieu_ont_change_depuis():
    ailleurs = LieuConnu(LIEU, "Talant", "21240", "21617", "21")
    Scenario(activite).given(enregistree(ATELIER)).when(
        enregistrer(ATELIER, emploi=None, lieu=ailleurs)
    ).then()


def test_une_autre_saisie_sous_le_meme_identifiant_est_refusee():
    Scenario(activite).given(enregistree(INDIVIDUEL)).when(
        enregistrer(replace(INDIVIDUEL, duree_minutes=50))
    ).refused(ActiviteDejaEnregistree)


def test_la_meme_saisie_par_un_autre_mediateur_est_refusee():
    Scenario(activite).given(enregistree(INDIVIDUEL)).when(enregistrer(INDIVIDUEL, par=UN_AUTRE)).refused(
        ActiviteDejaEnregistree
    )


def test_une_activite_supprimee_ne_s_enregistre_pas_a_nouveau():
    Scenario(activite).given(enregistree(INDIVIDUEL), SUPPRIMEE).when(enregistrer(INDIVIDUEL)).refused(
        ActiviteDejaSupprimee
    )


def test_le_mediateur_corrige_son_activite():
    apres = replace(INDIVIDUEL, duree_minutes=60, notes=None)
    Scenario(activite).given(enregistree(INDIVIDUEL)).when(corriger(apres)).then(corrigee(INDIVIDUEL, apres))
    assert corrigee(INDIVIDUEL, apres).corrigee_le == PLUS_TARD
    assert contenu_de(corrigee(INDIVIDUEL, apres)) == apres


def test_corrigee_une_activite_garde_qu_elle_vient_d_un_rendez_vous_ou_le_dit_enfin():
    plus_longue = replace(INDIVIDUEL, duree_minutes=60)
    for avant, su in ((True, False), (False, True)):
        [faite] = decide(enregistrer(INDIVIDUEL, sur_rendez_vous=avant), initial)
        etat = fold(activite, [faite])
        [corrigee_] = decide(corriger(plus_longue, sur_rendez_vous=su), etat)
        assert isinstance(corrigee_, ActiviteCorrigee)
        assert corrigee_.sur_rendez_vous


def test_une_correction_sans_difference_ne_change_rien():
    Scenario(activite).given(enregistree(ATELIER)).when(corriger(ATELIER)).then()


def test_une_correction_suit_les_memes_regles_que_l_enregistrement():
    Scenario(activite).given(enregistree(ATELIER)).when(
        corriger(replace(ATELIER, participants=Participants(0)))
    ).refused(ParticipantsManquants)


def test_le_type_d_une_activite_ne_change_pas():
    Scenario(activite).given(enregistree(INDIVIDUEL)).when(corriger(ATELIER)).refused(TypeNonModifiable)


def test_seul_son_mediateur_corrige_une_activite():
    Scenario(activite).given(enregistree(ATELIER)).when(corriger(ATELIER, par=UN_AUTRE)).refused(
        ActiviteDUnAutreMediateur
    )


def test_une_activite_inconnue_ne_se_corrige_pas():
    Scenario(activite).given().when(corriger(ATELIER)).refused(ActiviteInconnue)


def test_une_activite_supprimee_ne_se_corrige_pas():
    Scenario(activite).given(enregistree(ATELIER), SUPPRIMEE).when(corriger(ATELIER)).refused(
        ActiviteDejaSupprimee
    )


def test_une_activite_supprimee_d_un_autre_mediateur_ne_se_corrige_pas():
    Scenario(activite).given(enregistree(ATELIER), SUPPRIMEE).when(corriger(ATELIER, par=UN_AUTRE)).refused(
        ActiviteDUnAutreMediateur
    )


def test_le_mediateur_supprime_son_activite():
    Scenario(activite).given(enregistree(ATELIER)).when(supprimer()).then(SUPPRIMEE)


def test_seul_son_mediateur_supprime_une_activite():
    Scenario(activite).given(enregistree(ATELIER)).when(supprimer(UN_AUTRE)).refused(
        ActiviteDUnAutreMediateur
    )
    Scenario(activite).given(enregistree(ATELIER), SUPPRIMEE).when(supprimer(UN_AUTRE)).refused(
        ActiviteDUnAutreMediateur
    )


def test_une_suppression_recommencee_ne_change_rien():
    Scenario(activite).given(enregistree(ATELIER), SUPPRIMEE).when(supprimer()).then()


def test_une_activite_inconnue_ne_se_supprime_pas():
    Scenario(activite).given().when(supprimer()).refused(ActiviteInconnue)


def test_le_mediateur_revient_sur_sa_suppression_et_retrouve_tout():
    fait, correction = enregistree(ATELIER), corrigee(ATELIER, replace(ATELIER, duree_minutes=60))
    histoire = (fait, correction, SUPPRIMEE)
    reprise = replace(restauree(ATELIER), duree_minutes=60, corrigee_le=PLUS_TARD)
    Scenario(activite).given(*histoire).when(restaurer()).then(reprise)
    avant = fold(activite, (fait, correction))
    assert fold(activite, (*histoire, reprise)) == avant
    # Again it changes nothing; it is corrected and deleted as before.
    Scenario(activite).given(*histoire, reprise).when(restaurer()).then()
    Scenario(activite).given(*histoire, reprise).when(supprimer()).then(SUPPRIMEE)


def test_seul_son_mediateur_revient_sur_une_suppression():
    Scenario(activite).given(enregistree(ATELIER), SUPPRIMEE).when(restaurer(par=UN_AUTRE)).refused(
        ActiviteDUnAutreMediateur
    )
    Scenario(activite).when(restaurer()).refused(ActiviteInconnue)


def test_apres_trente_jours_une_suppression_est_definitive():
    histoire = (enregistree(ATELIER), SUPPRIMEE)
    presque = REPENTIR - dt.timedelta(seconds=1)
    Scenario(activite).given(*histoire).when(restaurer(REPENTIR)).refused(SuppressionDefinitive)
    Scenario(activite).given(*histoire).when(restaurer(presque)).then(
        replace(restauree(ATELIER), restauree_le=PLUS_TARD + presque)
    )


def test_apres_trente_jours_seulement_les_textes_d_une_activite_supprimee_s_effacent():
    oublier = OublierActivite(activite_id=ACTIVITE, maintenant=PLUS_TARD + REPENTIR)
    trop_tot = replace(oublier, maintenant=oublier.maintenant - dt.timedelta(seconds=1))
    efface = TextesEffaces(activite_id=ACTIVITE, mediateur_id=MOI, effaces_le=oublier.maintenant)
    histoire = (enregistree(ATELIER), SUPPRIMEE)
    Scenario(activite).given(*histoire).when(trop_tot).then()
    Scenario(activite).given(*histoire).when(oublier).then(efface)
    Scenario(activite).given(*histoire, efface).when(oublier).then()
    # Restored meanwhile, it keeps them.
    Scenario(activite).given(*histoire, restauree(ATELIER)).when(oublier).then()


def test_reprise_sans_ses_textes_une_activite_compte_et_ne_les_retrouve_pas():
    efface = TextesEffaces(activite_id=ACTIVITE, mediateur_id=MOI, effaces_le=MAINTENANT)
    histoire = (enregistree(ATELIER), SUPPRIMEE, efface)
    sans = replace(restauree(ATELIER), titre_atelier=None)
    Scenario(activite).given(*histoire).when(restaurer()).then(sans)
    etat = fold(activite, (*histoire, sans))
    assert isinstance(etat, Effacee)
    assert etat.derniere.titre_atelier == ERASED


def test_sans_aucun_emploi_l_activite_est_refusee():
    Scenario(activite).given().when(enregistrer(INDIVIDUEL, emploi=None)).refused(AucunEmploi)
    Scenario(activite).given().when(enregistrer(ATELIER, emploi=None)).refused(AucunEmploi)
    # Avant le lieu d'un autre : on l'ajouterait aux siens pour rien.
    ailleurs = enregistrer(ATELIER, emploi=None, lieux_siens=frozenset())
    Scenario(activite).given().when(ailleurs).refused(AucunEmploi)


def test_un_lieu_inconnu_est_refuse():
    Scenario(activite).given().when(enregistrer(ATELIER, lieu=None)).refused(LieuDActiviteInconnu)
    un_autre = replace(MEDIATHEQUE, lieu_id=LieuId(ACTIVITE))
    Scenario(activite).given().when(enregistrer(ATELIER, lieu=un_autre)).refused(LieuDActiviteInconnu)


_LIEUX = st.sampled_from([LieuId(UUID(int=n)) for n in range(3)])


@given(_LIEUX, st.frozensets(_LIEUX), st.none() | _LIEUX)
def test_a04_le_lieu_est_l_un_des_siens_ou_celui_que_le_compte_rendu_avait(
    lieu_id: LieuId, siens: frozenset[LieuId], avant: LieuId | None
) -> None:
    atelier = replace(ATELIER, lieu_id=lieu_id, duree_minutes=60)
    ou = {"lieu": replace(MEDIATHEQUE, lieu_id=lieu_id), "lieux_siens": siens}
    scenario = Scenario(activite).when(enregistrer(atelier, **ou))
    if avant is not None:
        fait = replace(enregistree(ATELIER), lieu_id=avant)
        scenario = Scenario(activite).given(fait).when(corriger(atelier, **ou))
    if lieu_id in {*siens, avant}:
        [decrite] = scenario.decided()
        assert isinstance(decrite, ActiviteDecrite)
        assert decrite.lieu_id == lieu_id
    else:
        [seul] = scenario.refused(LieuDUnAutre)
        assert seul.field == "/lieu_id"


def test_a_distance_l_activite_est_a_la_commune_de_l_employeur_si_elle_est_connue():
    a_distance = replace(INDIVIDUEL, type_lieu=TypeLieu.A_DISTANCE)
    for insee, attendu in (
        ("21231", ("Dijon", "21000", "21231", "21")),
        ("97411", ("Saint-Denis", "97400", "97411", "974")),
        ("00000", (None, None, None, None)),
        (None, (None, None, None, None)),
    ):
        [event] = decide(enregistrer(a_distance, employeur_insee=insee), initial)
        assert isinstance(event, ActiviteEnregistree)
        assert (event.commune, event.code_postal, event.code_insee, event.departement) == attendu
        assert contenu_de(event).commune is None, "personne ne l'a saisie"


def test_le_departement_d_outre_mer_a_trois_chiffres():
    saint_denis = replace(DIJON, nom="Saint-Denis", code_postal="97400", code_insee="97411")
    assert enregistree(replace(INDIVIDUEL, commune=saint_denis)).departement == "974"
    ajaccio = replace(DIJON, nom="Ajaccio", code_postal="20000", code_insee="2A004")
    assert enregistree(replace(INDIVIDUEL, commune=ajaccio)).departement == "2A"


def test_un_lieu_sans_departement_a_celui_de_sa_commune():
    (event,) = decide(enregistrer(ATELIER, lieu=replace(MEDIATHEQUE, departement=None)), initial)
    assert isinstance(event, ActiviteEnregistree)
    assert event.departement == "21"


def test_un_lieu_sans_code_insee_n_a_ni_commune_insee_ni_departement():
    lieu = replace(MEDIATHEQUE, departement=None, code_insee=None)
    (event,) = decide(enregistrer(ATELIER, lieu=lieu), initial)
    assert isinstance(event, ActiviteEnregistree)
    assert (event.commune, event.code_insee, event.departement) == ("Chenôve", None, None)
