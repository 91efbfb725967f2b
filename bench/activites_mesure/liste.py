"""La liste d'un médiateur qui a 20 000 comptes rendus, parmi des millions : ses pages 1 et 100."""

import time
from typing import Any
from uuid import uuid4

import httpx2

from activites_mesure.service import Service, Tailles

PAGE = 50
CENTIEME = 100
MESUREES = 1000
"""De chaque page : le dixième pire de mille dit quelque chose, le deuxième de deux cents rien."""
# The read model alone: what a list reads. A médiateur's rows lie scattered, as days wrote them.
_REMPLIR = """
insert into activites_listees (activite_id, mediateur_id, type, date, duree_minutes, type_lieu, commune,
  code_postal, code_insee, thematiques, materiels, accompagnements, enregistree_le)
select gen_random_uuid(), mediateurs[1 + (n * 7919) % cardinality(mediateurs)], 'individuel',
  date '2021-01-01' + (n * 1800::bigint / $2)::int, 45, 'domicile', 'Dijon', '21000', '21231',
  array['email', 'sante'], array['ordinateur'], 1,
  timestamptz '2021-01-01 08:00Z' + make_interval(days => (n * 1800::bigint / $2)::int, secs => n % 36000)
from generate_series(0, $2::bigint - 1) n, (select $1::uuid[] as mediateurs) m"""


async def mesurer(service: Service, tailles: Tailles) -> dict[str, Any]:
    qui = await service.mediateur()
    autres = [uuid4() for _ in range(tailles.mediateurs)]
    connection = await service.ouvrir()
    try:
        await connection.execute("set synchronous_commit = off")
        await connection.execute(_REMPLIR, autres, tailles.cra - tailles.d_un_mediateur)
        await connection.execute(_REMPLIR, [qui.mediateur_id], tailles.d_un_mediateur)
        await connection.execute("vacuum analyze activites_listees")
        await connection.execute("checkpoint")
    finally:
        await connection.close()
    async with service.client(qui) as client:
        profonde = min(CENTIEME, tailles.d_un_mediateur // PAGE)
        centieme = await _page(client, profonde)
        durees: dict[str, list[float]] = {"premiere": [], "centieme": []}
        for _ in range(MESUREES):
            durees["premiere"].append(await _duree(client, None))
            durees["centieme"].append(await _duree(client, centieme))
    premiere, centieme_ms = _rang(durees["premiere"], 0.99), _rang(durees["centieme"], 0.99)
    return {
        "page": profonde,
        "premiere_p50_ms": _rang(durees["premiere"], 0.5),
        "centieme_p50_ms": _rang(durees["centieme"], 0.5),
        "premiere_p99_ms": premiere,
        "centieme_p99_ms": centieme_ms,
        "rapport": round(centieme_ms / premiere, 2),
        "au_plus": {"rapport": 1.5},
    }


async def _page(client: httpx2.AsyncClient, rang: int) -> str | None:
    """Le curseur de cette page, trouvé comme une personne le fait : de page en page."""
    curseur: str | None = None
    for _ in range(rang - 1):
        lue = (await _lire(client, curseur)).json()
        curseur = lue["suivant"]
    return curseur


async def _duree(client: httpx2.AsyncClient, curseur: str | None) -> float:
    debut = time.perf_counter()
    reponse = await _lire(client, curseur)
    duree = time.perf_counter() - debut
    if len(reponse.json()["elements"]) != PAGE:
        raise SystemExit("une page n'est pas pleine")
    return duree * 1000


async def _lire(client: httpx2.AsyncClient, curseur: str | None) -> httpx2.Response:
    suite = {"apres": curseur} if curseur else {}
    reponse = await client.get("/activites", params={"limite": PAGE, **suite})
    reponse.raise_for_status()
    return reponse


def _rang(durees: list[float], part: float) -> float:
    rangees = sorted(durees)
    return round(rangees[int(len(rangees) * part)], 1)
