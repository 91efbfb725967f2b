"""The directory: what each reader sees of whom, and nothing without consent."""

import base64
import csv
import datetime as dt
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from events.store.store import Context
from faux_proconnect.dispositif import contrat, fiche_simple, structure
from identity.api.annuaire import EXPORTS, RECHERCHES
from identity.domain import acces
from identity.domain.acces import ACCES
from identity.domain.compte import COMPTE, FermerCompte, RouvrirCompte
from identity.domain.vocabulaire import CompteId, Droit
from tableurs import ouvrir
from web.pace import Pace, Paces

type Entrer = Callable[..., Awaitable["Personne"]]


@dataclass
class Personne:
    """Someone signed in, with a role. nom : of nobody else in the run, so that each test finds its own."""

    navigateur: Any
    compte_id: str
    nom: str
    position: str = ""

    async def montrer(self, *montre: str) -> None:
        await self._mettre("accords", {"montre": list(montre)})

    async def savoir(self, *competences: str) -> None:
        await self._mettre("competences", {"competences": list(competences)})

    async def _mettre(self, quoi: str, corps: Any) -> None:
        reponse = await self.navigateur.passer("PUT", f"/comptes/moi/fiche/{quoi}", corps)
        assert reponse.status_code == 204, reponse.text
        self.position = reponse.headers.get("x-position", self.position)

    async def employer(self, code_insee: str | None, nom: str = "Ville d’Exemple", **champs: Any) -> None:
        debut = champs.pop("debut", "2026-01-05")
        corps = {"id": str(uuid4()), "siret": "13002603200016", "nom": nom, "debut": debut, **champs}
        corps |= {"code_insee": code_insee} if code_insee else {}
        reponse = await self.navigateur.passer("POST", "/comptes/moi/emplois", corps)
        assert reponse.status_code == 201, reponse.text
        self.position = reponse.headers["x-position"]

    async def chercher(self, question: str, apres: "Personne | None" = None) -> dict[str, Any]:
        reponse = await self.demander(f"/annuaire?{question}", apres)
        assert reponse.status_code == 200, reponse.text
        return reponse.json()

    async def demander(self, chemin: str, apres: "Personne | None" = None) -> Any:
        """apres : whose last write must be seen."""
        entetes = {"X-Position": apres.position} if apres and apres.position else {}
        reponse = await self.navigateur.passer("GET", chemin, None, **entetes)
        assert "x-position-atteinte" not in reponse.headers
        return reponse


@pytest.fixture
def entrer(plateforme: Any, nouveau_navigateur: Any) -> Entrer:
    """Signs somebody in. role : None, still in inscription.   personne : somebody known already."""

    async def entree(role: str | None = "mediateur", **champs: Any) -> Personne:
        personne = champs.pop("personne", None)
        nom = champs.pop("nom", f"Nom{uuid4().hex[:10]}")
        navigateur = nouveau_navigateur()
        await navigateur.se_connecter(personne or plateforme.personne(usual_name=nom, **champs))
        position = ""
        if role is not None:
            position = await navigateur.recevoir_le_role(role)
        moi = await navigateur.moi()
        return Personne(navigateur, moi["compte_id"], nom, position)

    return entree


async def test_sans_accord_une_personne_n_est_ni_dans_la_liste_ni_dans_son_compte(entrer: Entrer) -> None:
    lea, hugo = await entrer(), await entrer()
    await lea.savoir("pix")
    vue = await hugo.chercher(f"q={lea.nom}", lea)
    assert (vue["elements"], vue["total"]) == ([], 0)


async def test_qui_se_montre_se_lit_sans_contact_puis_avec_ceux_qu_elle_donne(entrer: Entrer) -> None:
    lea, hugo = await entrer(given_name="Léa"), await entrer()
    await lea.savoir("pix", "demarches_administratives")
    await lea.employer("69123", "Ville de Lyon")
    await lea.montrer("annuaire")
    [vue] = (await hugo.chercher(f"q={lea.nom}", lea))["elements"]
    assert vue == {
        "compte_id": lea.compte_id,
        "prenom": "Léa",
        "nom": lea.nom,
        "roles": ["mediateur"],
        "profils": ["mediateur"],
        "employeur": "Ville de Lyon",
        "commune": "Lyon",
        "code_insee": "69123",
        "departement": "69",
        "competences": ["demarches_administratives", "pix"],
        "courriel": None,
        "telephone": None,
    }
    await lea.montrer("annuaire", "telephone")
    [vue] = (await hugo.chercher(f"q={lea.nom}", lea))["elements"]
    assert (vue["courriel"], vue["telephone"]) == (None, "+33639980001")


async def test_un_accord_retire_disparait_de_la_liste_et_de_l_export_au_rechargement(entrer: Entrer) -> None:
    lea, hugo = await entrer(), await entrer()
    await lea.montrer("annuaire", "courriel")
    [vue] = (await hugo.chercher(f"q={lea.nom}", lea))["elements"]
    courriel = vue["courriel"]
    assert courriel.endswith("@ville.exemple.fr")
    assert courriel in await exporter(hugo, lea)
    await lea.montrer("annuaire")
    [vue] = (await hugo.chercher(f"q={lea.nom}", lea))["elements"]
    assert vue["courriel"] is None
    assert courriel not in await exporter(hugo, lea)
    await lea.montrer()
    assert (await hugo.chercher(f"q={lea.nom}", lea))["total"] == 0
    assert lea.nom not in await exporter(hugo, lea)


async def test_d2_les_coordinateurs_voient_les_coordinateurs_d_un_departement_et_leur_employeur(
    entrer: Entrer, gestionnaires: Any
) -> None:
    discrete, collegue, hugo = await entrer("coordinateur"), await entrer("coordinateur"), await entrer()
    await discrete.employer("2A004", "Ville d’Ajaccio")
    vus = (await collegue.chercher("departement=2a&role=coordinateur", discrete))["elements"]
    [vue] = [v for v in vus if v["compte_id"] == discrete.compte_id]
    assert (vue["employeur"], vue["courriel"], vue["telephone"]) == ("Ville d’Ajaccio", None, None)
    for droit, navigateur in gestionnaires.items():
        vu = (await navigateur.passer("GET", f"/annuaire?q={discrete.nom}")).json()
        assert [(v["employeur"], v["courriel"]) for v in vu["elements"]] == [("Ville d’Ajaccio", None)], droit
    # A médiateur sees them only once they accept to be seen.
    assert (await hugo.chercher(f"q={discrete.nom}", discrete))["total"] == 0
    await discrete.montrer("courriel")
    [vue] = (await collegue.chercher(f"q={discrete.nom}", discrete))["elements"]
    assert vue["courriel"] is not None
    assert (await hugo.chercher(f"q={discrete.nom}", discrete))["total"] == 0


async def test_d2_chacun_se_lit_dans_le_dispositif_ou_hors_de_lui_et_se_filtre(
    plateforme: Any, entrer: Entrer
) -> None:
    hors, dedans = await entrer("coordinateur"), await entrer("coordinateur")
    conseillere, mediateur = await entrer(), await entrer()
    for qui in (conseillere, mediateur):
        await qui.montrer("annuaire")
    contrats = structure(contrat("2025-03-01"))
    for rang, (qui, drapeaux) in enumerate([(dedans, {"is_coordinateur": True}), (conseillere, {})]):
        courriel = (await qui.navigateur.moi())["courriel"]
        plateforme.source.fiches[courriel] = fiche_simple(6_000_900 + rang, contrats, **drapeaux)
        await qui.navigateur.passer("POST", "/comptes/moi/reconnaissance/verification")
    await plateforme.rattraper("reconnaissances")
    attendus = [
        (hors, "coordinateur_hors_dispositif"),
        (dedans, "coordinateur_dispositif"),
        (conseillere, "conseiller_numerique"),
        (mediateur, "mediateur"),
    ]
    for qui, profil in attendus:
        [vue] = (await hors.chercher(f"q={qui.nom}&profil={profil}", qui))["elements"]
        assert vue["profils"] == [profil]
        autre = next(autre for _, autre in attendus if autre != profil)
        assert (await hors.chercher(f"q={qui.nom}&profil={autre}", qui))["total"] == 0


async def test_f1_qui_ferme_son_compte_quitte_l_annuaire_et_y_revient_s_il_le_rouvre(
    plateforme: Any, entrer: Entrer
) -> None:
    lea, hugo = await entrer(), await entrer()
    await lea.montrer("annuaire")
    assert (await hugo.chercher(f"q={lea.nom}", lea))["total"] == 1
    compte_id = CompteId(UUID(lea.compte_id))
    for command, total in ((FermerCompte, 0), (RouvrirCompte, 1)):
        await plateforme.store.execute(
            COMPTE(compte_id), command(plateforme.heure.lire()), Context("essai", "essai")
        )
        await plateforme.rattraper("annuaire")
        assert (await hugo.chercher(f"q={lea.nom}"))["total"] == total


async def test_qui_limite_l_usage_de_ses_donnees_n_est_plus_nomme(entrer: Entrer) -> None:
    discrete, collegue = await entrer("coordinateur"), await entrer("coordinateur")
    await discrete.montrer("annuaire", "courriel")
    assert (await collegue.chercher(f"q={discrete.nom}", discrete))["total"] == 1
    for limitation, total in ((True, 0), (False, 1)):
        dite = await discrete.navigateur.passer("PUT", "/comptes/moi/limitation", {"limitation": limitation})
        discrete.position = dite.headers["x-position"]
        assert (await collegue.chercher(f"q={discrete.nom}", discrete))["total"] == total


async def test_un_nom_se_cherche_sans_accent_dans_tous_les_sens_et_tous_ses_mots_comptent(
    entrer: Entrer,
) -> None:
    marque = uuid4().hex[:8]
    lea, hugo = await entrer(given_name="Élodie-Anaïs", nom=f"Le Guével {marque}"), await entrer()
    await lea.montrer("annuaire")
    for q in (f"{marque}", f"elodie {marque}", f"GUEVEL%20anais%20{marque}", f"le-guével {marque[:5]}"):
        assert (await hugo.chercher(f"q={q}", lea))["total"] == 1, q
    for q in (f"hugo {marque}", f"elodie%25{marque}x", f"{marque}_"):
        assert (await hugo.chercher(f"q={q}", lea))["total"] == (1 if q.endswith("_") else 0), q


async def test_un_emploi_termine_ou_a_venir_ne_situe_personne(entrer: Entrer) -> None:
    lea, hugo = await entrer(), await entrer()
    await lea.montrer("annuaire")
    demain = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).date().isoformat()
    await lea.employer("21231", "Passée", debut="2024-01-01", fin_prevue="2024-06-30")
    await lea.employer("21231", "Prochaine", debut=demain)
    [vue] = (await hugo.chercher(f"q={lea.nom}", lea))["elements"]
    assert (vue["employeur"], vue["departement"]) == (None, None)
    await lea.employer("69123", "Ancienne", debut="2025-01-01")
    await lea.employer("38185", "La plus récente", debut="2026-02-01")
    [vue] = (await hugo.chercher(f"q={lea.nom}", lea))["elements"]
    assert (vue["employeur"], vue["commune"], vue["departement"]) == ("La plus récente", "Grenoble", "38")
    assert (await hugo.chercher(f"q={lea.nom}&departement=69"))["total"] == 0


async def test_les_filtres_valent_tous_a_la_fois_et_une_ville_compte_ses_arrondissements(
    entrer: Entrer,
) -> None:
    lea, hugo = await entrer(), await entrer("coordinateur")
    await lea.montrer("annuaire")
    await lea.savoir("anglais", "pix")
    await lea.employer("69383")
    oui = f"q={lea.nom}&departement=69&communes=69123&role=mediateur&competences=pix&competences=surdite"
    assert (await hugo.chercher(oui, lea))["total"] == 1
    for autre in ("departement=38", "communes=69381", "role=coordinateur", "competences=surdite"):
        nom, _, valeur = autre.partition("=")
        gardes = [p for p in oui.split("&") if not p.startswith(f"{nom}=")]
        assert (await hugo.chercher("&".join([*gardes, f"{nom}={valeur}"])))["total"] == 0, autre


@pytest.mark.parametrize(
    ("question", "parametre"),
    [
        ("q=%21%3F", "q"),
        ("q=" + "+".join("abcdefghi"), "q"),
        ("q=" + "a" * 101, "q"),
        ("departement=2C", "departement"),
        ("communes=99999", "communes"),
        ("role=admin", "role"),
        ("competences=tout", "competences"),
        ("tri=nom", "tri"),
        ("limite=201", "limite"),
    ],
)
async def test_un_filtre_faux_est_nomme(entrer: Entrer, question: str, parametre: str) -> None:
    refus = await (await entrer()).demander(f"/annuaire?{question}")
    assert refus.status_code == 422
    assert [e["parametre"] for e in refus.json()["erreurs"]] == [parametre]


async def test_l_annuaire_se_lit_page_apres_page_dans_l_ordre_des_noms(entrer: Entrer) -> None:
    marque = f"Pages{uuid4().hex[:8]}"
    gens = [await entrer(nom=f"{marque} {lettre}") for lettre in "BDAEC"]
    for personne in gens:
        await personne.montrer("annuaire")
    hugo = await entrer()
    lus: list[str] = []
    question = f"q={marque}&limite=2"
    page = await hugo.chercher(question, gens[-1])
    while True:
        lus += [p["nom"] for p in page["elements"]]
        assert page["total"] == 5
        if page["suivant"] is None:
            break
        # A cursor rides in an address: it names nobody.
        assert marque.lower().encode() not in _decode(page["suivant"]).lower()
        page = await hugo.chercher(f"{question}&apres={page['suivant']}")
    assert lus == [f"{marque} {lettre}" for lettre in "ABCDE"]
    refus = await hugo.demander(f"/annuaire?q=autre&limite=2&apres={page['precedent']}")
    assert (refus.status_code, refus.json()["type"]) == (400, "/problemes/CurseurInvalide")


async def test_un_nom_hostile_reste_un_texte_dans_la_liste_et_dans_chaque_export(
    entrer: Entrer, tmp_path: Any
) -> None:
    marque = uuid4().hex[:8]
    nom = f'=HYPERLINK("http://x"){marque}'
    lea, hugo = await entrer(given_name="<b>@SUM(1)</b>", nom=nom), await entrer()
    await lea.montrer("annuaire")
    [vue] = (await hugo.chercher(f"q={marque}", lea))["elements"]
    assert (vue["nom"], vue["prenom"]) == (nom, "<b>@SUM(1)</b>")
    for format_ in ("xlsx", "ods", "csv", "json"):
        reponse = await hugo.demander(f"/annuaire/export?q={marque}&format={format_}", lea)
        assert reponse.status_code == 200
        fichier = tmp_path / f"annuaire.{format_}"
        fichier.write_bytes(reponse.content)
        [ligne] = ouvrir(fichier).lire()
        assert ligne.valeurs is not None
        assert (ligne.valeurs["Nom"], ligne.valeurs["Prénom"]) == (nom, "<b>@SUM(1)</b>"), format_
    texte = await hugo.demander(f"/annuaire/export?q={marque}&format=csv")
    [_, [premiere, *_]] = csv.reader(io.StringIO(texte.content.decode("utf-8-sig")), delimiter=";")
    assert premiere == f"'{nom}"


async def test_une_personne_en_inscription_n_a_pas_l_annuaire_et_n_y_est_pas(entrer: Entrer) -> None:
    debutante, hugo = await entrer(None), await entrer("coordinateur")
    await debutante.montrer("annuaire")
    assert (await debutante.demander("/annuaire")).status_code == 403
    assert (await debutante.demander("/annuaire/export")).status_code == 403
    assert (await hugo.chercher(f"q={debutante.nom}", debutante))["total"] == 0


async def test_une_personne_suspendue_quitte_l_annuaire_et_y_revient(plateforme: Any, entrer: Entrer) -> None:
    lea, hugo = await entrer(), await entrer()
    await lea.montrer("annuaire")
    compte_id, vues = CompteId(UUID(lea.compte_id)), list[int]()
    for commande in (
        acces.Suspendre(compte_id, None, "essai", plateforme.heure.lire()),
        acces.LeverSuspension(compte_id, None, "essai", plateforme.heure.lire()),
    ):
        ecrit = await plateforme.store.execute(ACCES(compte_id), commande, Context("essai", "essai"))
        lea.position = f"identity:{ecrit.position}"
        vues.append((await hugo.chercher(f"q={lea.nom}", lea))["total"])
    assert vues == [0, 1]


async def test_mon_histoire_dit_chaque_accord_donne_et_retire(entrer: Entrer) -> None:
    lea = await entrer()
    await lea.savoir("pix")
    await lea.montrer("courriel")
    await lea.montrer()
    faits = (await lea.demander("/comptes/moi/histoire?limite=3")).json()["elements"]
    assert [f["phrase"] for f in faits] == [
        "N’accepte plus de montrer : mon adresse électronique.",
        "Accepte de montrer : mon adresse électronique.",
        "Compétences déclarées : Pix : évaluer, faire certifier.",
    ]


async def test_un_nom_repris_de_proconnect_se_cherche_aussitot(
    plateforme: Any, entrer: Entrer, nouveau_navigateur: Any
) -> None:
    hugo = await entrer()
    marque = f"Avant{uuid4().hex[:8]}"
    navigateur = nouveau_navigateur()
    personne = plateforme.personne(usual_name=marque)
    await navigateur.se_connecter(personne)
    await navigateur.recevoir_le_role()
    await Personne(navigateur, "", marque).montrer("annuaire")
    await nouveau_navigateur().se_connecter(plateforme.changer(personne, usual_name=f"Apres{marque[5:]}"))
    await plateforme.rattraper("annuaire")
    assert (await hugo.chercher(f"q={marque}"))["total"] == 0
    assert (await hugo.chercher(f"q=Apres{marque[5:]}"))["total"] == 1


async def test_ma_fiche_dit_mes_choix_et_une_version_depassee_est_refusee(entrer: Entrer) -> None:
    lea = await entrer()
    vide = await lea.demander("/comptes/moi/fiche")
    assert (vide.json(), vide.headers["etag"]) == ({"competences": [], "montre": []}, '"0"')
    await lea.montrer("telephone", "annuaire", "annuaire")
    await lea.savoir("pix", "anglais")
    fiche = await lea.demander("/comptes/moi/fiche")
    assert fiche.json() == {"competences": ["anglais", "pix"], "montre": ["annuaire", "telephone"]}
    tard = await lea.navigateur.passer(
        "PUT", "/comptes/moi/fiche/accords", {"montre": []}, **{"If-Match": vide.headers["etag"]}
    )
    assert tard.status_code == 412
    assert (await lea.demander("/comptes/moi/fiche")).json() == fiche.json()


@pytest.mark.parametrize(
    ("quoi", "corps"),
    [
        ("accords", {"montre": ["adresse"]}),
        ("accords", {"montre": "annuaire"}),
        ("accords", {"montre": [], "compte_id": str(uuid4())}),
        ("accords", {"montre": ["annuaire"] * 4}),
        ("competences", {"competences": ["voler"]}),
        ("competences", {"competences": ["pix"] * 50}),
        ("competences", {}),
    ],
)
async def test_un_choix_hors_de_la_liste_est_refuse(entrer: Entrer, quoi: str, corps: Any) -> None:
    refus = await (await entrer()).navigateur.passer("PUT", f"/comptes/moi/fiche/{quoi}", corps or {"x": 1})
    assert (refus.status_code, refus.json()["type"]) == (422, "/problemes/SaisieInvalide")


@pytest.mark.parametrize(("rythme", "chemin"), [(RECHERCHES, "/annuaire"), (EXPORTS, "/annuaire/export")])
async def test_e02_un_compte_ne_vide_pas_l_annuaire_sans_fin(
    plateforme: Any, entrer: Entrer, rythme: Pace, chemin: str
) -> None:
    lea, hugo = await entrer(), await entrer()
    assert (await lea.demander(chemin)).status_code == 200
    # As if she had asked for hours: how many requests that takes is test_pace's affair.
    heures = Pace(rythme.name, 1, dt.timedelta(hours=1))
    plateforme.app.state.paces = Paces()
    plateforme.app.state.paces.take(heures, UUID(lea.compte_id), plateforme.heure.lire())
    refus = await lea.demander(chemin)
    assert (refus.status_code, refus.json()["type"]) == (429, "/problemes/TropDeDemandes")
    attendre = int(refus.headers["retry-after"])
    assert attendre > 0
    assert (await hugo.demander(chemin)).status_code == 200
    plateforme.heure.avancer(seconds=attendre)
    assert (await lea.demander(chemin)).status_code == 200


async def exporter(qui: Personne, apres: Personne) -> str:
    reponse = await qui.demander(f"/annuaire/export?q={apres.nom}&format=csv", apres)
    assert reponse.status_code == 200
    assert 'filename="coop-numerique_annuaire_' in reponse.headers["content-disposition"]
    return reponse.content.decode("utf-8-sig")


def _decode(curseur: str) -> bytes:
    return base64.urlsafe_b64decode(curseur + "=" * (-len(curseur) % 4))


async def test_e7_son_equipe_la_retrouve_par_l_ancien_nom_pendant_un_an(
    plateforme: Any, entrer: Entrer, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    """Who coordinates her, who is in her team, the administration; nobody else, no longer than a year."""
    ancien, nouveau = f"Avant{uuid4().hex[:8]}", f"Apres{uuid4().hex[:8]}"
    coordonne, coequipier, etranger = await entrer("coordinateur"), await entrer(), await entrer()
    personne = plateforme.personne(usual_name=ancien)
    lea = await entrer(personne=personne)
    await lea.montrer("annuaire")
    await nouveau_navigateur().se_connecter(plateforme.changer(personne, usual_name=nouveau))
    await _equipe(plateforme, coordonne, lea, coequipier)
    await plateforme.rattraper("annuaire")
    await plateforme.rattraper("noms_portes")
    support = Personne(gestionnaires[Droit.SUPPORT], "", "")

    async def trouvent(mot: str) -> list[bool]:
        lecteurs = (coordonne, coequipier, support, etranger)
        return [(await lecteur.chercher(f"q={mot}"))["total"] == 1 for lecteur in lecteurs]

    assert await trouvent(nouveau) == [True] * 4
    assert await trouvent(f"{ancien} lea") == [True, True, True, False]
    async with plateforme.database.raw() as connection:
        await connection.execute(
            "update noms_portes set quittes_le = array[$2::timestamptz] where compte_id = $1",
            UUID(lea.compte_id),
            plateforme.heure.lire() - dt.timedelta(days=366),
        )
    assert await trouvent(ancien) == [False] * 4


async def _equipe(plateforme: Any, coordonne: Personne, *siens: Personne) -> None:
    coordinateur_id, equipe_id = (await coordonne.navigateur.moi())["coordinateur_id"], uuid4()
    async with plateforme.database.raw() as connection:
        equipe = "insert into coordinations values ($1, $2)"
        await connection.execute(equipe, equipe_id, UUID(coordinateur_id))
        for sien in siens:
            await connection.execute("insert into membres values ($1, $2)", equipe_id, UUID(sien.compte_id))
