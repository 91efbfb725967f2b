"""Revenir sur une suppression : tout revient à l'identique, pendant trente jours."""

import datetime as dt
from typing import Any
from uuid import UUID

from activites.app import DESCRIPTION
from activites.domain.activite import REPENTIR
from activites.domain.evenements import Event
from activites.domain.faits import ActiviteRestauree, TextesEffaces
from activites.erasure import effacer
from activites.projections import activites_listees, activites_supprimees
from activites.statistiques.fichier import Statistiques
from events.projection.manager import Manager
from events.projection.projection import Projection, Projector
from events.projection.source import FeedSource
from events.service import Tools
from events.store.store import Context, Store
from events.testing import carry_through
from events.types import ERASED
from process.clock import Clock

from .appels import enregistrer, refus, sans_id
from .conftest import Banc, Personne

CONTEXT = Context("operateur", "demande-42")


async def supprimer(banc: Banc, moi: Personne, chemin: str) -> None:
    assert (await banc.client.delete(chemin, headers=moi.entetes)).status_code == 204


async def projeter(banc: Banc) -> None:
    projections: tuple[Projection[Any], ...] = (activites_listees, activites_supprimees)
    for projection in projections:
        projecteur = Projector(banc.store.database, projection, FeedSource(banc.store, "activites"))
        while await projecteur.step():
            pass


async def liste(banc: Banc, moi: Personne, chemin: str = "/activites") -> list[dict[str, Any]]:
    return (await banc.client.get(chemin, headers=moi.entetes)).json()["elements"]


async def passer_la_corbeille(store: Store[Event], maintenant: dt.datetime) -> None:
    """What the reaction orders, carried out as far as this instant allows."""
    [corbeille] = [r for r in DESCRIPTION.reactions if r.name == "corbeille"]
    suites = Manager(store.database, FeedSource(store, "activites"), corbeille)
    await carry_through(suites, DESCRIPTION.executor(corbeille, Tools(store, lambda: maintenant)))


async def test_une_activite_reprise_revient_telle_qu_elle_etait(banc: Banc, atelier: dict[str, Any]) -> None:
    moi = await banc.mediateur()
    chemin = await enregistrer(banc, moi, atelier)
    corrige = sans_id(atelier) | {"duree_minutes": 60}
    assert (await banc.client.put(chemin, json=corrige, headers=moi.entetes)).status_code == 200
    await projeter(banc)
    avant, listee = (await banc.client.get(chemin, headers=moi.entetes)).json(), await liste(banc, moi)

    await supprimer(banc, moi, chemin)
    await projeter(banc)
    assert await liste(banc, moi) == []
    [supprimee] = await liste(banc, moi, "/activites/supprimees")
    assert (supprimee["id"], supprimee["type"], supprimee["date"]) == (
        atelier["id"],
        "collectif",
        atelier["date"],
    )

    for _ in range(2):  # again changes nothing
        reponse = await banc.client.post(f"{chemin}/restauration", headers=moi.entetes)
        assert (reponse.status_code, reponse.headers["etag"]) == (200, '"4"')
    await projeter(banc)
    assert (await banc.client.get(chemin, headers=moi.entetes)).json() == avant
    assert await liste(banc, moi) == listee
    assert await liste(banc, moi, "/activites/supprimees") == []


async def test_seul_son_mediateur_la_reprend_et_voit_qu_elle_est_supprimee(
    banc: Banc, individuel: dict[str, Any]
) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    chemin = await enregistrer(banc, moi, individuel)
    await supprimer(banc, moi, chemin)
    await projeter(banc)
    reponse = await banc.client.post(f"{chemin}/restauration", headers=autre.entetes)
    assert (reponse.status_code, refus(reponse)) == (404, "ActiviteInconnue")
    assert await liste(banc, autre, "/activites/supprimees") == []


async def test_apres_trente_jours_la_suppression_est_definitive_et_les_textes_detruits(
    banc: Banc, individuel: dict[str, Any]
) -> None:
    moi = await banc.mediateur()
    chemin = await enregistrer(banc, moi, individuel)
    await supprimer(banc, moi, chemin)
    await projeter(banc)
    apres = Clock().now() + REPENTIR + dt.timedelta(minutes=1)
    vault = banc.store.vault
    assert vault is not None

    await passer_la_corbeille(banc.store, apres - dt.timedelta(minutes=2))
    assert [ligne async for ligne in vault.ledger()] == []
    await passer_la_corbeille(banc.store, apres)
    assert [ligne[:2] async for ligne in vault.ledger()] == [("activite", UUID(individuel["id"]))]
    *_, dernier = await banc.store.load(f"activite-{individuel['id']}")
    assert isinstance(dernier.event, TextesEffaces)

    banc.a_l_heure(apres)
    reponse = await banc.client.post(f"{chemin}/restauration", headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (410, "SuppressionDefinitive")
    await projeter(banc)
    assert await liste(banc, moi, "/activites/supprimees") == []


async def test_une_activite_reprise_garde_ses_textes(banc: Banc, individuel: dict[str, Any]) -> None:
    moi = await banc.mediateur()
    chemin = await enregistrer(banc, moi, individuel)
    await supprimer(banc, moi, chemin)
    await passer_la_corbeille(banc.store, Clock().now())
    await banc.client.post(f"{chemin}/restauration", headers=moi.entetes)
    await passer_la_corbeille(banc.store, Clock().now() + 2 * REPENTIR)
    lue = (await banc.client.get(chemin, headers=moi.entetes)).json()
    assert lue["notes"] == individuel["notes"]


async def test_reprise_apres_l_effacement_du_compte_elle_compte_sans_ses_textes(
    banc: Banc, atelier: dict[str, Any]
) -> None:
    moi = await banc.mediateur()
    chemin = await enregistrer(banc, moi, atelier)
    await supprimer(banc, moi, chemin)
    await effacer(banc.store, "compte", moi.compte_id, "demande", CONTEXT, Clock().now())
    await banc.client.post(f"{chemin}/restauration", headers=moi.entetes)
    lue = (await banc.client.get(chemin, headers=moi.entetes)).json()
    assert (lue["titre_atelier"], lue["participants"]["total"]) == (ERASED, 12)
    await projeter(banc)
    assert [a["accompagnements"] for a in await liste(banc, moi)] == [12]


async def test_les_chiffres_reviennent_a_l_identique_et_une_reconstruction_dit_les_memes(
    guichet: Banc, individuel: dict[str, Any], chiffres: Statistiques
) -> None:
    moi = await guichet.mediateur()
    chemin = await enregistrer(guichet, moi, individuel)

    async def compter() -> dict[str, Any]:
        [*_, dernier] = await guichet.store.load(chemin.removeprefix("/").replace("activites/", "activite-"))
        assert await chiffres.reached(dernier.position, 60)
        lues = (await guichet.client.get("/statistiques", headers=moi.entetes)).json()
        return {nom: valeur for nom, valeur in lues.items() if nom not in ("a_jour_au", "position")}

    avant = await compter()
    await supprimer(guichet, moi, chemin)
    assert (await compter())["totaux"]["activites"]["total"] == 0
    await guichet.client.post(f"{chemin}/restauration", headers=moi.entetes)
    assert await compter() == avant
    # Naively: the last fact of each stream says whether it counts.
    comptees = 0
    async for page in guichet.store.read():
        comptees += sum(isinstance(r.event, ActiviteRestauree) for r in page)
    assert comptees == avant["totaux"]["activites"]["total"] == 1
