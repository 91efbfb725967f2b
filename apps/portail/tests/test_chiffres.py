"""Les filtres d'une page de chiffres : de l'adresse à l'API, et comment ils se disent."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from portail.chiffres import Choix, Noms, Question, choix_lus, dits
from portail.filtres import en_phrase, reproches
from portail.passerelle import Refus

AUJOURD_HUI = dt.date(2026, 11, 29)
LIEU, MAIRIE, ASSO, TAG, LEA, ZOE, AMINA = (str(uuid4()) for _ in range(7))
PROPOSES: dict[str, Any] = {
    "lieux": [
        {"lieu_id": LIEU, "nom": "Médiathèque", "commune": "Dijon"},
        {"lieu_id": str(uuid4()), "nom": None, "commune": None},
    ],
    "structures_employeuses": [
        {"structure_id": MAIRIE, "nom": "Mairie", "siret": "13002603200016"},
        {"structure_id": ASSO, "nom": None, "siret": "13002603200016"},
        {"structure_id": str(uuid4()), "nom": None, "siret": None},
    ],
    "departements": [{"code": "21", "libelle": "Côte-d'Or"}],
    "communes": [{"code_insee": "21231", "libelle": "Dijon · 21000"}],
    "etiquettes": [{"tag_id": TAG, "nom": "Mobilité"}],
    "mediateurs": [
        {"mediateur_id": ZOE, "prenom": "Zoé", "nom": "Brun"},
        {"mediateur_id": LEA, "prenom": "Léa", "nom": "Noir"},
        {"mediateur_id": str(uuid4()), "prenom": None, "nom": None},
    ],
    "premier_jour": "2025-01-02",
    "dernier_jour": None,
    "v1": True,
}


def test_un_filtre_ne_propose_que_ce_qui_a_un_nom() -> None:
    choix = choix_lus(PROPOSES, {AMINA: "Amina Vidal"})
    assert choix.lieux == {LIEU: "Médiathèque · Dijon"}
    assert choix.employeurs == {MAIRIE: "Mairie", ASSO: "SIRET 130 026 032 00016"}
    assert list(choix.membres.items()) == [(LEA, "Léa Noir"), (ZOE, "Zoé Brun")]
    assert (choix.communes, choix.departements) == ({"21231": "Dijon (21000)"}, {"21": "Côte-d'Or (21)"})
    assert (choix.v1, choix.premier, choix.dernier) == (True, "2025-01-02", "")
    assert choix_lus(None, {}) == Choix()


def test_chaque_filtre_passe_a_l_api_se_dit_et_se_retire() -> None:
    posee = Question(
        conseiller_numerique="1",
        conseiller_numerique_au="aujourd_hui",
        lieu=(LIEU,),
        employeur=(MAIRIE,),
        tag=(TAG,),
        membre=(LEA, ZOE, LEA),
        beneficiaire=(AMINA,),
        source="v1",
        insee=("21231",),
        commune="Lyon (69003), Beaune",
        departement=("21",),
    ).propre()
    demande = posee.pour_l_api(AUJOURD_HUI, ["69383", "21054"])
    assert {nom: v for nom, v in demande.items() if v and nom not in ("du", "pas")} == {
        "conseiller_numerique": "1",
        "conseiller_numerique_au": "aujourd_hui",
        "lieux": [LIEU],
        "structures_employeuses": [MAIRIE],
        "tags": [TAG],
        "mediateurs": [LEA, ZOE],
        "beneficiaires": [AMINA],
        "source": "v1",
        "communes": ["21231", "69383", "21054"],
        "departements": ["21"],
    }
    noms = Noms(
        choix_lus(PROPOSES, {AMINA: "Amina Vidal"}),
        {},
        {},
        {},
        {},
        {"v1": "Espace coop (V1)"},
        {"aujourd_hui": "Aujourd’hui"},
    )
    actifs = posee.actifs(noms, "/espace/statistiques")
    assert [un.mots for un in actifs] == [
        "Conseiller numérique : aujourd’hui",
        "Médiathèque · Dijon",
        "Mairie",
        "Mobilité",
        "Léa Noir",
        "Zoé Brun",
        "Amina Vidal",
        "Saisies sur Espace coop (V1)",
        "Dijon (21000)",
        "Lyon (69003)",
        "Beaune",
        "Côte-d'Or",
    ]
    assert en_phrase(actifs[4:]) == (
        "Membre : Léa Noir ou Zoé Brun ; personne suivie : Amina Vidal ; saisies sur Espace coop (V1) ; "
        "commune : Dijon (21000) ou Lyon (69003) ou Beaune ; département : Côte-d'Or"
    )
    sans = {un.mots: un.sans for un in actifs}
    assert parse_qs(sans["Lyon (69003)"])["commune"] == ["Beaune"]
    assert (LEA in sans["Zoé Brun"], ZOE in sans["Zoé Brun"]) == (True, False)
    adresse = sans["Amina Vidal"]
    assert AMINA not in adresse
    assert LEA in adresse
    assert "Amina" not in posee.adresse("/espace/statistiques")


def test_le_jour_ou_un_statut_se_lit_ne_choisit_que_parmi_les_conseillers() -> None:
    inconnus = dict.fromkeys(("lieu", "employeur", "tag", "membre"), ("pasunuuid",))
    assert Question(conseiller_numerique_au="aujourd_hui", source="v3", **inconnus).propre() == Question()
    un_jour = Question("libre", "2026-11-29", "2026-11-29")
    assert un_jour.en_mots(AUJOURD_HUI) == "Le 29 novembre 2026"


def test_un_refus_dit_de_quel_filtre_il_est() -> None:
    dit = "Cette valeur ne fait pas partie des choix possibles."
    erreurs = [{"parametre": nom, "message": dit} for nom in ("thematiques", "thematiques", "types_lieu")]
    suite = dit[0].lower() + dit[1:]
    assert reproches(Refus(422, {"erreurs": erreurs})) == f"Sujets : {suite} Où : {suite}"
    assert reproches(Refus(409, {"title": "Ceci a changé."})) == "Ceci a changé."


def test_un_lien_dit_ce_qu_il_montre_sans_nommer_personne() -> None:
    """Le sien, comme il fut demandé ; de qui l'a reçu, ce qui désigne quelqu'un n'est qu'un nombre."""
    termes: dict[str, list[dict[str, str]]] = {
        "type": [{"code": "collectif", "libelle": "Ateliers"}],
        **{nom: [] for nom in ("thematiques", "type_lieu", "materiels")},
        "source": [{"code": "v1", "libelle": "Espace coop (V1)"}],
        "depuis": [{"code": "toujours", "libelle": "Depuis toujours"}],
        "conseiller_numerique_au": [{"code": "aujourd_hui", "libelle": "Aujourd’hui"}],
    }
    equipe = str(uuid4())
    filtres: dict[str, Any] = {
        "equipe": equipe,
        "types": ["collectif"],
        "departements": ["21"],
        "communes": ["21231", "69123"],
        "structures_employeuses": [MAIRIE],
        "mediateurs": [LEA, ZOE],
        "conseiller_numerique": True,
        "conseiller_numerique_au": "aujourd_hui",
        "source": "v1",
        "depuis": "toujours",
    }
    dits_ici = dits(filtres, termes, {equipe: "Dijon"})
    assert dits_ici == [
        "L’équipe « Dijon »",
        "Ateliers",
        "Côte-d'Or",
        "2 communes",
        "1 employeur",
        "2 médiateurs",
        "Conseiller numérique",
        "Conseiller numérique : aujourd’hui",
        "Saisies sur Espace coop (V1)",
        "Depuis toujours",
    ]
    recus = filtres | {"structures_employeuses": 1, "mediateurs": 2}
    assert dits(recus, termes) == ["Une équipe", *dits_ici[1:]]
    assert dits({"du": "2026-01-01"}, termes) == []
