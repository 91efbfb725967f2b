"""Toutes mes équipes en une lecture, et les membres de celles que je coordonne."""

from uuid import uuid4

from .conftest import Personne, Service, coordinateur, mediatrice


async def test_mes_equipes_se_lisent_ensemble_chacune_a_son_titre(service: Service) -> None:
    moi, voisin = Personne(mediateur_id=uuid4(), coordinateur_id=uuid4()), coordinateur()
    sienne, la_mienne = await service.team(voisin), await service.team(moi)
    position = await service.member(sienne, voisin, moi)
    lues = await service.call("GET", "/equipes/toutes?limite=1", moi, after=position)
    suite = await service.call("GET", f"/equipes/toutes?limite=1&apres={lues.json()['suivant']}", moi)
    vues = [*lues.json()["elements"], *suite.json()["elements"]]
    assert [(e["id"], e["place"]) for e in vues] == [
        (str(la_mienne), "coordinateur"),
        (str(sienne), "membre"),
    ]
    assert suite.json()["suivant"] is None
    invitation_id = await service.invited(la_mienne, moi, voisin)
    accord = await service.call("POST", f"/invitations/{invitation_id}/acceptation", voisin)
    du_voisin = await service.call("GET", "/equipes/toutes", voisin, after=accord.headers["X-Position"])
    assert [(e["place"], e["invitation_id"]) for e in du_voisin.json()["elements"]] == [
        ("coordinateur", None),
        ("lie", str(invitation_id)),
    ]
    # Without the role, no network; whoever holds none has no équipe.
    sans_role = Personne(compte_id=voisin.compte_id, mediateur_id=uuid4())
    assert (await service.call("GET", "/equipes/toutes", sans_role)).json()["elements"] == []
    assert (await service.call("GET", "/equipes/toutes", None)).status_code == 401


async def test_les_membres_de_mes_equipes_se_lisent_ensemble_et_d_elles_seules(service: Service) -> None:
    chef, autre, lea, paul = coordinateur(), coordinateur(), mediatrice(), mediatrice()
    une, deux, ailleurs = await service.team(chef), await service.team(chef), await service.team(autre)
    await service.member(une, chef, lea)
    await service.member(ailleurs, autre, paul)
    position = await service.member(deux, chef, lea)
    lus = (await service.call("GET", "/equipes/miennes/membres", chef, after=position)).json()["elements"]
    assert {(m["compte_id"], m["equipe_id"]) for m in lus} == {
        (str(lea.compte_id), str(une)),
        (str(lea.compte_id), str(deux)),
    }
    depart = await service.call("POST", f"/equipes/{deux}/membres/{lea.mediateur_id}/depart", chef)
    apres = depart.headers["X-Position"]
    lus = (await service.call("GET", "/equipes/miennes/membres", chef, after=apres)).json()["elements"]
    assert [(m["equipe_id"], m["statut"]) for m in lus] == [(str(une), "inactif"), (str(deux), "ancien")]
    ceux = f"/equipes/miennes/membres?statut=inactif&comptes={lea.compte_id}"
    [seule] = (await service.call("GET", ceux, chef)).json()["elements"]
    assert (seule["equipe_id"], seule["equipe_nom"]) == (str(une), "Drôme des collines")
    de_paul = f"/equipes/miennes/membres?comptes={paul.compte_id}"
    assert (await service.call("GET", de_paul, chef)).json()["elements"] == []
    assert (await service.call("GET", "/equipes/miennes/membres", lea)).status_code == 403
