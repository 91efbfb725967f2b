"""Inviter un coordinateur (D3) : membre s'il est aussi médiateur, sinon du réseau, sans les chiffres."""

from uuid import UUID, uuid4

from .conftest import Personne, Service, coordinateur, mediatrice


async def lie(service: Service, equipe_id: UUID, chef: Personne, invite: Personne) -> str:
    """Invited, and accepted, as a coordinateur. Returns the invitation."""
    invitation_id = await service.invited(equipe_id, chef, invite)
    accord = await service.call("POST", f"/invitations/{invitation_id}/acceptation", invite)
    assert accord.status_code == 204, accord.text
    await service.projected(accord.headers["X-Position"], "reseau")
    return str(invitation_id)


async def test_d3_un_coordinateur_invite_est_du_reseau_sans_voir_ni_membres_ni_chiffres(
    service: Service,
) -> None:
    chef, voisin, lea = coordinateur(), coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    invitation_id = await lie(service, equipe_id, chef, voisin)
    [vu] = (await service.call("GET", f"/equipes/{equipe_id}/reseau", chef)).json()["elements"]
    assert UUID(vu["compte_id"]) == voisin.compte_id
    [mienne] = (await service.call("GET", "/equipes/reseau", voisin)).json()["elements"]
    assert (mienne["equipe_id"], mienne["nom"]) == (str(equipe_id), "Drôme des collines")
    lue = (await service.call("GET", f"/equipes/{equipe_id}", chef)).json()
    assert [p["invitation_id"] for p in lue["reseau"]] == [invitation_id]
    assert (await service.call("GET", f"/equipes/{equipe_id}", lea)).json()["reseau"] is None
    # Not a member: the team, its members, its invitations and its figures are not theirs.
    for suite in ("", "/membres", "/invitations", "/reseau"):
        assert (await service.call("GET", f"/equipes/{equipe_id}{suite}", voisin)).status_code == 404
    membres = (await service.call("GET", f"/equipes/{equipe_id}/membres", chef)).json()["elements"]
    assert [UUID(m["compte_id"]) for m in membres] == [lea.compte_id]
    corps = {"id": str(uuid4()), "compte_id": str(voisin.compte_id)}
    encore = await service.call("POST", f"/equipes/{equipe_id}/invitations", chef, corps)
    assert (encore.status_code, encore.json()["type"]) == (409, "/problemes/DejaEnReseau")
    fin = await service.call("POST", f"/invitations/{invitation_id}/rupture", voisin)
    assert fin.status_code == 204
    reste = await service.call("GET", f"/equipes/{equipe_id}/reseau", chef, after=fin.headers["X-Position"])
    assert reste.json()["elements"] == []


async def test_d3_un_coordinateur_aussi_mediateur_devient_membre(service: Service) -> None:
    chef, les_deux = coordinateur(), Personne(mediateur_id=uuid4(), coordinateur_id=uuid4())
    equipe_id = await service.team(chef)
    position = await service.member(equipe_id, chef, les_deux)
    membres = await service.call("GET", f"/equipes/{equipe_id}/membres", chef, after=position)
    assert [UUID(m["compte_id"]) for m in membres.json()["elements"]] == [les_deux.compte_id]
    assert (await service.call("GET", f"/equipes/{equipe_id}/reseau", chef)).json()["elements"] == []


async def test_la_relation_ne_se_rompt_que_par_ceux_qu_elle_lie(service: Service) -> None:
    chef, voisin, autre = coordinateur(), coordinateur(), coordinateur()
    equipe_id = await service.team(chef)
    invitation_id = await lie(service, equipe_id, chef, voisin)
    rupture = f"/invitations/{invitation_id}/rupture"
    assert (await service.call("POST", rupture, autre)).status_code == 404
    assert (await service.call("POST", f"/invitations/{uuid4()}/rupture", chef)).status_code == 404
    assert (await service.call("POST", rupture, mediatrice())).status_code == 403
    assert (await service.call("POST", rupture, chef)).status_code == 204
    assert (await service.call("GET", "/equipes/reseau", autre)).json()["elements"] == []
    await lie(service, equipe_id, chef, voisin)


async def test_on_ne_s_invite_pas_dans_le_reseau_de_sa_propre_equipe(service: Service) -> None:
    chef = coordinateur()
    equipe_id = await service.team(chef)
    await service.register(chef)
    corps = {"id": str(uuid4()), "compte_id": str(chef.compte_id)}
    refus = await service.call("POST", f"/equipes/{equipe_id}/invitations", chef, corps)
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/DejaEnReseau")
