"""Un passage de nuit dans un processus à lui, pour le tuer au milieu (test_coupure.py).

`python passage.py <base> <clé du coffre, en hexadécimal> <adresse de la source> <clé de la source>`
"""

import asyncio
import sys

import httpx2
from events.postgres.database import Database
from events.store.store import Context
from identity.app import DESCRIPTION
from identity.dispositif import reprise
from identity.dispositif.http import SourceHttp
from process.clock import Clock

reprise.PAGE = 4


async def main() -> None:
    base, coffre, adresse, cle = sys.argv[1:]
    store = DESCRIPTION.store(Database(base), {1: bytes.fromhex(coffre)})
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        dispositif = reprise.Dispositif(store, SourceHttp(http, adresse, cle), Clock())
        await dispositif.reprendre_tous(Context("dispositif", "essai"))


if __name__ == "__main__":
    asyncio.run(main())
