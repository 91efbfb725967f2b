"""Qui ferme son compte, ou perd son rôle, quitte ses équipes ; ce qui y est fait reste daté."""

import datetime as dt

from contracts.identity import CompteFermeV1, RoleRetireV1

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
        await service.followed(position, "fermetures")
    partis = [r for r in await faits(service) if r == "MembreParti"]
    assert partis == ["MembreParti"]


async def test_qui_n_est_plus_coordinateur_ne_coordonne_plus(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    for role in ("mediateur", "coordinateur"):
        retire = RoleRetireV1(compte_id=chef.compte_id, role=role, retire_le=MAINTENANT)
        position = await service.publish("identity", retire, f"compte-{chef.compte_id}")
        await service.followed(position, "roles_retires")
        # The role of médiateur, which they may lose too, coordinates nothing.
        attendu = [] if role == "coordinateur" else [str(chef.compte_id)]
        vue = (await service.call("GET", f"/equipes/{equipe_id}", lea)).json()
        assert [un["compte_id"] for un in vue["coordinateurs"]] == attendu
    assert (await service.call("GET", f"/equipes/{equipe_id}", chef)).status_code == 404


async def faits(service: Service) -> list[str]:
    async with service.store.database.raw() as connection:
        return [row["type"] for row in await connection.fetch("select type from events order by position")]
