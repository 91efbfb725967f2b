"""Un compte rendu relu puis renvoyé : ce que le formulaire ne montre pas ne se perd pas."""

import json
from typing import Any
from uuid import UUID

import httpx2
import pytest
from portail.formulaires import Saisie
from portail.nomenclatures import Lues
from portail.passerelle import Passerelle
from portail.saisie_cra import DUREE_VIDE, SANS_DUREE, communes_proposees, jour_et_duree, lire, relue
from starlette.requests import Request

NOMENCLATURES: Lues = {
    "thematiques_administratives": [{"code": "sante", "libelle": "Santé"}],
}
ENREGISTRE: dict[str, Any] = {
    "id": "5", "type": "individuel", "date": "2026-11-27", "duree_minutes": 60,
    "type_lieu": "a_distance", "lieu_id": None, "commune": None, "materiels": [], "tags": [],
    "thematiques": ["aide_aux_demarches_administratives", "sante"], "precisions_demarche": "Mutuelle",
    "notes": '<p>Un mot <strong>gras</strong></p><ul><li>un</li><li><a href="https://exemple.fr">lien</a></li></ul>',
    "beneficiaire": {
        "id": None, "deja_accompagne": False, "genre": "feminin",
        "commune_residence": {"nom": "Lille", "code_postal": "59000", "code_insee": "59350"},
    },
}  # fmt: skip


async def corps(saisie: Saisie) -> dict[str, Any]:
    """Ce qui part à l'API, sans qu'elle ait rien à dire avant."""
    ici = Request({"type": "http", "method": "POST", "path": "/ici", "headers": []})
    async with httpx2.AsyncClient(base_url="http://passerelle", timeout=60) as http:
        return (await lire(Passerelle(http, ici), saisie, "individuel", NOMENCLATURES)).corps


def suivies(demande: httpx2.Request) -> httpx2.Response:
    """La médiatrice ne suit qu'Amina et Paul."""
    mots = str(json.loads(demande.content)["recherche"])
    trouves = (
        [{"id": str(UUID(int=len(mots))), "prenom": mots, "nom": ""}] if mots in ("Amina", "Paul") else []
    )
    return httpx2.Response(200, json={"elements": trouves})


@pytest.mark.parametrize(
    ("cochee", "ecrites", "dites"),
    [
        ("", "Amina", []),
        ("", "Amina, Paul", ["une seule personne"]),
        (str(UUID(int=5)), "Amina", []),
        (str(UUID(int=9)), "Amina", ["une seule personne"]),
        (str(UUID(int=5)), "Zoé", ["« Zoé »"]),
        ("", "Zoé, Yann", ["« Zoé »", "« Yann »"]),
        ("", ", ".join(["Amina"] * 21), ["20 noms"]),
    ],
)
async def test_une_personne_ecrite_est_prise_ou_dite(cochee: str, ecrites: str, dites: list[str]) -> None:
    saisie = relue(ENREGISTRE).avec("beneficiaire/id", cochee).avec("suivi_cherche", ecrites)
    ici = Request({"type": "http", "method": "POST", "path": "/ici", "headers": [], "state": {}})
    ici.state.request_id = "essai"
    transport = httpx2.MockTransport(suivies)
    async with httpx2.AsyncClient(base_url="http://passerelle", transport=transport, timeout=60) as http:
        lue = await lire(Passerelle(http, ici), saisie, "individuel", NOMENCLATURES)
    faute = lue.fautes.get("/suivi_cherche", "")
    assert bool(faute) is bool(dites)
    assert all(dite in faute for dite in dites), faute
    connus = {str(UUID(int=5)), str(UUID(int=4)), cochee}
    assert (lue.corps["beneficiaire"]["id"] in connus) is not bool(dites)


async def test_corriger_garde_la_residence_et_la_mise_en_forme_des_notes() -> None:
    parti = await corps(relue(ENREGISTRE))
    assert parti["notes"] == ENREGISTRE["notes"]
    assert parti["beneficiaire"]["commune_residence"] == ENREGISTRE["beneficiaire"]["commune_residence"]
    # A browser sends its lines so.
    montrees = relue(ENREGISTRE).un("notes")
    assert montrees == "Un mot gras\nun\nlien"
    du_navigateur = relue(ENREGISTRE).avec("notes", montrees.replace("\n", "\r\n"))
    assert (await corps(du_navigateur))["notes"] == ENREGISTRE["notes"]


async def test_des_notes_retouchees_partent_comme_elles_sont_ecrites() -> None:
    assert (await corps(relue(ENREGISTRE).avec("notes", "Autre <b>mot</b>")))["notes"] == (
        "<p>Autre &lt;b&gt;mot&lt;/b&gt;</p>"
    )
    assert "notes" not in await corps(relue(ENREGISTRE).avec("notes", ""))
    # What was not touched keeps its bold, its list, its link.
    gras, liste = ENREGISTRE["notes"].partition("<ul>")[0], ENREGISTRE["notes"].partition("</p>")[2]
    for ecrites, parties in (
        ("Un mot gras\nun\nlien\nSuite", f"{gras}{liste}<p>Suite</p>"),
        ("Avant\nUn mot gras\nun\nlien", f"<p>Avant</p>{gras}{liste}"),
        ("Un mot\nun\nlien", f"<p>Un mot</p>{liste}"),
        ("un\nlien\nUn mot gras", f"{liste}<p>Un mot gras</p>"),
        ("Un mot gras\nun\nautre", f"{gras}<p>un</p><p>autre</p>"),
    ):
        assert (await corps(relue(ENREGISTRE).avec("notes", ecrites)))["notes"] == parties


@pytest.mark.parametrize(
    ("heures", "minutes", "lues", "dite"),
    [
        ("1", "30", 90, None),
        ("", "90", 90, None),
        ("2", "", 120, None),
        ("1", "-5", 0, SANS_DUREE),
        ("-1", "90", 0, SANS_DUREE),
        ("0", "90", 0, SANS_DUREE),
        ("0", "0", 0, DUREE_VIDE),
        ("", "", 0, DUREE_VIDE),
    ],
)
def test_une_duree_s_ecrit_en_heures_et_en_minutes_de_0_a_59(
    heures: str, minutes: str, lues: int, dite: str | None
) -> None:
    ecrite = Saisie(
        [("duree", "autre"), ("duree_heures", heures), ("duree_min", minutes), ("date", "2026-11-27")]
    )
    parti: dict[str, Any] = {}
    fautes = jour_et_duree(ecrite, parti)
    assert fautes == ({"/duree_minutes": dite} if dite else {})
    assert parti["duree_minutes"] == lues


async def test_une_demarche_ne_part_pas_sans_son_sujet() -> None:
    avec = await corps(relue(ENREGISTRE))
    assert (avec["thematiques"], avec["precisions_demarche"]) == (ENREGISTRE["thematiques"], "Mutuelle")
    decochee = relue(ENREGISTRE).rempli_par([("thematiques", "sante"), ("thematiques", "email")])
    sans = await corps(decochee)
    assert sans["thematiques"] == ["email"]
    assert "precisions_demarche" not in sans


def communes(demande: httpx2.Request) -> httpx2.Response:
    """Il y a un Dijon, deux Saint-Denis, et c'est tout."""
    ou = {"dijon": [("Dijon", "21000", "21231")]}
    ou["saint-denis"] = [("Saint-Denis", "93200", "93066"), ("Saint-Denis", "97400", "97411")]
    trouvees = ou.get(demande.url.params["q"].lower(), [])
    cles = ("nom", "code_postal", "code_insee")
    return httpx2.Response(200, json={"elements": [dict(zip(cles, c, strict=True)) for c in trouvees]})


@pytest.mark.parametrize(
    ("ecrite", "suivi", "insee", "dite"),
    [
        ("dijon", "", "21231", ""),
        ("", "", None, ""),
        ("Saint-Denis", "", "00000", "choisissez la bonne"),
        ("Nulle part", "", "00000", "Aucune commune"),
        ("dijon", str(UUID(int=5)), None, ""),
    ],
)
async def test_la_residence_d_un_anonyme_s_ecrit_et_celle_d_un_suivi_est_dans_sa_fiche(
    ecrite: str, suivi: str, insee: str | None, dite: str
) -> None:
    saisie = relue(ENREGISTRE).avec("residence", ecrite).avec("beneficiaire/id", suivi)
    ici = Request({"type": "http", "method": "POST", "path": "/ici", "headers": [], "state": {}})
    ici.state.request_id = "essai"
    transport = httpx2.MockTransport(communes)
    async with httpx2.AsyncClient(base_url="http://passerelle", transport=transport, timeout=60) as http:
        lue = await lire(Passerelle(http, ici), saisie, "individuel", NOMENCLATURES)
    assert (lue.corps["beneficiaire"].get("commune_residence") or {}).get("code_insee") == insee
    assert dite in lue.fautes.get("/residence", "")
    assert bool(dite) is bool(lue.redites)


@pytest.mark.parametrize(
    ("ou", "commune", "residence", "fiche", "proposees"),
    [
        ("domicile", "Dijon (21000)", "", "", ("Dijon (21000)", "Dijon (21000)")),
        ("domicile", "", "Dijon (21000)", "", ("Dijon (21000)", "Dijon (21000)")),
        ("domicile", "", "", "Dijon (21000)", ("Dijon (21000)", "")),
        ("domicile", "Lille (59000)", "Dijon (21000)", "", ("Lille (59000)", "Dijon (21000)")),
        ("domicile", "Lille (59000)", "", "Dijon (21000)", ("Lille (59000)", "")),
        ("autre", "Dijon (21000)", "", "", ("Dijon (21000)", "")),
        # Which one is not known yet.
        ("domicile", "Saint-Denis", "", "", ("Saint-Denis", "")),
    ],
)
def test_a_domicile_la_commune_et_celle_de_la_personne_se_proposent_l_une_l_autre(
    ou: str, commune: str, residence: str, fiche: str, proposees: tuple[str, str]
) -> None:
    saisie = Saisie([("ou", ou), ("commune", commune), ("residence", residence)])
    lue: dict[str, Any] = {"beneficiaire": {}}
    if "(" in commune:
        lue["commune"] = {"nom": commune.split(" ")[0], "code_postal": commune[-6:-1]}
    if residence:
        dite = {"nom": residence.split(" ")[0], "code_postal": residence[-6:-1]}
        lue["beneficiaire"]["commune_residence"] = dite
    lues = communes_proposees(saisie, lue, fiche)
    assert (lues.un("commune"), lues.un("residence")) == proposees
