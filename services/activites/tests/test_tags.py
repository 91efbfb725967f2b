"""Les étiquettes : qui les voit, qui les tient, ce qu'elles deviennent (docs/domaine/activites.md §6)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from activites.domain import activite, coordination, tag
from activites.domain.coordination_faits import CoordinationCorrigee
from activites.domain.evenements import Event
from activites.domain.faits import ActiviteCorrigee, ActiviteEnregistree, contenu_de
from activites.domain.place import Etendue, Place
from activites.domain.refus import (
    DepartementInconnu,
    DescriptionTropLongue,
    EquipeDAutrui,
    EquipeRequise,
    FusionAvecElleMeme,
    FusionVersPlusEtroit,
    NomDeTagAvecLien,
    NomDeTagTropLong,
    NomTropCourt,
    PorteeReservee,
    TagDejaCree,
    TagDejaSupprime,
    TagInconnu,
    TagNonVisible,
    TropDeTags,
)
from activites.domain.tag import (
    AccueillirTag,
    CreerTag,
    FusionnerTag,
    ModifierTag,
    OublierTag,
    PorteeChangee,
    SupprimerTag,
    TagAccueilli,
    TagCree,
    TagDecrit,
    TagFusionne,
    TagSupprime,
)
from activites.domain.vocabulaire import CompteId, EquipeId, PorteeDeTag, TagId
from activites.messaging import to_contract
from activites.projections import tags as lus
from events.codec import Codec
from events.decider import Refusal, Refusals, fold
from events.testing import Scenario

from .exemples import INDIVIDUEL, MAINTENANT, MON_COMPTE, PLUS_TARD, corriger, enregistree, enregistrer
from .exemples_coordination import PARTENARIAT
from .exemples_coordination import corriger as reprendre
from .exemples_coordination import enregistree as coordination_enregistree

CODEC = Codec(Event)
UN = TagId(UUID("0190a000-0000-7000-8000-0000000000e1"))
AUTRE = TagId(UUID("0190a000-0000-7000-8000-0000000000e2"))
EQUIPE = EquipeId(UUID("0190a000-0000-7000-8000-0000000000f1"))
VOISINE = EquipeId(UUID("0190a000-0000-7000-8000-0000000000f2"))
UN_AUTRE_COMPTE = CompteId(UUID("0190a000-0000-7000-8000-0000000000b2"))

A_MOI = Etendue(portee=PorteeDeTag.PERSONNEL, compte_id=MON_COMPTE)
A_L_EQUIPE = Etendue(portee=PorteeDeTag.EQUIPE, equipe_id=EQUIPE)
AU_DEPARTEMENT = Etendue(portee=PorteeDeTag.DEPARTEMENTAL, departement="21")
A_TOUS = Etendue(portee=PorteeDeTag.NATIONAL)

MEDIATEUR = Place(comptes=(MON_COMPTE,), saisit=True, equipes=frozenset({EQUIPE}), departements=("21",))
COORDINATEUR = replace(MEDIATEUR, comptes=(UN_AUTRE_COMPTE,), coordonne=True)
ANCIEN_MEMBRE = replace(MEDIATEUR, equipes=frozenset[EquipeId]())
D_AILLEURS = Place(comptes=(UN_AUTRE_COMPTE,), saisit=True, coordonne=True, departements=("35",))
ADMIN = Place(comptes=(UN_AUTRE_COMPTE,), administre=True)


def creer(portee: PorteeDeTag = PorteeDeTag.PERSONNEL, place: Place = MEDIATEUR, **autres: Any) -> CreerTag:
    commande = CreerTag(tag_id=UN, portee=portee, nom="Impôts", place=place, maintenant=MAINTENANT)
    return replace(commande, **autres)


def modifier(
    portee: PorteeDeTag = PorteeDeTag.PERSONNEL, place: Place = MEDIATEUR, **autres: Any
) -> ModifierTag:
    commande = ModifierTag(tag_id=UN, portee=portee, nom="Impôts", place=place, maintenant=PLUS_TARD)
    return replace(commande, **autres)


def cree(etendue: Etendue = A_MOI, par: CompteId = MON_COMPTE) -> TagCree:
    return TagCree(tag_id=UN, etendue=etendue, nom="Impôts", par=par, cree_le=MAINTENANT)


FUSIONNE = TagFusionne(tag_id=UN, vers=AUTRE, fusionne_le=MAINTENANT)
SUPPRIME = TagSupprime(tag_id=UN, supprime_le=MAINTENANT)


@pytest.mark.parametrize(
    ("etendue", "voient", "tiennent"),
    [
        (A_MOI, {"membre", "parti"}, {"membre", "parti"}),
        (A_L_EQUIPE, {"membre", "coordinateur"}, {"membre", "coordinateur"}),
        (AU_DEPARTEMENT, {"membre", "parti", "coordinateur"}, {"coordinateur"}),
        (A_TOUS, {"membre", "parti", "coordinateur", "ailleurs", "admin"}, {"admin"}),
    ],
    ids=lambda v: v.portee.value if isinstance(v, Etendue) else "",
)
def test_chacun_voit_et_tient_ce_que_dit_la_portee_et_un_ancien_membre_perd_celles_de_l_equipe(
    etendue: Etendue, voient: set[str], tiennent: set[str]
):
    places = {
        "membre": MEDIATEUR,
        "parti": ANCIEN_MEMBRE,
        "coordinateur": COORDINATEUR,
        "ailleurs": D_AILLEURS,
        "admin": ADMIN,
    }
    assert {qui for qui, place in places.items() if place.voit(etendue)} == voient
    assert {qui for qui, place in places.items() if place.tient(etendue)} == tiennent
    for qui, place in places.items():
        supprime = (
            Scenario(tag)
            .given(cree(etendue))
            .when(SupprimerTag(tag_id=UN, place=place, maintenant=MAINTENANT))
        )
        if qui in tiennent:
            supprime.then(SUPPRIME)
        else:
            supprime.refused(TagInconnu)


def test_qui_n_en_creerait_plus_de_cette_portee_redit_encore_le_nom_des_siennes():
    administre = Place(comptes=(MON_COMPTE,), administre=True)
    [decrit] = Scenario(tag).given(cree()).when(modifier(place=administre, nom="Taxes")).decided()
    assert isinstance(decrit, TagDecrit)
    Scenario(tag).when(creer(place=administre)).refused(PorteeReservee)


def test_chaque_portee_se_cree_par_qui_le_peut():
    Scenario(tag).when(creer()).then(cree())
    Scenario(tag).when(creer(PorteeDeTag.EQUIPE, equipe_id=EQUIPE)).then(cree(A_L_EQUIPE))
    Scenario(tag).when(creer(PorteeDeTag.DEPARTEMENTAL, COORDINATEUR)).then(
        cree(AU_DEPARTEMENT, UN_AUTRE_COMPTE)
    )
    Scenario(tag).when(creer(PorteeDeTag.NATIONAL, ADMIN)).then(cree(A_TOUS, UN_AUTRE_COMPTE))


@pytest.mark.parametrize(
    ("commande", "refus", "champ"),
    [
        (creer(place=ADMIN), PorteeReservee, "/portee"),
        (creer(PorteeDeTag.EQUIPE), EquipeRequise, "/equipe_id"),
        (creer(PorteeDeTag.EQUIPE, equipe_id=VOISINE), EquipeDAutrui, "/equipe_id"),
        (creer(PorteeDeTag.DEPARTEMENTAL), PorteeReservee, "/portee"),
        (
            creer(PorteeDeTag.DEPARTEMENTAL, replace(COORDINATEUR, departements=())),
            DepartementInconnu,
            "/portee",
        ),
        (creer(PorteeDeTag.NATIONAL, COORDINATEUR), PorteeReservee, "/portee"),
        (creer(nom="Xy"), NomTropCourt, "/nom"),
        (creer(nom="n" * 81), NomDeTagTropLong, "/nom"),
        (creer(nom="Gagnez 1000 € : https://gain.exemple"), NomDeTagAvecLien, "/nom"),
        (creer(nom="Écrire à gain@exemple.fr"), NomDeTagAvecLien, "/nom"),
        (creer(description="d" * 281), DescriptionTropLongue, "/description"),
    ],
)
def test_une_etiquette_que_l_on_ne_peut_creer_dit_ou_est_la_faute(
    commande: CreerTag, refus: type[Exception], champ: str
):
    with pytest.raises(refus) as levee:
        tag.decide(commande, tag.initial)
    assert getattr(levee.value, "field", None) == champ


def test_les_bornes_sont_comprises_et_toutes_les_fautes_sont_dites_a_la_fois():
    assert tag.decide(creer(nom="n" * 3, description="d" * 280), tag.initial)
    assert tag.decide(creer(nom="n" * 80), tag.initial)
    assert tag.decide(creer(nom="Impots.gouv.fr"), tag.initial)
    with pytest.raises(Refusals) as levee:
        tag.decide(creer(PorteeDeTag.EQUIPE, nom="", description="d" * 281), tag.initial)
    assert [r.field for r in levee.value.refusals] == ["/nom", "/description", "/equipe_id"]


def test_renvoyer_la_meme_creation_ne_change_rien_et_une_autre_est_refusee():
    Scenario(tag).given(cree()).when(creer()).then()
    Scenario(tag).given(cree()).when(creer(nom="Autres impôts")).refused(TagDejaCree)
    # Somebody else's stays somebody else's, whatever its name.
    Scenario(tag).given(cree()).when(creer(place=COORDINATEUR)).refused(TagDejaCree)
    for fin in (FUSIONNE, SUPPRIME):
        Scenario(tag).given(cree(), fin).when(creer()).refused(TagDejaSupprime)
        Scenario(tag).given(cree(), fin).when(creer(place=COORDINATEUR)).refused(TagDejaCree)


def test_modifier_redit_le_nom_et_la_portee_chacun_par_son_fait():
    Scenario(tag).given(cree()).when(modifier()).then()
    Scenario(tag).given(cree()).when(modifier(nom="Fisc", description="Déclarer")).then(
        TagDecrit(tag_id=UN, nom="Fisc", description="Déclarer", decrit_le=PLUS_TARD)
    )
    Scenario(tag).given(cree()).when(modifier(PorteeDeTag.EQUIPE, equipe_id=EQUIPE)).then(
        PorteeChangee(tag_id=UN, etendue=A_L_EQUIPE, changee_le=PLUS_TARD)
    )
    Scenario(tag).given(cree()).when(modifier(PorteeDeTag.NATIONAL)).refused(PorteeReservee)
    Scenario(tag).given(cree()).when(modifier(place=COORDINATEUR)).refused(TagInconnu)
    Scenario(tag).given(cree(), SUPPRIME).when(modifier()).refused(TagInconnu)
    # Said again by a coordinateur of two départements, it stays in its own.
    deux = replace(COORDINATEUR, departements=("35", "21"))
    Scenario(tag).given(cree(AU_DEPARTEMENT)).when(modifier(PorteeDeTag.DEPARTEMENTAL, deux)).then()


def test_une_etiquette_se_fusionne_vers_une_portee_au_moins_egale():
    fusionner = FusionnerTag(tag_id=UN, vers=AUTRE, place=MEDIATEUR, maintenant=MAINTENANT)
    Scenario(tag).given(cree()).when(fusionner).then(FUSIONNE)
    Scenario(tag).given(cree(A_TOUS)).when(fusionner).refused(TagInconnu)
    Scenario(tag).given(cree(), FUSIONNE).when(fusionner).refused(TagInconnu)
    Scenario(tag).given(cree()).when(replace(fusionner, vers=UN)).refused(FusionAvecElleMeme)

    accueillir = AccueillirTag(
        tag_id=UN, de=AUTRE, portee=PorteeDeTag.EQUIPE, place=MEDIATEUR, maintenant=MAINTENANT
    )
    accueilli = TagAccueilli(tag_id=UN, de=AUTRE, accueilli_le=MAINTENANT)
    # Seen is enough: it changes nothing for those who have it.
    for etendue in (A_L_EQUIPE, AU_DEPARTEMENT, A_TOUS):
        Scenario(tag).given(cree(etendue)).when(accueillir).then(accueilli)
    Scenario(tag).given(cree()).when(accueillir).refused(FusionVersPlusEtroit)
    Scenario(tag).given(cree(A_L_EQUIPE)).when(replace(accueillir, place=ANCIEN_MEMBRE)).refused(
        TagNonVisible
    )
    for fin in (FUSIONNE, SUPPRIME):
        Scenario(tag).given(cree(A_TOUS), fin).when(accueillir).refused(TagNonVisible)


def test_un_compte_efface_n_emporte_que_ses_etiquettes_personnelles():
    oublier = OublierTag(tag_id=UN, compte_id=MON_COMPTE, maintenant=MAINTENANT)
    Scenario(tag).given(cree()).when(oublier).then(SUPPRIME)
    Scenario(tag).given(cree(A_L_EQUIPE)).when(oublier).then()
    Scenario(tag).given(cree(), FUSIONNE).when(oublier).then(SUPPRIME)
    Scenario(tag).given(cree(), FUSIONNE, SUPPRIME).when(oublier).then()
    rendue = PorteeChangee(tag_id=UN, etendue=A_MOI, changee_le=MAINTENANT)
    Scenario(tag).given(cree(A_L_EQUIPE), rendue).when(oublier).then(SUPPRIME)


def test_un_nom_est_le_meme_sans_accent_ni_majuscule_chez_les_memes_seulement():
    ici = tag.unique(A_MOI, "Impôts")
    assert tag.unique(A_MOI, "IMPOTS ") == ici
    assert tag.unique(A_MOI, "Impôt") != ici
    assert tag.unique(A_L_EQUIPE, "Impôts") != ici
    assert tag.unique(A_MOI, "***") != tag.unique(A_MOI, "???")
    assert len(ici) <= 64


# --- Sur un compte rendu ---
def test_les_etiquettes_d_un_compte_rendu_sont_gardees_une_fois_et_dans_un_ordre():
    [fait] = activite.decide(enregistrer(replace(INDIVIDUEL, tags=(AUTRE, UN, AUTRE))), activite.initial)
    assert isinstance(fait, ActiviteEnregistree)
    assert fait.tags == (UN, AUTRE)
    assert contenu_de(fait).tags == (UN, AUTRE)


def test_une_etiquette_que_l_auteur_ne_voit_pas_est_refusee_a_sa_place():
    avec = replace(INDIVIDUEL, tags=(AUTRE, UN))
    avant = enregistree(INDIVIDUEL)
    for commande, faits in ((enregistrer(avec), ()), (corriger(avec), (avant,))):
        for visibles, champs in ({AUTRE}, ["/tags/1"]), (set[TagId](), ["/tags/0", "/tags/1"]):
            with pytest.raises(Refusal) as levee:
                activite.decide(replace(commande, tags_visibles=frozenset(visibles)), fold(activite, faits))
            refus = levee.value
            fautes = refus.refusals if isinstance(refus, Refusals) else (refus,)
            assert [(type(f), f.field) for f in fautes] == [(TagNonVisible, champ) for champ in champs]
        [pose] = activite.decide(commande, fold(activite, faits))
        assert isinstance(pose, ActiviteEnregistree | ActiviteCorrigee)
        assert pose.tags == (UN, AUTRE)


@pytest.mark.parametrize(
    ("envoyees", "visibles", "restent"),
    [
        ((), {UN}, (AUTRE,)),  # the one that is seen is taken off
        ((UN,), {UN}, None),  # sent again as it was read, nothing changes
        ((AUTRE,), {UN}, (AUTRE,)),
        ((), set[TagId](), None),
    ],
)
def test_corriger_garde_les_etiquettes_que_l_auteur_ne_voit_plus(
    envoyees: tuple[TagId, ...], visibles: set[TagId], restent: tuple[TagId, ...] | None
):
    """Un ancien membre ne relit plus celles de son équipe : il ne peut pas les avoir ôtées."""
    vues = frozenset(visibles)
    suivie = fold(activite, [enregistree(replace(INDIVIDUEL, tags=(UN, AUTRE)))])
    corrigees = activite.decide(corriger(replace(INDIVIDUEL, tags=envoyees), tags_visibles=vues), suivie)
    coordonnee = fold(coordination, [coordination_enregistree(replace(PARTENARIAT, tags=(UN, AUTRE)))])
    reprise = reprendre(replace(PARTENARIAT, tags=envoyees), tags_visibles=vues)
    for fait in (*corrigees, *coordination.decide(reprise, coordonnee)):
        assert isinstance(fait, ActiviteCorrigee | CoordinationCorrigee)
        assert fait.tags == restent
    assert bool(corrigees) == (restent is not None)


def test_cinquante_etiquettes_au_plus():
    tags = tuple(TagId(UUID(int=n)) for n in range(51))
    Scenario(activite).when(enregistrer(replace(INDIVIDUEL, tags=tags))).refused(TropDeTags)
    assert activite.decide(enregistrer(replace(INDIVIDUEL, tags=tags[:50])), activite.initial)


def test_un_fait_d_avant_les_etiquettes_se_lit_sans_et_leur_forme_est_une_liste_d_identifiants():
    ecrit = CODEC.encode(enregistree(replace(INDIVIDUEL, tags=(UN, AUTRE))))
    forme = orjson.loads(ecrit.data)
    assert forme.pop("tags") == [str(UN), str(AUTRE)]
    ancien = CODEC.decode(ecrit.type, ecrit.schema_version, orjson.dumps(forme).decode(), {})
    assert isinstance(ancien, ActiviteEnregistree)
    assert ancien.tags == ()


def test_le_nom_d_une_etiquette_est_chiffre_sous_sa_cle_et_rien_n_en_sort():
    fait = replace(cree(A_L_EQUIPE), description="Déclarer")
    ecrit = CODEC.encode(fait)
    assert orjson.loads(ecrit.data)["etendue"] == {
        "portee": "equipe",
        "equipe_id": str(EQUIPE),
    } | dict.fromkeys(("compte_id", "departement"))
    [secret] = ecrit.secrets
    assert (secret.kind, secret.person, secret.fields) == (
        "tag",
        UN,
        {"nom": "Impôts", "description": "Déclarer"},
    )
    assert CODEC.decode(ecrit.type, ecrit.schema_version, ecrit.data.decode(), secret.fields) == fait
    assert to_contract(fait) is None


def test_fusionnee_une_etiquette_ne_garde_de_mots_nulle_part_et_dit_toujours_ce_qu_elle_est_devenue():
    vive = lus.project(None, replace(cree(), nom="Mme Durand"))
    assert vive is not None
    fusionnee = lus.project(vive, FUSIONNE)
    assert fusionnee is not None
    assert "durand" not in str(fusionnee).lower()
    assert lus.project(fusionnee, SUPPRIME) == fusionnee
    assert lus.project(vive, SUPPRIME) is None
