"""S'inscrire par l'API : les étapes, l'employeur vérifié, et la validation qui donne le rôle."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from identity import jobs

SESSION = "__Host-coop_session"
INSCRIPTION = "/comptes/moi/inscription"
SIRET = "13002603200016"
PROFIL = {"profil": "mediateur", "cgu_acceptees": True, "version_cgu": "2026-01"}


def employeur(**champs: Any) -> dict[str, Any]:
    return {
        "emploi_id": str(uuid4()),
        "siret": "130 026 032 00016",
        "nom": "Ville d’Exemple",
        "adresse": "1 place de la Mairie",
        "debut": "2026-01-05",
        **champs,
    }


@pytest.fixture
async def connecte(plateforme: Any, navigateur: Any) -> Any:
    await navigateur.se_connecter(plateforme.personne())
    return navigateur


async def envoyer(qui: Any, etape: str, corps: Any, statut: int = 204) -> Any:
    """Answer a step."""
    reponse = await qui.passer("PUT", f"{INSCRIPTION}/{etape}", corps)
    assert reponse.status_code == statut, reponse.text
    return reponse


async def jusqu_a_l_employeur(qui: Any) -> None:
    await envoyer(qui, "profil", PROFIL)
    await envoyer(qui, "informations", {"profession": "Médiatrice numérique"})


async def test_a2_une_personne_inconnue_commence_par_son_profil(plateforme: Any, connecte: Any) -> None:
    lue = (await connecte.passer("GET", INSCRIPTION)).json()
    assert (lue["etape"], lue["etapes"][0], lue["terminee"]) == ("profil", "profil", False)
    assert (lue["prenom"], lue["siret_propose"], lue["profil"]) == ("Léa", SIRET, None)
    assert (await connecte.moi())["inscription"] == "profil"


async def test_s_inscrire_donne_le_role_l_emploi_et_une_autre_session(plateforme: Any, connecte: Any) -> None:
    await jusqu_a_l_employeur(connecte)
    assert (await connecte.moi())["inscription"] == "employeur"
    choisi = employeur()
    await envoyer(connecte, "employeur", choisi)
    lieu = await plateforme.un_lieu()
    await envoyer(connecte, "lieux", {"lieux": [str(lieu)]})
    lue = (await connecte.passer("GET", INSCRIPTION)).json()
    assert (lue["etape"], lue["profil"], lue["profession"]) == (
        "recapitulatif",
        "mediateur",
        "Médiatrice numérique",
    )
    assert (lue["employeur"]["siret"], lue["employeur"]["nom"]) == (SIRET, "Ville d’Exemple")
    assert [(li["id"], li["nom"]) for li in lue["lieux"]] == [(str(lieu), "Médiathèque des Quatre C")]

    avant, mediateur_id = connecte.siens[SESSION], str(uuid4())
    validee = await connecte.passer("POST", f"{INSCRIPTION}/validation", {"id": mediateur_id})
    assert validee.status_code == 201, validee.text
    assert validee.json() == {"role": "mediateur", "id": mediateur_id}
    assert connecte.siens[SESSION] != avant
    moi = await connecte.moi()
    assert (moi["roles"], moi["mediateur_id"], moi["inscription"]) == (
        ["mediateur"],
        mediateur_id,
        "terminee",
    )
    attendre = {"X-Position": validee.headers["x-position"]}
    [emploi] = (await connecte.passer("GET", "/comptes/moi/emplois", None, **attendre)).json()
    assert (emploi["emploi_id"], emploi["siret"], emploi["commence"]) == (choisi["emploi_id"], SIRET, True)
    assert await plateforme.faits(moi["compte_id"]) == [
        "CompteOuvert",
        "IdentiteLiee",
        "CguAcceptees",
        "RoleChoisi",
    ]

    # Sent again, it answers the same and writes nothing; another identifier is refused.
    cookie = connecte.siens[SESSION]
    encore = await connecte.passer("POST", f"{INSCRIPTION}/validation", {"id": mediateur_id})
    assert (encore.status_code, connecte.siens[SESSION]) == (200, cookie)
    autre = await connecte.passer("POST", f"{INSCRIPTION}/validation", {"id": str(uuid4())})
    assert (autre.status_code, autre.json()["type"]) == (409, "/problemes/RoleDejaChoisi")


@pytest.mark.parametrize("profil", ["coordinateur_dispositif", "coordinateur_hors_dispositif"])
async def test_d1_une_coordinatrice_que_la_source_ne_connait_pas_a_le_role_hors_dispositif(
    plateforme: Any, navigateur: Any, profil: str
) -> None:
    """Whatever she says of herself: it is declared, and said so to whoever looks for her."""
    connecte, nom = navigateur, f"Nom{uuid4().hex[:10]}"
    await connecte.se_connecter(plateforme.personne(usual_name=nom))
    await envoyer(connecte, "profil", PROFIL | {"profil": profil})
    await envoyer(connecte, "employeur", employeur())
    role_id = str(uuid4())
    validee = await connecte.passer("POST", f"{INSCRIPTION}/validation", {"id": role_id})
    assert validee.json() == {"role": "coordinateur", "id": role_id}
    dite = (await connecte.passer("GET", "/comptes/moi/reconnaissance")).json()
    assert (dite["coordinateur_du_dispositif"], dite["periodes"]) == (False, [])
    compte_id = (await connecte.moi())["compte_id"]
    vus: dict[str, bool] = {}
    for cherche in ("coordinateur_hors_dispositif", "coordinateur_dispositif"):
        attendre = {"X-Position": validee.headers["x-position"]}
        page = await connecte.passer("GET", f"/annuaire?q={nom}&profil={cherche}", None, **attendre)
        assert page.status_code == 200, page.text
        vus[cherche] = compte_id in {vu["compte_id"] for vu in page.json()["elements"]}
    assert vus == {"coordinateur_hors_dispositif": True, "coordinateur_dispositif": False}


async def test_c4_qui_se_dit_conseiller_sans_etre_reconnu_devient_mediateur(
    plateforme: Any, connecte: Any
) -> None:
    await envoyer(connecte, "profil", PROFIL | {"profil": "conseiller_numerique"})
    await envoyer(connecte, "informations", {"profession": None})
    await envoyer(connecte, "employeur", employeur())
    await envoyer(connecte, "lieux", {"lieux": [str(await plateforme.un_lieu())]})
    validee = await connecte.passer("POST", f"{INSCRIPTION}/validation", {"id": str(uuid4())})
    assert validee.json()["role"] == "mediateur"
    assert (await connecte.passer("GET", INSCRIPTION)).json()["profil"] == "conseiller_numerique"
    dite = (await connecte.passer("GET", "/comptes/moi/reconnaissance")).json()
    assert (dite["etat"], dite["demandee_le"] is not None) == ("demandee", True)


async def test_a9_une_etape_sautee_par_l_api_est_refusee_en_nommant_celle_qui_manque(
    plateforme: Any, connecte: Any
) -> None:
    lieux = {"lieux": [str(await plateforme.un_lieu())]}
    for etape, corps, manque in (
        ("informations", {"profession": None}, "ProfilManquant"),
        ("employeur", employeur(), "ProfilManquant"),
        ("lieux", lieux, "ProfilManquant"),
    ):
        assert (await envoyer(connecte, etape, corps, 409)).json()["type"] == f"/problemes/{manque}"
    await jusqu_a_l_employeur(connecte)
    refus = await envoyer(connecte, "lieux", lieux, 409)
    assert refus.json()["type"] == "/problemes/EmployeurManquant"
    assert "structure employeuse" in refus.json()["title"]


async def test_a9_valider_trop_tot_dit_tout_ce_qui_manque(connecte: Any) -> None:
    refus = await connecte.passer("POST", f"{INSCRIPTION}/validation", {"id": str(uuid4())})
    assert refus.status_code >= 400
    assert [e["type"] for e in refus.json()["erreurs"]] == [
        "ProfilManquant",
        "InformationsManquantes",
        "EmployeurManquant",
        "LieuxManquants",
        "CguAAccepter",
    ]
    assert (await connecte.moi())["roles"] == []


async def test_revenir_garde_les_reponses(plateforme: Any, connecte: Any) -> None:
    await jusqu_a_l_employeur(connecte)
    await envoyer(connecte, "employeur", employeur())
    await envoyer(connecte, "profil", PROFIL | {"profil": "coordinateur_hors_dispositif"})
    await envoyer(connecte, "profil", PROFIL)
    lue = (await connecte.passer("GET", INSCRIPTION)).json()
    assert (lue["etape"], lue["profession"], lue["employeur"]["nom"]) == (
        "lieux",
        "Médiatrice numérique",
        "Ville d’Exemple",
    )


async def test_sans_accepter_les_conditions_le_profil_est_refuse(connecte: Any) -> None:
    sans = await envoyer(connecte, "profil", PROFIL | {"cgu_acceptees": False}, 422)
    assert [e["pointeur"] for e in sans.json()["erreurs"]] == ["/cgu_acceptees"]
    autre = await envoyer(connecte, "profil", PROFIL | {"version_cgu": "2025-01"}, 422)
    assert autre.json()["type"] == "/problemes/VersionDeCguInconnue"


async def test_un_lieu_inconnu_de_la_cartographie_est_refuse(plateforme: Any, connecte: Any) -> None:
    await jusqu_a_l_employeur(connecte)
    await envoyer(connecte, "employeur", employeur())
    lieux = {"lieux": [str(await plateforme.un_lieu()), str(uuid4())]}
    refus = await envoyer(connecte, "lieux", lieux, 422)
    assert [(e["pointeur"], e["type"]) for e in refus.json()["erreurs"]] == [
        ("/lieux/1", "LieuDActiviteInconnu")
    ]


async def test_l_identifiant_de_mediateur_d_un_autre_ne_se_prend_pas(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    lea, voleur, role_id = nouveau_navigateur(), nouveau_navigateur(), uuid4()
    for navigateur in (lea, voleur):
        await navigateur.se_connecter(plateforme.personne())
    assert (await lea.s_inscrire(role_id=role_id)).status_code == 201
    vol = await voleur.s_inscrire(role_id=role_id)
    assert (vol.status_code, vol.json()["type"]) == (409, "/problemes/DejaPris")
    assert (await voleur.moi())["roles"] == []


@pytest.mark.parametrize("adresse", ["contact", "mairie", "accueil"])
async def test_a7_une_adresse_generique_est_acceptee_et_signalee(
    plateforme: Any, navigateur: Any, adresse: str
) -> None:
    await navigateur.se_connecter(plateforme.personne(email=f"{adresse}@{uuid4().hex}.exemple.fr"))
    assert (await navigateur.passer("GET", INSCRIPTION)).json()["adresse_generique"] is True


async def test_a7_une_adresse_nominative_ne_l_est_pas(connecte: Any) -> None:
    assert (await connecte.passer("GET", INSCRIPTION)).json()["adresse_generique"] is False


async def test_b6_le_siret_de_proconnect_est_propose_et_se_corrige(connecte: Any) -> None:
    await jusqu_a_l_employeur(connecte)
    assert (await connecte.passer("GET", INSCRIPTION)).json()["siret_propose"] == SIRET
    await envoyer(connecte, "employeur", employeur(siret="356 000 000 00048"))
    lue = (await connecte.passer("GET", INSCRIPTION)).json()
    assert lue["employeur"]["siret"] == "35600000000048"


async def test_b6_un_siret_absent_ou_faux_chez_proconnect_n_est_pas_propose(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    for faux in (None, "11122233344455"):
        qui = nouveau_navigateur()
        await qui.se_connecter(plateforme.personne(claims={"siret": faux}))
        assert (await qui.passer("GET", INSCRIPTION)).json()["siret_propose"] is None


async def test_b7_un_etablissement_ferme_est_refuse_pour_un_emploi_en_cours(
    annuaire: Any, connecte: Any
) -> None:
    await jusqu_a_l_employeur(connecte)
    annuaire.etat = "F"
    refus = await envoyer(connecte, "employeur", employeur(), 422)
    assert [(e["pointeur"], e["type"]) for e in refus.json()["erreurs"]] == [("/siret", "EtablissementFerme")]
    await envoyer(connecte, "employeur", employeur(fin_prevue="2026-02-01"))
    lue = (await connecte.passer("GET", INSCRIPTION)).json()
    assert lue["employeur"]["verification"] == "ferme"


async def test_b7_l_annuaire_muet_l_employeur_est_garde_puis_repris_par_le_passage(
    plateforme: Any, annuaire: Any, connecte: Any
) -> None:
    await jusqu_a_l_employeur(connecte)
    annuaire.statut = 503
    await envoyer(connecte, "employeur", employeur())
    cherche = (await connecte.passer("GET", "/comptes/entreprises?q=agence")).json()
    assert cherche == {"elements": [], "repond": False}

    async def verification() -> str:
        await plateforme.rattraper("employeurs_a_verifier")
        await jobs.employeurs(plateforme.outils)
        return (await connecte.passer("GET", INSCRIPTION)).json()["employeur"]["verification"]

    assert await verification() == "a_verifier"
    annuaire.statut = 200
    assert await verification() == "ouvert"
    await plateforme.rattraper("employeurs_a_verifier")
    demandes = len(annuaire.demandes)
    await jobs.employeurs(plateforme.outils)
    assert len(annuaire.demandes) == demandes


async def test_b8_deux_inscriptions_a_la_fois_avec_le_meme_siret_font_une_seule_structure(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    qui = [nouveau_navigateur() for _ in range(2)]
    for navigateur in qui:
        await navigateur.se_connecter(plateforme.personne())
    neuf = "35600000009075"
    validees = await asyncio.gather(*(n.s_inscrire(siret=neuf) for n in qui))
    assert [v.status_code for v in validees] == [201, 201]
    structures: set[UUID] = set()
    for navigateur, validee in zip(qui, validees, strict=True):
        attendre = {"X-Position": validee.headers["x-position"]}
        [emploi] = (await navigateur.passer("GET", "/comptes/moi/emplois", None, **attendre)).json()
        structures.add(UUID(emploi["structure_id"]))
    assert len(structures) == 1


async def test_l_annuaire_livre_trouve_une_structure_par_son_nom_ou_son_siret(connecte: Any) -> None:
    trouve = (await connecte.passer("GET", "/comptes/entreprises?q=Nîmes MDPH du Gard")).json()
    assert trouve["repond"] is True
    [mdph] = trouve["elements"]
    assert (mdph["siret"], mdph["commune"], mdph["code_insee"]) == ("13000083900014", "Nîmes", "30189")
    par_siret = (await connecte.passer("GET", "/comptes/entreprises?q=130 000 839 00014")).json()
    assert par_siret["elements"] == [mdph]
    assert (await connecte.passer("GET", "/comptes/entreprises?q=zzzz")).json()["elements"] == []
