"""Tué au milieu d'une nuit, le passage ne perd rien et ne double rien."""

import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from events.store.store import Context
from faux_proconnect.dispositif import contrat, fiche_simple, structure
from identity import jobs
from identity.domain import compte
from identity.domain.compte import COMPTE
from identity.domain.vocabulaire import CompteId, MediateurId, Role

NOMBRE = 24


async def test_une_nuit_tuee_au_milieu_reprend_sans_perte_ni_double(plateforme: Any) -> None:
    gens = [await ouvrir(plateforme, rang) for rang in range(NOMBRE)]
    await plateforme.rattraper("comptes")
    source = plateforme.source
    source.attente = 0.2
    passage = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).parent / "passage.py"),
        plateforme.settings.database_url,
        plateforme.settings.coffre_cles[1].hex(),
        plateforme.settings.dispositif_url,
        source.cle,
    )
    async with asyncio.timeout(120):
        while len(source.demandes) < NOMBRE // 2:
            assert passage.returncode is None
            await asyncio.sleep(0.01)
    passage.kill()
    await passage.wait()
    avant = [await faits(plateforme, qui) for qui in gens]
    assert any(avant), "rien n’était encore fait"
    assert not all(avant), "tout l’était déjà"

    source.attente = 0.0
    await jobs.dispositif(plateforme.outils)
    attendus = ["FicheDuDispositifReprise", "ConseillerNumeriqueReconnu", "EmploisRepris"]
    assert [await faits(plateforme, qui) for qui in gens] == [attendus] * NOMBRE
    await plateforme.rattraper("emplois")
    async with plateforme.database.raw() as connection:
        trouves: Any = await connection.fetch(
            "select count(*) from emplois where compte_id = any($1::uuid[]) group by compte_id", gens
        )
    assert [row[0] for row in trouves] == [1] * NOMBRE


async def ouvrir(plateforme: Any, rang: int) -> CompteId:
    """Somebody registered, whom the source knows."""
    compte_id, courriel = CompteId(uuid4()), f"{uuid4().hex[:12]}@ville.exemple.fr"
    maintenant, contexte = dt.datetime.now(dt.UTC), Context("essai", "essai")
    personne = compte.Personne("Léa", "Martin", courriel)
    ouvrir = compte.OuvrirCompte(
        compte_id, personne, compte.Identite("https://essai", str(compte_id)), maintenant
    )
    await plateforme.store.execute(COMPTE(compte_id), ouvrir, contexte)
    role = compte.ChoisirRole(Role.MEDIATEUR, MediateurId(uuid4()), None, True, "2026-01", maintenant)
    await plateforme.store.execute(COMPTE(compte_id), role, contexte)
    plateforme.source.fiches[courriel] = fiche_simple(5_000_000 + rang, structure(contrat("2025-03-01")))
    return compte_id


async def faits(plateforme: Any, compte_id: CompteId) -> list[str]:
    """Names of what was recorded of them."""
    return [type(r.event).__name__ for r in await plateforme.store.load(f"reconnaissance-{compte_id}")]
