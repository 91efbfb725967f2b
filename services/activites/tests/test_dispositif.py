"""Ce qui compte dans le dispositif : les activités faites les jours où l'on y est, du bus aux chiffres."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from activites.app import DESCRIPTION
from activites.projections import conseillers_numeriques
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.statistiques.fichier import Statistiques
from contracts.identity import ConseillerNumeriqueReconnuV1, ConseillerNumeriqueTermineV1, RoleChoisiV1
from events.bus.reader import BusSource
from events.contract import Contract
from events.projection import filerows
from events.projection.projection import Projector
from events.projection.rebuild import rebuild
from events.testing import add_stream, publish
from events.types import Position
from nats.aio.client import Client

from .appels import chiffres_de, coordonner
from .conftest import Banc, Personne

type Corps = dict[str, Any]

MAINTENANT = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
[LECTURE] = [fed for fed in DESCRIPTION.fed if fed.projection is conseillers_numeriques]


class Identity:
    """Ce qu'identity publie, et que le service lit comme en marche."""

    def __init__(self, guichet: Banc, bus: Client) -> None:
        self._guichet = guichet
        self._bus = bus
        self._dits = 0
        self.source = self.une_source("conseillers")
        self._lecteur = Projector(guichet.store.database, conseillers_numeriques, self.source)

    def une_source(self, nom: str) -> BusSource:
        return DESCRIPTION.bus(nom, LECTURE, self._bus)

    async def dire(self, *contrats: Contract) -> None:
        """Publiés, puis lus."""
        for contrat in contrats:
            self._dits += 1
            place = Position(self._dits, self._dits)
            await publish(self._bus, "identity", contrat, place, stream="compte-1", version=self._dits)
        lus = 0
        async with asyncio.timeout(60):
            while lus < len(contrats):
                pris = await self._lecteur.step()
                lus += pris
                if not pris:
                    await self.source.wait()

    async def une_mediatrice(self) -> Personne:
        qui = await self._guichet.mediateur()
        await self.dire(
            RoleChoisiV1(
                compte_id=qui.compte_id,
                role="mediateur",
                mediateur_id=qui.mediateur_id,
                choisi_le=MAINTENANT,
            )
        )
        return qui


def reconnue(qui: Personne, effet: str) -> ConseillerNumeriqueReconnuV1:
    return ConseillerNumeriqueReconnuV1(
        compte_id=qui.compte_id, effet=dt.date.fromisoformat(effet), reconnu_le=MAINTENANT
    )


def terminee(qui: Personne, fin: str) -> ConseillerNumeriqueTermineV1:
    return ConseillerNumeriqueTermineV1(
        compte_id=qui.compte_id, fin=dt.date.fromisoformat(fin), constate_le=MAINTENANT
    )


@pytest_asyncio.fixture
async def identity(guichet: Banc, bus: Client) -> AsyncIterator[Identity]:
    await add_stream(bus, "identity")
    publie = Identity(guichet, bus)
    yield publie
    await publie.source.close()


async def faire(guichet: Banc, qui: Personne, corps: Corps, *jours: str) -> str:
    """Une activité par jour ; la position de la dernière."""
    position = ""
    for jour in jours:
        saisie = corps | {"id": str(uuid4()), "date": jour}
        reponse = await guichet.client.post("/activites", json=saisie, headers=qui.entetes)
        assert reponse.status_code == 201, reponse.text
        position = reponse.headers["x-position"]
    return position


async def parts(guichet: Banc, qui: Personne, position: str, **filtres: Any) -> tuple[int, int]:
    """Les accompagnements faits comme conseiller numérique, et les autres : à eux deux, ils sont tous là."""
    tous, dedans, dehors = [
        (await chiffres_de(guichet, qui, position, **filtres, **choix))["totaux"]["accompagnements"]["total"]
        for choix in ({}, {"conseiller_numerique": 1}, {"conseiller_numerique": 0})
    ]
    assert dedans + dehors == tous
    return dedans, dehors


async def test_c5_reconnue_plus_tard_ses_activites_depuis_le_debut_du_contrat_comptent_sans_ressaisie(
    guichet: Banc, identity: Identity, individuel: Corps, atelier: Corps
) -> None:
    lea = await identity.une_mediatrice()
    await faire(guichet, lea, individuel, "2025-02-10", "2025-02-28", "2025-03-01")
    del atelier["lieu_id"]
    ailleurs = {"type_lieu": "autre", "commune": individuel["commune"]}
    position = await faire(guichet, lea, atelier | ailleurs, "2025-03-02")
    assert await parts(guichet, lea, position) == (0, 15)

    await identity.dire(reconnue(lea, "2025-03-01"))
    # 1 on the very day, and the atelier of 12.
    assert await parts(guichet, lea, position) == (13, 2)
    bloc = await chiffres_de(guichet, lea, position, conseiller_numerique=1, du="2025-02-01", au="2025-03-31")
    assert bloc["totaux"]["activites"]["total"] == 2
    assert [(m["mois"], m["nombre"]) for m in bloc["accompagnements_par_mois"]] == [
        ("2025-02", 0),
        ("2025-03", 13),
    ]
    assert sum(c["nombre"] for c in bloc["communes"]) == 13
    # The source corrects the first day: February is now hers too, but for the 10th.
    await identity.dire(reconnue(lea, "2025-02-15"))
    assert await parts(guichet, lea, position) == (14, 1)
    question = {"conseiller_numerique": False, "types": ["individuel"]}
    reponse = await guichet.client.post("/statistiques", json=question, headers=lea.entetes)
    assert reponse.json()["totaux"]["accompagnements"]["total"] == 1


async def test_c9_finie_les_chiffres_d_avant_restent_au_dispositif_pas_ceux_d_apres(
    guichet: Banc, identity: Identity, individuel: Corps
) -> None:
    lea, marc = [await identity.une_mediatrice() for _ in range(2)]
    chef = guichet.personne(coordinateur=True)
    for membre in (lea, marc):
        await coordonner(guichet, chef, membre)
    await identity.dire(reconnue(lea, "2025-03-01"))
    await faire(guichet, marc, individuel, "2025-06-01")
    position = await faire(guichet, lea, individuel, "2025-06-29", "2025-06-30", "2025-07-01")
    assert await parts(guichet, lea, position) == (3, 0)
    assert await parts(guichet, chef, position) == (3, 1)

    await identity.dire(terminee(lea, "2025-06-30"))
    assert await parts(guichet, lea, position) == (2, 1)
    assert await parts(guichet, chef, position) == (2, 2)
    assert await parts(guichet, chef, position, mediateurs=str(marc.mediateur_id)) == (0, 1)
    position = await faire(guichet, lea, individuel, "2025-08-01")
    assert await parts(guichet, lea, position) == (2, 2)


async def test_c10_deux_contrats_deux_periodes_et_aucun_trou_invente(
    guichet: Banc, identity: Identity, individuel: Corps, chiffres: Statistiques
) -> None:
    lea = await identity.une_mediatrice()
    jours = ("2024-12-31", "2025-01-01", "2025-06-30", "2025-07-01", "2025-08-15", "2025-09-01", "2026-01-02")
    position = await faire(guichet, lea, individuel, *jours)
    await identity.dire(reconnue(lea, "2025-01-01"), terminee(lea, "2025-06-30"))
    # A contract elsewhere after the summer, then one that follows it the next day.
    await identity.dire(reconnue(lea, "2025-09-01"))
    assert await parts(guichet, lea, position) == (4, 3)
    await identity.dire(terminee(lea, "2026-01-01"), reconnue(lea, "2026-01-02"))
    assert await parts(guichet, lea, position) == (4, 3)
    # A period that ends before it starts never was.
    await identity.dire(terminee(lea, "2026-01-01"))
    assert await parts(guichet, lea, position) == (3, 4)

    # Made again, the table and the file say the same.
    avant, source = await table(guichet), identity.une_source("refaite")
    assert await rebuild(guichet.store.database, conseillers_numeriques, lambda: source) == 7
    await source.close()
    assert await table(guichet) == avant != []
    await filerows.ask_rebuild(guichet.store.database, chiffres.line)
    async with asyncio.timeout(60):
        while not await filerows.known(guichet.store.database, chiffres.line, Position(0, 0)):
            await asyncio.sleep(0.05)
    assert await parts(guichet, lea, position) == (3, 4)


async def table(guichet: Banc) -> list[tuple[Any, ...]]:
    async with guichet.store.database.engine.connect() as connection:
        lues = await connection.execute(sa.select(conseillers_numeriques.table))
        return [tuple(ligne) for ligne in lues]


async def test_reconnue_avant_de_choisir_son_role_elle_compte_aussi(
    guichet: Banc, identity: Identity, individuel: Corps
) -> None:
    qui = await guichet.mediateur()
    await identity.dire(reconnue(qui, "2025-03-01"))
    position = await faire(guichet, qui, individuel, "2025-03-01")
    assert await parts(guichet, qui, position) == (0, 1)
    for role, ids in (("mediateur", {"mediateur_id": qui.mediateur_id}), ("coordinateur", {})):
        await identity.dire(
            RoleChoisiV1.model_validate(
                {"compte_id": qui.compte_id, "role": role, "choisi_le": MAINTENANT} | ids
            )
        )
        assert await parts(guichet, qui, position) == (1, 0)


async def test_e3_reconnue_sous_un_compte_ce_qu_elle_a_saisi_sous_l_autre_compte_aussi(
    guichet: Banc, identity: Identity, individuel: Corps
) -> None:
    lea, sans_role = await identity.une_mediatrice(), Personne()
    autre = await identity.une_mediatrice()
    await identity.dire(reconnue(sans_role, "2025-03-01"), reconnue(autre, "2025-01-01"))
    await identity.dire(terminee(autre, "2025-01-31"))
    position = await faire(guichet, lea, individuel, "2025-01-15", "2025-02-15", "2025-03-15")
    assert await parts(guichet, lea, position) == (0, 3)
    for renvoye, attendu in ((autre, (1, 2)), (sans_role, (2, 1))):
        ligne = {"compte_id": lea.compte_id, "renvoye": renvoye.compte_id, "rapprochement_id": uuid4()}
        roles = {"mediateur_id": lea.mediateur_id, "mediateur_renvoye": renvoye.mediateur_id}
        await guichet.inserer(comptes_rapproches.table, ligne | roles)
        assert await parts(guichet, lea, position) == attendu
    async with guichet.store.database.engine.begin() as connection:
        await connection.execute(sa.delete(comptes_rapproches.table))
    assert await parts(guichet, lea, position) == (0, 3)


@pytest.mark.parametrize("valeur", ["2", "oui", ""])
async def test_un_choix_qui_n_en_est_pas_un_est_refuse(guichet: Banc, valeur: str) -> None:
    lea = await guichet.mediateur()
    reponse = await guichet.client.get(
        "/statistiques", params={"conseiller_numerique": valeur}, headers=lea.entetes
    )
    assert reponse.status_code == 422
    assert [e["parametre"] for e in reponse.json()["erreurs"]] == ["conseiller_numerique"]
