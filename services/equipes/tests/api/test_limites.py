"""Ce qu'une personne peut envoyer, recevoir ou créer : compté sur ce qui est enregistré."""

from uuid import uuid4

import httpx2
import pytest
from equipes.domain import invitation
from equipes.domain.equipe import EQUIPES_MAX
from equipes.domain.invitation import RECUES_MAX

from .conftest import CREATION, Personne, Service, coordinateur, mediatrice


async def inviter(service: Service, equipe_id: object, chef: Personne, invitee: Personne) -> tuple[int, str]:
    body = {"id": str(uuid4()), "compte_id": str(invitee.compte_id)}
    reponse = await service.call("POST", f"/equipes/{equipe_id}/invitations", chef, body)
    if reponse.status_code == 201:
        # What is enregistré is counted once the table knows it.
        await service.projected(reponse.headers["X-Position"], "invitations")
    return reponse.status_code, reponse.json().get("type", "")


async def test_une_personne_ne_garde_que_dix_invitations_en_attente(service: Service) -> None:
    lea, chefs = mediatrice(), [coordinateur() for _ in range(RECUES_MAX + 1)]
    await service.register(lea)
    equipes = [await service.team(chef) for chef in chefs]
    for chef, equipe_id in list(zip(chefs, equipes, strict=True))[:-1]:
        assert (await inviter(service, equipe_id, chef, lea))[0] == 201
    refus = await inviter(service, equipes[-1], chefs[-1], lea)
    assert refus == (409, "/problemes/TropDInvitationsRecues")
    [une, *_] = (await service.call("GET", "/invitations", lea)).json()["elements"]
    reponse = await service.call("POST", f"/invitations/{une['id']}/refus", lea)
    await service.call("GET", "/invitations", lea, after=reponse.headers["X-Position"])
    assert (await inviter(service, equipes[-1], chefs[-1], lea))[0] == 201


async def test_un_coordinateur_n_invite_pas_plus_de_personnes_par_jour_que_le_permet_la_regle(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitation, "DU_JOUR_MAX", 3)
    chef = coordinateur()
    equipe_id = await service.team(chef)
    invitees = [mediatrice() for _ in range(invitation.DU_JOUR_MAX + 1)]
    await service.register(*invitees)
    for invitee in invitees[:-1]:
        assert (await inviter(service, equipe_id, chef, invitee))[0] == 201
    assert await inviter(service, equipe_id, chef, invitees[-1]) == (409, "/problemes/TropDInvitationsDuJour")


async def test_un_coordinateur_ne_cree_pas_plus_de_vingt_equipes(service: Service) -> None:
    chef = coordinateur()

    async def creer(n: int) -> httpx2.Response:
        return await service.call("POST", "/equipes", chef, {"id": str(uuid4()), "nom": f"Équipe {n}"})

    creees = [await creer(n) for n in range(EQUIPES_MAX)]
    assert {creee.status_code for creee in creees} == {201}
    await service.projected(creees[-1].headers["X-Position"], *CREATION)
    refus = await creer(EQUIPES_MAX)
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/TropDEquipes")
