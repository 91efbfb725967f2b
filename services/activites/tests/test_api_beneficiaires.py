"""/beneficiaires : son médiateur les suit, les cherche, les efface ; nul autre ne les voit."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_etat import Suivi
from activites.domain.beneficiaire_faits import BeneficiaireEfface, BeneficiaireFusionne, TextesApportes
from activites.domain.vocabulaire import BeneficiaireId
from activites.erasure import effacer
from activites.exports.beneficiaires import COLONNES
from activites.jobs import oublier_les_beneficiaires
from activites.projections import activites_suivies, beneficiaires_suivis
from activites.statistiques.fichier import Statistiques
from events.service import Tools
from events.store.store import Context
from process.clock import Clock
from tableurs import Format, ouvrir

from .appels import ANNEE, Corps, chiffres_de, enregistrer, refus, sans_id
from .conftest import Banc, Personne
from .test_effacement import tables

CANARI = "Zuldravine"
FICHE: Corps = {
    "prenom": "Élodie",
    "nom": "Nguyễn-Dupré",
    "telephone": "04 55 66 77 88",
    "courriel": "Elodie@Exemple.FR",
    "commune": {"code_insee": "21231"},
    "annee_naissance": ANNEE - 69,
    "genre": "feminin",
    "notes": "<p>Vient <script>x</script>le mardi</p>",
}

SANS = ("telephone", "courriel", "commune", "annee_naissance", "genre", "notes")
"""Ce qu'une fiche peut ne pas dire."""


async def suivre(banc: Banc, moi: Personne, **champs: Any) -> str:
    corps = FICHE | {"id": str(uuid4())} | champs
    reponse = await banc.client.post("/beneficiaires", json=corps, headers=moi.entetes)
    assert reponse.status_code == 201, reponse.text
    return corps["id"]


async def projeter(banc: Banc) -> None:
    await banc.projeter()
    await banc.projeter(activites_suivies)
    await banc.projeter(beneficiaires_suivis)


async def trouves(banc: Banc, moi: Personne, recherche: str | None, **suite: Any) -> list[str]:
    """Les prénoms de toutes les pages."""
    noms: list[str] = []
    corps: Corps = {"recherche": recherche, "limite": 2, **suite}
    while True:
        page = await banc.client.post("/beneficiaires/recherche", json=corps, headers=moi.entetes)
        assert page.status_code == 200, page.text
        noms += [b["prenom"] for b in page.json()["elements"]]
        if (suivant := page.json()["suivant"]) is None:
            assert page.json()["total"] == len(noms)
            return noms
        corps["apres"] = suivant


async def test_une_fiche_se_cree_se_lit_se_corrige_et_une_correction_d_ailleurs_n_est_pas_ecrasee(
    banc: Banc,
) -> None:
    moi = await banc.mediateur()
    corps = FICHE | {"id": str(uuid4())}
    for statut in (201, 200):
        cree = await banc.client.post("/beneficiaires", json=corps, headers=moi.entetes)
        assert (cree.status_code, cree.json()["id"]) == (statut, corps["id"])
    chemin = f"/beneficiaires/{corps['id']}"
    lue = await banc.client.get(chemin, headers=moi.entetes)
    fiche = lue.json()
    assert (fiche["prenom"], fiche["nom"], fiche["telephone"]) == ("Élodie", "Nguyễn-Dupré", "+33455667788")
    assert (fiche["courriel"], fiche["tranche_age"]) == ("elodie@exemple.fr", "soixante_soixante_neuf")
    assert fiche["commune"] == {"nom": "Dijon", "code_postal": "21000", "code_insee": "21231"}
    assert (fiche["notes"], fiche["accompagnements"]) == ("<p>Vient le mardi</p>", 0)

    apres = sans_id(corps) | {"nom": "Vidal", "notes": None}
    si = moi.entetes | {"If-Match": lue.headers["ETag"]}
    assert (await banc.client.put(chemin, json=apres, headers=si)).status_code == 200
    assert (await banc.client.put(chemin, json=apres, headers=si)).status_code == 412
    relue = (await banc.client.get(chemin, headers=moi.entetes)).json()
    assert (relue["nom"], relue["notes"]) == ("Vidal", None)
    faits = [type(r.event).__name__ for r in await banc.store.load(f"beneficiaire-{corps['id']}")]
    assert faits == ["BeneficiaireEnregistre", "NomCorrige", "NotesCorrigees"]
    await banc.client.delete(chemin, headers=moi.entetes)
    for qui, attendu in (
        (moi, (410, "/problemes/BeneficiaireDejaEfface")),
        (await banc.mediateur(), (409, "/problemes/BeneficiaireDejaEnregistre")),
    ):
        encore = await banc.client.post("/beneficiaires", json=corps, headers=qui.entetes)
        assert (encore.status_code, encore.json()["type"]) == attendu


async def test_une_fiche_fausse_dit_ce_qui_ne_va_pas_sans_le_repeter(banc: Banc) -> None:
    moi = await banc.mediateur()
    fausse = FICHE | {"id": str(uuid4()), "nom": " ", "telephone": CANARI, "courriel": CANARI}
    reponse = await banc.client.post("/beneficiaires", json=fausse, headers=moi.entetes)
    assert reponse.status_code == 422
    assert [faute["pointeur"] for faute in reponse.json()["erreurs"]] == ["/nom", "/telephone", "/courriel"]
    assert CANARI not in reponse.text
    vide = await banc.client.post("/beneficiaires/recherche", json={"recherche": "!"}, headers=moi.entetes)
    assert (vide.status_code, vide.json()["erreurs"][0]["pointeur"]) == (422, "/recherche")


async def test_la_recherche_veut_tous_les_mots_sans_accent_et_se_lit_page_par_page(banc: Banc) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    for prenom, nom, naissance in (
        ("Élodie", "Martin", 1990),
        ("Zoé", "martin", 1950),
        ("Ali", "MARTIN", None),
        ("Noé", "Bernard", 1970),
    ):
        champs = {"annee_naissance": naissance, "courriel": "ici@exemple.fr"}
        await suivre(banc, moi, prenom=prenom, nom=nom, **champs)
    await suivre(banc, autre, prenom="Elodie", nom="Martin")
    await projeter(banc)
    assert await trouves(banc, moi, None) == ["Noé", "Ali", "Élodie", "Zoé"]
    assert await trouves(banc, moi, None, tri="prenom") == ["Ali", "Élodie", "Noé", "Zoé"]
    assert await trouves(banc, moi, None, tri="naissance") == ["Zoé", "Noé", "Élodie", "Ali"]
    assert await trouves(banc, moi, "MARTÍN elodie") == ["Élodie"]
    assert await trouves(banc, moi, "dijon 21000 exemple") == ["Noé", "Ali", "Élodie", "Zoé"]
    assert await trouves(banc, moi, "martin bernard") == []
    assert await trouves(banc, moi, "99%") == []
    liste = await banc.client.get("/beneficiaires?limite=3", headers=moi.entetes)
    assert ([b["prenom"] for b in liste.json()["elements"]], liste.json()["total"]) == (
        ["Noé", "Ali", "Élodie"],
        4,
    )
    premiere = {"recherche": "martin", "limite": 1}
    page = await banc.client.post("/beneficiaires/recherche", json=premiere, headers=moi.entetes)
    ailleurs = premiere | {"recherche": "dijon", "apres": page.json()["suivant"]}
    refuse = await banc.client.post("/beneficiaires/recherche", json=ailleurs, headers=moi.entetes)
    assert (refuse.status_code, refus(refuse)) == (400, "CurseurInvalide")


async def test_a01_le_beneficiaire_d_un_autre_repond_comme_celui_qui_n_existe_pas(
    banc: Banc, individuel: Corps
) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    qui = await suivre(banc, moi, nom=CANARI)
    await enregistrer(banc, moi, individuel | {"beneficiaire": {"id": qui}})
    await projeter(banc)
    vue = banc.issuer.claims("activites", compte_id=moi.compte_id, mediateur_id=moi.mediateur_id)
    vue["act"] = {"sub": str(uuid4())}
    support = {"Authorization": f"Bearer {banc.issuer.sign(vue)}"}
    for methode, suite, corps in (
        ("GET", "", None),
        ("GET", "/accompagnements", None),
        ("PUT", "", FICHE),
        ("DELETE", "", None),
    ):
        reponses: list[Any] = []
        for cible, entetes in ((qui, autre.entetes), (uuid4(), moi.entetes), (qui, support)):
            if entetes is support and methode != "GET":
                continue  # who sees as somebody else writes nothing at all
            chemin = f"/beneficiaires/{cible}{suite}"
            lue = await banc.client.request(methode, chemin, json=corps, headers=entetes)
            assert lue.status_code == 404, (methode, chemin)
            reponses.append({n: v for n, v in lue.json().items() if n not in ("instance", "request_id")})
        assert all(reponse == reponses[0] for reponse in reponses[:2])
    assert (await banc.client.get("/beneficiaires", headers=support)).status_code == 404
    for entetes, nomme in ((moi.entetes, True), (support, False)):
        export = await banc.client.get("/activites/export?format=json", headers=entetes)
        assert ((CANARI in export.text), len(export.json())) == (nomme, 1)
    assert await trouves(banc, autre, None) == []
    for sans in (banc.personne(coordinateur=True), banc.personne()):
        assert (await banc.client.get("/beneficiaires", headers=sans.entetes)).status_code == 403


async def test_rien_ne_nomme_un_beneficiaire_hors_de_sa_table_et_efface_il_n_est_plus_nulle_part(
    banc: Banc, individuel: Corps, capfd: pytest.CaptureFixture[str]
) -> None:
    moi = await banc.mediateur()
    noms = {"prenom": CANARI, "nom": CANARI, "courriel": f"{CANARI}@exemple.fr", "notes": CANARI}
    qui = await suivre(banc, moi, **noms)
    chemin = await enregistrer(banc, moi, individuel | {"beneficiaire": {"id": qui}})
    await projeter(banc)
    assert await trouves(banc, moi, CANARI) == [CANARI]
    lignes = [ligne for ligne in (await tables(banc)).splitlines() if CANARI.lower() in ligne.lower()]
    assert [ligne[1:37] for ligne in lignes] == [qui]
    assert CANARI.lower() not in capfd.readouterr().out.lower()

    for _ in range(2):  # safe to repeat
        efface = await banc.client.delete(f"/beneficiaires/{qui}", headers=moi.entetes)
        assert efface.status_code == 204
    *_, dernier = await banc.store.load(f"beneficiaire-{qui}")
    assert isinstance(dernier.event, BeneficiaireEfface)
    await projeter(banc)
    assert CANARI.lower() not in (await tables(banc)).lower()
    assert (await banc.client.get(f"/beneficiaires/{qui}", headers=moi.entetes)).status_code == 404
    # What was done is still there, and may still be corrected: for an anonymous person.
    lue = (await banc.client.get(chemin, headers=moi.entetes)).json()
    assert lue["accompagnements"] == 1
    assert lue["beneficiaires"] == [{"id": qui, "prenom": None, "nom": None, "premier_accompagnement": True}]
    corps = sans_id(individuel) | {"beneficiaire": {"id": qui}, "duree_minutes": 60}
    assert (await banc.client.put(chemin, json=corps, headers=moi.entetes)).status_code == 200
    # Nobody new is accompanied under this identifier.
    encore = individuel | {"id": str(uuid4()), "beneficiaire": {"id": qui}}
    refuse = await banc.client.post("/activites", json=encore, headers=moi.entetes)
    assert (refuse.status_code, refuse.json()["erreurs"][0]["pointeur"]) == (422, "/beneficiaire/id")


async def test_l_histoire_d_une_personne_et_son_premier_accompagnement_suivent_les_corrections(
    banc: Banc, individuel: Corps, atelier: Corps
) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    qui, voisin, a_un_autre = await suivre(banc, moi), await suivre(banc, moi), await suivre(banc, autre)

    async def histoire() -> list[tuple[str, bool]]:
        await projeter(banc)
        lue = await banc.client.get(f"/beneficiaires/{qui}/accompagnements", headers=moi.entetes)
        fiche = await banc.client.get(f"/beneficiaires/{qui}", headers=moi.entetes)
        assert fiche.json()["accompagnements"] == lue.json()["total"]
        return [(a["date"], a["premier"]) for a in lue.json()["elements"]]

    tard = individuel | {"date": "2025-06-30", "beneficiaire": {"id": qui}}
    chemin = await enregistrer(banc, moi, tard)
    assert await histoire() == [("2025-06-30", True)]
    avant = atelier | {"date": "2025-05-02", "suivis": [qui, voisin]}
    ensemble = await enregistrer(banc, moi, avant)
    assert await histoire() == [("2025-06-30", False), ("2025-05-02", True)]
    lue = (await banc.client.get(ensemble, headers=moi.entetes)).json()
    assert (lue["accompagnements"], lue["participants"]["total"]) == (14, 12)
    assert [(b["prenom"], b["premier_accompagnement"]) for b in lue["beneficiaires"]] == [
        ("Élodie", True),
        ("Élodie", True),
    ]
    page = (await banc.client.get("/beneficiaires", headers=moi.entetes)).json()["elements"]
    assert {b["id"]: b["accompagnements"] for b in page} == {qui: 2, voisin: 1}

    # Moved to an earlier day, it becomes the first; deleted, it counts nowhere; restored, as it was.
    await banc.client.put(chemin, json=sans_id(tard) | {"date": "2025-05-01"}, headers=moi.entetes)
    assert await histoire() == [("2025-05-02", False), ("2025-05-01", True)]
    await banc.client.delete(chemin, headers=moi.entetes)
    assert await histoire() == [("2025-05-02", True)]
    await banc.client.post(f"{chemin}/restauration", headers=moi.entetes)
    assert await histoire() == [("2025-05-02", False), ("2025-05-01", True)]

    for champs in ({"suivis": [str(uuid4())]}, {"suivis": [a_un_autre]}):
        refuse = await banc.client.post(
            "/activites", json=atelier | {"id": str(uuid4())} | champs, headers=moi.entetes
        )
        assert (refuse.status_code, refus(refuse)) == (422, "BeneficiaireNonSuivi")


async def test_deux_fiches_fusionnees_sont_une_personne_et_separees_redeviennent_comme_avant(
    banc: Banc, individuel: Corps, atelier: Corps
) -> None:
    moi = await banc.mediateur()
    une = await suivre(banc, moi, courriel=None)
    double = await suivre(banc, moi, prenom="Elodie", telephone=None)
    await suivre(banc, moi, prenom="Karim", nom="Benali", telephone=None, courriel=None)
    tot = individuel | {"id": str(uuid4()), "date": "2025-05-01", "beneficiaire": {"id": double}}
    tard = individuel | {"id": str(uuid4()), "date": "2025-06-01", "beneficiaire": {"id": une}}
    chemins = [await enregistrer(banc, moi, corps) for corps in (tot, tard)]
    await enregistrer(banc, moi, atelier | {"date": "2025-05-15", "suivis": [une, double]})

    async def doublons() -> Any:
        await projeter(banc)
        return (await banc.client.get("/beneficiaires/doublons", headers=moi.entetes)).json()

    async def agir(qui: str, geste: str, **corps: Any) -> None:
        chemin = f"/beneficiaires/{qui}/{geste}"
        fait = await banc.client.post(chemin, json=corps, headers=moi.entetes)
        assert fait.status_code == 200, fait.text
        await projeter(banc)

    async def fiches() -> list[Any]:
        await projeter(banc)
        lues = (await banc.client.get("/beneficiaires", headers=moi.entetes)).json()["elements"]
        return sorted(
            (b["prenom"], b["courriel"], b["accompagnements"]) for b in lues if b["nom"] != "Benali"
        )

    avant = await fiches()
    assert avant == [("Elodie", "elodie@exemple.fr", 2), ("Élodie", None, 2)]
    [paire] = (await doublons())["elements"]
    assert paire["ressemblances"] == ["nom", "prenom"]
    await agir(double, "fusion", vers=une)
    assert await fiches() == [("Élodie", "elodie@exemple.fr", 3)]
    assert await doublons() == {"elements": [], "total": 0}
    # One person, one first time: what was done with either of her files is hers.
    vus = [
        (b["id"], b["premier_accompagnement"])
        for chemin in chemins
        for b in (await banc.client.get(chemin, headers=moi.entetes)).json()["beneficiaires"]
    ]
    assert vus == [(une, True), (une, False)]
    [fusion] = (await banc.client.get("/beneficiaires/fusions", headers=moi.entetes)).json()["elements"]
    assert (fusion["id"], fusion["vers"], fusion["vers_prenom"]) == (double, une, "Élodie")
    # The file in double leads to hers, its own médiateur only.
    menee = await banc.client.get(f"/beneficiaires/{double}", headers=moi.entetes)
    assert (menee.status_code, refus(menee), menee.json()["vers"]) == (404, "FicheEnDouble", une)
    autre = await banc.mediateur()
    d_un_autre = await banc.client.get(f"/beneficiaires/{double}", headers=autre.entetes)
    assert (refus(d_un_autre), "vers" in d_un_autre.json()) == ("BeneficiaireInconnu", False)
    # The same request once more: it was done, and is not another file.
    encore = FICHE | {"id": double, "prenom": "Elodie", "telephone": None}
    assert (await banc.client.post("/beneficiaires", json=encore, headers=moi.entetes)).status_code == 200

    await agir(double, "separation")
    assert await fiches() == avant
    assert (await doublons())["total"] == 1
    etrangere = await suivre(banc, await banc.mediateur(), prenom="Noé", courriel="noe@exemple.fr")
    for geste, champ, attendu in (
        ("distinction", "autre", (404, "BeneficiaireInconnu")),
        ("fusion", "vers", (422, "DestinationInconnue")),
    ):
        chemin = f"/beneficiaires/{une}/{geste}"
        refusee = await banc.client.post(chemin, json={champ: etrangere}, headers=moi.entetes)
        assert (refusee.status_code, refus(refusee)) == attendu
    await agir(une, "distinction", autre=double)
    assert await doublons() == {"elements": [], "total": 0}
    # Erased, a person takes every file of hers; a file in double is not erased alone.
    await agir(double, "fusion", vers=une)
    assert (await banc.client.delete(f"/beneficiaires/{double}", headers=moi.entetes)).status_code == 404
    await projeter(banc)
    await banc.client.delete(f"/beneficiaires/{une}", headers=moi.entetes)
    assert await fiches() == []
    assert "lodie" not in await tables(banc)
    absent = await banc.client.post(f"/beneficiaires/{double}/separation", headers=moi.entetes)
    assert (absent.status_code, refus(absent)) == (404, "BeneficiaireInconnu")


async def test_on_choisit_ce_que_la_fiche_qui_reste_prend_de_l_autre_et_separer_rend_l_avant(
    banc: Banc,
) -> None:
    moi = await banc.mediateur()
    une = await suivre(banc, moi, adresse="3 rue Haute")
    double = await suivre(
        banc, moi, prenom="Elodie", telephone="0633333333", courriel=None, commune={"code_insee": "69123"}
    )

    async def fusionner(*prendre: str, vue: str | None = None, **autres: Any) -> Any:
        corps = {"vers": une, "prendre": prendre, **autres}
        entetes = moi.entetes | ({"If-Match": vue} if vue else {})
        return await banc.client.post(f"/beneficiaires/{double}/fusion", json=corps, headers=entetes)

    async def fiche() -> Any:
        return (await banc.client.get(f"/beneficiaires/{une}", headers=moi.entetes)).json()

    avant = await fiche()
    contraire = await fusionner("telephone", "notes", laisser=["genre", "notes"])
    assert (contraire.status_code, refus(contraire), contraire.json()["erreurs"][0]["pointeur"]) == (
        422,
        "PrisEtLaisse",
        "/laisser/1",
    )
    # Corrected elsewhere since they were compared: nothing is merged, and what has changed is named only.
    corrigee = FICHE | {"prenom": "Elodie", "courriel": None, "notes": "<p>Autre</p>"}
    await banc.client.put(f"/beneficiaires/{double}", json=corrigee, headers=moi.entetes)
    depassees: list[tuple[Corps, list[str]]] = [
        ({"vue": '"1"', "version_de_vers": 1}, ["telephone", "commune", "notes"]),
        ({"version_de_vers": 0}, []),
    ]
    for depassee, changes in depassees:
        refusee = await fusionner("telephone", **depassee)
        assert (refusee.status_code, refus(refusee)) == (412, "VersionAttendue")
        assert refusee.json()["changements"] == {"double": changes, "vers": []}
    a_un_autre = await suivre(banc, await banc.mediateur())
    ailleurs = await fusionner(vers=a_un_autre, version_de_vers=0)
    assert (ailleurs.status_code, refus(ailleurs)) == (422, "DestinationInconnue")
    rendue = corrigee | {"telephone": "0633333333", "commune": {"code_insee": "69123"}}
    remise = await banc.client.put(f"/beneficiaires/{double}", json=rendue, headers=moi.entetes)
    inconnu = await fusionner("surnom")
    assert (inconnu.status_code, inconnu.json()["erreurs"][0]["pointeur"]) == (422, "/prendre/0")
    vue: Corps = {"vue": remise.headers["ETag"], "version_de_vers": 1}
    assert (await fusionner("telephone", "courriel", "commune", **vue)).status_code == 200
    # Empty in the one that was chosen, the e-mail is forgotten.
    change = {"telephone": "+33633333333", "courriel": None, "adresse": None}
    lue = await fiche()
    assert lue | {"commune": None, "corrige_le": None} == avant | change | {"commune": None}
    assert lue["commune"]["code_insee"] == "69123"
    # Sent again, the same choices change nothing; others are not hidden under the first ones.
    assert (await fusionner("commune", "courriel", "telephone", **vue)).status_code == 200
    autres = await fusionner("telephone")
    assert (autres.status_code, refus(autres)) == (409, "FusionDejaFaite")
    separee = await banc.client.post(f"/beneficiaires/{double}/separation", headers=moi.entetes)
    assert separee.status_code == 200
    assert await fiche() | {"corrige_le": None} == avant
    # Erased by the operator while it is in double, it takes away what it alone said, in the journal as well.
    assert (await fusionner("telephone")).status_code == 200
    assert (await fiche())["telephone"] == "+33633333333"
    await effacer(
        banc.store, "beneficiaire", UUID(double), "demande", Context("operateur", "42"), Clock().now()
    )
    assert await fiche() | {"corrige_le": None} == avant
    await projeter(banc)
    assert "33633333333" not in await tables(banc)
    apportes = [
        r.event.telephone
        for r in await banc.store.load(BENEFICIAIRE(UUID(une)))
        if isinstance(r.event, TextesApportes)
    ]
    assert apportes == ["effacé", "effacé"]


async def test_separer_rend_a_chacune_ce_qui_etait_a_elle_jusqu_au_bout_de_la_chaine(
    banc: Banc, atelier: Corps, individuel: Corps
) -> None:
    """Une fiche fusionnée dans une autre, elle-même fusionnée : informations, accompagnements, étiquettes."""
    moi = await banc.mediateur()
    rien = dict.fromkeys(SANS)
    a = await suivre(banc, moi, prenom="A", **rien | {"courriel": "a@exemple.fr", "telephone": "0611111111"})
    b = await suivre(banc, moi, prenom="B", **rien | {"notes": "<p>De B</p>"})
    c = await suivre(banc, moi, prenom="C", **rien | {"telephone": "0633333333"})
    tag = str(uuid4())
    corps = {"id": tag, "nom": "Emploi", "portee": "personnel"}
    assert (await banc.client.post("/tags", json=corps, headers=moi.entetes)).status_code == 201
    await banc.projeter()
    seul = individuel | {"date": "2025-05-01", "beneficiaire": {"id": a}, "tags": [tag]}
    chemin = await enregistrer(banc, moi, seul)
    await enregistrer(banc, moi, atelier | {"date": "2025-05-02", "suivis": [a, b, c]})
    await enregistrer(banc, moi, individuel | {"id": str(uuid4()), "beneficiaire": {"id": b}})

    async def agir(qui: str, geste: str, **corps: Any) -> None:
        fait = await banc.client.post(f"/beneficiaires/{qui}/{geste}", json=corps, headers=moi.entetes)
        assert fait.status_code == 200, fait.text
        await projeter(banc)

    async def lire(chemin: str, **voulus: Any) -> Any:
        lue = await banc.client.get(chemin, params=voulus, headers=moi.entetes)
        assert lue.status_code == 200, lue.text
        return lue.json()

    async def fiche(qui: str) -> list[Any]:
        lue = await lire(f"/beneficiaires/{qui}")
        return [lue[champ] for champ in ("courriel", "telephone", "notes", "accompagnements")]

    async def vus(chemin: str) -> list[Any]:
        return [(p["prenom"], p["premier_accompagnement"]) for p in (await lire(chemin))["beneficiaires"]]

    await agir(a, "fusion", vers=b)
    await agir(b, "fusion", vers=c)
    assert await fiche(c) == ["a@exemple.fr", "+33633333333", "<p>De B</p>", 3]
    # Where each one is, is where the last one is; whichever file is asked, the person answers.
    fusions = (await lire("/beneficiaires/fusions"))["elements"]
    assert [(f["prenom"], f["vers"], f["vers_prenom"]) for f in fusions] == [("A", c, "C"), ("B", c, "C")]
    assert [(await lire("/activites", beneficiaires=qui))["total"] for qui in (a, b, c)] == [3, 3, 3]
    assert await vus(f"/activites/{atelier['id']}") == [("C", False)]
    # Read as C, sent back as C: it is still the file of A that was there.
    assert await vus(chemin) == [("C", True)]
    corrige = sans_id(seul) | {"duree_minutes": 50, "beneficiaire": {"id": c}}
    assert (await banc.client.put(chemin, json=corrige, headers=moi.entetes)).status_code == 200

    await agir(a, "separation")
    assert await fiche(a) == ["a@exemple.fr", "+33611111111", None, 2]
    assert await fiche(c) == [None, "+33633333333", "<p>De B</p>", 2]
    assert await vus(chemin) == [("A", True)]
    assert await vus(f"/activites/{atelier['id']}") == [("A", False), ("C", True)]
    portees = [
        [
            [t["nom"] for t in e["etiquettes"]]
            for e in (await lire("/activites", beneficiaires=qui))["elements"]
        ]
        for qui in (a, c)
    ]
    assert portees == [[[], ["Emploi"]], [[], []]]
    await agir(b, "separation")
    assert [await fiche(b), await fiche(c)] == [
        [None, None, "<p>De B</p>", 2],
        [None, "+33633333333", None, 1],
    ]


async def test_deux_fusions_croisees_ne_passent_pas_ensemble(banc: Banc) -> None:
    moi = await banc.mediateur()
    rien = dict.fromkeys(SANS)
    for _ in range(5):
        a, b, c = [await suivre(banc, moi, **rien) for _ in "abc"]
        sens = [(a, b), (b, a), (b, c), (c, a)]
        faites = await asyncio.gather(
            *(
                banc.client.post(f"/beneficiaires/{de}/fusion", json={"vers": vers}, headers=moi.entetes)
                for de, vers in sens
            )
        )
        assert {f.status_code for f in faites} <= {200, 404, 409, 422}
        etats = await banc.store.states([BENEFICIAIRE(UUID(qui)) for qui in (a, b, c)])
        # Whatever the order, somebody is left, where the others lead.
        assert any(isinstance(etat, Suivi) for etat in etats)
        await projeter(banc)
        lues = (await banc.client.get("/beneficiaires", headers=moi.entetes)).json()["elements"]
        assert {b["id"] for b in lues} & {a, b, c}


async def test_deux_separations_croisees_rendent_toutes_deux_ce_qui_est_a_chacune(banc: Banc) -> None:
    """Chacune relit les fiches que l'autre vient de changer."""
    moi = await banc.mediateur()
    rien = dict.fromkeys(SANS)
    for _ in range(3):
        a = await suivre(banc, moi, **rien | {"courriel": "a@exemple.fr"})
        b = await suivre(banc, moi, **rien | {"notes": "<p>De B</p>"})
        c = await suivre(banc, moi, **rien)
        for de, vers in ((a, b), (b, c)):
            await banc.client.post(f"/beneficiaires/{de}/fusion", json={"vers": vers}, headers=moi.entetes)
        faites = await asyncio.gather(
            *(banc.client.post(f"/beneficiaires/{qui}/separation", headers=moi.entetes) for qui in (a, b, a))
        )
        assert [f.status_code for f in faites] == [200, 200, 200]
        etats = await banc.store.states([BENEFICIAIRE(UUID(qui)) for qui in (a, b, c)])
        assert [(e.derniere.courriel, e.derniere.notes) for e in etats if isinstance(e, Suivi)] == [
            ("a@exemple.fr", None),
            (None, "<p>De B</p>"),
            (None, None),
        ]


async def test_un_compte_efface_emporte_ceux_qu_il_suivait(banc: Banc) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    for qui in (moi, autre):
        await suivre(banc, qui, prenom=CANARI if qui is moi else "Reste")
    await effacer(banc.store, "compte", moi.compte_id, "demande", Context("operateur", "42"), Clock().now())
    await projeter(banc)
    assert CANARI.lower() not in (await tables(banc)).lower()
    assert await trouves(banc, autre, None) == ["Reste"]


async def test_les_chiffres_comptent_un_suivi_une_fois_et_son_effacement_n_y_change_rien(
    guichet: Banc, individuel: Corps, chiffres: Statistiques
) -> None:
    moi = await guichet.mediateur()
    qui = await suivre(guichet, moi, statut_social="retraite")
    for jour in ("2025-05-01", "2025-06-30"):
        corps = individuel | {"id": str(uuid4()), "date": jour, "beneficiaire": {"id": qui}}
        await enregistrer(guichet, moi, corps)
    anonyme = individuel | {"id": str(uuid4()), "beneficiaire": {"genre": "masculin"}}
    ecrit = await guichet.client.post("/activites", json=anonyme, headers=moi.entetes)

    def lus(bloc: Any) -> dict[str, Any]:
        parts = bloc["beneficiaires"]
        return {
            **bloc["totaux"]["beneficiaires"],
            "accompagnements": bloc["totaux"]["accompagnements"]["total"],
            "genres": {g["valeur"]: g["nombre"] for g in parts["genres"]},
            "retraites": next(s["nombre"] for s in parts["statuts"] if s["valeur"] == "retraite"),
        }

    avant = lus(await chiffres_de(guichet, moi, ecrit.headers["X-Position"]))
    assert avant == {
        "total": 2,
        "nouveaux": 2,
        "suivis": 1,
        "anonymes": 1,
        "accompagnements": 3,
        "genres": {"masculin": 1, "feminin": 1, "non_communique": 0},
        "retraites": 1,
    }
    mois = {"du": "2025-05-01", "au": "2025-05-31"}, {"du": "2025-06-01", "au": "2025-06-30"}
    nouveaux = [lus(await chiffres_de(guichet, moi, **periode))["nouveaux"] for periode in mois]
    assert nouveaux == [1, 1]  # in May the one who is followed; in June the anonymous one
    # Her other file is not another person, until they are said to be two.
    double = await suivre(guichet, moi, genre="masculin")
    encore = individuel | {"id": str(uuid4()), "date": "2025-07-01", "beneficiaire": {"id": double}}
    await enregistrer(guichet, moi, encore)
    tiers = await suivre(guichet, moi, statut_social="en_emploi")
    await guichet.client.post(f"/beneficiaires/{tiers}/fusion", json={"vers": double}, headers=moi.entetes)
    fusion = await guichet.client.post(
        f"/beneficiaires/{double}/fusion", json={"vers": qui}, headers=moi.entetes
    )
    reunis = lus(await chiffres_de(guichet, moi, fusion.headers["X-Position"]))
    assert reunis == avant | {"accompagnements": 4}
    # What the double had from another file is given back: it is a double still.
    rendu = await guichet.client.post(f"/beneficiaires/{tiers}/separation", headers=moi.entetes)
    assert lus(await chiffres_de(guichet, moi, rendu.headers["X-Position"])) == reunis
    defaite = await guichet.client.post(f"/beneficiaires/{double}/separation", headers=moi.entetes)
    separes = lus(await chiffres_de(guichet, moi, defaite.headers["X-Position"]))
    assert (separes["suivis"], separes["total"], separes["genres"]["masculin"]) == (2, 3, 2)
    await guichet.client.delete(f"/activites/{encore['id']}", headers=moi.entetes)
    efface = await guichet.client.delete(f"/beneficiaires/{qui}", headers=moi.entetes)
    apres = lus(await chiffres_de(guichet, moi, efface.headers["X-Position"]))
    assert apres == avant | {"suivis": 0, "anonymes": 2}


@pytest.mark.parametrize("format_", list(Format))
async def test_tous_ses_beneficiaires_reviennent_dans_chaque_format_et_nul_autre(
    banc: Banc, individuel: Corps, tmp_path: Path, format_: Format
) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    qui = await suivre(banc, moi, nom="=1+1", statut_social="retraite")
    await suivre(banc, moi, prenom="Zoé", nom="zoe", **dict.fromkeys(SANS))
    await suivre(banc, autre)
    await enregistrer(banc, moi, individuel | {"beneficiaire": {"id": qui}})
    await projeter(banc)

    async def telecharger(chemin: str) -> list[Any]:
        fichier = tmp_path / "export"
        lu = await banc.client.get(chemin, params={"format": format_}, headers=moi.entetes)
        assert lu.status_code == 200, lu.text
        fichier.write_bytes(lu.content)
        return [ligne.valeurs for ligne in ouvrir(fichier).lire()]

    premiere, seconde = await telecharger("/beneficiaires/export")
    assert list(premiere) == [colonne.titre for colonne in COLONNES]
    assert list(premiere.values()) == [
        "=1+1",
        "Élodie",
        str(ANNEE - 69),
        "Dijon",
        "21231",
        "21000",
        "+33455667788",
        "elodie@exemple.fr",
        "Femme",
        "60 - 69 ans",
        "Retraité",
        "1",
        "Vient le mardi",
    ]
    # A programme reads null.
    rien = "" if format_ is Format.JSON else "-"
    assert list(seconde.values()) == ["zoe", "Zoé", *[rien] * 7, "Non communiqué", rien, "0", ""]
    [activite] = await telecharger("/activites/export")
    assert (activite["Bénéficiaire"], activite["Participants"]) == ("Élodie =1+1", "1")


async def test_une_liste_se_filtre_sans_nommer_personne_et_l_export_dit_ses_filtres(
    banc: Banc, individuel: Corps, tmp_path: Path
) -> None:
    moi = await banc.mediateur()
    for nom, age, code_insee in (("Alpha", 80, "21231"), ("Bravo", 70, None), ("Charlie", 69, None)):
        commune = {"code_insee": code_insee} if code_insee else None
        qui = await suivre(banc, moi, nom=nom, annee_naissance=ANNEE - age, commune=commune, adresse=None)
        if nom == "Bravo":
            await enregistrer(banc, moi, individuel | {"beneficiaire": {"id": qui}})
    await suivre(banc, moi, nom="Delta", **dict.fromkeys(SANS))
    await projeter(banc)

    async def lus(**filtres: Any) -> list[str]:
        adresse = await banc.client.get("/beneficiaires", params=filtres, headers=moi.entetes)
        corps = await banc.client.post("/beneficiaires/recherche", json=filtres, headers=moi.entetes)
        noms = [[b["nom"] for b in lue.json()["elements"]] for lue in (adresse, corps)]
        assert noms[0] == noms[1]
        assert adresse.json()["total"] == len(noms[0])
        return noms[0]

    assert await lus(tranches_age=["soixante_dix_plus"]) == ["Alpha", "Bravo"]
    assert await lus(tranches_age=["soixante_soixante_neuf", "non_communique"]) == ["Charlie", "Delta"]
    assert await lus(code_postal="21000") == await lus(code_postal="21") == ["Alpha"]
    assert await lus(code_postal="69") == []
    assert await lus(accompagnes=True) == ["Bravo"]
    assert await lus(accompagnes=False, tranches_age=["soixante_dix_plus"]) == ["Alpha"]
    assert (await banc.client.get("/beneficiaires?code_postal=x", headers=moi.entetes)).status_code == 422
    export = await banc.client.get("/beneficiaires/export?code_postal=21000", headers=moi.entetes)
    fichier = tmp_path / "export.xlsx"
    fichier.write_bytes(export.content)
    feuille = openpyxl.load_workbook(fichier).worksheets[0]
    dessus = {ligne[0]: ligne[1] for ligne in feuille.iter_rows(max_row=12, max_col=2, values_only=True)}
    assert (dessus["Total"], dessus["Code postal"], dessus["Tranches d’âge"]) == (1, "21000", "-")
    assert [(ligne.valeurs or {})["Nom"] for ligne in ouvrir(fichier).lire()] == ["Alpha"]
    # The words that name somebody are in the body, and above the table; in no address.
    demande = {"recherche": "=BRAVO", "accompagnes": True, "format": "xlsx"}
    export = await banc.client.post("/beneficiaires/export", json=demande, headers=moi.entetes)
    fichier.write_bytes(export.content)
    cellules = openpyxl.load_workbook(fichier).worksheets[0].iter_rows(max_row=12, max_col=2)
    dessus = {titre.value: (valeur.value, valeur.data_type) for titre, valeur in cellules}
    assert (dessus["Total"][0], dessus["Recherche"]) == (1, ("=BRAVO", "s"))
    assert [(ligne.valeurs or {})["Nom"] for ligne in ouvrir(fichier).lire()] == ["Bravo"]
    sans_mot = demande | {"recherche": "!"}
    refuse = await banc.client.post("/beneficiaires/export", json=sans_mot, headers=moi.entetes)
    assert refuse.status_code == 422


async def test_les_plus_accompagnes_viennent_d_abord_et_la_suite_se_lit(
    banc: Banc, individuel: Corps
) -> None:
    moi = await banc.mediateur()
    for nom, fois in (("Alpha", 0), ("Bravo", 2), ("Charlie", 1), ("Delta", 2)):
        qui = await suivre(banc, moi, prenom=nom, nom=nom)
        for _ in range(fois):
            await enregistrer(banc, moi, individuel | {"id": str(uuid4()), "beneficiaire": {"id": qui}})
    await projeter(banc)
    vus: list[tuple[str, int]] = []
    suite: dict[str, Any] = {}
    while len(vus) < 4:
        demande = {"tri": "accompagnements", "limite": 1} | suite
        page = (await banc.client.get("/beneficiaires", params=demande, headers=moi.entetes)).json()
        vus += [(b["nom"], b["accompagnements"]) for b in page["elements"]]
        suite = {"apres": page["suivant"]}
    assert vus == [("Bravo", 2), ("Delta", 2), ("Charlie", 1), ("Alpha", 0)]


async def test_plusieurs_s_effacent_d_un_coup_et_celui_d_un_autre_est_inconnu(banc: Banc) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    siens = [await suivre(banc, moi, prenom=f"P{n}") for n in range(3)]
    a_lui, nul = await suivre(banc, autre, prenom=CANARI), str(uuid4())
    demande = {"ids": [siens[0], a_lui, siens[1], nul, siens[0]]}
    for _ in range(2):
        rapport = await banc.client.post("/beneficiaires/effacement", json=demande, headers=moi.entetes)
        assert rapport.status_code == 200, rapport.text
        assert (rapport.json()["effaces"], [(li["id"], li["etat"]) for li in rapport.json()["lignes"]]) == (
            2,
            [(siens[0], "efface"), (a_lui, "inconnu"), (siens[1], "efface"), (nul, "inconnu")],
        )
    await projeter(banc)
    assert await trouves(banc, moi, None) == ["P2"]
    assert await trouves(banc, autre, None) == [CANARI]
    for ids in ([], [nul] * 101):
        refuse = await banc.client.post("/beneficiaires/effacement", json={"ids": ids}, headers=moi.entetes)
        assert refuse.status_code == 422


async def test_qui_n_est_ni_revu_ni_corrige_depuis_un_an_est_oublie(banc: Banc, individuel: Corps) -> None:
    maintenant = Clock().now()
    moi = await banc.mediateur()
    banc.a_l_heure(maintenant - dt.timedelta(days=400))
    await suivre(banc, moi, prenom=CANARI)
    revu, corrige = await suivre(banc, moi, prenom="Revu"), await suivre(banc, moi, prenom="Repris")
    banc.a_l_heure(maintenant)
    await banc.client.put(
        f"/beneficiaires/{corrige}", json=FICHE | {"prenom": "Corrigé"}, headers=moi.entetes
    )
    hier = (maintenant - dt.timedelta(days=1)).date().isoformat()
    await enregistrer(banc, moi, individuel | {"date": hier, "beneficiaire": {"id": revu}})
    await projeter(banc)

    async def passer(jours: int) -> int:
        instant = maintenant + dt.timedelta(days=jours)
        fait = await oublier_les_beneficiaires(Tools(banc.store, lambda: instant))
        await projeter(banc)
        return fait.done

    assert await passer(-36) == 0
    assert await passer(0) == 1
    assert sorted(await trouves(banc, moi, None)) == ["Corrigé", "Revu"]
    assert CANARI.lower() not in (await tables(banc)).lower()
    assert await passer(0) == 0
    # The first merges said nothing to the destination: one that leads to nobody goes too, whatever its age.
    une, double = await suivre(banc, moi, prenom="Une"), await suivre(banc, moi, prenom=CANARI)
    designe: Corps = {"beneficiaire_id": UUID(double), "mediateur_id": moi.mediateur_id}
    muette = BeneficiaireFusionne(**designe, vers=BeneficiaireId(UUID(une)), fusionne_le=maintenant)
    await banc.store.append(BENEFICIAIRE(UUID(double)), 1, [muette], Context("activites", "avant"))
    effacee = await banc.client.delete(f"/beneficiaires/{une}", headers=moi.entetes)
    assert effacee.status_code == 204
    await projeter(banc)
    assert await passer(0) == 1
    assert CANARI.lower() not in (await tables(banc)).lower()
    # Old both, and merged a moment ago, which the table has not read: somebody has just been there.
    banc.a_l_heure(maintenant - dt.timedelta(days=400))
    une, double = await suivre(banc, moi, prenom="Une"), await suivre(banc, moi, prenom="Double")
    await projeter(banc)
    banc.a_l_heure(maintenant)
    fusion = {"vers": une, "laisser": ["notes"]}
    await banc.client.post(f"/beneficiaires/{double}/fusion", json=fusion, headers=moi.entetes)
    assert await passer(0) == 0
    assert sorted(await trouves(banc, moi, None)) == ["Corrigé", "Revu", "Une"]


async def test_effacer_une_personne_n_emporte_que_les_fiches_qui_y_menent_encore(banc: Banc) -> None:
    """La table n'a pas lu ce qui s'est joint à elle, ou l'a quittée : le journal seul le dit."""
    moi = await banc.mediateur()
    une, ailleurs, rendue, partie, jointe = [
        await suivre(banc, moi, prenom=prenom)
        for prenom in ("Une", "Ailleurs", "Rendue", "Partie", f"{CANARI}e")
    ]

    async def agir(qui: str, geste: str, **corps: str) -> None:
        reponse = await banc.client.post(f"/beneficiaires/{qui}/{geste}", json=corps, headers=moi.entetes)
        assert reponse.status_code == 200, reponse.text

    for qui in (rendue, partie):
        await agir(qui, "fusion", vers=une)
    await projeter(banc)
    for qui in (rendue, partie):
        await agir(qui, "separation")
    await agir(partie, "fusion", vers=ailleurs)
    await agir(jointe, "fusion", vers=une)
    # Twice at once: neither is lost in the other.
    effacees = await asyncio.gather(
        *(banc.client.delete(f"/beneficiaires/{une}", headers=moi.entetes) for _ in range(2))
    )
    assert [effacee.status_code for effacee in effacees] == [204, 204]
    await projeter(banc)
    assert await trouves(banc, moi, None) == ["Ailleurs", "Rendue"]
    await agir(partie, "separation")
    await projeter(banc)
    assert await trouves(banc, moi, None) == ["Ailleurs", "Partie", "Rendue"]
    assert CANARI.lower() not in (await tables(banc)).lower()
