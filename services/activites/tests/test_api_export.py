"""GET /activites/export : tout ce que l'on a saisi, et cela seul, dans chaque format."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import openpyxl
import pytest
from activites.exports.activites import COLONNES
from activites.exports.textes import en_texte
from tableurs import Format, ouvrir

from .appels import Corps, enregistrer, refus, sans_id
from .conftest import Banc, Personne

HOSTILES = ["=1+1", "+33561020304", "@SUM(A1)", "-2+3", "'=1", "＝1+1", '"; DROP ;"', "a;b | c"]


async def exporter(
    banc: Banc, moi: Personne, dossier: Path, format_: str, **filtres: Any
) -> list[Mapping[str, str]]:
    """Les lignes du fichier, relues."""
    reponse = await banc.client.get(
        "/activites/export", params={"format": format_, **filtres}, headers=moi.entetes
    )
    assert reponse.status_code == 200, reponse.text
    chemin = dossier / "export"
    chemin.write_bytes(reponse.content)
    lues = list(ouvrir(chemin).lire())
    assert all(ligne.valeurs is not None for ligne in lues)
    return [ligne.valeurs or {} for ligne in lues]


@pytest.mark.parametrize("format_", list(Format))
async def test_tout_ce_qui_est_saisi_revient_dans_chaque_format(
    banc: Banc, individuel: Corps, atelier: Corps, tmp_path: Path, format_: Format
):
    moi = await banc.mediateur()
    await enregistrer(banc, moi, individuel)
    await enregistrer(banc, moi, atelier)
    await banc.projeter()
    premiere, seconde = await exporter(banc, moi, tmp_path, format_)
    assert list(premiere) == [colonne.titre for colonne in COLONNES]
    attendu = {
        "Date": "2025-06-30",
        "Dernière modification le": "",
        "Type": "Accompagnement individuel",
        "Participants": "1",
        "Participants déjà accompagnés": "1",
        "Canaux d’accompagnement": "À domicile",
        "Commune": "Dijon",
        "Code postal": "21000",
        "Code Insee": "21231",
        "Durée (min)": "45",
        "Matériel numérique utilisé": "Ordinateur",
        "Thématique(s) d’accompagnement": "E-mail",
        "Niveau d’autonomie (ou de l’atelier)": "3/3",
        "Bénéficiaire réorienté": "Oui",
        "Structure de redirection": "Structure d’aide sociale (maison des solidarités, centre social…)",
        "Genre": "Féminin",
        "Notes supplémentaires": "Compte créé",
        "ID CRA": individuel["id"],
    }
    assert {titre: premiere[titre] for titre in attendu} == attendu
    attendu = {
        "Date": "2025-06-29",
        "Type": "Atelier collectif",
        "Participants": "12",
        "Nom du lieu": "Médiathèque",
        "Commune": "Chenôve",
        "Nom de l’atelier": "Le tableur pas à pas",
        "Thématique(s) d’accompagnement": "Aide aux démarches administratives\nLogement",
        "Nom de la démarche administrative": "Demande de logement social",
        "Niveau d’autonomie (ou de l’atelier)": "1/3",
        "Genre": "Masculin : 5\nFéminin : 7",
        "ID CRA": atelier["id"],
    }
    assert {titre: seconde[titre] for titre in attendu} == attendu


@pytest.mark.parametrize("format_", list(Format))
async def test_un_texte_hostile_revient_tel_quel_et_n_est_jamais_une_formule(
    banc: Banc, atelier: Corps, tmp_path: Path, format_: Format
):
    moi = await banc.mediateur()
    for texte in HOSTILES:
        corps = atelier | {"id": str(uuid4()), "titre_atelier": texte, "precisions_demarche": texte}
        await enregistrer(banc, moi, corps | {"notes": texte})
    await banc.projeter()
    lignes = await exporter(banc, moi, tmp_path, format_)
    for titre in ("Nom de l’atelier", "Nom de la démarche administrative", "Notes supplémentaires"):
        assert sorted(ligne[titre] for ligne in lignes) == sorted(HOSTILES)
    contenu = (tmp_path / "export").read_bytes()
    if format_ is Format.XLSX:
        feuille = openpyxl.load_workbook(io.BytesIO(contenu)).worksheets[0]
        assert "f" not in {cellule.data_type for rangee in feuille.iter_rows() for cellule in rangee}
    if format_ is Format.ODS:
        with ZipFile(io.BytesIO(contenu)) as archive:
            assert b"formula" not in archive.read("content.xml")


async def test_les_activites_d_un_autre_et_celles_que_l_on_a_supprimees_n_y_sont_pas(
    banc: Banc, individuel: Corps, tmp_path: Path
):
    moi, autre = await banc.mediateur(), await banc.mediateur()
    a_moi, supprimee, tardive, a_l_autre = (individuel | {"id": str(uuid4())} for _ in range(4))
    await enregistrer(banc, autre, a_l_autre)
    for corps in (a_moi, supprimee, tardive):
        await enregistrer(banc, moi, corps)
    await banc.client.delete(f"/activites/{supprimee['id']}", headers=moi.entetes)
    await banc.projeter()
    # La liste ne sait pas encore que celle-ci est supprimée : le journal, si.
    await banc.client.delete(f"/activites/{tardive['id']}", headers=moi.entetes)
    assert [ligne["ID CRA"] for ligne in await exporter(banc, moi, tmp_path, "csv")] == [a_moi["id"]]
    assert [ligne["ID CRA"] for ligne in await exporter(banc, autre, tmp_path, "csv")] == [a_l_autre["id"]]


async def test_l_export_a_les_filtres_de_la_liste_et_dit_la_derniere_correction(
    banc: Banc, individuel: Corps, atelier: Corps, tmp_path: Path
):
    moi = await banc.mediateur()
    await enregistrer(banc, moi, individuel)
    ici = await enregistrer(banc, moi, atelier)
    corrige = sans_id(atelier) | {
        "notes": "<p>Salle <a href='https://exemple.fr/a'>bleue</a></p><ul><li>12 &lt; 15</li></ul>"
    }
    await banc.client.put(ici, json=corrige, headers=moi.entetes)
    await banc.projeter()
    deux = {individuel["id"], atelier["id"]}

    async def choisies(**filtres: Any) -> set[str]:
        return {ligne["ID CRA"] for ligne in await exporter(banc, moi, tmp_path, "json", **filtres)}

    assert await choisies(du="2025-06-29", au="2025-06-30", types=["collectif", "individuel"]) == deux
    assert await choisies(du="2025-06-30") == {individuel["id"]}
    assert await choisies(au="2025-06-29") == {atelier["id"]}
    [ligne] = await exporter(banc, moi, tmp_path, "json", types="collectif")
    assert ligne["Dernière modification le"] >= ligne["Enregistré le"]
    assert ligne["Notes supplémentaires"] == "Salle bleue (https://exemple.fr/a)\n- 12 < 15"


async def test_le_fichier_se_telecharge_sous_un_nom_date_et_ne_se_garde_pas(banc: Banc):
    moi = await banc.mediateur()
    reponse = await banc.client.get("/activites/export?format=xlsx", headers=moi.entetes)
    assert reponse.headers["cache-control"] == "no-store"
    disposition = reponse.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="coop-numerique_activites_2')
    assert "filename*=UTF-8''" in disposition
    assert int(reponse.headers["content-length"]) == len(reponse.content)
    inconnu = await banc.client.get("/activites/export?format=pdf", headers=moi.entetes)
    assert (inconnu.status_code, refus(inconnu)) == (422, "SaisieInvalide")
    for qui, statut in ((Personne(), 401), (banc.personne(coordinateur=True), 403)):
        refuse = await banc.client.get("/activites/export?format=csv", headers=qui.entetes)
        assert refuse.status_code == statut


async def test_un_export_voit_l_ecriture_qui_le_precede(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    ecrite = await banc.client.post("/activites", json=individuel, headers=moi.entetes)
    async with banc.en_fond():
        position = {"X-Position": ecrite.headers["X-Position"]}
        reponse = await banc.client.get("/activites/export?format=csv", headers=moi.entetes | position)
    assert "x-position-atteinte" not in reponse.headers
    assert individuel["id"] in reponse.text


async def test_un_export_de_plusieurs_pages_a_chaque_activite_une_fois(
    banc: Banc, individuel: Corps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tableurs.exportation._PAGE", 4)
    moi = await banc.mediateur()
    corps = [individuel | {"id": str(uuid4()), "date": f"2025-06-{10 + n % 5}"} for n in range(11)]
    for un in corps:
        await enregistrer(banc, moi, un)
    await banc.projeter()
    lignes = await exporter(banc, moi, tmp_path, "ods")
    assert [ligne["Date"] for ligne in lignes] == sorted((un["date"] for un in corps), reverse=True)
    assert {ligne["ID CRA"] for ligne in lignes} == {un["id"] for un in corps}


@pytest.mark.parametrize(
    ("html", "texte"),
    [
        (None, None),
        ("effacé", "effacé"),
        ("<p>Un</p><p>Deux<br>Trois</p>", "Un\nDeux\nTrois"),
        ("<ul><li>a</li><li><b>b</b> &amp; c</li></ul>", "- a\n- b & c"),
        ('<a href="https://a.fr">https://a.fr</a>', "https://a.fr"),
        ('<a href="https://a.fr"></a>', "(https://a.fr)"),
    ],
)
def test_les_notes_sont_du_texte(html: str | None, texte: str | None):
    assert en_texte(html) == texte
