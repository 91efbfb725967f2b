"""Inviter, répondre, annuler : seule la personne invitée accepte."""

import asyncio
import datetime as dt
from uuid import UUID, uuid4

from equipes.domain.appartenance import APPARTENANCE, MembreRejoint
from equipes.domain.invitation import INVITATION, InvitationAcceptee, InvitationEnvoyee
from equipes.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    EquipeId,
    InvitationId,
    MediateurId,
    cle_appartenance,
    cle_invitation,
)
from equipes.jobs import expirer
from events.jobs import Tally
from events.service import Tools
from events.store.store import Claim, Context

from .conftest import Personne, Service, coordinateur, mediatrice


def body_for(invitee: Personne) -> dict[str, str]:
    return {"id": str(uuid4()), "compte_id": str(invitee.compte_id)}


async def test_linvitee_voit_son_invitation_et_laccepte(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.register(lea)
    envoi = await service.call("POST", f"/equipes/{equipe_id}/invitations", chef, body_for(lea))
    assert envoi.status_code == 201
    [recue] = (await service.call("GET", "/invitations", lea, after=envoi.headers["X-Position"])).json()[
        "elements"
    ]
    assert (recue["equipe_nom"], recue["invite_par"]) == ("Drôme des collines", None)
    accord = await service.call("POST", f"/invitations/{recue['id']}/acceptation", lea)
    assert accord.status_code == 204
    membres = await service.call(
        "GET", f"/equipes/{equipe_id}/membres", chef, after=accord.headers["X-Position"]
    )
    assert [UUID(m["mediateur_id"]) for m in membres.json()["elements"]] == [lea.mediateur_id]
    encore = await service.call("POST", f"/invitations/{recue['id']}/acceptation", lea)
    assert (encore.status_code, encore.headers["X-Position"]) == (204, accord.headers["X-Position"])
    reste = await service.call("GET", "/invitations", lea, after=accord.headers["X-Position"])
    assert reste.json()["elements"] == []


async def test_d4_une_invitation_acceptee_par_quelquun_dautre_est_refusee(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    invitation_id = await service.invited(equipe_id, chef, lea)
    for voleur in (mediatrice(), chef, coordinateur(), Personne(), Personne(mediateur_id=lea.mediateur_id)):
        for reponse in ("acceptation", "refus"):
            refus = await service.call("POST", f"/invitations/{invitation_id}/{reponse}", voleur)
            inconnue = await service.call("POST", f"/invitations/{uuid4()}/{reponse}", voleur)
            assert refus.status_code == inconnue.status_code == 404
            for name in ("type", "title", "status"):
                assert refus.json()[name] == inconnue.json()[name]
            assert refus.json().keys() == inconnue.json().keys()
        assert (await service.call("GET", "/invitations", voleur)).json()["elements"] == []
    assert len(await service.store.load(INVITATION(invitation_id))) == 1
    assert lea.mediateur_id is not None
    assert await service.store.load(APPARTENANCE(cle_appartenance(equipe_id, lea.mediateur_id))) == []
    assert (await service.call("POST", f"/invitations/{invitation_id}/acceptation", lea)).status_code == 204


async def test_qui_nest_plus_mediateur_ne_peut_pas_accepter(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    invitation_id = await service.invited(await service.team(chef), chef, lea)
    sans_role = Personne(compte_id=lea.compte_id)
    refus = await service.call("POST", f"/invitations/{invitation_id}/acceptation", sans_role)
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/NonMediateur")


async def test_on_ninvite_que_des_comptes_connus(service: Service) -> None:
    chef = coordinateur()
    equipe_id = await service.team(chef)
    path = f"/equipes/{equipe_id}/invitations"
    inconnu = await service.call("POST", path, chef, body_for(Personne()))
    assert (inconnu.status_code, inconnu.json()["type"]) == (409, "/problemes/InviteInconnu")


async def test_d5_un_inconnu_trouve_son_invitation_a_l_inscription_et_choisit(service: Service) -> None:
    chef, compte_id = coordinateur(), uuid4()
    equipe_id = await service.team(chef)
    attendue = Personne(compte_id=compte_id)
    await service.expect(attendue)
    envoi = await service.call("POST", f"/equipes/{equipe_id}/invitations", chef, body_for(attendue))
    assert envoi.status_code == 201, envoi.text
    # Signed in, without a role yet: she finds it, and nothing was accepted in her place.
    position = envoi.headers["X-Position"]
    [recue] = (await service.call("GET", "/invitations", attendue, after=position)).json()["elements"]
    accepter = f"/invitations/{recue['id']}/acceptation"
    trop_tot = await service.call("POST", accepter, attendue)
    assert (trop_tot.status_code, trop_tot.json()["type"]) == (409, "/problemes/NonMediateur")
    assert (await service.call("GET", f"/equipes/{equipe_id}/membres", chef)).json()["elements"] == []
    inscrite = Personne(compte_id=compte_id, mediateur_id=uuid4())
    await service.register(inscrite)
    accord = await service.call("POST", accepter, inscrite)
    assert accord.status_code == 204, accord.text
    vus = await service.call("GET", f"/equipes/{equipe_id}/membres", chef, after=accord.headers["X-Position"])
    assert [UUID(m["compte_id"]) for m in vus.json()["elements"]] == [compte_id]


async def test_on_ninvite_pas_deux_fois_la_meme_personne(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.register(lea)
    path, body = f"/equipes/{equipe_id}/invitations", body_for(lea)
    envois = await asyncio.gather(*(service.call("POST", path, chef, body_for(lea)) for _ in range(4)))
    assert sorted(e.status_code for e in envois) == [201, 409, 409, 409]
    refus = next(e for e in envois if e.status_code == 409)
    assert refus.json()["type"] == "/problemes/InvitationEnCours"
    autre_equipe = await service.team(chef, "Vallée")
    assert (await service.call("POST", f"/equipes/{autre_equipe}/invitations", chef, body)).status_code == 201
    encore = await service.call("POST", f"/equipes/{autre_equipe}/invitations", chef, body)
    assert encore.status_code == 200


async def test_un_membre_nest_pas_reinvite_un_ancien_si(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    path = f"/equipes/{equipe_id}/invitations"
    refus = await service.call("POST", path, chef, body_for(lea))
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/DejaMembre")
    await service.call("POST", f"/equipes/{equipe_id}/membres/{lea.mediateur_id}/depart", lea)
    position = await service.member(equipe_id, chef, lea)
    membres = await service.call("GET", f"/equipes/{equipe_id}/membres", chef, after=position)
    [seule] = membres.json()["elements"]
    assert seule["statut"] == "inactif"


async def test_seul_un_coordinateur_de_lequipe_invite_et_voit_ses_invitations(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    invitation_id = await service.invited(equipe_id, chef, lea)
    path = f"/equipes/{equipe_id}/invitations"
    for curieux, status in ((coordinateur(), 404), (mediatrice(), 403), (lea, 403)):
        refus = await service.call("POST", path, curieux, body_for(lea))
        assert refus.status_code == status
        assert (await service.call("GET", path, curieux)).status_code == status
    inconnue = await service.call("POST", f"/equipes/{uuid4()}/invitations", chef, body_for(lea))
    assert (inconnue.status_code, inconnue.json()["type"]) == (404, "/problemes/EquipeInconnue")
    [attente] = (await service.call("GET", path, chef)).json()["elements"]
    assert UUID(attente["id"]) == invitation_id
    assert UUID(attente["compte_id"]) == lea.compte_id


async def test_un_refus_libere_la_place_pour_une_autre_invitation(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    invitation_id = await service.invited(equipe_id, chef, lea)
    assert (await service.call("POST", f"/invitations/{invitation_id}/refus", lea)).status_code == 204
    assert (await service.call("POST", f"/invitations/{invitation_id}/refus", lea)).status_code == 204
    change = await service.call("POST", f"/invitations/{invitation_id}/acceptation", lea)
    assert (change.status_code, change.json()["type"]) == (409, "/problemes/InvitationDejaTraitee")
    await service.member(equipe_id, chef, lea)


async def test_seule_son_equipe_annule_une_invitation(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    invitation_id = await service.invited(equipe_id, chef, lea)
    path = f"/invitations/{invitation_id}"
    assert (await service.call("DELETE", path, lea)).status_code == 403
    assert (await service.call("DELETE", path, coordinateur())).status_code == 404
    assert (await service.call("DELETE", f"/invitations/{uuid4()}", chef)).status_code == 404
    assert (await service.call("DELETE", path, chef)).status_code == 204
    assert (await service.call("DELETE", path, chef)).status_code == 204
    trop_tard = await service.call("POST", f"{path}/acceptation", lea)
    assert (trop_tard.status_code, trop_tard.json()["type"]) == (409, "/problemes/InvitationDejaTraitee")
    await service.member(equipe_id, chef, lea)
    acceptee = await service.invited(equipe_id, chef, max_ := mediatrice())
    await service.call("POST", f"/invitations/{acceptee}/acceptation", max_)
    assert (await service.call("DELETE", f"/invitations/{acceptee}", chef)).status_code == 409


async def test_une_invitation_perimee_se_refuse_et_se_remplace(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    assert chef.coordinateur_id is not None
    vieille = InvitationEnvoyee(
        InvitationId(uuid4()),
        EquipeId(equipe_id),
        CompteId(lea.compte_id),
        CoordinateurId(chef.coordinateur_id),
        dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2020, 7, 1, tzinfo=dt.UTC),
    )
    place = Claim("invitation", cle_invitation(equipe_id, lea.compte_id))
    ecrite = await service.store.append(
        INVITATION(vieille.invitation_id), 0, [vieille], Context("test", "test"), claims=[place]
    )
    await service.projected(f"equipes:{ecrite.position}", "invitations")
    refus = await service.call("POST", f"/invitations/{vieille.invitation_id}/acceptation", lea)
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/InvitationPerimee")
    outils = Tools(service.store, lambda: dt.datetime(2020, 7, 1, tzinfo=dt.UTC))
    assert await expirer(outils) == Tally(1)
    assert await expirer(outils) == Tally(0)
    await service.member(equipe_id, chef, lea)


async def test_une_acceptation_coupee_en_chemin_fait_quand_meme_un_membre(service: Service) -> None:
    """The process died between the two facts: the reaction writes the second, once."""
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    invitation_id = await service.invited(equipe_id, chef, lea)
    assert lea.mediateur_id is not None
    acceptee = InvitationAcceptee(
        InvitationId(invitation_id),
        EquipeId(equipe_id),
        CompteId(lea.compte_id),
        MediateurId(lea.mediateur_id),
        dt.datetime.now(dt.UTC),
    )
    ecrite = await service.store.append(INVITATION(invitation_id), 1, [acceptee], Context("test", "test"))
    await service.followed(f"equipes:{ecrite.position}", "adhesions")
    [rejoint] = await service.store.load(APPARTENANCE(cle_appartenance(equipe_id, lea.mediateur_id)))
    assert isinstance(rejoint.event, MembreRejoint)
    assert rejoint.event.depuis == acceptee.acceptee_le
    assert rejoint.metadata["author"] == "equipes"
    assert (await service.call("POST", f"/invitations/{invitation_id}/acceptation", lea)).status_code == 204
    assert len(await service.store.load(APPARTENANCE(cle_appartenance(equipe_id, lea.mediateur_id)))) == 1


async def test_la_meme_acceptation_deux_fois_en_meme_temps_ne_fait_quun_membre(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    invitation_id = await service.invited(equipe_id, chef, lea)
    path = f"/invitations/{invitation_id}/acceptation"
    accords = await asyncio.gather(*(service.call("POST", path, lea) for _ in range(6)))
    assert {a.status_code for a in accords} == {204}
    assert lea.mediateur_id is not None
    assert len(await service.store.load(INVITATION(invitation_id))) == 2
    assert len(await service.store.load(APPARTENANCE(cle_appartenance(equipe_id, lea.mediateur_id)))) == 1


async def test_accepter_de_nouveau_apres_etre_parti_est_refuse_et_le_dit(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.register(lea)
    corps = body_for(lea)
    await service.call("POST", f"/equipes/{equipe_id}/invitations", chef, corps)
    accepter = f"/invitations/{corps['id']}/acceptation"
    assert (await service.call("POST", accepter, lea)).status_code == 204
    assert (await service.call("POST", accepter, lea)).status_code == 204
    depart = await service.call("POST", f"/equipes/{equipe_id}/membres/{lea.mediateur_id}/depart", lea)
    assert depart.status_code == 204
    refus = await service.call("POST", accepter, lea)
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/EquipeQuittee")


async def test_le_nom_de_la_personne_invitee_ne_se_lit_pas_avant_sa_reponse(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.register(lea)
    envoi = await service.call("POST", f"/equipes/{equipe_id}/invitations", chef, body_for(lea))
    lues = await service.call(
        "GET", f"/equipes/{equipe_id}/invitations", chef, after=envoi.headers["X-Position"]
    )
    [vue] = lues.json()["elements"]
    assert set(vue) == {"id", "compte_id", "envoyee_le", "expire_le"}
