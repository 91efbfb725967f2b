"""/beneficiaires/imports : un fichier devient des bénéficiaires, comme saisis, et une fois seulement."""

import base64
import io
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from activites.imports.fiches.colonnes import ChampDeFiche
from activites.imports.fiches.ligne import lire
from activites.projections import activites_suivies, beneficiaires_suivis
from tableurs import Format, Saisie, ecrire

from .appels import ANNEE
from .conftest import Banc, Personne

TITRES = ["Nom", "Prénom", "Année de naissance", "Nom de la commune", "Code INSEE", "Code postal",
          "N° de téléphone", "E-mail", "Genre", "Notes supplémentaires"]  # fmt: skip
LIGNES = [
    [
        "Berger",
        "Amina",
        str(ANNEE - 69),
        "Dijon",
        "21231",
        "21000",
        "04 55 66 77 88",
        "",
        "F",
        "Vient le mardi",
    ],
    ["Noël", "Zoé", "", "", "", "", "", "Zoe@Exemple.fr", "", ""],
    ["Petit", "Paul", "2001", "Beaune", "", "21200", "", "", "Homme", "=1+1 <b>x</b>"],
]
IMPORTS = "/beneficiaires/imports"


def fichier(lignes: list[list[str]], format_: Format = Format.CSV, titres: list[str] = TITRES) -> bytes:
    sortie = io.BytesIO()
    ecrire(format_, "Bénéficiaires", titres, lignes, sortie)
    return sortie.getvalue()


async def deposer(banc: Banc, moi: Personne, octets: bytes, ou: str = IMPORTS) -> Any:
    corps = {"id": str(uuid4()), "fichier": base64.b64encode(octets).decode()}
    reponse = await banc.client.post(ou, json=corps, headers=moi.entetes)
    assert reponse.status_code == 201, reponse.text
    return reponse.json()


async def demander(banc: Banc, moi: Personne, octets: bytes, geste: str, **corps: Any) -> Any:
    depot = await deposer(banc, moi, octets)
    chemin = f"{IMPORTS}/{depot['id']}/{geste}"
    reponse = await banc.client.post(chemin, json=corps, headers=moi.entetes)
    assert reponse.status_code == 200, reponse.text
    await banc.client.delete(f"{IMPORTS}/{depot['id']}", headers=moi.entetes)
    return reponse.json()


async def importer(banc: Banc, moi: Personne, octets: bytes, **corps: Any) -> Any:
    rapport = await demander(banc, moi, octets, "execution", **{"mode": "tout_ou_rien"} | corps)
    await banc.projeter(beneficiaires_suivis, activites_suivies)
    return rapport


async def suivis(banc: Banc, moi: Personne) -> list[Any]:
    lus = (await banc.client.get("/beneficiaires?limite=200", headers=moi.entetes)).json()["elements"]
    return [(await banc.client.get(f"/beneficiaires/{b['id']}", headers=moi.entetes)).json() for b in lus]


def comptes(rapport: Any) -> tuple[bool, int, int, int]:
    return tuple(rapport[n] for n in ("ecrit", "enregistrees", "deja_enregistrees", "refusees"))


async def test_des_personnes_s_importent_et_le_fichier_renvoye_n_ajoute_personne(banc: Banc) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    essai = await demander(banc, moi, fichier(LIGNES), "essai")
    assert (comptes(essai), await suivis(banc, moi)) == ((False, 3, 0, 0), [])
    rapport = await importer(banc, moi, fichier(LIGNES))
    assert (comptes(rapport), rapport["ressemblances"]) == ((True, 3, 0, 0), [])
    amina, zoe, paul = await suivis(banc, moi)
    assert (amina["telephone"], amina["genre"], amina["tranche_age"]) == (
        "+33455667788",
        "feminin",
        "soixante_soixante_neuf",
    )
    assert amina["commune"] == {"nom": "Dijon", "code_postal": "21000", "code_insee": "21231"}
    assert (zoe["courriel"], zoe["commune"], zoe["genre"]) == ("zoe@exemple.fr", None, None)
    assert (paul["commune"]["code_insee"], paul["notes"]) == ("21054", "<p>=1+1 &lt;b&gt;x&lt;/b&gt;</p>")
    for format_ in Format:
        encore = await importer(banc, moi, fichier(LIGNES[::-1], format_), mode="lignes_justes")
        assert (comptes(encore), encore["ressemblances"]) == ((True, 0, 3, 0), []), format_
    # Erased, a person does not come back with the file; and what one follows is not another's.
    await banc.client.delete(f"/beneficiaires/{zoe['id']}", headers=moi.entetes)
    assert comptes(await importer(banc, moi, fichier(LIGNES))) == (True, 0, 3, 0)
    assert [b["nom"] for b in await suivis(banc, moi)] == ["Berger", "Petit"]
    assert comptes(await importer(banc, autre, fichier(LIGNES))) == (True, 3, 0, 0)
    assert not {b["id"] for b in await suivis(banc, moi)} & {b["id"] for b in await suivis(banc, autre)}


async def test_chaque_faute_est_dite_a_sa_ligne_et_tout_ou_rien_n_en_ecrit_aucune(banc: Banc) -> None:
    moi = await banc.mediateur()
    fausse = ["", "Luc", "57", "Lyon", "21231", "21000", "123", "x@", "Z", ""]
    octets = fichier([*LIGNES, fausse, LIGNES[0]])
    rapport = await importer(banc, moi, octets)
    assert (comptes(rapport), await suivis(banc, moi)) == ((False, 3, 0, 2), [])
    assert {(f["ligne"], f["colonne"], f["valeur"]) for f in rapport["fautes"]} == {
        (5, "Année de naissance", "57"),
        (5, "Genre", "Z"),
        (5, "Nom", ""),
        (5, "N° de téléphone", "123"),
        (5, "E-mail", "x@"),
        (5, "Nom de la commune", "Lyon"),
        (6, "", ""),
    }
    assert rapport["fautes"][-1]["message"].startswith("Cette ligne dit la même chose que la ligne 2")
    justes = await importer(banc, moi, octets, mode="lignes_justes")
    assert (comptes(justes), len(await suivis(banc, moi))) == ((True, 3, 0, 2), 3)


async def test_qui_est_peut_etre_deja_suivi_est_dit_et_se_laisse_de_cote(banc: Banc) -> None:
    moi = await banc.mediateur()
    connue = {"id": str(uuid4()), "prenom": "AMINA", "nom": "berger", "telephone": "0455667788"}
    await banc.client.post("/beneficiaires", json=connue, headers=moi.entetes)
    await banc.projeter(beneficiaires_suivis, activites_suivies)
    jumeau = ["Petit", "Jean", "", "", "", "", "", "", "", ""]
    lignes = [*LIGNES, jumeau, [*jumeau[:9], "Un autre ?"]]
    rapport = await demander(banc, moi, fichier(lignes), "essai")
    assert (comptes(rapport), rapport["laissees"]) == ((False, 5, 0, 0), 0)
    assert rapport["ressemblances"] == [
        {
            "ligne": 2,
            "message": "Ressemble à AMINA berger, que vous suivez déjà : "
            "même nom, même prénom, même téléphone",
        },
        {"ligne": 6, "message": "Ressemble à la ligne 5 : même nom, même prénom"},
    ]
    rapport = await importer(banc, moi, fichier(lignes), doublons="laisser")
    assert (comptes(rapport), rapport["lues"], rapport["laissees"]) == ((True, 3, 0, 0), 5, 2)
    assert [b["prenom"] for b in await suivis(banc, moi)] == ["AMINA", "Zoé", "Jean", "Paul"]


async def test_le_modele_et_notre_export_se_relisent(banc: Banc) -> None:
    moi = await banc.mediateur()
    modele = httpx2.Response(500)
    for format_ in Format:
        modele = await banc.client.get(f"{IMPORTS}/modele/export?format={format_}", headers=moi.entetes)
        depot = await deposer(banc, moi, modele.content)
        assert (depot["sur"], depot["lignes"], depot["manquants"]) == (True, 2, [])
    rapport = await importer(banc, moi, modele.content)
    assert (comptes(rapport), rapport["exemples"]) == ((True, 0, 0, 0), 2)
    await importer(banc, moi, fichier(LIGNES))
    avant = await suivis(banc, moi)
    export = await banc.client.get("/beneficiaires/export?format=csv", headers=moi.entetes)
    depot = await deposer(banc, moi, export.content)
    choisies = [{"titre": c["titre"], "champ": c["champ"]} for c in depot["colonnes"] if c["champ"]]
    relu = await demander(banc, moi, export.content, "essai", correspondance=choisies)
    # « Non communiqué » is no gap: who had nothing said is another line, and said to look like themselves.
    assert (relu["refusees"], relu["deja_enregistrees"] + relu["ressemblances_en_tout"]) == (0, len(avant))


async def test_un_depot_est_a_soi_seul_en_personne_et_de_sa_sorte(banc: Banc) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    depot = await deposer(banc, moi, fichier(LIGNES))
    de_cra = await deposer(banc, moi, b"Date;Type\n", "/activites/imports")
    vue = banc.issuer.claims("activites", compte_id=moi.compte_id, mediateur_id=moi.mediateur_id)
    vue["act"] = {"sub": str(uuid4())}
    async with banc.store.database.raw() as connection:
        garde: Any = await connection.fetch("select contenu from imports_deposes")
    assert "Berger" not in str(garde)
    cra, usurpes = f"/activites/imports/{de_cra['id']}", {"Authorization": f"Bearer {banc.issuer.sign(vue)}"}
    assert (await banc.client.get(cra, headers=moi.entetes)).status_code == 200
    assert (await banc.client.get(f"{IMPORTS}/{depot['id']}", headers=moi.entetes)).json() == depot
    for chemin, entetes in (
        (f"{IMPORTS}/{depot['id']}", autre.entetes),
        (f"{IMPORTS}/{depot['id']}", usurpes),
        (cra, usurpes),
        (f"/activites/imports/{depot['id']}", moi.entetes),
        (f"{IMPORTS}/{de_cra['id']}", moi.entetes),
    ):
        assert (await banc.client.get(chemin, headers=entetes)).status_code == 404, chemin


@pytest.mark.parametrize(
    ("mot", "genre"),
    [
        ("Mme", "feminin"),
        ("MADAME", "feminin"),
        ("Mlle", "feminin"),
        ("F.", "feminin"),
        ("féminin", "feminin"),
        ("M.", "masculin"),
        ("Mr", "masculin"),
        ("Monsieur", "masculin"),
        ("Homme", "masculin"),
        ("N", "non_communique"),
        ("Non communiqué", "non_communique"),
        ("Maître", None),
        ("Mx", None),
        ("Foyer", None),
    ],
)
def test_une_civilite_se_lit_en_entier_ou_ne_se_lit_pas(mot: str, genre: str | None) -> None:
    lue = lire(Saisie(2, "2", {ChampDeFiche.NOM: "Roy", ChampDeFiche.PRENOM: "Ana", ChampDeFiche.GENRE: mot}))
    assert lue.contenu is not None
    assert (lue.contenu.genre, bool(lue.fautes)) == (genre, genre is None)
