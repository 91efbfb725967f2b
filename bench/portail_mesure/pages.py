"""Les pages mesurées, et les personnes qui les ouvrent."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from uuid import uuid4

import httpx2
from embedded import etapes
from scene import Navigateur, Scene

ACTIVITES = 300
_ENSEMBLE = 10


@dataclass(frozen=True, slots=True)
class Mesuree:
    """budget : octets du premier chargement, compressés."""

    nom: str
    chemin: str
    budget: int


_KO = 1024
PUBLIQUES = (
    Mesuree("accueil public", "/", 45 * _KO),
    Mesuree("connexion", "/connexion", 30 * _KO),
    Mesuree("carte de France", "/trouver", 120 * _KO),
    Mesuree("carte d'un département", "/trouver?departement=71", 120 * _KO),
)
PERSONNELLES = (
    Mesuree("mon espace", "/espace", 45 * _KO),
    Mesuree("CRA individuel", "/espace/cra/individuel", 30 * _KO),
    Mesuree("CRA atelier", "/espace/cra/atelier", 30 * _KO),
    Mesuree("activités par jour", "/espace/activites", 45 * _KO),
    Mesuree("activités en tableau", "/espace/activites?vue=tableau", 45 * _KO),
    Mesuree("statistiques", "/espace/statistiques", 45 * _KO),
)


async def mediatrice(scene: Scene) -> Navigateur:
    """Une médiatrice, et trois cents comptes rendus de l'année passée."""
    qui = await scene.inscrite("Mesures", "mediateur")
    aujourd_hui = dt.datetime.now(dt.UTC).date()

    async def saisir(numero: int) -> None:
        jour = aujourd_hui - dt.timedelta(days=numero * 365 // ACTIVITES)
        corps = etapes.individuel(jour, etapes.A_DOMICILE)
        await qui.post("/activites", {**corps, "id": str(uuid4()), "duree_minutes": 15 + numero % 8 * 15})

    for debut in range(0, ACTIVITES, _ENSEMBLE):
        await asyncio.gather(*(saisir(n) for n in range(debut, debut + _ENSEMBLE)))
    return qui


def client(scene: Scene, qui: Navigateur | None) -> httpx2.AsyncClient:
    """Au port du portail lui-même : la passerelle n'est dans la mesure que pour ses réponses à l'API."""
    reglages = scene.platform.settings
    hote = reglages.public_url.partition("//")[2]
    entetes = {"Host": hote} | ({"Cookie": qui.cookies()} if qui else {})
    return httpx2.AsyncClient(base_url=reglages.url("portail"), headers=entetes, timeout=60)
