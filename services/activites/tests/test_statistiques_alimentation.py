"""Le fichier se nourrit du bus, se refait depuis le journal, et compte chaque fait une fois."""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from activites.app import ouvrir_statistiques
from activites.domain.activite import Event
from activites.domain.vocabulaire import ActiviteId
from activites.messaging import to_contract
from activites.statistiques.alimentation import Statistiques
from activites.statistiques.questions import Filtres, bloc_general
from events.bus.relay import Relay
from events.store.store import Context, Store
from nats.aio.client import Client

from .conftest import en_fond
from .exemples import INDIVIDUEL, enregistree

CONTEXT = Context("test", "requete-de-test")
AUJOURD_HUI = dt.date(2026, 3, 15)


async def ecrire(store: Store[Event], combien: int) -> None:
    modele = enregistree(INDIVIDUEL)
    faits = [replace(modele, activite_id=ActiviteId(uuid4())) for _ in range(combien)]
    await store.append_bulk(((f"activite-{f.activite_id}", 0, [f]) for f in faits), CONTEXT)


def total(chiffres: Statistiques) -> int:
    bloc = bloc_general(chiffres.fichier, Filtres(None), AUJOURD_HUI)
    return bloc["totaux"]["activites"]["total"]


async def jusqu_a(chiffres: Statistiques, attendu: int) -> None:
    async with asyncio.timeout(20):
        while total(chiffres) != attendu:
            await asyncio.sleep(0.02)


async def test_le_fichier_reprend_ou_il_en_etait(fichier: Path, store: Store[Event], flux: Client) -> None:
    async with en_fond(Relay(store, flux, "activites", to_contract).run):
        chiffres = await ouvrir_statistiques(fichier, store, flux)
        await ecrire(store, 700)
        async with en_fond(chiffres.run):
            await jusqu_a(chiffres, 700)
        chiffres.fichier.fermer()
        await ecrire(store, 300)
        encore = await ouvrir_statistiques(fichier, store, flux)
        async with en_fond(encore.run):
            await jusqu_a(encore, 1000)
        encore.fichier.fermer()


async def test_un_fichier_perdu_se_refait_du_journal_meme_si_le_bus_n_a_plus_rien(
    fichier: Path, store: Store[Event], flux: Client
) -> None:
    await ecrire(store, 1200)
    async with en_fond(Relay(store, flux, "activites", to_contract).run):
        async with asyncio.timeout(20):
            while (await flux.jetstream().stream_info("ACTIVITES")).state.messages < 1200:
                await asyncio.sleep(0.02)
        await flux.jetstream().purge_stream("ACTIVITES")
        chiffres = await ouvrir_statistiques(fichier, store, flux)
        assert total(chiffres) == 1200
        async with en_fond(chiffres.run):
            await ecrire(store, 5)
            await jusqu_a(chiffres, 1205)
        chiffres.fichier.fermer()


@pytest.mark.parametrize("contenu", [b"", b"ceci n'est pas une base" * 1000, b"........DUCK" + bytes(5000)])
async def test_un_fichier_illisible_est_refait(
    fichier: Path, store: Store[Event], flux: Client, contenu: bytes
) -> None:
    await ecrire(store, 20)
    await asyncio.to_thread(fichier.write_bytes, contenu)
    chiffres = await ouvrir_statistiques(fichier, store, flux)
    assert total(chiffres) == 20
    chiffres.fichier.fermer()


async def test_un_fait_republie_par_le_relais_ne_compte_qu_une_fois(
    fichier: Path, store: Store[Event], flux: Client
) -> None:
    await ecrire(store, 50)
    chiffres = await ouvrir_statistiques(fichier, store, flux)
    # The relay had published nothing yet: everything comes again from the bus.
    async with en_fond(Relay(store, flux, "activites", to_contract).run, chiffres.run):
        await ecrire(store, 1)
        await jusqu_a(chiffres, 51)
    chiffres.fichier.fermer()


async def test_un_contrat_que_le_fichier_refuse_est_mis_de_cote(
    fichier: Path, store: Store[Event], flux: Client
) -> None:
    chiffres = await ouvrir_statistiques(fichier, store, flux)
    async with en_fond(Relay(store, flux, "activites", to_contract).run):
        await ecrire(store, 3)
        async with asyncio.timeout(20):
            while (await flux.jetstream().stream_info("ACTIVITES")).state.messages < 3:
                await asyncio.sleep(0.02)
    lu = await flux.jetstream().get_msg("ACTIVITES", 2)
    entetes = {nom: v for nom, v in (lu.headers or {}).items() if not nom.startswith("Nats-")}
    entetes |= {"ce-id": str(uuid4()), "coop-position": "99999999-1"}
    abime = (lu.data or b"").replace(b'"duree_minutes":', b'"duree_minutes":"beaucoup",  "x":')
    await flux.jetstream().publish(lu.subject or "", abime, headers=entetes)
    async with en_fond(chiffres.run):
        await jusqu_a(chiffres, 3)
        async with asyncio.timeout(20):
            while not await mis_de_cote(store):
                await asyncio.sleep(0.05)
    assert await mis_de_cote(store) == [("statistiques", entetes["ce-id"])]
    assert total(chiffres) == 3
    chiffres.fichier.fermer()


async def mis_de_cote(store: Store[Event]) -> list[tuple[str, str]]:
    async with store.database.raw() as connection:
        rows = await connection.fetch("select projection, event_id::text from parked")
    return [(row["projection"], row["event_id"]) for row in rows]
