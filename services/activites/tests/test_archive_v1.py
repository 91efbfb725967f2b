"""L'archive de la V1 : gardée telle quelle, reprise une fois, et ce qui s'y perd, dit."""

import datetime as dt
import io
import json
from dataclasses import fields, replace
from typing import Any

import orjson
from activites.domain.activite import (
    ACTIVITE,
    Active,
    EnregistrerActivite,
    ReprendreCraV1,
    decide,
    evolve,
    initial,
)
from activites.domain.faits import ActiviteEnregistree
from activites.erasure import effacer
from activites.imports.v1.charger import Bilan, Correspondance, charger
from activites.imports.v1.conversion import identifiant
from events.store.store import Context

from .conftest import Banc, Personne
from .exemples import INDIVIDUEL, LIEU, enregistrer
from .test_v1_conversion import CRA, STRUCTURE

CONTEXTE = Context("coop", "essai")
MAINTENANT = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


async def reprendre(banc: Banc, qui: Personne, *cras: Any) -> tuple[Bilan, list[Any]]:
    """Le bilan, et ce que dit le rapport."""
    conseiller = {"mediateur_id": str(qui.mediateur_id), "compte_id": str(qui.compte_id)}
    correspondance = Correspondance.model_validate(
        {"conseillers": {CRA["conseiller_numerique_id"]: conseiller}, "lieux": {STRUCTURE: str(LIEU)}}
    )
    archive = [cra if isinstance(cra, bytes) else orjson.dumps(cra) for cra in cras]
    rapport = io.BytesIO()
    bilan = await charger(banc.store, archive, correspondance, rapport, CONTEXTE, MAINTENANT)
    return bilan, [json.loads(ligne) for ligne in rapport.getvalue().splitlines()]


async def test_un_cra_est_garde_et_repris_et_recharge_n_ecrit_rien(banc: Banc) -> None:
    qui = await banc.mediateur()
    cra = CRA | {"annotation": "Madame Dupont", "organismes": {"CAF": 1}, "permanence_email": "a@b.fr"}
    bilan, dits = await reprendre(banc, qui, cra)
    assert (bilan.lues, bilan.archives, bilan.repris) == (1, 1, 1)
    assert dits == [{"ligne": 1, "cra_id": CRA["id"], "perdu": ["statuts"]}]

    [recorded] = await banc.store.load(ACTIVITE(identifiant(CRA["id"])))
    fait = recorded.event
    assert isinstance(fait, ActiviteEnregistree)
    assert (fait.v1_cra_id, fait.v1_structure_id, fait.lieu_id) == (CRA["id"], STRUCTURE, LIEU)
    assert fait.enregistree_le == dt.datetime(2022, 5, 2, 10, 11, 12, 131000, tzinfo=dt.UTC)
    assert fait.structure_de_redirection == "operateur_ou_organisme_en_charge"
    await banc.projeter()
    [listee] = (await banc.client.get("/activites", headers=qui.entetes)).json()["elements"]
    assert (listee["date"], listee["duree_minutes"]) == ("2022-05-02", 30)

    async with banc.store.database.raw() as connection:
        garde = await connection.fetchrow("select contenu, personnel from archive_v1")
    assert garde is not None
    for texte in ("Madame Dupont", "CAF", "a@b.fr"):
        assert texte not in garde["contenu"] + garde["personnel"]
    attendu = {nom: v for nom, v in CRA.items() if nom not in ("annotation", "organismes")}
    assert json.loads(garde["contenu"]) == attendu
    assert banc.store.vault is not None
    await banc.store.vault.load_keys([garde["personnel"]])
    ouvert = banc.store.vault.open(identifiant(CRA["id"]), "archive_v1", garde["personnel"])
    assert ouvert == {"annotation": "Madame Dupont", "organismes": {"CAF": 1}, "permanence_email": "a@b.fr"}

    encore, _ = await reprendre(banc, qui, cra)
    assert (encore.archives, encore.repris, encore.deja_repris) == (0, 0, 1)


async def test_ce_qui_n_est_pas_repris_est_dit_et_reste_garde(banc: Banc) -> None:
    qui = await banc.mediateur()
    inconnu = CRA | {"id": "6" * 24, "conseiller_numerique_id": "personne"}
    sans_duree = CRA | {"id": "7" * 24, "duree_minutes": 0}
    # Two at the same millisecond: neither is lost.
    meme_instant = [CRA | {"id": n * 24, "themes": []} for n in "89"]
    bilan, dits = await reprendre(banc, qui, inconnu, b"illisible", sans_duree, *meme_instant)
    assert (bilan.lues, bilan.archives, bilan.repris) == (5, 4, 2)
    assert bilan.laisses == {"conseiller inconnu": 1, "illisible": 1, "DureeManquante": 1}
    assert {(d["ligne"], d["motif"]) for d in dits if "motif" in d} == {
        (1, "conseiller inconnu"), (2, "illisible"), (3, "DureeManquante")
    }  # fmt: skip


async def test_de_qui_n_est_pas_connu_rien_n_est_garde_qui_nomme_quelqu_un_jusqu_a_ce_qu_il_le_soit(
    banc: Banc,
) -> None:
    """Personne n'effacerait jamais ce qu'un conseiller inconnu a écrit."""
    qui = await banc.mediateur()
    inconnu = CRA | {"id": "5" * 24, "conseiller_numerique_id": "personne", "annotation": "Madame Dupont"}
    refuse = CRA | {"id": "4" * 24, "duree_minutes": 0, "annotation": "Madame Dupont"}
    await reprendre(banc, qui, inconnu, refuse)

    async def gardes() -> list[bool]:
        async with banc.store.database.raw() as connection:
            lus = await connection.fetch("select personnel from archive_v1 order by cra_id")
            return [lu["personnel"] is not None for lu in lus]

    assert await gardes() == [False, False]
    connu = inconnu | {"conseiller_numerique_id": CRA["conseiller_numerique_id"]}
    bilan, _ = await reprendre(banc, qui, connu, refuse)
    assert (bilan.archives, bilan.repris) == (0, 1)
    assert await gardes() == [False, True]


async def test_les_textes_effaces_de_l_activite_le_sont_de_l_archive(banc: Banc) -> None:
    qui = await banc.mediateur()
    cra = CRA | {"annotation": "Madame Dupont"}
    await reprendre(banc, qui, cra)
    await effacer(banc.store, "activite", identifiant(CRA["id"]), "demande", CONTEXTE, MAINTENANT)
    encore, _ = await reprendre(banc, qui, cra)
    assert encore.deja_repris == 1
    async with banc.store.database.raw() as connection:
        assert await connection.fetchval("select personnel from archive_v1") is None


def repris(**autres: Any) -> ReprendreCraV1:
    saisie = enregistrer(INDIVIDUEL)
    champs = {champ.name: getattr(saisie, champ.name) for champ in fields(EnregistrerActivite)}
    return ReprendreCraV1(**champs | {"cra_id": CRA["id"]} | autres)


def test_une_activite_de_la_v1_peut_n_avoir_aucune_thematique() -> None:
    sans = repris(contenu=replace(INDIVIDUEL, thematiques=()))
    [fait] = decide(sans, initial)
    assert isinstance(fait, ActiviteEnregistree)
    assert (fait.thematiques, fait.v1_cra_id) == ((), CRA["id"])


def test_reprise_deux_fois_elle_ne_change_pas() -> None:
    [fait] = decide(repris(), initial)
    etat = evolve(initial, fait)
    assert isinstance(etat, Active)
    assert decide(repris(maintenant=MAINTENANT), etat) == []
