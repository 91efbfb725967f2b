"""Un compte rendu de coordination : du formulaire à l'API, et retour."""

from typing import Any

from portail.formulaires import Saisie
from portail.saisie_coordination import ecarts, en_mots, lignes, lire, relue, serree

NOMENCLATURES: dict[str, list[dict[str, Any]]] = {
    "type_evenement": [{"code": "nec_local", "libelle": "NEC local"}],
    "organisateurs": [{"code": "hub", "libelle": "Un Hub"}, {"code": "autre", "libelle": "Autre"}],
    "type_partenaire": [{"code": "hub", "libelle": "Un Hub"}],
    "natures_partenariat": [{"code": "subvention", "libelle": "Recherche de subvention"}],
    "echelon_territorial": [{"code": "Regional", "libelle": "Régional"}],
}
EVENEMENT: dict[str, Any] = {
    "id": "0190a000-0000-7000-8000-000000000001",
    "type": "evenement",
    "date": "2026-01-15",
    "nom": "Forum",
    "participants": 0,
    "type_evenement": "nec_local",
    "type_evenement_autre": None,
    "organisateurs": ["hub", "autre"],
    "organisateur_autre": "Le quartier",
    "echelon_territorial": "Regional",
    "structures_concernees": [{"nom": "Mairie", "siret": "13002603200016"}, {"nom": "École", "siret": None}],
    "personnes": ["0190a000-0000-7000-8000-0000000000b1"],
    "tags": ["0190a000-0000-7000-8000-0000000000c1"],
    "etiquettes": [{"id": "0190a000-0000-7000-8000-0000000000c1", "nom": "Réseau", "portee": "equipe"}],
    "notes": "<p>Une</p><p>Deux</p>",
    "enregistree_le": "2026-01-15T10:00:00Z",
    "corrigee_le": None,
}
_AJOUTS = ("id", "enregistree_le", "corrigee_le", "etiquettes")


def sans_rien(valeur: Any) -> Any:
    """As the API takes it: absent or null are the same."""
    if isinstance(valeur, list):
        return [sans_rien(v) for v in valeur]
    return (
        {n: sans_rien(v) for n, v in valeur.items() if v is not None} if isinstance(valeur, dict) else valeur
    )


def test_ce_que_l_api_donne_repart_tel_quel() -> None:
    corps = lire(relue(EVENEMENT), "evenement").corps
    assert sans_rien(corps) == sans_rien({n: v for n, v in EVENEMENT.items() if n not in _AJOUTS})
    partenaires = [{"nom": "Un hub", "type": "hub", "type_autre": None, "siret": None}]
    partenariat = {
        "type": "partenariat",
        "date": "2026-01-15",
        "natures_partenariat": ["subvention"],
        "structures_partenaires": partenaires,
        "personnes": [],
        "tags": [],
    }
    assert sans_rien(lire(relue(partenariat), "partenariat").corps) == sans_rien(partenariat)


def test_un_formulaire_vide_part_avec_ce_que_l_api_dira_manquant() -> None:
    lue = lire(Saisie([("duree", "autre")]), "animation")
    assert (lue.corps["type_animation"], lue.corps["duree_minutes"]) == (None, 0)
    assert lue.corps["thematiques_animation"] == []
    assert set(lue.fautes) == {"/date", "/duree_minutes"}


def test_une_precision_que_la_page_cache_ne_part_pas() -> None:
    saisie = relue(EVENEMENT).avec("organisateurs", "hub")
    assert "organisateur_autre" not in lire(saisie, "evenement").corps


def test_une_ligne_de_structure_laissee_vide_n_est_celle_de_personne() -> None:
    champs = [("structures_partenaires/0/nom", " "), ("structures_partenaires/2/nom", "Un hub")]
    saisie = serree(Saisie([("nom", "x"), *champs, ("structures_partenaires/2/type", "hub")]))
    [structure] = lire(saisie, "partenariat").corps["structures_partenaires"]
    assert (structure["nom"], structure["type"]) == ("Un hub", "hub")
    # The row of a pointer of the API is the row shown.
    assert saisie.un("structures_partenaires/0/nom") == "Un hub"
    assert lignes(saisie, "partenariat") == 2
    assert lignes(saisie.avec("plus", "oui"), "partenariat") == 4
    assert lignes(Saisie([]), "partenariat") == 1


def test_ce_qui_differe_se_lit_en_mots() -> None:
    noms = {"0190a000-0000-7000-8000-0000000000b1": "Rose Exemple"}
    lus = en_mots(EVENEMENT, NOMENCLATURES, noms)
    assert (lus["Participants"], lus["Étiquettes"]) == ("0", "Réseau")
    assert lus["Organisé par"] == "Un Hub, Autre : Le quartier"
    assert lus["Structures concernées"] == "Mairie (SIRET 13002603200016) ; École"
    assert lus["Personnes concernées"] == "Rose Exemple"
    assert en_mots(EVENEMENT, NOMENCLATURES, {})["Personnes concernées"] == "1 autre, hors de vos équipes"
    [ecart] = ecarts(EVENEMENT | {"nom": "Salon"}, EVENEMENT, NOMENCLATURES, noms)
    assert (ecart.question, ecart.ici, ecart.enregistre) == ("Nom", "Salon", "Forum")
