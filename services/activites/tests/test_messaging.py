"""Ce qui sort du service, et ce qui y entre par le bus : de vrais NATS et PostgreSQL."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from activites.app import DESCRIPTION
from activites.messaging import to_contract
from contracts.activites import ActiviteCorrigeeV1, ActiviteEnregistreeV1, ActiviteSupprimeeV1
from contracts.cartographie import LieuReferenceV1
from contracts.identity import EmploiDeclareV1, LieuxChoisisV1
from events.contract import Contract
from events.service import Tools
from events.testing import add_stream, publish
from events.types import Position
from nats.aio.client import Client
from process.clock import Clock

from .conftest import Banc
from .exemples import ATELIER, INDIVIDUEL, MAINTENANT, SUPPRIMEE, corrigee, enregistree, restauree


def test_chaque_fait_a_son_contrat_du_meme_nom():
    atelier = corrigee(ATELIER, replace(ATELIER, duree_minutes=60))
    for fait in (enregistree(INDIVIDUEL), atelier, SUPPRIMEE, restauree(ATELIER)):
        contrat = to_contract(fait)
        assert contrat is not None
        assert contrat.event_name() == type(fait).__name__

        noms = {champ.name for champ in fields(fait)}
        assert set(type(contrat).model_fields) <= noms
    assert isinstance(to_contract(enregistree(ATELIER)), ActiviteEnregistreeV1)
    assert isinstance(to_contract(atelier), ActiviteCorrigeeV1)
    assert isinstance(to_contract(SUPPRIMEE), ActiviteSupprimeeV1)


def test_un_contrat_porte_les_valeurs_du_fait():
    fait = enregistree(ATELIER)
    publie = to_contract(fait)
    assert publie is not None
    contrat = publie.model_dump(mode="json")
    assert contrat["participants"] == {
        "total": 12,
        "deja_accompagnes": 4,
        "genres": {"masculin": 5, "feminin": 7},
        "tranches_age": {},
        "statuts": {},
    }
    assert (contrat["type"], contrat["date"], contrat["accompagnements"]) == ("collectif", "2026-06-29", 12)
    assert (contrat["code_insee"], contrat["departement"]) == ("21166", "21")
    assert contrat["thematiques"] == ["bureautique"]


def test_un_contrat_ne_porte_aucun_texte_libre():
    canari = "Kanari7591"
    saisie = replace(INDIVIDUEL, notes=canari)
    for fait in (
        enregistree(saisie),
        corrigee(INDIVIDUEL, saisie),
        enregistree(replace(ATELIER, titre_atelier=canari)),
        restauree(replace(ATELIER, titre_atelier=canari)),
    ):
        contrat = to_contract(fait)
        assert contrat is not None
        assert canari not in contrat.model_dump_json()


@pytest_asyncio.fixture
async def en_marche(banc: Banc, bus: Client) -> AsyncIterator[Banc]:
    """Les tâches de fond du service, et les flux que la plateforme déclare."""
    await add_stream(bus, "activites", "identity", "cartographie", "equipes")
    travaux = DESCRIPTION.tasks(bus, Tools(banc.store, Clock().now))
    taches = [asyncio.ensure_future(travail()) for travail in travaux.values()]
    yield banc
    for tache in taches:
        tache.cancel()
    await asyncio.gather(*taches, return_exceptions=True)


async def publier(bus: Client, service: str, contrat: Contract, numero: int = 1) -> str:
    """Comme le relais du service voisin. Rend la position, telle qu'il l'annonce à ses clients."""
    position = Position(1000, numero)
    await publish(bus, service, contrat, position, recorded_at=MAINTENANT)
    return f"{service}:{position}"


async def test_un_emploi_et_un_lieu_appris_du_bus_permettent_d_enregistrer(
    en_marche: Banc, bus: Client, atelier: dict[str, Any]
):
    banc = en_marche
    moi = banc.personne(mediateur=True)
    lieu_id, structure_id = uuid4(), uuid4()
    await publier(
        bus,
        "cartographie",
        LieuReferenceV1(
            lieu_id=lieu_id,
            source="essai",
            id_source="1",
            nom="Tiers-lieu",
            commune="Pau",
            code_postal="64000",
            code_insee="64445",
            departement="64",
        ),
    )
    emploi = EmploiDeclareV1(
        emploi_id=uuid4(),
        compte_id=moi.compte_id,
        structure_id=structure_id,
        siret="13002603200016",
        debut=dt.date(2024, 1, 1),
        declare_le=MAINTENANT,
    )
    await publier(bus, "identity", emploi)
    choisis = LieuxChoisisV1(compte_id=moi.compte_id, lieux=[lieu_id], choisis_le=MAINTENANT)
    position = await publier(bus, "identity", choisis, 2)
    corps = atelier | {"lieu_id": str(lieu_id)}
    while True:
        # The lieu has no position to wait for here: its own copy is awaited by asking again.
        reponse = await banc.client.post(
            "/activites", json=corps, headers=moi.entetes | {"X-Position": position}
        )
        assert "AucunEmploi" not in reponse.text
        assert "LieuDUnAutre" not in reponse.text
        if reponse.status_code == 201:
            break
        assert "LieuDActiviteInconnu" in reponse.text
        await asyncio.sleep(0.05)

    abonne = await bus.jetstream().pull_subscribe("activites.>", "essai", stream="ACTIVITES")
    [message] = await abonne.fetch(1, timeout=60)
    assert message.subject.startswith("activites.ActiviteEnregistree.v1.")
    assert message.subject.endswith(".64")
    contrat = ActiviteEnregistreeV1.model_validate_json(message.data)
    assert contrat.activite_id == UUID(atelier["id"])
    assert contrat.structure_employeuse_id == structure_id
    assert contrat.lieu_id == lieu_id
    assert "tableur" not in message.data.decode()

    liste = await banc.client.get(
        "/activites", headers=moi.entetes | {"X-Position": reponse.headers["X-Position"]}
    )
    [element] = liste.json()["elements"]
    assert (element["lieu_nom"], element["commune"]) == ("Tiers-lieu", "Pau")
