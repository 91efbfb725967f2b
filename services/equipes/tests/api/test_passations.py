"""Une équipe change de main à une date (D7), sur accord (D9), ou cherche un coordinateur (D8)."""

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from contracts.identity import CompteFermeV1
from equipes.app import DESCRIPTION
from equipes.domain.equipe import EQUIPE
from equipes.domain.equipe_faits import DepartAnnonce, MandatFini, MandatOuvert, SuccesseurDesigne
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId
from events.service import Tools
from events.store.store import Context
from process.clock import Clock
from referentiels.territoires import PARIS, jour_civil

from .conftest import Personne, Service, coordinateur, mediatrice, soutien

DIJON, LYON, NOUMEA = "21231", "69123", "98818"
PLUS_TARD = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)


async def du_dispositif(service: Service) -> Personne:
    qui = coordinateur()
    await service.register(qui)
    await service.recognize(qui)
    return qui


async def annoncer(service: Service, equipe_id: UUID, moi: Personne, **corps: Any) -> Any:
    return await service.call("POST", f"/equipes/{equipe_id}/passation", moi, corps)


async def faits(service: Service, equipe_id: UUID) -> list[str]:
    return [type(r.event).__name__ for r in await service.store.load(EQUIPE(equipe_id))]


async def test_d7_la_date_d_un_depart_est_celle_du_territoire_de_qui_part(service: Service) -> None:
    chef, suivant = coordinateur(), await du_dispositif(service)
    await service.employ(chef, NOUMEA)
    equipe_id = await service.team(chef)
    soir = dt.datetime.combine(PLUS_TARD, dt.time(20), dt.UTC)
    service.app.state.clock = Clock(lambda: soir)
    a_paris, a_noumea = PLUS_TARD, PLUS_TARD + dt.timedelta(days=1)
    qui = str(suivant.compte_id)
    hier = await annoncer(service, equipe_id, chef, effet=a_paris.isoformat(), successeur=qui)
    assert hier.json()["type"] == "/problemes/DateDeDepartRefusee"
    parti = await annoncer(service, equipe_id, chef, effet=a_noumea.isoformat(), successeur=qui)
    assert parti.status_code == 204, parti.text
    assert (await service.call("GET", f"/equipes/{equipe_id}", chef)).status_code == 404


async def test_d7_l_equipe_ses_membres_et_ses_invitations_passent_au_successeur_a_la_date(
    service: Service,
) -> None:
    chef, suivant = coordinateur(), await du_dispositif(service)
    lea, max_ = mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    invitation_id = await service.invited(equipe_id, chef, max_)
    successeur = str(suivant.compte_id)
    prevu = await annoncer(service, equipe_id, chef, effet=PLUS_TARD.isoformat(), successeur=successeur)
    assert prevu.status_code == 204, prevu.text
    # Until then nothing changes, and the successor knows.
    depart = (await service.call("GET", f"/equipes/{equipe_id}", chef)).json()["depart"]
    assert (depart["successeur"], depart["accord_attendu"]) == (successeur, False)
    assert (await service.call("GET", f"/equipes/{equipe_id}", suivant)).status_code == 404
    lues = await service.call("GET", "/equipes/passations", suivant, after=prevu.headers["X-Position"])
    [proposee] = lues.json()["elements"]
    assert (proposee["id"], proposee["nom"]) == (str(equipe_id), "Drôme des collines")
    assert proposee["a_accepter"] is False

    parti = await annoncer(service, equipe_id, chef, successeur=successeur)
    assert parti.status_code == 204, parti.text
    for suite in ("", "/membres", "/invitations", "/reseau"):
        assert (await service.call("GET", f"/equipes/{equipe_id}{suite}", chef)).status_code == 404
    position = parti.headers["X-Position"]
    assert (await service.call("GET", "/equipes/miennes", chef, after=position)).json()["elements"] == []
    [mienne] = (await service.call("GET", "/equipes/miennes", suivant, after=position)).json()["elements"]
    assert (mienne["id"], mienne["nom"]) == (str(equipe_id), "Drôme des collines")
    # The whole team: who is in it, since when, and who has not answered yet.
    [membre] = (await service.call("GET", f"/equipes/{equipe_id}/membres", suivant)).json()["elements"]
    assert UUID(membre["compte_id"]) == lea.compte_id
    [attente] = (await service.call("GET", f"/equipes/{equipe_id}/invitations", suivant)).json()["elements"]
    assert UUID(attente["id"]) == invitation_id
    assert (await service.call("DELETE", f"/invitations/{invitation_id}", chef)).status_code == 404
    assert (await service.call("DELETE", f"/invitations/{invitation_id}", suivant)).status_code == 204
    # Its members see who took it, and may leave.
    vue = (await service.call("GET", f"/equipes/{equipe_id}", lea)).json()
    assert [UUID(c["compte_id"]) for c in vue["coordinateurs"]] == [suivant.compte_id]
    quitte = await service.call("POST", f"/equipes/{equipe_id}/membres/{lea.mediateur_id}/depart", lea)
    assert quitte.status_code == 204


async def test_d7_la_date_venue_l_acces_passe_avant_que_rien_ne_l_ecrive_puis_s_ecrit_une_fois(
    service: Service,
) -> None:
    chef, suivant = coordinateur(), await du_dispositif(service)
    assert chef.coordinateur_id is not None
    assert suivant.coordinateur_id is not None
    equipe_id = EquipeId(await service.team(chef))
    hier = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    partant, successeur = CompteId(chef.compte_id), CompteId(suivant.compte_id)
    annonces = [
        DepartAnnonce(equipe_id, CoordinateurId(chef.coordinateur_id), partant, partant, None, hier, hier),
        SuccesseurDesigne(
            equipe_id, successeur, CoordinateurId(suivant.coordinateur_id), partant, hier, hier
        ),
    ]
    ecrite = await service.store.append(EQUIPE(equipe_id), 1, annonces, Context("test", "test"))
    assert (await service.call("GET", f"/equipes/{equipe_id}", chef)).status_code == 404
    assert (await service.call("GET", f"/equipes/{equipe_id}", suivant)).status_code == 200
    # The order of the agenda writes it, dated as it was said, once.
    await service.followed(f"equipes:{ecrite.position}", "departs")
    [reaction] = [r for r in DESCRIPTION.reactions if r.name == "departs"]
    outils = Tools(service.store, lambda: dt.datetime.now(dt.UTC))
    async with service.store.database.raw() as connection:
        await connection.execute("update orders set state = 'waiting' where reaction = 'departs'")
    await DESCRIPTION.executor(reaction, outils).step()
    fini, ouvert = [r.event for r in (await service.store.load(EQUIPE(equipe_id)))[3:]]
    assert isinstance(fini, MandatFini)
    assert isinstance(ouvert, MandatOuvert)
    assert fini.fini_le == ouvert.depuis == hier


async def test_d7_un_depart_s_annule_et_le_support_l_annonce_en_disant_pourquoi(service: Service) -> None:
    chef, support = coordinateur(), soutien()
    equipe_id = await service.team(chef)
    chemin = f"/equipes/{equipe_id}/passation"
    await annoncer(service, equipe_id, chef, effet=PLUS_TARD.isoformat())
    for _ in range(2):
        assert (await service.call("DELETE", chemin, chef)).status_code == 204
    assert (await service.call("GET", f"/equipes/{equipe_id}", chef)).json()["depart"] is None
    muet = await annoncer(service, equipe_id, support, effet="2020-01-01", successeur=str(uuid4()))
    assert muet.status_code == 422
    assert [e["pointeur"] for e in muet.json()["erreurs"]] == ["/effet", "/successeur", "/raison"]
    raison = "Zuldravine est partie sans prévenir."
    # Without a date it would be for a team that nobody coordinates: nobody is put out by mistake.
    sans_date = await annoncer(service, equipe_id, support, raison=raison)
    assert (sans_date.status_code, sans_date.json()["type"]) == (409, "/problemes/EncoreCoordonnee")
    aujourd_hui = jour_civil(dt.datetime.now(dt.UTC), PARIS).isoformat()
    assert (await annoncer(service, equipe_id, support, effet=aujourd_hui, raison=raison)).status_code == 204
    assert (await service.call("GET", f"/equipes/{equipe_id}", chef)).status_code == 404
    # The support conducts a passation; it reads neither the team nor its members.
    for suite in ("", "/membres"):
        assert (await service.call("GET", f"/equipes/{equipe_id}{suite}", support)).status_code == 404
    async with service.store.database.raw() as connection:
        clair = await connection.fetch("select data::text || metadata::text t from events")
    assert not any("Zuldravine" in ligne["t"] for ligne in clair)


async def test_une_passation_ne_se_conduit_que_par_son_coordinateur_ou_le_support(service: Service) -> None:
    chef, autre, lea = coordinateur(), coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    for qui, statut in ((autre, 404), (lea, 403), (Personne(), 403)):
        for methode, corps in (("POST", {}), ("DELETE", None)):
            refus = await service.call(methode, f"/equipes/{equipe_id}/passation", qui, corps)
            assert refus.status_code == statut
    assert (await annoncer(service, uuid4(), soutien(), raison="Essai.")).status_code == 404


async def test_d9_un_successeur_hors_dispositif_ou_a_inscrire_accepte_d_abord(service: Service) -> None:
    chef, hors, lea = coordinateur(), coordinateur(), mediatrice()
    await service.register(hors)
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    # Known by their address only: the account waits.
    attendu = Personne()
    await service.expect(attendu)
    designe = await annoncer(
        service, equipe_id, chef, effet=PLUS_TARD.isoformat(), successeur=str(attendu.compte_id)
    )
    assert designe.status_code == 204, designe.text
    reponse, oui = f"/equipes/{equipe_id}/passation/reponse", {"accepte": True}
    pas_inscrit = await service.call("POST", reponse, attendu, oui)
    assert (pas_inscrit.status_code, pas_inscrit.json()["type"]) == (409, "/problemes/SansRoleDeCoordinateur")
    inscrit = replace(attendu, coordinateur_id=uuid4())
    assert (await service.call("POST", reponse, inscrit, oui)).status_code == 204
    depart = (await service.call("GET", f"/equipes/{equipe_id}", chef)).json()["depart"]
    assert depart["accord_attendu"] is False
    # Someone else instead, who leaves the team waiting past the date.
    await annoncer(service, equipe_id, chef, successeur=str(hors.compte_id))
    assert (await faits(service, equipe_id))[-1] == "MandatFini"
    assert (await service.call("GET", f"/equipes/{equipe_id}", hors)).status_code == 404
    for curieux in (inscrit, chef, lea):
        for laquelle in (equipe_id, uuid4()):
            refus = await service.call("POST", f"/equipes/{laquelle}/passation/reponse", curieux, oui)
            assert (refus.status_code, refus.json()["type"]) == (404, "/problemes/PassationInconnue")
    accord = await service.call("POST", reponse, hors, oui)
    assert accord.status_code == 204
    assert (await service.call("POST", reponse, hors, oui)).status_code == 204
    membres = await service.call(
        "GET", f"/equipes/{equipe_id}/membres", hors, after=accord.headers["X-Position"]
    )
    assert [UUID(m["compte_id"]) for m in membres.json()["elements"]] == [lea.compte_id]


async def test_d9_decliner_laisse_l_equipe_sans_successeur(service: Service) -> None:
    chef, hors = coordinateur(), coordinateur()
    await service.register(hors)
    equipe_id = await service.team(chef)
    await annoncer(service, equipe_id, chef, effet=PLUS_TARD.isoformat(), successeur=str(hors.compte_id))
    non = await service.call("POST", f"/equipes/{equipe_id}/passation/reponse", hors, {"accepte": False})
    assert non.status_code == 204
    depart = (await service.call("GET", f"/equipes/{equipe_id}", chef)).json()["depart"]
    assert (depart["successeur"], depart["accord_attendu"]) == (None, False)
    lues = await service.call("GET", "/equipes/passations", hors, after=non.headers["X-Position"])
    assert lues.json()["elements"] == []


async def seule(service: Service, *membres: Personne) -> tuple[UUID, str]:
    """A team whose coordinateur left, and nobody came; its members work at Dijon."""
    chef = coordinateur()
    equipe_id = await service.team(chef)
    for membre in membres:
        await service.member(equipe_id, chef, membre)
        await service.employ(membre, DIJON)
    parti = await annoncer(service, equipe_id, chef)
    assert parti.status_code == 204, parti.text
    return equipe_id, parti.headers["X-Position"]


SEULES = "/equipes/sans-coordinateur"


async def vues_seules(service: Service, qui: Personne, equipe_id: UUID, after: str) -> list[dict[str, Any]]:
    """This team as they see it among those that nobody coordinates; those of other tests stand beside it."""
    reponse = await service.call("GET", SEULES, qui, after=after)
    return [vue for vue in reponse.json()["elements"] if vue["id"] == str(equipe_id)]


async def test_d8_une_equipe_seule_se_voit_du_support_et_du_departement_et_se_reclame(
    service: Service,
) -> None:
    lea, noe, eve = mediatrice(), mediatrice(), mediatrice()
    voisin, lointain, support = coordinateur(), coordinateur(), soutien()
    equipe_id, position = await seule(service, lea, noe, eve)
    await service.employ(voisin, DIJON)
    await service.employ(lointain, LYON)
    await service.team(coordinateur(), "Une autre, qui a quelqu’un")
    for qui in (support, voisin):
        [vue] = await vues_seules(service, qui, equipe_id, position)
        assert vue["membres"] == 3
        assert (vue["reclamee"], vue["proposee"]) == (False, False)
        assert vue["depuis"] is not None
    assert await vues_seules(service, lointain, equipe_id, position) == []
    assert (await service.call("GET", SEULES, lea)).status_code == 403
    reclamation = f"/equipes/{equipe_id}/reclamation"
    assert (await service.call("POST", reclamation, lointain)).status_code == 404
    assert (await service.call("POST", f"/equipes/{uuid4()}/reclamation", voisin)).status_code == 404
    dite = await service.call("POST", reclamation, voisin)
    assert dite.status_code == 204, dite.text
    [vue] = await vues_seules(service, voisin, equipe_id, dite.headers["X-Position"])
    assert (vue["reclamee"], vue["par_moi"]) == (True, True)
    # Nothing is theirs yet; the members decide, each once.
    assert (await service.call("GET", f"/equipes/{equipe_id}", voisin)).status_code == 404
    voix = f"{reclamation}/voix"
    for etranger in (voisin, mediatrice()):
        assert (await service.call("POST", voix, etranger, {"pour": True})).status_code == 404
    for _ in range(2):
        assert (await service.call("POST", voix, lea, {"pour": True})).status_code == 204
    vue = (await service.call("GET", f"/equipes/{equipe_id}", lea)).json()
    assert vue["coordinateurs"] == []
    assert (vue["reclamation"]["pour"], vue["reclamation"]["ma_voix"]) == (1, True)
    assert UUID(vue["reclamation"]["compte_id"]) == voisin.compte_id
    decide = await service.call("POST", voix, noe, {"pour": True})
    assert decide.status_code == 204
    position = decide.headers["X-Position"]
    [mienne] = (await service.call("GET", "/equipes/miennes", voisin, after=position)).json()["elements"]
    assert mienne["id"] == str(equipe_id)
    assert await vues_seules(service, support, equipe_id, position) == []
    trop_tard = await service.call("POST", voix, eve, {"pour": False})
    assert (trop_tard.status_code, trop_tard.json()["type"]) == (409, "/problemes/AucuneReclamation")


async def test_d8_le_support_donne_un_coordinateur_a_une_equipe_seule(service: Service) -> None:
    lea, suivant, support = mediatrice(), await du_dispositif(service), soutien()
    equipe_id, _ = await seule(service, lea)
    raison = "Département sans personne."
    vide = await annoncer(service, equipe_id, support, raison=raison)
    assert (vide.status_code, vide.json()["type"]) == (422, "/problemes/SuccesseurAbsent")
    donne = await annoncer(service, equipe_id, support, successeur=str(suivant.compte_id), raison=raison)
    assert donne.status_code == 204, donne.text
    assert (await service.call("GET", f"/equipes/{equipe_id}", suivant)).json()["je_suis"] == "coordinateur"


async def test_d8_fermer_son_compte_laisse_l_equipe_a_reclamer(service: Service) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    quand = dt.datetime.now(dt.UTC)
    ferme = CompteFermeV1(
        compte_id=chef.compte_id, ferme_le=quand, effacement_le=quand + dt.timedelta(days=30)
    )
    for _ in range(2):
        position = await service.publish("identity", ferme, f"compte-{chef.compte_id}")
        await service.followed(position, "fermetures")
    assert (await faits(service, equipe_id)).count("MandatFini") == 1
    assert (await service.call("GET", f"/equipes/{equipe_id}", lea)).json()["coordinateurs"] == []
