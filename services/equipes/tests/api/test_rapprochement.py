"""Deux comptes d'une même personne : membre, invitée ou coordinatrice une seule fois, puis séparés (E3)."""

import datetime as dt
import json
from typing import Any
from uuid import uuid4

from contracts.equipes import EQUIPES
from contracts.identity import (
    CompteFermeV1,
    ComptesRapprochesV1,
    ConseillerNumeriqueReconnuV1,
    RapprochementAnnuleV1,
    ReconnaissanceDemandeeV1,
)
from equipes.domain.appartenance import APPARTENANCE, Ancien
from equipes.domain.vocabulaire import cle_appartenance

from .conftest import Personne, Service, coordinateur, mediatrice
from .test_membres import activite

MAINTENANT = dt.datetime.now(dt.UTC)


def fait(garde: Personne, renvoye: Personne) -> ComptesRapprochesV1:
    return ComptesRapprochesV1(
        rapprochement_id=uuid4(),
        compte_id=garde.compte_id,
        renvoye=renvoye.compte_id,
        rapproches_le=MAINTENANT,
        mediateur_id=garde.mediateur_id or renvoye.mediateur_id,
        coordinateur_id=garde.coordinateur_id or renvoye.coordinateur_id,
        mediateur_renvoye=renvoye.mediateur_id,
        coordinateur_renvoye=renvoye.coordinateur_id,
    )


async def rapprocher(service: Service, garde: Personne, renvoye: Personne) -> ComptesRapprochesV1:
    contrat = fait(garde, renvoye)
    await _publier(service, contrat)
    return contrat


async def separer(service: Service, rapproches: ComptesRapprochesV1) -> None:
    champs = rapproches.model_dump(include={"rapprochement_id", "compte_id", "renvoye"})
    await _publier(service, RapprochementAnnuleV1(**champs, annule_le=MAINTENANT))


async def _publier(service: Service, contrat: ComptesRapprochesV1 | RapprochementAnnuleV1) -> None:
    position = await service.publish("identity", contrat, f"rapprochement-{contrat.rapprochement_id}")
    await service.projected(position, "comptes_rapproches")


async def test_le_nom_d_une_equipe_n_est_dit_qu_a_qui_la_coordonne_sous_l_un_de_ses_comptes(
    service: Service,
) -> None:
    chef, autre, lea = coordinateur(), coordinateur(), mediatrice()
    equipe_id, ailleurs = await service.team(chef, "=Équipe Canari"), await service.team(autre)
    await service.member(equipe_id, chef, lea)

    async def demander(qui: Personne, *ids: Any) -> Any:
        demande = json.dumps({"compte_id": str(qui.compte_id), "ids": [*map(str, ids)]}).encode()
        return json.loads((await service.bus.request(EQUIPES.subject, demande, timeout=60)).data)

    le_sien = {"noms": {str(equipe_id): "=Équipe Canari"}}
    assert await demander(chef, equipe_id, ailleurs, uuid4()) == le_sien
    for qui in (lea, autre, coordinateur()):
        assert await demander(qui, equipe_id) == {"noms": {}}
    assert await demander(chef, *[equipe_id] * 51) == {"erreur": "DemandeIllisible"}
    nouveau = Personne()
    rapproches = await rapprocher(service, nouveau, chef)
    assert await demander(nouveau, equipe_id) == le_sien
    await separer(service, rapproches)
    assert await demander(nouveau, equipe_id) == {"noms": {}}


async def lus(service: Service, chemin: str, moi: Personne, after: str | None = None) -> list[dict[str, Any]]:
    answer = await service.call("GET", chemin, moi, after=after)
    assert answer.status_code == 200, answer.text
    return answer.json()["elements"]


async def ids(service: Service, chemin: str, moi: Personne, champ: str = "id") -> list[str]:
    return sorted(element[champ] for element in await lus(service, chemin, moi))


async def test_e3_membre_de_l_equipe_de_chaque_compte_et_une_seule_fois_de_la_meme(service: Service) -> None:
    chef, autre_chef, lea, ancienne = coordinateur(), coordinateur(), mediatrice(), mediatrice()
    commune, autre = await service.team(chef), await service.team(autre_chef, "Vallée")
    await service.member(commune, chef, lea)
    arrivee = await service.member(commune, chef, ancienne)
    await service.projected(arrivee, "membres")
    arrivee = await service.member(autre, autre_chef, ancienne)
    await service.projected(arrivee, "membres")
    vue = await service.publish("activites", activite(lea, MAINTENANT), "activite-1")
    await service.projected(vue, "activites_vues")
    demandee = ReconnaissanceDemandeeV1(compte_id=lea.compte_id, demandee_le=MAINTENANT)
    await service.publish("identity", demandee, "reconnaissance-1")
    reconnue = ConseillerNumeriqueReconnuV1(
        compte_id=ancienne.compte_id, effet=MAINTENANT.date(), reconnu_le=MAINTENANT
    )
    position = await service.publish("identity", reconnue, "reconnaissance-2")
    await service.projected(position, "reconnaissances")
    [avant] = await lus(service, f"/equipes/{autre}/membres", autre_chef)
    assert (avant["mediateur_id"], avant["statut"]) == (str(ancienne.mediateur_id), "inactif")

    rapproches = await rapprocher(service, lea, ancienne)
    assert await ids(service, "/equipes", lea) == sorted([str(commune), str(autre)])
    for equipe_id, qui in ((commune, chef), (autre, autre_chef)):
        # One person, under today's identifiers, with what she did under the other.
        [seule] = await lus(service, f"/equipes/{equipe_id}/membres", qui)
        assert (seule["mediateur_id"], seule["compte_id"]) == (str(lea.mediateur_id), str(lea.compte_id))
        assert (seule["statut"], seule["dispositif"]) == ("actif", "conseiller_numerique")
        fiche = (await service.call("GET", f"/equipes/{equipe_id}", qui)).json()
        assert fiche["effectifs"] == {"actifs": 1, "inactifs": 0, "anciens": 0}
        assert (await service.call("GET", f"/equipes/{equipe_id}", lea)).json()["je_suis"] == "membre"

    await separer(service, rapproches)
    assert await ids(service, "/equipes", lea) == [str(commune)]
    assert await ids(service, "/equipes", ancienne) == sorted([str(commune), str(autre)])
    assert len(await lus(service, f"/equipes/{commune}/membres", chef)) == 2
    [apres] = await lus(service, f"/equipes/{autre}/membres", autre_chef)
    assert apres == avant
    assert (await service.call("GET", f"/equipes/{autre}", lea)).status_code == 404


async def test_e3_quitter_une_equipe_la_quitte_sous_ses_deux_comptes_et_le_reste(service: Service) -> None:
    chef, lea, ancienne, zoe = coordinateur(), mediatrice(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    for membre in (lea, ancienne):
        await service.member(equipe_id, chef, membre)
    rapproches = await rapprocher(service, lea, ancienne)
    depart = f"/equipes/{equipe_id}/membres/{lea.mediateur_id}/depart"
    assert (await service.call("POST", depart, zoe)).status_code == 404
    parti = await service.call("POST", depart, lea)
    assert parti.status_code == 204, parti.text
    after = parti.headers["X-Position"]
    assert [m["statut"] for m in await lus(service, f"/equipes/{equipe_id}/membres", chef, after)] == [
        "ancien"
    ]
    await separer(service, rapproches)
    # What was done meanwhile stays done, by each account.
    for qui in (lea, ancienne):
        assert qui.mediateur_id is not None
        etat, _ = await service.store.state(APPARTENANCE(cle_appartenance(equipe_id, qui.mediateur_id)))
        assert isinstance(etat, Ancien)


async def test_e3_les_invitations_des_deux_comptes_attendent_la_meme_personne(service: Service) -> None:
    chef, autre_chef, lea, ancienne = coordinateur(), coordinateur(), mediatrice(), mediatrice()
    commune, autre = await service.team(chef), await service.team(autre_chef, "Vallée")
    premiere = await service.invited(commune, chef, lea)
    await service.invited(commune, chef, ancienne)
    seconde = await service.invited(autre, autre_chef, ancienne)
    rapproches = await rapprocher(service, lea, ancienne)
    assert await ids(service, "/invitations", lea) == sorted([str(premiere), str(seconde)])
    [attendue] = await lus(service, f"/equipes/{autre}/invitations", autre_chef)
    assert attendue["compte_id"] == str(lea.compte_id)
    assert len(await lus(service, f"/equipes/{commune}/invitations", chef)) == 1
    fiche = (await service.call("GET", f"/equipes/{commune}", chef)).json()
    assert fiche["invitations_en_attente"] == 1
    encore = {"id": str(uuid4()), "compte_id": str(lea.compte_id)}
    refus = await service.call("POST", f"/equipes/{autre}/invitations", autre_chef, encore)
    assert refus.json()["type"] == "/problemes/InvitationEnCours"

    # She accepts from the account that she has: it is that one that joins, and that stays when they part.
    acceptee = await service.call("POST", f"/invitations/{seconde}/acceptation", lea)
    assert acceptee.status_code == 204, acceptee.text
    await service.projected(acceptee.headers["X-Position"], "membres")
    assert await ids(service, "/invitations", lea) == [str(premiere)]
    await separer(service, rapproches)
    assert await ids(service, "/equipes", lea) == [str(autre)]
    assert await ids(service, "/equipes", ancienne) == []
    assert len(await lus(service, "/invitations", ancienne)) == 1


async def test_e3_coordonner_et_inviter_suivent_le_compte_qui_reste(service: Service) -> None:
    chef, ancien, lea = coordinateur(), coordinateur(), mediatrice()
    sienne, autre = await service.team(chef), await service.team(ancien, "Vallée")
    refus = await service.call("GET", f"/equipes/{autre}", chef)
    assert refus.status_code == 404
    rapproches = await rapprocher(service, chef, ancien)
    assert await ids(service, "/equipes/miennes", chef) == sorted([str(sienne), str(autre)])
    assert (await service.call("GET", f"/equipes/{autre}", chef)).json()["je_suis"] == "coordinateur"
    invitation_id = await service.invited(autre, chef, lea)
    annulee = await service.call("DELETE", f"/invitations/{invitation_id}", chef)
    assert annulee.status_code == 204, annulee.text
    await service.member(autre, chef, lea)
    retiree = await service.call("POST", f"/equipes/{autre}/membres/{lea.mediateur_id}/depart", chef)
    assert retiree.status_code == 204, retiree.text
    await separer(service, rapproches)
    assert await ids(service, "/equipes/miennes", chef) == [str(sienne)]
    assert (await service.call("GET", f"/equipes/{autre}", chef)).status_code == 404
    assert (await service.call("GET", f"/equipes/{autre}", ancien)).status_code == 200


async def test_e3_fermer_le_compte_qui_reste_quitte_aussi_les_equipes_de_l_autre(service: Service) -> None:
    chef, lea, ancienne = coordinateur(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, ancienne)
    await rapprocher(service, lea, ancienne)
    ferme_le = MAINTENANT + dt.timedelta(minutes=1)
    ferme = CompteFermeV1(
        compte_id=lea.compte_id, ferme_le=ferme_le, effacement_le=ferme_le + dt.timedelta(days=30)
    )
    position = await service.publish("identity", ferme, f"compte-{lea.compte_id}")
    await service.followed(position, "fermetures")
    assert ancienne.mediateur_id is not None
    etat, _ = await service.store.state(APPARTENANCE(cle_appartenance(equipe_id, ancienne.mediateur_id)))
    assert isinstance(etat, Ancien)
