"""La fiche d'un compte rendu : tout ce que l'API en dit se lit."""

import re
from html import unescape
from typing import Any

from portail.rendu import Rendu
from starlette.requests import Request

ICI = Request({"type": "http", "method": "GET", "path": "/ici", "headers": [], "query_string": b""})
NOMS = {
    "type": {"individuel": "Individuel", "collectif": "Atelier"},
    "type_lieu": {"domicile": "À domicile", "lieu_activite": "Lieu d’activité"},
    "thematiques": {"email": "Courriel"},
    "genre": {"feminin": "Féminin"},
    "tranche_age": {"soixante_dix_plus": "70 ans et plus"},
    "statut_social": {},
    "niveau": {},
    "materiels": {},
}
COMMUN = {
    "id": "0",
    "date": "2026-01-15",
    "duree_minutes": 45,
    "thematiques": ["email"],
    "precisions_demarche": None,
    "materiels": [],
    "etiquettes": [],
    "enregistree_le": "2026-01-15T10:00:00+00:00",
    "corrigee_le": None,
    "sur_rendez_vous": False,
}


def fiche(employeur: str | None = None, **activite: Any) -> dict[str, str]:
    """Les définitions de la fiche : question -> réponse, balises ôtées sauf celles des notes."""
    page = Rendu().page(
        ICI,
        "activites/fiche.html",
        moi=None,
        message=None,
        partage=False,
        noms=NOMS,
        employeur=employeur,
        a=COMMUN | activite,
    )
    html = bytes(page.body).decode()
    dits = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", html, re.DOTALL)
    return {nom: dit if nom == "Notes" else unescape(re.sub("<[^>]*>", "", dit)) for nom, dit in dits}


def test_un_individuel_dit_ou_habite_l_anonyme_son_rendez_vous_et_l_employeur() -> None:
    seul = {"type": "individuel", "accompagnements": 1, "autonomie": None, "oriente_vers_structure": None}
    anonyme = {"deja_accompagne": False, "genre": "feminin", "tranche_age": None, "statut_social": None}
    dits = fiche(
        "Mairie de <Dijon>",
        **seul,
        type_lieu="domicile",
        lieu_nom=None,
        lieu_commune=None,
        commune={"nom": "Dijon", "code_postal": "21000", "code_insee": "21231"},
        beneficiaires=[],
        beneficiaire=anonyme | {"commune_residence": {"nom": "Chenôve", "code_postal": "21300"}},
        sur_rendez_vous=True,
        notes='<p>À <b onclick="x">revoir</b></p><script>x</script><ul><li>lundi</li></ul>',
    )
    assert dits["Où"] == "À domicile, Dijon (21000)"
    assert (dits["Pour qui"], dits["Où la personne habite"]) == ("Féminin", "Chenôve (21300)")
    assert (dits["Sur rendez-vous"], dits["Employeur"]) == (
        "Oui, pris dans RDV Service Public",
        "Mairie de <Dijon>",
    )
    assert dits["Notes"] == "<p>À <b>revoir</b></p><ul><li>lundi</li></ul>"


def test_un_atelier_dit_sa_commune_ses_suivis_et_les_repartitions_de_ses_anonymes() -> None:
    suivie = {"id": "1", "prenom": "Amina", "nom": "Diallo", "premier_accompagnement": True}
    participants = {"total": 8, "deja_accompagnes": 3, "statuts": {}}
    repartitions = {"genres": {"feminin": 5}, "tranches_age": {"soixante_dix_plus": 6}}
    dits = fiche(
        type="collectif",
        titre_atelier="Le tableur",
        niveau=None,
        type_lieu="lieu_activite",
        lieu_nom="Médiathèque",
        lieu_commune="Chenôve",
        commune=None,
        accompagnements=9,
        beneficiaires=[suivie],
        participants=participants | repartitions,
        notes=None,
    )
    assert dits["Où"] == "Médiathèque, Chenôve"
    assert dits["Personnes suivies"] == "Amina Diallo (premier accompagnement)"
    assert dits["Participants"] == "9, dont 1 suivi et 8 anonymes"
    assert dits["Anonymes déjà accompagnés"] == "3"
    assert dits["Genre des anonymes"] == "Féminin : 5"
    assert dits["Âge des anonymes"] == "70 ans et plus : 6"
    assert not {"Employeur", "Sur rendez-vous", "Notes"} & set(dits)
