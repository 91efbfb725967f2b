"""Une personne qui ferme son compte quitte ses équipes, et ce qu'elle y a fait reste daté."""

import datetime as dt

from contracts.identity import CompteFermeV1

from .conftest import Service, coordinateur, mediatrice

MAINTENANT = dt.datetime.now(dt.UTC)


async def test_f1_fermer_son_compte_fait_quitter_ses_equipes_une_fois(service: Service) -> None:
    chef, lea, zoe = coordinateur(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    for membre in (lea, zoe):
        await service.member(equipe_id, chef, membre)
    ferme_le = MAINTENANT + dt.timedelta(minutes=1)
    contrat = CompteFermeV1(
        compte_id=lea.compte_id, ferme_le=ferme_le, effacement_le=ferme_le + dt.timedelta(days=30)
    )
    for _ in range(2):
        position = await service.publish("identity", contrat, f"compte-{lea.compte_id}")
        await service.followed("fermetures", position)
    partis = [r for r in await faits(service) if r == "MembreParti"]
    assert partis == ["MembreParti"]


async def faits(service: Service) -> list[str]:
    async with service.store.database.raw() as connection:
        return [row["type"] for row in await connection.fetch("select type from events order by position")]
