"""Une personne effacée par identity : ce que ce service savait d'elle, il ne le sait plus."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from contracts.identity import EmploiDeclareV1, EmploiEffaceV1, PersonneEffaceeV1
from equipes.erasure import effacer
from events.store.store import Context
from events.types import ERASED
from process.clock import Clock

from .conftest import CREATION, Personne, Service, coordinateur, mediatrice

MAINTENANT = dt.datetime.now(dt.UTC)
CANARI = "Équipe de Zuldravine"


async def effacee(service: Service, qui: Personne) -> None:
    """identity says so; the reaction and the tables have taken it when this returns."""
    contrat = PersonneEffaceeV1(compte_id=qui.compte_id, effacee_le=MAINTENANT)
    position = await service.publish("identity", contrat, f"compte-{qui.compte_id}")
    await service.followed(position, "effacements")
    await service.projected(position, "comptes_connus")
    async with service.store.database.raw() as connection:
        dernier: Any = await connection.fetchrow(
            "select xid::text as x, position as p from events order by xid desc, position desc limit 1"
        )
    if dernier is not None:
        position = f"equipes:{dernier['x']}-{dernier['p']}"
        await service.projected(position, *CREATION, "membres", "invitations")


async def lignes(service: Service, table: str) -> list[str]:
    async with service.store.database.raw() as connection:
        return [row[0] for row in await connection.fetch(f"select x::text from {table} x")]


async def test_le_nom_donne_par_un_coordinateur_efface_disparait_avec_son_mandat(
    service: Service,
) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef, CANARI)
    arrivee = await service.member(equipe_id, chef, lea)
    await service.projected(arrivee, "equipes")
    assert any(CANARI in ligne for ligne in await lignes(service, "equipes"))

    await effacee(service, chef)
    for table in ("equipes", "mandats", "events", "coffre.cles"):
        assert not any(CANARI in ligne for ligne in await lignes(service, table)), table
    assert await lignes(service, "mandats") == []
    assert (await service.call("GET", f"/equipes/{equipe_id}", chef)).status_code == 404
    # The équipe stays for its members, without a name.
    answer = await service.call("GET", f"/equipes/{equipe_id}", lea)
    assert answer.status_code == 200, answer.text
    assert answer.json()["nom"] == ERASED


async def test_un_membre_efface_n_est_plus_membre_ni_un_invite_attendu(
    service: Service,
) -> None:
    chef, lea, zoe = coordinateur(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    await service.invited(equipe_id, chef, zoe)
    await effacee(service, lea)
    await effacee(service, zoe)
    membres = await service.call("GET", f"/equipes/{equipe_id}/membres", chef)
    assert [m["statut"] for m in membres.json()["elements"]] == ["ancien"]
    attente = await service.call("GET", f"/equipes/{equipe_id}/invitations", chef)
    assert attente.json()["elements"] == []
    assert await lignes(service, "comptes_connus") == []


async def test_un_contrat_rejoue_n_ecrit_rien_de_plus(service: Service) -> None:
    chef = coordinateur()
    await service.team(chef, CANARI)
    await effacee(service, chef)
    faits = len(await lignes(service, "events"))
    await effacee(service, chef)
    assert len(await lignes(service, "events")) == faits
    assert len(await lignes(service, "coffre.effacements")) == 1
    assert await lignes(service, "parked") == []


async def test_une_personne_est_effacee_meme_avant_sa_premiere_ecriture(
    service: Service,
) -> None:
    chef = coordinateur()
    await effacee(service, chef)
    assert await lignes(service, "events") == []
    assert any(str(chef.compte_id) in ligne for ligne in await lignes(service, "coffre.effacements"))


async def test_l_emploi_efface_n_est_plus_lu(service: Service) -> None:
    qui, emploi_id = mediatrice(), uuid4()
    declare = EmploiDeclareV1(
        emploi_id=emploi_id,
        compte_id=qui.compte_id,
        structure_id=uuid4(),
        siret="13002603200016",
        debut=MAINTENANT.date(),
        declare_le=MAINTENANT,
    )
    await service.projected(await service.publish("identity", declare, f"emploi-{emploi_id}"), "emplois")
    assert len(await lignes(service, "emplois")) == 1
    efface = EmploiEffaceV1(emploi_id=emploi_id, compte_id=qui.compte_id, efface_le=MAINTENANT)
    await service.projected(await service.publish("identity", efface, f"emploi-{emploi_id}"), "emplois")
    assert await lignes(service, "emplois") == []


async def test_on_n_efface_ici_que_des_comptes(service: Service) -> None:
    with pytest.raises(ValueError, match="activite"):
        await effacer(
            service.store, "activite", uuid4(), "demande", Context("operateur", "demande-1"), Clock().now()
        )
