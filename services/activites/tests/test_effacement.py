"""Les textes libres d'une activité effacés : le compte rendu compte toujours, sans ses mots."""

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
from activites.app import DESCRIPTION
from activites.domain import activite
from activites.domain.activite import EffacerTextes
from activites.domain.evenements import Event
from activites.domain.faits import ActiviteEnregistree, TextesEffaces
from activites.domain.refus import ActiviteInconnue
from activites.erasure import effacer
from activites.statistiques.fichier import FichierStatistiques, Statistiques
from contracts.identity import PersonneEffaceeV1
from events.codec import Codec
from events.projection.manager import Manager
from events.service import Tools
from events.store.store import Context, Store
from events.testing import Scenario, add_stream, carry_through, publish
from events.types import ERASED, Position
from events.vault.vault import Vault
from nats.aio.client import Client
from process.clock import Clock

from .appels import enregistrer, refus, sans_id
from .conftest import CLE, Banc
from .exemples import ACTIVITE, ATELIER, MAINTENANT, MOI, enregistree

CONTEXT = Context("operateur", "demande-42")
MOTIF = "demande de la personne"
CANARI = "Zuldravine"


async def tables(banc: Banc) -> str:
    async with banc.store.database.raw() as connection:
        noms = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) t from pg_tables"
            " where schemaname in ('public', 'coffre')"
        )
        lignes = [await connection.fetch(f"select x::text from {nom['t']} x") for nom in noms]
    return "\n".join(ligne[0] for trouvees in lignes for ligne in trouvees)


def test_les_textes_s_effacent_une_fois_et_le_reste_demeure() -> None:
    fait = enregistree(ATELIER)
    commande = EffacerTextes(activite_id=ACTIVITE, maintenant=MAINTENANT)
    efface = TextesEffaces(activite_id=ACTIVITE, mediateur_id=MOI, effaces_le=MAINTENANT)
    Scenario(activite).given(fait).when(commande).then(efface)
    Scenario(activite).given(fait, efface).when(commande).then()
    Scenario(activite).when(commande).refused(ActiviteInconnue)
    etat = activite.evolve(activite.evolve(activite.initial, fait), efface)
    assert isinstance(etat, activite.Effacee)
    assert etat.derniere.titre_atelier == ERASED
    assert etat.derniere.notes is None
    assert etat.derniere.accompagnements == fait.accompagnements


async def test_les_mots_effaces_ne_se_lisent_plus_et_ne_se_corrigent_plus(
    banc: Banc, atelier: dict[str, Any]
) -> None:
    moi = await banc.mediateur()
    corps = atelier | {"titre_atelier": CANARI, "notes": f"<p>{CANARI}</p>"}
    chemin = await enregistrer(banc, moi, corps)
    await banc.projeter()
    assert CANARI in await tables(banc)

    for _ in range(2):
        await effacer(banc.store, "activite", UUID(corps["id"]), MOTIF, CONTEXT, Clock().now())
    await banc.projeter()
    assert CANARI not in await tables(banc)
    lue = (await banc.client.get(chemin, headers=moi.entetes)).json()
    assert (lue["titre_atelier"], lue["notes"]) == (ERASED, ERASED)
    assert lue["participants"]["total"] == 12
    [listee] = (await banc.client.get("/activites", headers=moi.entetes)).json()["elements"]
    assert listee["titre_atelier"] == ERASED
    reponse = await banc.client.put(chemin, json=sans_id(corps), headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (409, "ActiviteEffacee")
    # Its médiateur may still withdraw it.
    assert (await banc.client.delete(chemin, headers=moi.entetes)).status_code == 204
    await effacer(banc.store, "activite", UUID(corps["id"]), MOTIF, CONTEXT, Clock().now())


async def test_les_statistiques_comptent_toujours_l_activite_effacee(
    guichet: Banc, atelier: dict[str, Any], individuel: dict[str, Any], chiffres: Statistiques
) -> None:
    moi = await guichet.mediateur()
    corps = atelier | {"titre_atelier": CANARI, "type_lieu": "domicile", "commune": individuel["commune"]}
    del corps["lieu_id"]
    await enregistrer(guichet, moi, corps)
    await effacer(guichet.store, "activite", UUID(corps["id"]), MOTIF, CONTEXT, Clock().now())
    *_, efface = await guichet.store.load(f"activite-{corps['id']}")
    assert isinstance(efface.event, TextesEffaces)
    assert await chiffres.reached(efface.position, 10)
    [(nombre,)] = await chiffres.ask(
        FichierStatistiques.demander, "select sum(accompagnements) from activites", {}
    )
    assert nombre == 12


async def test_un_compte_efface_par_identity_l_est_ici_aussi(store: Store[Event], bus: Client) -> None:
    await add_stream(bus, "identity")
    compte_id = uuid4()
    contrat = PersonneEffaceeV1(compte_id=compte_id, effacee_le=dt.datetime.now(dt.UTC))
    for numero in (1, 2):
        await publish(
            bus, "identity", contrat, Position(7, numero), stream=f"compte-{compte_id}", version=numero
        )
    [reaction] = [r for r in DESCRIPTION.reactions if r.name == "effacements"]
    source = DESCRIPTION.bus("effacements", reaction, bus)
    suites = Manager(store.database, source, reaction)
    lus = 0
    async with asyncio.timeout(60):
        while lus < 2:
            pris = await suites.step()
            lus += pris
            if not pris:
                await source.wait()
    await carry_through(suites, DESCRIPTION.executor(reaction, Tools(store, Clock().now)))
    await source.close()
    vault = store.vault
    assert vault is not None
    assert [ligne[:2] async for ligne in vault.ledger()] == [("compte", compte_id)]
    # A new process starts again from the checkpoint, and finds nothing to do.
    suite = DESCRIPTION.bus("effacements", reaction, bus)
    assert await Manager(store.database, suite, reaction).step() == 0
    await suite.close()


async def test_les_textes_d_une_personne_effacee_partent_et_ses_activites_comptent(
    banc: Banc, individuel: dict[str, Any]
) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    ids = [str(uuid4()) for _ in range(3)]
    for activite_id, qui in zip(ids, (moi, moi, autre), strict=True):
        await enregistrer(banc, qui, individuel | {"id": activite_id, "notes": CANARI})
    await banc.client.delete(f"/activites/{ids[1]}", headers=moi.entetes)
    for _ in range(2):  # safe to repeat
        await effacer(banc.store, "compte", moi.compte_id, MOTIF, CONTEXT, Clock().now())
    vault = banc.store.vault
    assert vault is not None
    effaces = {(genre, cle) async for genre, cle, *_ in vault.ledger()}
    assert effaces >= {("compte", moi.compte_id), ("activite", UUID(ids[0])), ("activite", UUID(ids[1]))}
    lue = (await banc.client.get(f"/activites/{ids[0]}", headers=moi.entetes)).json()
    assert (lue["notes"], lue["accompagnements"], lue["date"]) == (ERASED, 1, individuel["date"])
    assert (await banc.client.get(f"/activites/{ids[2]}", headers=autre.entetes)).json()["notes"] == CANARI


async def test_l_effacement_d_ailleurs_ou_d_une_activite_inconnue_est_refuse(store: Store[Event]) -> None:
    with pytest.raises(ActiviteInconnue):
        await effacer(store, "activite", uuid4(), MOTIF, CONTEXT, Clock().now())
    with pytest.raises(ValueError, match="lieu"):
        await effacer(store, "lieu", uuid4(), MOTIF, CONTEXT, Clock().now())


async def test_un_autre_processus_relit_l_activite_effacee(banc: Banc, individuel: dict[str, Any]) -> None:
    moi = await banc.mediateur()
    chemin = await enregistrer(banc, moi, individuel | {"notes": CANARI})
    await effacer(banc.store, "activite", UUID(individuel["id"]), MOTIF, CONTEXT, Clock().now())
    assert (await banc.client.get(chemin, headers=moi.entetes)).json()["notes"] == ERASED
    froid: Store[Event] = Store(banc.store.database, Codec(Event), Vault(banc.store.database, {1: CLE}))
    faits = [r.event for r in await froid.load(f"activite-{individuel['id']}")]
    assert [type(fait).__name__ for fait in faits] == ["ActiviteEnregistree", "TextesEffaces"]
    assert isinstance(faits[0], ActiviteEnregistree)
    assert faits[0].notes == ERASED
