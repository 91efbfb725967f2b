"""POST d'un compte rendu, face au même POST qui valide : 32 appelants, chacun sa requête à la fois."""

import asyncio
import datetime as dt
import statistics
from typing import Any
from uuid import uuid4

import orjson
from moteur.http import charger_requetes
from moteur.processus import run

from activites_mesure.service import Service, Tailles

TOURS = 3
CRA: dict[str, Any] = {
    "type": "individuel",
    "date": (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)).isoformat(),
    "duree_minutes": 45,
    "type_lieu": "domicile",
    "commune": {"nom": "Dijon", "code_postal": "21000", "code_insee": "21231"},
    "thematiques": ["email", "sante"],
    "materiels": ["ordinateur"],
    "beneficiaire": {"genre": "feminin"},
    "notes": "<p>Une première boîte aux lettres, à revoir la semaine prochaine.</p>",
}


async def mesurer(service: Service, tailles: Tailles) -> dict[str, Any]:
    qui = await service.mediateur()
    tours: list[tuple[float, float]] = []
    for tour in range(TOURS + 1):
        combien = tailles.requetes if tour else min(200, tailles.requetes)
        ecrits, valides = [
            await asyncio.to_thread(
                run, charger_requetes, service.port, _requetes(chemin, service.jeton(qui), combien)
            )
            for chemin in ("/activites", "/validations")
        ]
        if tour:  # le premier chauffe les deux
            tours.append((ecrits, valides))
    async with service.store.database.raw() as connection:
        ecrits = await connection.fetchval("select count(*) from events")
    attendus = TOURS * tailles.requetes + min(200, tailles.requetes)
    if ecrits != attendus:
        raise SystemExit(f"{ecrits} faits écrits au lieu de {attendus}")
    return {
        "ecrits_par_s": round(statistics.median(e for e, _ in tours)),
        "valides_par_s": round(statistics.median(v for _, v in tours)),
        "rapport": round(statistics.median(e / v for e, v in tours), 2),
        "au_moins": {"rapport": 0.45},
    }


def _requetes(chemin: str, jeton: str, combien: int) -> list[bytes]:
    return [_requete(chemin, jeton, CRA | {"id": str(uuid4())}) for _ in range(combien)]


def _requete(chemin: str, jeton: str, document: dict[str, Any]) -> bytes:
    corps = orjson.dumps(document)
    entete = (
        f"POST {chemin} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {jeton}\r\ncontent-length: {len(corps)}\r\n\r\n"
    )
    return entete.encode() + corps
