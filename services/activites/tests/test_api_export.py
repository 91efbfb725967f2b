"""GET /activites/export : tout ce que l'on a saisi, et cela seul, dans chaque format."""

import datetime as dt
import io
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import openpyxl
import pytest
from activites.api.exports import Nommeurs
from activites.api.telechargements import A_LA_FOIS
from activites.exports.activites import Portee, colonnes
from activites.exports.textes import en_texte
from activites.projections import emplois
from activites.projections.tables import archive_v1
from contracts.identity import NomsPersonnes
from tableurs import Format, ouvrir
from tableurs.exportation import PARIS

from .appels import Corps, coordonner, enregistrer, refus, sans_id
from .conftest import Banc, Personne
from .exemples import LIEU, STRUCTURE

PORTEE = Portee([], soi=True, nommer=True, v1=False, lignes="activites", annee=2026, fuseau=PARIS)
"""D'un médiateur qui exporte les siennes."""
TITRES = (
    "Date", "Enregistré le", "Dernière modification le", "Prénom du médiateur", "Nom du médiateur", "Rôle",
    "ID - Conum", "Type", "Participants", "Bénéficiaire", "Canaux d’accompagnement", "Nom du lieu", "Adresse",
    "Commune", "Code postal", "Code Insee", "Durée (min)", "Nom de l’atelier", "Matériel numérique utilisé",
    "Thématique(s) d’accompagnement", "Tags", "Nom de la démarche administrative",
    "Niveau d’autonomie (ou de l’atelier)", "Bénéficiaire réorienté", "Structure de redirection",
    "Commune du bénéficiaire", "Code postal du bénéficiaire", "Code Insee du bénéficiaire", "Genre",
    "Tranche d’âge", "Statut du bénéficiaire", "Notes supplémentaires", "Source de la donnée", "ID CRA",
)  # fmt: skip
DE_SOI, D_EQUIPE = {"Bénéficiaire", "Notes supplémentaires"}, {*TITRES[3:7]}
HOSTILES = ["=1+1", "+33561020304", "@SUM(A1)", "-2+3", "'=1", "＝1+1", '"; DROP ;"', "a;b | c"]


async def exporter(
    banc: Banc, moi: Personne, dossier: Path, format_: str, **filtres: Any
) -> list[Mapping[str, str]]:
    """Les lignes du fichier, relues : une par activité, sauf si `lignes` le dit autrement."""
    reponse = await banc.client.get(
        "/activites/export",
        params={"format": format_, "lignes": "activites", **filtres},
        headers=moi.entetes,
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
    attendus = [t for t in TITRES if t not in {*D_EQUIPE, "Adresse", "Source de la donnée"}]
    attendus.insert(attendus.index("Participants") + 1, "Participants déjà accompagnés")
    assert list(premiere) == attendus == [colonne.titre for colonne in colonnes(PORTEE)]
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
    lignes = await exporter(banc, moi, tmp_path, format_, lignes="accompagnements")
    assert len(lignes) == 12 * len(HOSTILES)
    for titre in ("Nom de l’atelier", "Nom de la démarche administrative", "Notes supplémentaires"):
        assert sorted(ligne[titre] for ligne in lignes if ligne["Participants"] == "1/12") == sorted(HOSTILES)
    contenu = (tmp_path / "export").read_bytes()
    if format_ is Format.XLSX:
        feuille = openpyxl.load_workbook(io.BytesIO(contenu)).worksheets[0]
        assert "f" not in {cellule.data_type for rangee in feuille.iter_rows() for cellule in rangee}
    if format_ is Format.ODS:
        with ZipFile(io.BytesIO(contenu)) as archive:
            assert b"formula" not in archive.read("content.xml")


async def suivre(banc: Banc, moi: Personne, **fiche: Any) -> str:
    """Un bénéficiaire suivi, Amina Berger si rien ne le dit."""
    corps = {"id": str(uuid4()), "prenom": "Amina", "nom": "Berger"} | fiche
    assert (await banc.client.post("/beneficiaires", json=corps, headers=moi.entetes)).status_code == 201
    return corps["id"]


async def test_une_ligne_par_accompagnement_avec_qui_y_etait(
    banc: Banc, individuel: Corps, atelier: Corps, tmp_path: Path
):
    moi = await banc.mediateur()
    dijon = {"code_insee": "21231"}
    amina = await suivre(
        banc, moi, commune=dijon, annee_naissance=1950, genre="feminin", statut_social="retraite"
    )
    atelier |= {"suivis": [amina], "notes": "<p>À revoir</p>"}
    atelier["participants"] = {
        "total": 11,
        "genres": {"feminin": 7, "masculin": 3},
        "statuts": {"retraite": 11},
    }
    await enregistrer(banc, moi, individuel)
    await enregistrer(banc, moi, atelier)
    await banc.projeter()
    lignes = await exporter(banc, moi, tmp_path, "xlsx", lignes="accompagnements")
    attendus = [t for t in TITRES if t not in {*D_EQUIPE, "Source de la donnée"}]
    assert list(lignes[0]) == attendus
    assert [ligne["Participants"] for ligne in lignes] == ["1", *(f"{n}/12" for n in range(1, 13))]
    assert [ligne["ID CRA"] for ligne in lignes] == [individuel["id"], *[atelier["id"]] * 12]
    assert (lignes[0]["Bénéficiaire"], lignes[0]["Genre"]) == ("Bénéficiaire anonyme", "Féminin")
    assert (lignes[0]["Notes supplémentaires"], lignes[0]["Dernière modification le"]) == ("Compte créé", "")
    assert dt.datetime.strptime(lignes[0]["Enregistré le"], "%d/%m/%Y à %H:%M")  # noqa: DTZ007 - as written
    suivie = {
        "Bénéficiaire": "Amina Berger",
        "Commune du bénéficiaire": "Dijon",
        "Code postal du bénéficiaire": "21000",
        "Genre": "Féminin",
        "Tranche d’âge": "70 ans et plus",
        "Statut du bénéficiaire": "Retraité",
        "Notes supplémentaires": "À revoir",
        "Nom du lieu": "Médiathèque",
        "Commune": "Chenôve",
    }
    assert {titre: lignes[1][titre] for titre in suivie} == suivie
    anonymes = lignes[2:]
    assert {ligne["Bénéficiaire"] for ligne in anonymes} == {"Bénéficiaire anonyme"}
    assert Counter(ligne["Genre"] for ligne in anonymes) == {"Féminin": 7, "Masculin": 3, "": 1}
    assert {ligne["Statut du bénéficiaire"] for ligne in anonymes} == {"Retraité"}
    assert {ligne["Notes supplémentaires"] for ligne in anonymes} == {""}


async def test_une_fiche_reunie_a_une_autre_se_nomme_comme_la_personne_qu_elle_est_devenue(
    banc: Banc, individuel: Corps, atelier: Corps, tmp_path: Path
):
    moi = await banc.mediateur()
    une, double, triple = [
        await suivre(banc, moi, prenom=prenom, genre=genre)
        for prenom, genre in (("Aminata", "feminin"), ("Amina", None), ("Mina", None))
    ]
    await enregistrer(banc, moi, individuel | {"beneficiaire": {"id": triple}})
    await enregistrer(banc, moi, atelier | {"suivis": [double, une], "participants": {"total": 1}})
    for de, vers in ((triple, double), (double, une)):
        chemin = f"/beneficiaires/{de}/fusion"
        faite = await banc.client.post(chemin, json={"vers": vers}, headers=moi.entetes)
        assert faite.status_code == 200, faite.text
    await banc.projeter()
    lignes = await exporter(banc, moi, tmp_path, "json", lignes="accompagnements")
    elle, anonyme = ("Aminata Berger", "Féminin"), "Bénéficiaire anonyme"
    assert [(ligne["Participants"], ligne["Bénéficiaire"]) for ligne in lignes] == [
        ("1", elle[0]), ("1/3", elle[0]), ("2/3", elle[0]), ("3/3", anonyme),
    ], "autant de lignes que la liste compte d'accompagnements"  # fmt: skip
    assert (lignes[0]["Bénéficiaire"], lignes[0]["Genre"]) == elle
    par_activite = await exporter(banc, moi, tmp_path, "json")
    assert [ligne["Bénéficiaire"] for ligne in par_activite] == [elle[0], elle[0]]


async def test_un_classeur_dit_au_dessus_du_tableau_qui_l_a_demande_et_avec_quels_filtres(
    banc: Banc, individuel: Corps, atelier: Corps
):
    async def nommer(ids: Collection[UUID]) -> NomsPersonnes:
        return NomsPersonnes(
            personnes=dict.fromkeys(ids, "Anne Lise Roux"), prenoms=dict.fromkeys(ids, "Anne Lise")
        )

    moi = await banc.mediateur()

    async def nommer_pour(qui: UUID, ids: Collection[UUID]) -> Mapping[UUID, str]:
        return {un: "=Canari SARL" for un in ids if (qui, un) == (moi.compte_id, STRUCTURE)}

    banc.app.state.nommer = nommer
    banc.app.state.nommeurs = Nommeurs(structures=nommer_pour)
    await enregistrer(banc, moi, individuel)
    await enregistrer(banc, moi, atelier)
    await banc.projeter()
    ailleurs = {"emploi_id": uuid4(), "compte_id": uuid4(), "structure_id": STRUCTURE}
    ailleurs |= {"debut": dt.date(2020, 1, 1), "siret": "13002603200016"}
    await banc.inserer(emplois.table, ailleurs)
    inconnue = uuid4()
    filtres = {
        "du": "2025-06-01",
        "types": "collectif",
        "communes": "21166",
        "lieux": str(LIEU),
        "structures_employeuses": [str(STRUCTURE), str(inconnue)],
        "format": "xlsx",
    }
    reponse = await banc.client.get("/activites/export", params=filtres, headers=moi.entetes)
    [feuille] = openpyxl.load_workbook(io.BytesIO(reponse.content)).worksheets
    rangees = [[c for c in rangee if c is not None] for rangee in feuille.iter_rows(values_only=True)]
    assert (feuille.title, feuille["A1"].value, feuille["A9"].value) == (
        "Activités",
        "Informations export",
        "Filtres",
    )
    assert rangees[1:5] == [["Nom", "Roux"], ["Prénom", "Anne Lise"], ["Rôle", "Médiateur"], ["Total", 12]]
    structures = f"=Canari SARL (SIRET 130 026 032 00016), Structure inconnue ici ({inconnue})"
    assert rangees[9:21] == [
        ["Période", "Depuis le 01/06/2025"],
        ["Source", "Toutes les sources de données"],
        ["Lieux d’accompagnement", "Médiathèque"],
        ["Communes", "Chenôve (21166)"],
        ["Départements", "-"],
        ["Type d’accompagnement", "Atelier collectif"],
        ["Rôle", "-"],
        ["Thématiques non administratives", "-"],
        ["Thématiques administratives", "-"],
        ["Tags", "-"],
        ["Structures employeuses", structures],
        [],
    ]
    assert rangees[21][0] == "Date"
    assert len(rangees) == 22 + 12
    assert {c.data_type for rangee in feuille["A1:B21"] for c in rangee} == {"n", "s"}, "aucune formule"
    banc.app.state.nommeurs = Nommeurs()
    reponse = await banc.client.get("/activites/export", params=filtres, headers=moi.entetes)
    [feuille] = openpyxl.load_workbook(io.BytesIO(reponse.content)).worksheets
    assert feuille["B20"].value == structures.replace("=Canari SARL (", "").replace(")", "", 1)


async def test_un_coordinateur_exporte_ses_membres_actuels_sans_nom_de_beneficiaire_ni_note(
    banc: Banc, individuel: Corps, tmp_path: Path
):
    chef, membre, parti, ailleurs = (
        banc.personne(coordinateur=True),
        *[await banc.mediateur() for _ in range(3)],
    )
    la_sienne = await coordonner(banc, chef, membre)
    autre_equipe = await coordonner(banc, chef, parti, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    faites: dict[UUID | None, str] = {}
    for qui in (membre, parti, ailleurs):
        corps: Corps = individuel | {"id": str(uuid4()), "beneficiaire": {"id": await suivre(banc, qui)}}
        await enregistrer(banc, qui, corps)
        faites[qui.mediateur_id] = str(corps["id"])
    reprise = {"cra_id": "7" * 24, "activite_id": UUID(faites[membre.mediateur_id]), "contenu": {},
               "archive_le": dt.datetime.now(dt.UTC)}  # fmt: skip
    await banc.inserer(archive_v1, reprise)
    await banc.projeter()
    for lignes, titres in (("accompagnements", TITRES), ("activites", ())):
        [ligne] = await exporter(banc, chef, tmp_path, "json", lignes=lignes)
        assert ligne["ID CRA"] == faites[membre.mediateur_id]
        assert not DE_SOI & ligne.keys()
        assert ligne.keys() > D_EQUIPE
        assert (ligne["Rôle"], ligne["ID - Conum"] or "") == ("Médiateur", "")
        assert not {"Amina", "Berger", "Compte créé"} & {*" ".join(map(str, ligne.values())).split()}
        if titres:
            assert list(ligne) == [t for t in titres if t not in DE_SOI]
            assert ligne["Source de la donnée"] == "Espace coop (V1)"
    ceux_la = {"mediateurs": str(membre.mediateur_id), "conseiller_numerique": 0}
    [choisie] = await exporter(banc, chef, tmp_path, "json", **ceux_la)
    assert choisie["ID CRA"] == faites[membre.mediateur_id]
    [d_elle] = await exporter(banc, chef, tmp_path, "json", equipe=str(la_sienne))
    assert d_elle["ID CRA"] == faites[membre.mediateur_id]
    assert await exporter(banc, chef, tmp_path, "csv", equipe=str(autre_equipe)) == []
    for autre in (
        f"mediateurs={parti.mediateur_id}",
        f"mediateurs={ailleurs.mediateur_id}",
        f"equipe={uuid4()}",
    ):
        ou = f"/activites/export?format=csv&{autre}"
        assert (await banc.client.get(ou, headers=chef.entetes)).status_code == 404


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
    assert disposition.startswith('attachment; filename="coop-numerique_accompagnements_2')
    assert "filename*=UTF-8''" in disposition
    assert int(reponse.headers["content-length"]) == len(reponse.content)
    inconnu = await banc.client.get("/activites/export?format=pdf", headers=moi.entetes)
    assert (inconnu.status_code, refus(inconnu)) == (422, "SaisieInvalide")
    for qui, statut in ((Personne(), 401), (banc.personne(roles=["admin"]), 403)):
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


async def test_au_dela_de_deux_fichiers_a_la_fois_on_attend_son_tour(
    banc: Banc, monkeypatch: pytest.MonkeyPatch
) -> None:
    moi = banc.personne(mediateur=True)
    monkeypatch.setattr("activites.api.telechargements._SECONDES", 0.01)
    places = banc.app.state.telechargements
    for _ in range(A_LA_FOIS):
        await places.acquire()
    for chemin in ("/activites/export", "/beneficiaires/export"):
        tot = await banc.client.get(chemin, headers=moi.entetes)
        assert (tot.status_code, "retry-after" in tot.headers) == (503, True)
    for _ in range(A_LA_FOIS):
        places.release()
    assert (await banc.client.get("/activites/export", headers=moi.entetes)).status_code == 200
    assert not places.locked(), "sa place est rendue"
