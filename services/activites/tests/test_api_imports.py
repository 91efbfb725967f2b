"""/activites/imports : un fichier devient des comptes rendus, comme saisis, et une fois seulement."""

import base64
import datetime as dt
import io
from typing import Any
from uuid import UUID, uuid4

import httpx2
from activites import casiers
from activites.erasure import effacer
from activites.imports.identifiants import empreinte_de
from activites.jobs import oublier_les_depots
from activites.projections import beneficiaires_suivis, lieux_connus, tags
from events.service import Tools
from events.store.store import Context
from tableurs import Format, ecrire

from .appels import Corps, enregistrer, refus
from .conftest import Banc, Personne
from .exemples import INDIVIDUEL, LIEU

TITRES = ["Date", "Type", "Durée (min)", "Canaux d’accompagnement", "Nom du lieu", "Commune",
          "Thématique(s) d’accompagnement", "Participants", "Notes"]  # fmt: skip
LIGNES = [
    ["30/06/2025", "Individuel", "45", "À domicile", "", "Dijon", "E-mail", "", "Compte créé"],
    ["29/06/2025", "Atelier collectif", "1h30", "Lieu d’activité", "Médiathèque", "", "Bureautique", "8", ""],
    ["28/06/2025", "Individuel", "30", "À distance", "", "", "Santé ; E-mail", "", ""],
]


def fichier(lignes: list[list[str]], format_: Format = Format.CSV, titres: list[str] = TITRES) -> bytes:
    sortie = io.BytesIO()
    ecrire(format_, "CRA", titres, lignes, sortie)
    return sortie.getvalue()


async def deposer(banc: Banc, moi: Personne, octets: bytes) -> httpx2.Response:
    corps = {"id": str(uuid4()), "fichier": base64.b64encode(octets).decode()}
    return await banc.client.post("/activites/imports", json=corps, headers=moi.entetes)


async def demander(banc: Banc, moi: Personne, octets: bytes, geste: str, **corps: Any) -> httpx2.Response:
    """Le dépôt, puis ce geste sur lui."""
    depot = await deposer(banc, moi, octets)
    assert depot.status_code == 201, depot.text
    chemin = f"/activites/imports/{depot.json()['id']}/{geste}"
    return await banc.client.post(chemin, json=corps, headers=moi.entetes)


async def importer(banc: Banc, moi: Personne, octets: bytes, mode: str = "tout_ou_rien", **corps: Any) -> Any:
    reponse = await demander(banc, moi, octets, "execution", mode=mode, **corps)
    assert reponse.status_code == 200, reponse.text
    return reponse.json()


async def listees(banc: Banc, moi: Personne) -> list[Any]:
    await banc.projeter()
    return (await banc.client.get("/activites?limite=200", headers=moi.entetes)).json()["elements"]


def comptes(rapport: Any) -> tuple[bool, int, int, int]:
    return tuple(rapport[n] for n in ("ecrit", "enregistrees", "deja_enregistrees", "refusees"))


async def test_un_fichier_s_importe_et_renvoye_il_n_ecrit_rien_dans_aucun_format(banc: Banc) -> None:
    moi = await banc.mediateur()
    essai = (await demander(banc, moi, fichier(LIGNES), "essai")).json()
    assert (comptes(essai), await listees(banc, moi)) == ((False, 3, 0, 0), [])

    rapport = await importer(banc, moi, fichier(LIGNES))
    assert comptes(rapport) == (True, 3, 0, 0)
    assert rapport["position"].startswith("activites:")
    trouvees = await listees(banc, moi)
    assert [(a["date"], a["type"], a["duree_minutes"], a["lieu_id"]) for a in trouvees] == [
        ("2025-06-30", "individuel", 45, None),
        ("2025-06-29", "collectif", 90, str(LIEU)),
        ("2025-06-28", "individuel", 30, None),
    ]
    lue = (await banc.client.get(f"/activites/{trouvees[0]['id']}", headers=moi.entetes)).json()
    assert (lue["notes"], lue["commune"]["code_insee"]) == ("<p>Compte créé</p>", "21231")

    # In another format and another order, they are the same lines.
    for format_ in (Format.CSV, Format.XLSX, Format.ODS, Format.JSON):
        encore = await importer(banc, moi, fichier(LIGNES[::-1], format_), "lignes_justes")
        assert comptes(encore) == (True, 0, 3, 0), format_
    assert len(await listees(banc, moi)) == 3


async def test_deux_lignes_semblables_sont_deux_accompagnements_et_une_autre_personne_a_les_siens(
    banc: Banc,
) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    deux = [LIGNES[0], LIGNES[0]]
    assert comptes(await importer(banc, moi, fichier(deux))) == (True, 2, 0, 0)
    assert comptes(await importer(banc, moi, fichier([*deux, LIGNES[0]]))) == (True, 1, 2, 0)
    assert comptes(await importer(banc, autre, fichier(deux))) == (True, 2, 0, 0)


async def test_tout_ou_rien_une_ligne_a_corriger_n_en_laisse_ecrire_aucune(banc: Banc) -> None:
    moi = await banc.mediateur()
    fausse = ["31/12/2099", "Individuel", "0", "À domicile", "", "", "Bureautik", "2", ""]
    rapport = await importer(banc, moi, fichier([*LIGNES, fausse]))
    assert comptes(rapport) == (False, 3, 0, 1)
    assert [(f["ligne"], f["colonne"], f["valeur"], f["message"]) for f in rapport["fautes"]] == [
        (
            5,
            "Thématique(s) d’accompagnement",
            "Bureautik",
            "Ce choix n’existe pas : est-ce « Bureautique » ?",
        ),
        (5, "Date", "31/12/2099", "La date de l’activité est dans le futur."),
        (5, "Durée (min)", "0", "Veuillez renseigner une durée"),
        (5, "Commune", "", "Veuillez renseigner la commune"),
        (5, "Participants", "2", "Un accompagnement individuel concerne un seul bénéficiaire"),
    ]
    assert await listees(banc, moi) == []

    justes = await importer(banc, moi, fichier([*LIGNES, fausse]), "lignes_justes")
    assert comptes(justes) == (True, 3, 0, 1)
    assert justes["fautes"] == rapport["fautes"]
    assert len(await listees(banc, moi)) == 3
    # Corrected, the line comes; the others are there already.
    assert comptes(await importer(banc, moi, fichier([*LIGNES, LIGNES[0]]))) == (True, 1, 3, 0)


async def test_une_ligne_incomprise_ne_prend_pas_la_place_d_une_semblable(banc: Banc) -> None:
    moi = await banc.mediateur()
    presque = [*LIGNES[0][:6], "E-mail ; Bureautik", *LIGNES[0][7:]]
    await importer(banc, moi, fichier([presque, LIGNES[0]]), "lignes_justes")
    assert comptes(await importer(banc, moi, fichier([LIGNES[0]]))) == (True, 0, 1, 0)


async def ajouter(banc: Banc, moi: Personne, ou: str, **champs: Any) -> str:
    corps = {"id": str(uuid4()), **champs}
    reponse = await banc.client.post(ou, json=corps, headers=moi.entetes)
    assert reponse.status_code == 201, reponse.text
    return corps["id"]


async def test_notre_export_reimporte_n_ajoute_rien(banc: Banc, individuel: Corps, atelier: Corps) -> None:
    """Homonymes, étiquettes de même nom, notes mises en forme, corrigé : c'est la même activité."""
    moi = await banc.mediateur()
    marie, homonyme = [
        await ajouter(banc, moi, "/beneficiaires", prenom="Marie", nom="Dupont") for _ in range(2)
    ]
    tag = await ajouter(banc, moi, "/tags", nom="Été ; quartier", portee="personnel")
    await enregistrer(banc, moi, individuel)
    autres = [
        await ajouter(banc, moi, "/tags", nom=nom, portee="personnel")
        for nom in ("Mobilité", "santé", "Mobilité santé")
    ]
    await banc.projeter(tags)
    await enregistrer(banc, moi, atelier | {"suivis": [marie, homonyme], "tags": [tag, *autres[:2]]})
    suivie = individuel | {"id": str(uuid4()), "tags": [tag], "beneficiaire": {"id": marie}}
    chemin = await enregistrer(banc, moi, suivie)
    corrigee = {nom: valeur for nom, valeur in suivie.items() if nom != "id"} | {"duree_minutes": 50}
    assert (await banc.client.put(chemin, json=corrigee, headers=moi.entetes)).status_code == 200
    await banc.projeter()
    for format_ in Format:
        ou = f"/activites/export?lignes=activites&format={format_}"
        exporte = (await banc.client.get(ou, headers=moi.entetes)).content
        lu = (await deposer(banc, moi, exporte)).json()
        choisies = [{"titre": c["titre"], "champ": c["champ"]} for c in lu["colonnes"] if c["champ"]]
        rapport = await importer(banc, moi, exporte, correspondance=choisies)
        assert (comptes(rapport), rapport["fautes"]) == ((True, 0, 3, 0), []), format_
        if format_ is Format.CSV:
            # Two tags are not the one whose name is both of theirs.
            autre = exporte.replace("Mobilité\nsanté".encode(), "Mobilité santé".encode())
            rapport = await importer(banc, moi, autre, "lignes_justes", correspondance=choisies)
            assert comptes(rapport) == (True, 0, 2, 1)
            assert "différente" in rapport["fautes"][0]["message"]


async def test_des_noms_importes_sont_ceux_que_l_on_suit_et_pose_soi_meme(banc: Banc) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    zoe = await ajouter(banc, moi, "/beneficiaires", prenom="Zoé", nom="Noël")
    paul = await ajouter(banc, moi, "/beneficiaires", prenom="Paul", nom="Petit")
    solo = await ajouter(banc, moi, "/beneficiaires", prenom="—", nom="Solo")
    tag = await ajouter(banc, moi, "/tags", nom="Été 2025", portee="personnel")
    await ajouter(banc, autre, "/beneficiaires", prenom="Ali", nom="Autre")
    await ajouter(banc, autre, "/tags", nom="Secrète", portee="personnel")
    await banc.projeter(tags, beneficiaires_suivis)
    titres = [*TITRES, "Étiquettes", "Bénéficiaire"]
    seul, atelier = [*LIGNES[0], "ete 2025", "NOEL Zoe"], [*LIGNES[1], "", "Paul Petit, Zoé Noël, — Solo"]
    octets = fichier([seul, atelier], titres=titres)
    assert comptes(await importer(banc, moi, octets)) == (True, 2, 0, 0)
    ids = [a["id"] for a in await listees(banc, moi)]
    individuel, collectif = [
        (await banc.client.get(f"/activites/{un}", headers=moi.entetes)).json() for un in ids
    ]
    assert (individuel["tags"], [b["id"] for b in individuel["beneficiaires"]]) == ([tag], [zoe])
    assert {b["id"] for b in collectif["beneficiaires"]} == {paul, zoe, solo}
    assert collectif["participants"]["total"] == 5

    # The person is known under another file since: the same file says the same thing.
    double = await ajouter(banc, moi, "/beneficiaires", prenom="Zoé", nom="Noël-Blanc")
    fusion = f"/beneficiaires/{zoe}/fusion"
    assert (await banc.client.post(fusion, json={"vers": double}, headers=moi.entetes)).status_code == 200
    await banc.projeter(beneficiaires_suivis)
    assert comptes(await importer(banc, moi, octets)) == (True, 0, 2, 0)

    d_un_autre = fichier([[*LIGNES[0], "Secrète", "Ali Autre"]], titres=titres)
    rapport = (await demander(banc, moi, d_un_autre, "essai")).json()
    inconnus = fichier([[*LIGNES[0], "Nulle part", "Ali Personne"]], titres=titres)
    absents = (await demander(banc, moi, inconnus, "essai")).json()
    assert [f["valeur"] for f in rapport["fautes"]] == ["Ali Autre", "Secrète"]
    assert [f["message"] for f in rapport["fautes"]] == [f["message"] for f in absents["fautes"]]


async def test_le_meme_fichier_renvoye_n_ecrit_rien_quoi_que_ses_noms_designent_depuis(banc: Banc) -> None:
    """Fusion, nouveau nom, homonyme, étiquette supprimée puis recréée : c'est le même compte rendu."""
    moi = await banc.mediateur()
    zoe, blanc, ali = [
        await ajouter(banc, moi, "/beneficiaires", prenom=prenom, nom=nom)
        for prenom, nom in (("Zoé", "Noël"), ("Zoé", "Noël-Blanc"), ("Ali", "Petit"))
    ]
    mobilite = await ajouter(banc, moi, "/tags", nom="Mobilité", portee="personnel")
    await banc.projeter(tags, beneficiaires_suivis)
    titres = [*TITRES, "Étiquettes", "Bénéficiaire"]
    lignes = [
        [*LIGNES[0], "", "Zoé Noël"],
        [*LIGNES[0], "", "Zoé Noël-Blanc"],
        [*LIGNES[0], "Mobilité", ""],
        [*LIGNES[1], "", "Ali Petit, Zoé Noël"],
        [*LIGNES[2], "", "Ali Petit"],
        LIGNES[2] + ["", ""],
    ]
    assert comptes(await importer(banc, moi, fichier(lignes, titres=titres))) == (True, 6, 0, 0)
    # As the same file without these columns.
    assert comptes(await importer(banc, moi, fichier([LIGNES[2]]))) == (True, 0, 1, 0)

    fusion = {"vers": zoe, "prendre": ["nom"]}
    for methode, chemin, corps in (
        ("POST", f"/beneficiaires/{blanc}/fusion", fusion),
        ("PUT", f"/beneficiaires/{ali}", {"prenom": "Ali", "nom": "Grand"}),
        ("DELETE", f"/tags/{mobilite}", None),
    ):
        geste = await banc.client.request(methode, chemin, json=corps, headers=moi.entetes)
        assert geste.is_success, geste.text
    await banc.projeter()
    octets = fichier(lignes[::-1], Format.XLSX, titres=titres)
    for etape in ("sans personne de ce nom", "avec d'autres de ce nom"):
        for mode in ("tout_ou_rien", "lignes_justes"):
            rapport = await importer(banc, moi, octets, mode)
            assert (comptes(rapport), rapport["fautes"]) == ((True, 0, 6, 0), []), (etape, mode)
        assert comptes((await demander(banc, moi, octets, "essai")).json()) == (False, 0, 6, 0)
        for _ in range(2):
            await ajouter(banc, moi, "/beneficiaires", prenom="Ali", nom="Petit")
        if etape.startswith("sans"):
            await ajouter(banc, moi, "/tags", nom="mobilite", portee="personnel")
        await banc.projeter(tags, beneficiaires_suivis)
    assert len(await listees(banc, moi)) == 6
    # Once more of it is another accompagnement, whose names are looked for.
    encore = await importer(banc, moi, fichier([*lignes, lignes[4]], titres=titres), "lignes_justes")
    assert (comptes(encore), [(f["ligne"], f["valeur"]) for f in encore["fautes"]]) == (
        (True, 0, 6, 1), [(8, "Ali Petit")],
    )  # fmt: skip


async def test_le_modele_est_compris_et_ses_exemples_ne_s_importent_pas(banc: Banc) -> None:
    moi = await banc.mediateur()
    modele = httpx2.Response(500)
    for format_ in Format:
        modele = await banc.client.get(
            f"/activites/imports/modele/export?format={format_}", headers=moi.entetes
        )
        depot = (await deposer(banc, moi, modele.content)).json()
        assert (depot["sur"], depot["lignes"], depot["manquants"]) == (True, 2, [])
        await banc.client.delete(f"/activites/imports/{depot['id']}", headers=moi.entetes)
    rapport = await importer(banc, moi, modele.content)
    assert (comptes(rapport), rapport["exemples"]) == ((True, 0, 0, 0), 2)
    assert await listees(banc, moi) == []


async def test_les_colonnes_incertaines_se_confirment(banc: Banc) -> None:
    moi = await banc.mediateur()
    titres = ["Date", "Quoi", *TITRES[2:]]
    octets = fichier(LIGNES, titres=titres)
    depot = (await deposer(banc, moi, octets)).json()
    assert (depot["sur"], depot["manquants"]) == (False, ["type"])
    quoi = depot["colonnes"][1]
    assert (quoi["champ"], quoi["exemples"]) == (None, ["Individuel", "Atelier collectif"])
    choisies = [{"titre": c["titre"], "champ": c["champ"] or "type"} for c in depot["colonnes"]]
    for faute in (
        None,
        [c for c in choisies if c["champ"] != "type"],
        [*choisies, {"titre": "Absente", "champ": "lieu"}],
        [*choisies, choisies[0]],
    ):
        reponse = await demander(banc, moi, octets, "essai", correspondance=faute)
        assert (reponse.status_code, refus(reponse)) == (422, "CorrespondanceInvalide")
        await banc.client.delete(reponse.request.url.path.removesuffix("/essai"), headers=moi.entetes)
    assert comptes(await importer(banc, moi, octets, correspondance=choisies)) == (True, 3, 0, 0)


async def test_un_fichier_hostile_ou_trop_long_est_refuse(banc: Banc) -> None:
    moi = await banc.mediateur()
    trop = fichier([["2025-06-30"]] * 10_001, titres=["Date"])
    for octets in (b"", b"%PDF-1.7", b"PK\x03\x04" + bytes(40), trop):
        reponse = await deposer(banc, moi, octets)
        assert (reponse.status_code, refus(reponse)) == (422, "FichierIllisible"), octets[:10]
        assert reponse.json()["erreurs"][0]["pointeur"] == "/fichier"
    corps = {"id": str(uuid4()), "fichier": "É"}
    reponse = await banc.client.post("/activites/imports", json=corps, headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (422, "FichierIllisible")


async def test_un_fichier_de_trop_de_noms_differents_est_refuse_en_entier(banc: Banc) -> None:
    moi = await banc.mediateur()
    cellules = [",".join(f"{ligne:x}z{rang:x}" for rang in range(200)) for ligne in range(251)]
    for titre in ("Bénéficiaire", "Étiquettes"):
        octets = fichier([[*LIGNES[1], cellule] for cellule in cellules], titres=[*TITRES, titre])
        reponse = await demander(banc, moi, octets, "essai")
        assert (reponse.status_code, refus(reponse)) == (422, "FichierIllisible"), titre
        assert "trop de noms différents" in reponse.json()["detail"]


async def test_une_formule_et_un_balisage_restent_du_texte(banc: Banc) -> None:
    moi = await banc.mediateur()
    note = "=1+1 <script>alert(1)</script>"
    await importer(banc, moi, fichier([[*LIGNES[0][:8], note]], Format.XLSX))
    [activite] = await listees(banc, moi)
    lue = (await banc.client.get(f"/activites/{activite['id']}", headers=moi.entetes)).json()
    assert lue["notes"] == "<p>=1+1 &lt;script&gt;alert(1)&lt;/script&gt;</p>"


async def test_le_depot_est_chiffre_a_soi_seul_et_oublie_le_lendemain(banc: Banc) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    octets = fichier(LIGNES)
    depot = (await deposer(banc, moi, octets)).json()
    chemin = f"/activites/imports/{depot['id']}"
    async with banc.store.database.raw() as connection:
        garde: Any = await connection.fetchval("select contenu from imports_deposes")
    assert base64.b64encode(octets).decode()[:40] not in garde
    assert (await banc.client.get(chemin, headers=moi.entetes)).json() == depot
    encore = {"id": depot["id"], "fichier": base64.b64encode(octets).decode()}
    repete = await banc.client.post("/activites/imports", json=encore, headers=moi.entetes)
    assert (repete.status_code, repete.json()) == (200, depot)
    for inconnu in (
        await banc.client.get(chemin, headers=autre.entetes),
        await banc.client.post(f"{chemin}/essai", json={}, headers=autre.entetes),
    ):
        assert (inconnu.status_code, refus(inconnu)) == (404, "ImportInconnu")
    demain = dt.datetime.now(dt.UTC) + dt.timedelta(days=1, minutes=1)
    await oublier_les_depots(Tools(banc.store, lambda: demain))
    assert (await banc.client.get(chemin, headers=moi.entetes)).status_code == 404


async def test_vingt_depots_au_plus_et_l_effacement_les_emporte(banc: Banc) -> None:
    moi = await banc.mediateur()
    for attendu in (201,) * casiers.DEPOTS.maximum + (409,):
        assert (await deposer(banc, moi, fichier(LIGNES))).status_code == attendu
    await effacer(
        banc.store, "compte", moi.compte_id, "demande", Context("test", "test"), dt.datetime.now(dt.UTC)
    )
    async with banc.store.database.raw() as connection:
        assert await connection.fetchval("select count(*) from imports_deposes") == 0


async def test_un_lieu_homonyme_est_celui_de_la_commune_dite_ou_celui_ou_l_on_exerce(banc: Banc) -> None:
    moi = await banc.mediateur()
    beaune = uuid4()
    await banc.inserer(
        lieux_connus.table,
        {"lieu_id": beaune, "nom": "Médiathèque", "commune": "Beaune", "code_postal": "21200"},
    )
    sans = LIGNES[1]
    a_beaune = [*sans[:5], "Beaune", *sans[6:]]
    # One of the map where they never said to work: by its name, nor by its identifier.
    par_id = [*sans[:4], str(beaune), *sans[5:]]
    await banc.exercer(moi)
    rapport = (await demander(banc, moi, fichier([sans, par_id]), "essai")).json()
    assert [(f["ligne"], f["colonne"], f["message"]) for f in rapport["fautes"]] == [
        (2, "Nom du lieu", "Aucun de vos lieux ne porte ce nom : ajoutez-le d’abord à vos lieux"),
        (3, "Nom du lieu", "Vous n’exercez pas dans ce lieu : ajoutez-le d’abord à vos lieux."),
    ]
    await banc.exercer(moi, anciens=[LIEU, beaune])
    rapport = await importer(banc, moi, fichier([sans, a_beaune]), "lignes_justes")
    assert [(f["ligne"], f["colonne"]) for f in rapport["fautes"]] == [(2, "Nom du lieu")]
    await banc.exercer(moi, LIEU, anciens=[beaune])
    await importer(banc, moi, fichier([sans]))
    assert {UUID(a["lieu_id"]) for a in await listees(banc, moi)} == {beaune, LIEU}


async def test_un_identifiant_choisi_designe_la_meme_activite(banc: Banc) -> None:
    moi = await banc.mediateur()
    titres = ["Identifiant", *TITRES]
    lignes = [["A1", *LIGNES[0]], ["A2", *LIGNES[0]], ["A1", *LIGNES[2]]]
    rapport = await importer(banc, moi, fichier(lignes, titres=titres), "lignes_justes")
    assert comptes(rapport) == (True, 2, 0, 1)
    assert rapport["fautes"][0]["message"] == "Cet identifiant est déjà celui de la ligne 2"
    nul = await importer(banc, moi, fichier([[str(UUID(int=0)), *LIGNES[0]]], titres=titres))
    assert (comptes(nul), nul["fautes"][0]["colonne"]) == ((False, 0, 0, 1), "Identifiant")
    # Another content under it is another activité: refused, as for a typed one.
    autre = await importer(banc, moi, fichier([["A1", *LIGNES[2]]], titres=titres), "lignes_justes")
    assert autre["fautes"][0]["message"] == (
        "Une activité différente est déjà enregistrée sous cet identifiant."
    )
    assert len(await listees(banc, moi)) == 2


async def test_sans_emploi_chaque_ligne_le_dit(banc: Banc) -> None:
    moi = banc.personne(mediateur=True)
    rapport = await importer(banc, moi, fichier(LIGNES[:1]))
    assert comptes(rapport) == (False, 0, 0, 1)
    assert "Aucun emploi" in rapport["fautes"][0]["message"]


async def test_les_fautes_dites_sont_bornees_et_toutes_comptees(banc: Banc) -> None:
    moi = await banc.mediateur()
    fausse = ["jamais", "Individuel", "?", "À distance", "", "", "E-mail", "", ""]
    rapport = await importer(banc, moi, fichier([fausse] * 600))
    assert (len(rapport["fautes"]), rapport["fautes_en_tout"], rapport["refusees"]) == (1000, 1200, 600)


def test_l_empreinte_d_une_ligne_ne_change_pas_d_une_version_a_l_autre() -> None:
    """Elle fait l'identifiant : une autre, et un fichier déjà importé le serait une seconde fois."""
    assert empreinte_de(INDIVIDUEL).decode() == (
        '{"commune":{"code_insee":"21231","code_postal":"21000","nom":"Dijon"},"date":"2026-06-30",'
        '"duree_minutes":45,"materiels":["ordinateur"],"notes":"<p>Madame Dupont a créé sa boîte.</p>",'
        '"participants":{"genres":{"feminin":1},"total":1},"thematiques":["email","sante"],'
        '"type":"individuel","type_lieu":"domicile"}'
    )
