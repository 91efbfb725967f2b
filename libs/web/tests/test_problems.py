"""Toute erreur sort en application/problem+json, en français, sans détail interne ni valeur reçue."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from process.messages import french, pointer

ID = str(UUID(int=7))


async def saisir(client: httpx2.AsyncClient, **corps: Any) -> list[dict[str, str]]:
    answer = await client.post("/essais", json={"id": ID} | corps)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["erreurs"]


@pytest.mark.parametrize(
    ("nom", "statut", "type_", "titre"),
    [
        ("refus", 409, "DateDansLeFutur", "La date est dans le futur."),
        ("inconnue", 404, "ActiviteInconnue", "Cette activité n’existe pas."),
        ("conflit", 409, "VersionDepassee", "Ceci vient de changer, ici ou ailleurs : relisez-le."),
        ("pris", 409, "DejaPris", "Ceci est déjà utilisé ailleurs."),
        ("efface", 409, "PersonneEffacee", "Les données de cette personne ont été effacées."),
        ("charge", 503, "Indisponible", "Le service est momentanément indisponible."),
        ("introuvable", 404, "Introuvable", "Cette ressource n’existe pas."),
        ("http", 429, "TropDeDemandes", "Trop de demandes : réessayez dans un moment."),
        ("theiere", 418, "Refus", "La demande est refusée."),
        ("absente", 503, "Indisponible", "Le service est momentanément indisponible."),
        ("bogue", 500, "ErreurInterne", "Une erreur est survenue de notre côté."),
    ],
)
async def test_chaque_erreur_a_son_probleme(
    client: httpx2.AsyncClient, nom: str, statut: int, type_: str, titre: str
) -> None:
    answer = await client.get(
        f"/essais/erreur/{nom}", headers={"X-Request-Id": "demande-12345", "X-Essai": "canari"}
    )
    assert answer.status_code == statut
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"/problemes/{type_}"
    assert problem["title"] == titre
    assert problem["status"] == statut
    assert problem["instance"] == f"/essais/erreur/{nom}"
    assert problem["request_id"] == "demande-12345" == answer.headers["x-request-id"]
    assert "canari" not in answer.text
    assert "postgres" not in answer.text
    assert (statut == 503) == ("retry-after" in answer.headers)


async def test_un_refus_dit_ce_qui_sest_passe_et_quel_champ(client: httpx2.AsyncClient) -> None:
    problem = (await client.get("/essais/erreur/refus")).json()
    assert problem["detail"] == "Le 3 mai n’est pas encore arrivé."
    assert problem["erreurs"] == [
        {"pointeur": "/date", "message": "Le 3 mai n’est pas encore arrivé.", "type": "DateDansLeFutur"}
    ]
    assert "erreurs" not in (await client.get("/essais/erreur/inconnue")).json()


async def test_plusieurs_refus_sont_une_saisie_invalide_qui_les_dit_tous(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/essais/erreur/refus_multiples")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problemes/SaisieInvalide")
    assert answer.json()["title"] == "La saisie n’est pas valable."
    assert answer.json()["erreurs"] == [
        {"pointeur": "/date", "message": "La date est dans le futur.", "type": "DateDansLeFutur"},
        {"pointeur": "", "message": "Cette activité n’existe pas.", "type": "ActiviteInconnue"},
    ]


async def test_mille_refus_ne_gonflent_pas_la_reponse(client: httpx2.AsyncClient) -> None:
    assert len((await client.get("/essais/erreur/mille_refus")).json()["erreurs"]) == 50


async def test_un_conflit_apres_if_match_est_un_412(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/essais/erreur/conflit", headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.json()["type"]) == (412, "/problemes/VersionAttendue")


async def test_une_erreur_imprevue_est_notee_une_fois_avec_sa_pile(
    client: httpx2.AsyncClient, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    await client.get("/essais/erreur/bogue")
    stacks = [line for line in logged() if "exception" in line]
    assert len(stacks) == 1
    assert stacks[0]["event"] == "unexpected_error"
    assert "RuntimeError" in stacks[0]["exception"]


async def test_route_inconnue_et_methode_refusee_sont_des_problemes(client: httpx2.AsyncClient) -> None:
    inconnue = await client.get("/nulle-part")
    assert (inconnue.status_code, inconnue.json()["type"]) == (404, "/problemes/Introuvable")
    refusee = await client.put("/essais")
    assert (refusee.status_code, refusee.json()["type"]) == (405, "/problemes/MethodeRefusee")
    assert refusee.headers["allow"]
    assert (await client.get("/essais/")).status_code in (404, 422), "pas de redirection"


@pytest.mark.parametrize(
    ("corps", "pointeur", "type_", "message"),
    [
        ({"id": "x"}, "/id", "uuid_parsing", "Un identifiant (UUID) est attendu."),
        ({"id": None}, "/id", "uuid_type", "Un identifiant (UUID) est attendu."),
        ({"nom": 3}, "/nom", "string_type", "Un texte est attendu."),
        ({"nom": "n" * 21}, "/nom", "string_too_long", "Ce texte est trop long : au plus 20 caractères."),
        ({"inconnu": 1}, "/inconnu", "extra_forbidden", "Ce champ n’existe pas."),
        ({"a/b~c": 1}, "/a~1b~0c", "extra_forbidden", "Ce champ n’existe pas."),
        ({"lignes": {}}, "/lignes", "list_type", "Une liste est attendue."),
        ({"lignes": [{}]}, "/lignes/0/quantite", "missing", "Ce champ est obligatoire."),
        (
            {"lignes": [{"quantite": "un"}]},
            "/lignes/0/quantite",
            "int_parsing",
            "Un nombre entier est attendu.",
        ),
        (
            {"lignes": [{"quantite": 1}, {"quantite": 100}]},
            "/lignes/1/quantite",
            "less_than",
            "La valeur doit être inférieure à 100.",
        ),
        (
            {"lignes": [{"quantite": 0}]},
            "/lignes/0/quantite",
            "greater_than_equal",
            "La valeur doit être au moins 1.",
        ),
        (
            {"lignes": [{"quantite": 1}] * 4},
            "/lignes",
            "too_long",
            "Il y a trop d’éléments : au plus 3 éléments.",
        ),
        ({"nom": "interdit"}, "/nom", "value_error", "Ce nom est réservé."),
        ({"nom": "bavard"}, "/nom", "value_error", "Cette valeur n’est pas acceptée."),
        ({"nom": "entier"}, "/nom", "value_error", "Cette valeur n’est pas acceptée."),
    ],
)
async def test_un_champ_refuse_est_designe_en_francais(
    client: httpx2.AsyncClient, corps: dict[str, Any], pointeur: str, type_: str, message: str
) -> None:
    assert await saisir(client, **corps) == [{"pointeur": pointeur, "message": message, "type": type_}]


async def test_la_valeur_recue_nest_jamais_repetee(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/essais", json={"id": "canari-1", "nom": "canari-2" * 9, "lignes": "canari-3"}
    )
    assert answer.status_code == 422
    assert "canari" not in answer.text


async def test_un_corps_absent_ou_dun_autre_genre_est_refuse(client: httpx2.AsyncClient) -> None:
    absent = await client.post("/essais")
    assert absent.json()["erreurs"] == [
        {"pointeur": "", "message": "Ce champ est obligatoire.", "type": "missing"}
    ]
    liste = await client.post("/essais", json=[1])
    assert (liste.status_code, liste.json()["erreurs"][0]["pointeur"]) == (422, "")


async def test_un_parametre_refuse_est_nomme(client: httpx2.AsyncClient) -> None:
    query = (await client.get("/essais?limite=beaucoup")).json()["erreurs"]
    assert query == [
        {
            "parametre": "limite",
            "dans": "query",
            "message": "Un nombre entier est attendu.",
            "type": "int_parsing",
        }
    ]
    path = (await client.get("/essais/pas-un-uuid")).json()["erreurs"]
    assert (path[0]["parametre"], path[0]["dans"], path[0]["type"]) == ("essai_id", "path", "uuid_parsing")


async def test_mille_champs_inconnus_ne_gonflent_pas_la_reponse(client: httpx2.AsyncClient) -> None:
    erreurs = await saisir(client, **{f"champ{i}" + "x" * 300: 1 for i in range(1000)})
    assert len(erreurs) == 50
    assert max(len(e["pointeur"]) for e in erreurs) <= 101


def test_tout_genre_derreur_de_pydantic_a_une_phrase_francaise() -> None:
    from typing import get_args

    from pydantic_core import core_schema

    for kind in get_args(core_schema.ErrorType):
        sentence = french(kind, {})
        assert sentence.endswith("."), kind
        assert not any(word in sentence.lower() for word in ("should", "input", "valid ", "field")), kind


def test_pointeur_de_la_rfc_6901() -> None:
    assert pointer([]) == ""
    assert pointer(["a", 0, "b/c", "d~e", ""]) == "/a/0/b~1c/d~0e/"


async def test_la_documentation_porte_les_refus_a_leur_statut(build: Callable[..., FastAPI]) -> None:
    document = build().openapi()
    route = document["paths"]["/essais"]["post"]
    assert route["summary"] == "Créer un essai"
    assert "DateDansLeFutur" in route["responses"]["409"]["description"]
    assert "ActiviteInconnue" in route["responses"]["404"]["description"]
    for status in ("404", "409", "422", "default"):
        assert "application/problem+json" in route["responses"][status]["content"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    moi, mediateur = (document["paths"][f"/essais/{nom}"]["get"]["responses"] for nom in ("moi", "mediateur"))
    assert "401" in moi
    assert "403" not in moi, "toute personne connectée y a droit"
    assert {"401", "403"} <= mediateur.keys()
    assert "x-problemes" not in json.dumps(document)
