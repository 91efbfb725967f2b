"""La vue de l'équipe par HTTP : qui la voit, ce que chacun y voit, d'où viennent les faits."""

import asyncio
import datetime as dt
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.activites import ActiviteEnregistreeV1, ActiviteSupprimeeV1, ParticipantsV1
from contracts.equipes import MembrePartiV1, MembreRejointV1
from contracts.identity import (
    ConseillerNumeriqueReconnuV1,
    ConseillerNumeriqueTermineV1,
    ContratTermineV1,
    EmploiDeclareV1,
    PersonneModifieeV1,
    ReconnaissanceDemandeeV1,
    SessionRevoqueeV1,
)
from nats.aio.msg import Msg

from .conftest import Personne, Service, coordinateur, mediatrice

AUJOURD_HUI = dt.datetime.now(dt.UTC).date()


async def vue(service: Service, equipe_id: UUID, moi: Personne, **options: Any) -> list[dict[str, Any]]:
    answer = await service.call("GET", f"/equipes/{equipe_id}/membres", moi, **options)
    assert answer.status_code == 200, answer.text
    assert "X-Position-Atteinte" not in answer.headers
    return answer.json()["elements"]


def emploi(personne: Personne, fin_prevue: dt.date | None) -> EmploiDeclareV1:
    return EmploiDeclareV1(
        emploi_id=uuid4(),
        compte_id=personne.compte_id,
        structure_id=uuid4(),
        siret="13002603200016",
        debut=AUJOURD_HUI - dt.timedelta(days=400),
        fin_prevue=fin_prevue,
        declare_le=dt.datetime.now(dt.UTC),
    )


def activite(personne: Personne, le: dt.datetime) -> ActiviteEnregistreeV1:
    assert personne.mediateur_id is not None
    return ActiviteEnregistreeV1(
        activite_id=uuid4(),
        mediateur_id=personne.mediateur_id,
        compte_id=personne.compte_id,
        type="individuel",
        date=le.date(),
        duree_minutes=30,
        type_lieu="a_distance",
        structure_employeuse_id=uuid4(),
        thematiques=["internet"],
        participants=ParticipantsV1(total=1),
        accompagnements=1,
        enregistree_le=le,
    )


async def test_les_statuts_viennent_des_faits_des_autres_services(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    arrivee = await service.member(equipe_id, chef, lea)
    [membre] = await vue(service, equipe_id, chef, after=arrivee)
    assert (membre["statut"], membre["statut_depuis"], membre["dernier_cra_le"]) == ("inactif", None, None)
    assert membre["contrat"] == {"fin": None, "termine": False, "alerte": False}

    maintenant = dt.datetime.now(dt.UTC)
    ancien, recent = activite(lea, maintenant - dt.timedelta(days=100)), activite(lea, maintenant)
    position = await service.publish("activites", ancien, f"activite-{ancien.activite_id}")
    [membre] = await vue(service, equipe_id, chef, after=position)
    assert membre["statut"] == "inactif"
    assert dt.datetime.fromisoformat(membre["statut_depuis"]) == ancien.enregistree_le

    position = await service.publish("activites", recent, f"activite-{recent.activite_id}")
    [membre] = await vue(service, equipe_id, chef, after=position)
    assert (membre["statut"], membre["statut_depuis"]) == ("actif", None)
    assert dt.datetime.fromisoformat(membre["dernier_cra_le"]) == recent.enregistree_le

    supprimee = ActiviteSupprimeeV1(
        activite_id=recent.activite_id,
        mediateur_id=recent.mediateur_id,
        compte_id=lea.compte_id,
        supprimee_le=maintenant,
    )
    position = await service.publish("activites", supprimee, f"activite-{recent.activite_id}")
    [membre] = await vue(service, equipe_id, chef, after=position)
    assert membre["statut"] == "inactif"


async def test_la_fin_du_contrat_se_voit_et_se_signale(service: Service) -> None:
    chef, lea, max_ = coordinateur(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, max_)
    arrivee = await service.member(equipe_id, chef, lea)
    contrat = emploi(lea, AUJOURD_HUI + dt.timedelta(days=200))
    position = await service.publish("identity", contrat, f"emploi-{contrat.emploi_id}")
    await vue(service, equipe_id, chef, after=arrivee)
    await service.projected(position, "emplois")
    [membre] = [m for m in await vue(service, equipe_id, chef) if m["contrat"]["fin"]]
    assert UUID(membre["compte_id"]) == lea.compte_id
    assert membre["contrat"] == {"fin": str(contrat.fin_prevue), "termine": False, "alerte": False}
    hier = AUJOURD_HUI - dt.timedelta(days=1)
    termine = ContratTermineV1(
        emploi_id=contrat.emploi_id,
        compte_id=lea.compte_id,
        fin=hier,
        motif="rupture",
        constate_le=dt.datetime.now(dt.UTC),
    )
    position = await service.publish("identity", termine, f"emploi-{contrat.emploi_id}")
    await service.projected(position, "emplois")
    [membre] = [m for m in await vue(service, equipe_id, chef) if m["contrat"]["fin"]]
    assert membre["contrat"] == {"fin": str(hier), "termine": True, "alerte": True}


async def test_c4_l_equipe_voit_qui_demande_sa_reconnaissance_puis_qui_est_conseiller(
    service: Service,
) -> None:
    chef, lea, max_ = coordinateur(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, max_)
    arrivee = await service.member(equipe_id, chef, lea)
    await vue(service, equipe_id, chef, after=arrivee)
    le = dt.datetime.now(dt.UTC)
    for contrat, attendu in (
        (ReconnaissanceDemandeeV1(compte_id=lea.compte_id, demandee_le=le), "reconnaissance_demandee"),
        (
            ConseillerNumeriqueReconnuV1(compte_id=lea.compte_id, effet=AUJOURD_HUI, reconnu_le=le),
            "conseiller_numerique",
        ),
        (ConseillerNumeriqueTermineV1(compte_id=lea.compte_id, fin=AUJOURD_HUI, constate_le=le), None),
        (ReconnaissanceDemandeeV1(compte_id=lea.compte_id, demandee_le=le), "reconnaissance_demandee"),
    ):
        position = await service.publish("identity", contrat, f"reconnaissance-{lea.compte_id}")
        await service.projected(position, "reconnaissances")
        # Her teammates as well as her coordinateur.
        for qui in (chef, max_):
            vus = await vue(service, equipe_id, qui)
            assert {UUID(m["compte_id"]): m["dispositif"] for m in vus} == {
                lea.compte_id: attendu,
                max_.compte_id: None,
            }
    depart = await service.call("POST", f"/equipes/{equipe_id}/membres/{lea.mediateur_id}/depart", lea)
    vus = await vue(service, equipe_id, chef, after=depart.headers["X-Position"])
    # Once gone, what she becomes is not theirs to see.
    assert [m["dispositif"] for m in vus] == [None, None]


async def test_un_membre_voit_son_equipe_sans_les_contrats_ni_les_anciens(service: Service) -> None:
    chef, lea, max_, partie = coordinateur(), mediatrice(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    for personne in (lea, max_, partie):
        await service.member(equipe_id, chef, personne)
    depart = await service.call("POST", f"/equipes/{equipe_id}/membres/{partie.mediateur_id}/depart", partie)
    position = depart.headers["X-Position"]
    vus = await vue(service, equipe_id, lea, after=position)
    assert {UUID(m["compte_id"]) for m in vus} == {lea.compte_id, max_.compte_id}
    assert [m["contrat"] for m in vus] == [None, None]
    anciens = await service.call("GET", f"/equipes/{equipe_id}/membres?statut=ancien", lea)
    assert anciens.json()["elements"] == []
    [ancienne] = (await service.call("GET", f"/equipes/{equipe_id}/membres?statut=ancien", chef)).json()[
        "elements"
    ]
    assert (UUID(ancienne["compte_id"]), ancienne["statut"]) == (partie.compte_id, "ancien")
    assert ancienne["statut_depuis"] is not None
    assert (ancienne["contrat"], ancienne["dernier_cra_le"]) == (None, None)


@pytest.mark.parametrize("par_elle", [True, False], ids=["elle part", "on la retire"])
async def test_d6_partir_coupe_lacces_aussitot(service: Service, par_elle: bool) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    path = f"/equipes/{equipe_id}/membres/{lea.mediateur_id}/depart"
    premier = await service.call("POST", path, lea if par_elle else chef)
    assert premier.status_code == 204
    assert (await service.call("GET", f"/equipes/{equipe_id}/membres", lea)).status_code == 404
    encore = await service.call("POST", path, lea)
    assert (encore.status_code, encore.headers["ETag"]) == (204, premier.headers["ETag"])
    # Its past is kept, dated: who was there, until when; nothing of what they do since.
    cra = activite(lea, dt.datetime.now(dt.UTC))
    await service.projected(await service.publish("activites", cra, "activite-apres"), "activites_vues")
    [ancienne] = await vue(service, equipe_id, chef, after=premier.headers["X-Position"])
    assert (ancienne["statut"], ancienne["dernier_cra_le"], ancienne["contrat"]) == ("ancien", None, None)
    assert ancienne["membre_depuis"] < ancienne["statut_depuis"]
    equipes = await service.call("GET", "/equipes", lea, after=premier.headers["X-Position"])
    assert equipes.json()["elements"] == []


async def test_seuls_le_membre_et_le_coordinateur_mettent_fin_a_lappartenance(service: Service) -> None:
    chef, lea, collegue = coordinateur(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    await service.member(equipe_id, chef, collegue)
    path = f"/equipes/{equipe_id}/membres/{lea.mediateur_id}/depart"
    inconnu = await service.call("POST", f"/equipes/{equipe_id}/membres/{uuid4()}/depart", chef)
    assert inconnu.status_code == 404
    for curieux in (collegue, coordinateur(), Personne()):
        refus = await service.call("POST", path, curieux)
        assert refus.status_code == 404
        assert refus.json()["title"] == inconnu.json()["title"]
    assert (await service.call("POST", path, chef)).status_code == 204


async def test_la_vue_se_lit_page_par_page_et_refuse_un_curseur_etranger(service: Service) -> None:
    chef = coordinateur()
    equipe_id = await service.team(chef)
    personnes = [mediatrice() for _ in range(3)]
    positions = [await service.member(equipe_id, chef, personne) for personne in personnes]
    path = f"/equipes/{equipe_id}/membres?limite=2"
    premiere = (await service.call("GET", path, chef, after=positions[-1])).json()
    seconde = (await service.call("GET", f"{path}&apres={premiere['suivant']}", chef)).json()
    lus = [m["compte_id"] for m in premiere["elements"] + seconde["elements"]]
    assert sorted(lus) == sorted(str(p.compte_id) for p in personnes)
    assert seconde["suivant"] is None
    autre_filtre = f"{path}&statut=actif&apres={premiere['suivant']}"
    assert (await service.call("GET", autre_filtre, chef)).status_code == 400
    # Le curseur d'un autre ne vaut rien, même pour qui peut lire la même liste.
    for collegue in personnes:
        vol = await service.call("GET", f"{path}&apres={premiere['suivant']}", collegue)
        assert (vol.status_code, vol.json()["type"]) == (400, "/problemes/CurseurInvalide")
    for mauvais in ("statut=parti", "limite=0", "limite=201", "apres=x"):
        refus = await service.call("GET", f"/equipes/{equipe_id}/membres?{mauvais}", chef)
        assert refus.status_code in (400, 422)


async def test_les_noms_viennent_didentity_et_changent_aussitot(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    arrivee = await service.member(equipe_id, chef, lea)
    [sans_nom] = await vue(service, equipe_id, chef, after=arrivee)
    assert sans_nom["nom"] is None

    questions: list[list[str]] = []
    noms = {str(lea.compte_id): "Léa Martin", str(uuid4()): "Quelqu’un d’autre"}

    async def identity(message: Msg) -> None:
        questions.append(json.loads(message.data)["ids"])
        await message.respond(json.dumps({"personnes": noms}).encode())

    subscription = await service.bus.subscribe("identity.personnes", cb=identity)
    for _ in range(2):
        [membre] = await vue(service, equipe_id, chef)
        assert membre["nom"] == "Léa Martin"
    assert questions == [[str(lea.compte_id)]]

    noms[str(lea.compte_id)] = "Léa Durand"
    modifiee = PersonneModifieeV1(compte_id=lea.compte_id)
    await service.publish("identity", modifiee, f"compte-{lea.compte_id}")
    await service.bus.flush()
    async with asyncio.timeout(60):
        while [m["nom"] for m in await vue(service, equipe_id, chef)] != ["Léa Durand"]:
            await asyncio.sleep(0.01)

    await subscription.unsubscribe()
    assert [m["nom"] for m in await vue(service, equipe_id, chef)] == ["Léa Durand"]


async def test_une_reponse_illisible_didentity_ne_casse_pas_la_vue(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    arrivee = await service.member(equipe_id, chef, lea)

    async def identity(message: Msg) -> None:
        await message.respond(b"<html>")

    await service.bus.subscribe("identity.personnes", cb=identity)
    [membre] = await vue(service, equipe_id, chef, after=arrivee)
    assert membre["nom"] is None


async def test_une_session_close_nouvre_plus_rien(service: Service) -> None:
    chef = coordinateur()
    sid = uuid4()
    token = service.issuer.token(
        "equipes", compte_id=chef.compte_id, coordinateur_id=chef.coordinateur_id, sid=sid
    )
    headers = {"Authorization": f"Bearer {token}"}
    assert (await service.http.get("/equipes/miennes", headers=headers)).status_code == 200
    revoquee = SessionRevoqueeV1(sid=sid, compte_id=chef.compte_id, revoquee_le=dt.datetime.now(dt.UTC))
    await service.publish("identity", revoquee, f"session-{sid}")
    async with asyncio.timeout(60):
        while (await service.http.get("/equipes/miennes", headers=headers)).status_code != 401:
            await asyncio.sleep(0.01)


async def test_les_appartenances_sont_publiees_sans_nom(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef, "Équipe Canari")
    await service.member(equipe_id, chef, lea)
    depart = await service.call("POST", f"/equipes/{equipe_id}/membres/{lea.mediateur_id}/depart", chef)
    await service.projected(depart.headers["X-Position"], "relay")
    js = service.bus.jetstream()
    messages = [await js.get_msg("EQUIPES", seq) for seq in (1, 2, 3, 4, 5)]
    assert [(m.headers or {})["ce-type"] for m in messages] == [
        "equipes.EquipeCreee.v1",
        "equipes.InvitationEnvoyee.v1",
        "equipes.InvitationAcceptee.v1",
        "equipes.MembreRejoint.v1",
        "equipes.MembreParti.v1",
    ]
    corps = [m.data or b"" for m in messages]
    assert not any("Canari" in c.decode() for c in corps)
    rejoint, parti = (
        MembreRejointV1.model_validate_json(corps[3]),
        MembrePartiV1.model_validate_json(corps[4]),
    )
    assert rejoint.equipe_id == parti.equipe_id == equipe_id
    assert rejoint.compte_id == parti.compte_id == lea.compte_id
    assert rejoint.depuis <= parti.parti_le
