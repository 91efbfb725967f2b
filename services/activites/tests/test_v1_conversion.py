"""Étant donné un CRA de la V1, quand on le convertit (docs/domaine/activites.md §10.2)."""

import datetime as dt
from typing import Any
from uuid import uuid4

import orjson
import pytest
from activites.domain.faits import Contenu
from activites.domain.vocabulaire import (
    LieuId,
    StructureDeRedirection,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.imports.v1.conversion import Convertie, convertir, identifiant
from activites.imports.v1.cra import CraIllisible, CraV1, lire

from .exemples import LIEU

PERMANENCE, STRUCTURE = "6082626c0000000000000002", "6082626c0000000000000001"
CRA: dict[str, Any] = {
    "id": "62aa0c1f9b3e4d5f6a7b8c9d",
    "conseiller_numerique_id": "60aa12bb34cc56dd78ee90ff",
    "canal": "rattachement",
    "activite": "individuel",
    "nb_participants": 1,
    "nb_participants_recurrents": 0,
    "age_de_35_a_60_ans": 1,
    "statut_sans_emploi": 1,
    "themes": ["courriel"],
    "duree_minutes": 30,
    "code_postal": "69001",
    "nom_commune": "LYON",
    "code_commune": "69381",
    "date_accompagnement": "2022-05-02T09:00:00.000Z",
    "organismes": None,
    "annotation": None,
    "created_at": "2022-05-02T10:11:12.131Z",
    "structure_id": STRUCTURE,
    "permanence_id": None,
}


def convertie(lieux: dict[str, LieuId] | None = None, **champs: Any) -> Convertie:
    """Ce CRA, où ces champs changent. lieux : ceux que l'on connaît ; sans eux, celui de sa structure."""
    cra, _ = lire(orjson.dumps(CRA | champs))
    return convertir(cra, {STRUCTURE: LIEU} if lieux is None else lieux)


def contenu(**champs: Any) -> Contenu:
    return convertie(**champs).contenu


@pytest.mark.parametrize(
    ("activite", "attendu"),
    [
        ("collectif", TypeActivite.COLLECTIF),
        ("individuel", TypeActivite.INDIVIDUEL),
        ("ponctuel", TypeActivite.INDIVIDUEL),
    ],
)
def test_l_activite_devient_un_type(activite: str, attendu: TypeActivite) -> None:
    assert contenu(activite=activite).type == attendu


@pytest.mark.parametrize(
    ("canal", "attendu"),
    [
        ("domicile", TypeLieu.DOMICILE),
        ("distance", TypeLieu.A_DISTANCE),
        ("autre lieu", TypeLieu.AUTRE),
        ("rattachement", TypeLieu.LIEU_ACTIVITE),
        ("autre chose", TypeLieu.LIEU_ACTIVITE),
    ],
)
def test_le_canal_devient_un_type_de_lieu(canal: str, attendu: TypeLieu) -> None:
    assert contenu(canal=canal).type_lieu == attendu


def test_la_permanence_sinon_la_structure_devient_le_lieu() -> None:
    autre = LieuId(uuid4())
    lieux = {STRUCTURE: LIEU, PERMANENCE: autre}
    assert convertie(lieux, permanence_id=PERMANENCE).contenu.lieu_id == autre
    assert convertie(lieux).contenu.lieu_id == LIEU
    assert convertie(lieux, canal="domicile", permanence_id=PERMANENCE).contenu.lieu_id is None


def test_un_lieu_inconnu_devient_un_autre_lieu_de_sa_commune_et_c_est_dit() -> None:
    sans = convertie({})
    assert (sans.contenu.type_lieu, sans.contenu.lieu_id) == (TypeLieu.AUTRE, None)
    assert sans.contenu.commune is not None
    assert "lieu inconnu de la cartographie, gardé comme un autre lieu de sa commune" in sans.perdu


@pytest.mark.parametrize(
    ("canal", "attendue"),
    [("domicile", True), ("autre lieu", True), ("distance", False), ("rattachement", False)],
)
def test_la_commune_est_celle_du_cra_a_domicile_ou_ailleurs(canal: str, attendue: bool) -> None:
    commune = contenu(canal=canal).commune
    assert (commune is not None) == attendue
    assert commune is None or commune.nom.startswith("Lyon")


def test_le_jour_est_celui_du_territoire() -> None:
    soir = "2022-05-02T22:30:00.000Z"
    assert contenu(date_accompagnement=soir).date == dt.date(2022, 5, 3)
    en_martinique = contenu(date_accompagnement=soir, code_commune="97209")
    assert en_martinique.date == dt.date(2022, 5, 2)


def test_la_duree_en_minutes_devient_la_duree_au_plus_23_h_59() -> None:
    assert contenu(duree_minutes=45).duree_minutes == 45
    longue = convertie(duree_minutes=1500)
    assert longue.contenu.duree_minutes == 1439
    assert "durée au-delà de 23 h 59" in longue.perdu


def test_le_nombre_de_participants_compte_pour_un_collectif_et_un_seul_sinon() -> None:
    assert contenu(activite="collectif", nb_participants=7).participants.total == 7
    seul = convertie(activite="ponctuel", nb_participants=3)
    assert seul.contenu.participants.total == 1
    assert "participants au-delà du premier d’un individuel" in seul.perdu


@pytest.mark.parametrize(("recurrents", "attendus"), [(0, 0), (2, 2), (9, 4)])
def test_les_recurrents_sont_deja_accompagnes_au_plus_le_total(recurrents: int, attendus: int) -> None:
    participants = contenu(
        activite="collectif", nb_participants=4, nb_participants_recurrents=recurrents
    ).participants
    assert participants.deja_accompagnes == attendus


def test_les_ages_deviennent_des_tranches_et_ce_qui_manque_n_est_pas_communique() -> None:
    participants = contenu(
        activite="collectif",
        nb_participants=6,
        age_moins_12_ans=1,
        age_de_12_a_18_ans=2,
        age_de_35_a_60_ans=1,
    ).participants
    assert participants.tranches_age == {
        TrancheAge.MOINS_DE_DOUZE: 1,
        TrancheAge.DOUZE_DIX_HUIT: 2,
        TrancheAge.QUARANTE_CINQUANTE_NEUF: 1,
        TrancheAge.NON_COMMUNIQUE: 2,
    }


def test_les_ages_en_trop_sont_coupes_et_c_est_dit() -> None:
    trop = convertie(activite="collectif", nb_participants=2, age_de_12_a_18_ans=3, age_de_35_a_60_ans=1)
    assert trop.contenu.participants.tranches_age == {TrancheAge.DOUZE_DIX_HUIT: 2}
    assert "âges au-delà du nombre de participants" in trop.perdu


@pytest.mark.parametrize(
    ("champ", "jeune", "age", "part"),
    [
        ("age_de_18_a_35_ans", TrancheAge.DIX_HUIT_VINGT_QUATRE, TrancheAge.VINGT_CINQ_TRENTE_NEUF, 0.2915),
        ("age_plus_60_ans", TrancheAge.SOIXANTE_SOIXANTE_NEUF, TrancheAge.SOIXANTE_DIX_PLUS, 0.4805),
    ],
)
def test_les_tranches_partagees_le_sont_toujours_pareil_et_dans_la_bonne_proportion(
    champ: str, jeune: TrancheAge, age: TrancheAge, part: float
) -> None:
    sans = {"activite": "collectif", "nb_participants": 5000, "age_de_35_a_60_ans": 0, champ: 5000}
    tranches = contenu(**sans).participants.tranches_age
    assert tranches == contenu(**sans).participants.tranches_age
    assert set(tranches) == {jeune, age}
    assert abs(tranches[jeune] / 5000 - part) < 0.03
    # Another CRA is shared otherwise: the draw is its own.
    autre = contenu(**sans, id="62aa0c1f9b3e4d5f6a7b8c9e").participants.tranches_age
    assert autre != tranches


def test_statuts_et_genre_ne_sont_pas_convertis_et_c_est_dit() -> None:
    sans = convertie(statut_retraite=1)
    assert (sans.contenu.participants.statuts, sans.contenu.participants.genres) == ({}, {})
    assert "statuts" in sans.perdu
    assert "statuts" not in convertie(statut_sans_emploi=0).perdu


def test_l_annotation_devient_des_notes() -> None:
    assert contenu(annotation="Revenir\nlundi <matin>").notes == "<p>Revenir</p><p>lundi &lt;matin&gt;</p>"
    assert contenu().notes is None


@pytest.mark.parametrize(
    ("organismes", "attendue"),
    [
        ({"CAF": 1}, StructureDeRedirection.OPERATEUR_OU_ORGANISME_EN_CHARGE),
        *(({nom: 1}, StructureDeRedirection.OPERATEUR_OU_ORGANISME_EN_CHARGE)
          for nom in ("CPAM", "Carsat", "M.S.A", "URSSAF", "ANTS", "DGFIP", "OFII")),
        *(({nom: 1}, StructureDeRedirection.INSERTION_PROFESSIONNELLE)
          for nom in ("Pôle emploi", "France Travail", "Mission Locale de Foix", "CCI")),
        *(({nom: 1}, StructureDeRedirection.AIDE_AUX_DEMARCHES_ADMINISTRATIVES)
          for nom in ("Maison France Services", "MSAP")),
        *(({nom: 1}, StructureDeRedirection.AIDE_SOCIALE)
          for nom in ("CCAS", "Maison des solidarités", "Centre social", "MJC")),
        *(({nom: 1}, StructureDeRedirection.MEDIATION_NUMERIQUE)
          for nom in ("Tiers-lieu", "FabLab", "Emmaüs Connect")),
        *(({nom: 1}, StructureDeRedirection.ADMINISTRATION)
          for nom in ("Mairie", "Préfecture", "Conseil départemental", "Département")),
        ({"Mairie": 1, "CAF": 3}, StructureDeRedirection.OPERATEUR_OU_ORGANISME_EN_CHARGE),
        ({"Chez Paulette": 5, "CCAS": 1}, StructureDeRedirection.AIDE_SOCIALE),
        ({"Chez Paulette": 5}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_les_organismes_deviennent_une_structure_le_plus_cite_d_abord(
    organismes: dict[str, int], attendue: StructureDeRedirection | None
) -> None:
    assert contenu(organismes=organismes).structure_de_redirection == attendue


def test_un_organisme_non_reconnu_ou_de_trop_est_dit() -> None:
    assert "organismes non reconnus" in convertie(organismes={"Chez Paulette": 1}).perdu
    assert "organismes au-delà du plus cité" in convertie(organismes={"CAF": 2, "CPAM": 1}).perdu


@pytest.mark.parametrize(
    ("theme", "attendues"),
    [
        ("diagnostic", [Thematique.DIAGNOSTIC_NUMERIQUE]),
        ("equipement informatique",
         [Thematique.PRENDRE_EN_MAIN_DU_MATERIEL, Thematique.GERE_SES_CONTENUS_NUMERIQUES]),
        ("internet", [Thematique.NAVIGATION_SUR_INTERNET]),
        ("courriel", [Thematique.EMAIL]),
        ("traitement texte", [Thematique.BUREAUTIQUE]),
        ("contenus numeriques", [Thematique.CREER_AVEC_LE_NUMERIQUE]),
        ("echanger", [Thematique.RESEAUX_SOCIAUX]),
        ("sante", [Thematique.SANTE]),
        ("scolaire", [Thematique.SCOLARITE_ET_NUMERIQUE]),
        ("accompagner enfant", [Thematique.PARENTALITE]),
        ("trouver emploi", [Thematique.INSERTION_PROFESSIONNELLE]),
        ("budget", [Thematique.BANQUE_ET_ACHATS_EN_LIGNE]),
        ("tpe/pme", [Thematique.ENTREPRENEURIAT]),
        ("fraude et harcelement", [Thematique.SECURITE_NUMERIQUE]),
        ("securite", [Thematique.SECURITE_NUMERIQUE]),
        ("smartphone", [Thematique.PRENDRE_EN_MAIN_DU_MATERIEL]),
        ("demarche en ligne", [Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES]),
        ("vocabulaire", [Thematique.CULTURE_NUMERIQUE]),
        ("autre", []),
    ],
)  # fmt: skip
def test_chaque_theme_devient_ses_thematiques(theme: str, attendues: list[Thematique]) -> None:
    assert contenu(themes=[theme]).thematiques == tuple(attendues)


def test_ce_qu_un_theme_ne_dit_plus_est_dit() -> None:
    assert "thème « autre »" in convertie(themes=["autre"]).perdu
    assert "thème inconnu" in convertie(themes=["courriel", "astrologie"]).perdu
    assert "sous-thèmes" in convertie(sous_themes_sante=["dossier medical"]).perdu
    assert convertie(statut_sans_emploi=0).perdu == ()


def test_ni_materiel_ni_orientation() -> None:
    lu = contenu(organismes={"CAF": 1})
    assert (lu.materiels, lu.oriente_vers_structure) == ((), None)


def test_le_meme_cra_donne_toujours_la_meme_activite() -> None:
    assert identifiant(CRA["id"]) == identifiant(CRA["id"])
    assert convertie() == convertie()
    assert str(identifiant(CRA["id"])) == "0bbe223f-fa74-5184-be06-4785db7a38bc"


def test_un_objet_json_api_se_lit_aussi_et_ce_qui_n_est_pas_un_cra_se_dit() -> None:
    plat, _ = lire(orjson.dumps(CRA))
    sans_id = {nom: valeur for nom, valeur in CRA.items() if nom != "id"}
    objet, _ = lire(orjson.dumps({"type": "craV1", "id": CRA["id"], "attributes": sans_id}))
    assert isinstance(plat, CraV1)
    assert objet == plat
    for ligne in (b"", b"[]", b"3", b'{"id": 1}', orjson.dumps(CRA | {"duree_minutes": "longtemps"})):
        with pytest.raises(CraIllisible):
            lire(ligne)
    with pytest.raises(CraIllisible, match="nb_participants"):
        lire(orjson.dumps(CRA | {"nb_participants": 10**9}))
