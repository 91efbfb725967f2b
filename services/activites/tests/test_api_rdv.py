"""Les rendez-vous, du compte que l'on relie au compte rendu, devant un faux RDV Service Public."""

import datetime as dt
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio
import sqlalchemy as sa
import uvicorn
from activites.app import rendezvous
from activites.domain.rdv import Rdv, StatutRdv
from activites.domain.vocabulaire import CompteId
from activites.erasure import effacer
from activites.jobs import relire_les_rdv, revoquer_les_rdv
from activites.outils import Outils
from activites.projections import activites_listees, beneficiaires_suivis, comptes_suspendus
from activites.projections.tables import rdv_comptes, rdv_liaisons, rdv_messages, rdv_revocations, rdvs
from activites.rdv import agenda, comptes, revocations
from activites.rdv.ensemble import Rendezvous
from activites.rdv.http import RdvHttp
from activites.rdv.service import Muet, Refuse
from activites.reactions import rdv_delies
from contracts.identity import CompteFermeV1, CompteSuspenduV1, RoleRetireV1, SuspensionLeveeV1
from events.projection.executor import Asked
from events.store.store import Context
from faux_rdv.app import create_app
from faux_rdv.settings import Settings as FauxReglages
from process.clock import Clock

from .appels import refus
from .conftest import Banc, Personne, reglages

SECRET = "un secret partagé"
RETOUR = "http://localhost:8080/espace/rdv/retour"
MAINTENANT = dt.datetime.now(dt.UTC).replace(hour=16, minute=0, second=0, microsecond=0)
"""L'après-midi, à Paris aussi : la journée a un passé et un avenir."""


@dataclass
class Annuaire:
    """Ce que dit identity des adresses : le bus n'est pas l'objet de ces essais (tests/e2e)."""

    connues: dict[UUID, str] = field(default_factory=dict[UUID, str])
    muet: bool = False

    async def est_a(self, compte_id: UUID, courriel: str) -> bool:
        if self.muet:
            raise Muet("identity")
        return self.connues.get(compte_id) == courriel


@dataclass
class Salle:
    """Un banc relié à un RDV Service Public."""

    banc: Banc
    faux: httpx2.AsyncClient
    annuaire: Annuaire
    outils: Outils

    async def mediateur(self, courriel: str) -> Personne:
        moi = await self.banc.mediateur()
        self.annuaire.connues[moi.compte_id] = courriel
        return moi

    async def demander(self, qui: Personne, methode: str, chemin: str, **suite: Any) -> httpx2.Response:
        return await self.banc.client.request(methode, chemin, headers=qui.entetes, **suite)

    async def autoriser(self, qui: Personne, courriel: str) -> dict[str, str]:
        """Ce que rapporte le navigateur de qui a autorisé La Coop."""
        demande = await self.demander(qui, "POST", "/rdv/compte/liaison", json={})
        assert demande.status_code == 200, demande.text
        champs = dict(parse_qsl(urlsplit(demande.json()["adresse"]).query))
        rendu = await self.faux.post("/oauth/authorize", data={**champs, "email": courriel})
        lus = parse_qs(urlsplit(rendu.headers["location"]).query)
        return {"code": lus["code"][0], "state": lus["state"][0]}

    async def relier(self, courriel: str) -> Personne:
        moi = await self.mediateur(courriel)
        retour = await self.autoriser(moi, courriel)
        fait = await self.demander(moi, "POST", "/rdv/compte/retour", json=retour)
        assert fait.status_code == 200, fait.text
        assert fait.json()["etat"] == "lie"
        return moi

    async def controler(self, chemin: str, corps: dict[str, Any]) -> Any:
        return (await self.faux.post(f"/_test/{chemin}", json=corps)).raise_for_status().json()

    async def rdv(self, courriel: str, heure: int, *noms: str, **dits: Any) -> int:
        """Un rendez-vous du jour. noms : « Prénom Nom » de qui est attendu."""
        personnes = [dict(zip(("first_name", "last_name"), nom.split(), strict=True)) for nom in noms]
        debut = MAINTENANT.replace(hour=heure).isoformat()
        corps = {"email": courriel, "starts_at": debut, "users": personnes} | dits
        return (await self.controler("rdvs", corps))["id"]

    async def lus(self, qui: Personne, **filtres: Any) -> Any:
        lue = await self.demander(qui, "GET", "/rdv", params=filtres)
        assert lue.status_code == 200, lue.text
        return lue.json()

    async def relire(self, qui: Personne) -> None:
        """Comme la nuit."""
        assert self.outils.rdv is not None
        assert await self.outils.rdv.agenda.relire(qui.compte_id, MAINTENANT)

    async def message(self, rdv_id: int, late_s: float = 0, **suite: Any) -> dict[str, Any]:
        """late_s : son âge à l'heure de la salle ; le faux date ses messages de la sienne."""
        late_s += (dt.datetime.now(dt.UTC) - MAINTENANT).total_seconds()
        [envoye] = (await self.controler("webhook", {"rdv_id": rdv_id, "late_s": late_s} | suite))["sent"]
        return envoye

    async def recevoir(self, envoye: dict[str, Any]) -> httpx2.Response:
        corps = envoye["body"].encode()
        return await self.banc.client.post("/rdv/webhooks", content=corps, headers=envoye["headers"])


@pytest.fixture(scope="module")
def adresse() -> Iterator[str]:
    """Un RDV Service Public de développement."""
    listener = socket.create_server(("127.0.0.1", 0))
    faux = create_app(FauxReglages(client_secret=SECRET, redirect_uri=RETOUR, demo=False))
    config = uvicorn.Config(faux, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest_asyncio.fixture
async def salle(banc: Banc, base: str, adresse: str) -> AsyncIterator[Salle]:
    """L'API, reliée."""
    annuaire, horloge = Annuaire(), Clock(lambda: MAINTENANT)
    # The port where nobody listens: what the faux sends is handed to the application by hand.
    mis = reglages(
        base, public_url="http://localhost:8080", rdv_url=adresse, rdv_client_id="coop-locale",
        rdv_client_secret=SECRET, rdv_revocation="/oauth/revoke",
    )  # fmt: skip
    async with (
        httpx2.AsyncClient(timeout=60, trust_env=False) as http,
        httpx2.AsyncClient(base_url=adresse, timeout=60, trust_env=False) as faux,
    ):
        relie = rendezvous(mis, banc.store, http, annuaire, horloge)
        banc.app.state.rdv = relie
        banc.a_l_heure(MAINTENANT)
        yield Salle(banc, faux, annuaire, Outils(banc.store, horloge.now, relie))
        await faux.post("/_test/reset", json={})


async def test_sans_reglage_la_plateforme_dit_qu_elle_n_est_pas_reliee(banc: Banc) -> None:
    moi = await banc.mediateur()
    compte = (await banc.client.get("/rdv/compte", headers=moi.entetes)).json()
    assert compte["etat"] == "non_propose"
    lue = (await banc.client.get("/rdv", headers=moi.entetes)).json()
    assert (lue["elements"], lue["compte"]["etat"]) == ([], "non_propose")
    demande = await banc.client.post("/rdv/compte/liaison", json={}, headers=moi.entetes)
    assert (demande.status_code, refus(demande)) == (409, "RdvNonProposes")
    message = await banc.client.post("/rdv/webhooks", json={}, headers={"X-Lapin-Signature": "0"})
    assert refus(message) == "RdvNonProposes"


async def test_on_ne_relie_que_son_compte_a_sa_propre_adresse_et_une_fois_par_demande(salle: Salle) -> None:
    moi = await salle.mediateur("lea@exemple.fr")
    autre = await salle.mediateur("hugo@exemple.fr")
    retour = await salle.autoriser(moi, "lea@exemple.fr")

    async def finir(qui: Personne, corps: dict[str, str]) -> httpx2.Response:
        return await salle.demander(qui, "POST", "/rdv/compte/retour", json=corps)

    assert refus(await finir(autre, retour)) == "LiaisonPerimee", "la demande est celle d'un autre"
    assert refus(await finir(moi, retour | {"state": "forgé"})) == "LiaisonPerimee"
    assert refus(await finir(moi, retour)) == "LiaisonPerimee", "elle ne sert qu'une fois"
    assert refus(await finir(moi, await salle.autoriser(moi, "autre@exemple.fr"))) == "AdresseRdvDifferente"
    assert (await salle.faux.get("/_test/state")).json()["tokens"] == 0, "donnée par erreur, elle est rendue"
    faux_code = await salle.autoriser(moi, "lea@exemple.fr") | {"code": "inventé"}
    assert refus(await finir(moi, faux_code)) == "LiaisonRefusee"
    salle.annuaire.muet = True
    muette = await finir(moi, await salle.autoriser(moi, "lea@exemple.fr"))
    assert (muette.status_code, refus(muette)) == (503, "RdvServicePublicMuet")
    assert (await salle.demander(moi, "GET", "/rdv/compte")).json()["etat"] == "non_lie"

    salle.annuaire.muet = False
    assert (await finir(moi, await salle.autoriser(moi, "lea@exemple.fr"))).json()["etat"] == "lie"
    jetons = (await salle.faux.get("/_test/state")).json()["tokens"]
    assert jetons == 1, "donnée pour rien pendant qu'on se taisait, elle est rendue aussi"
    en_retard = await salle.autoriser(moi, "lea@exemple.fr")
    salle.banc.a_l_heure(MAINTENANT + dt.timedelta(minutes=11))
    assert refus(await finir(moi, en_retard)) == "LiaisonPerimee"
    coordinateur = salle.banc.personne(coordinateur=True)
    assert (await salle.demander(coordinateur, "GET", "/rdv/compte")).status_code == 403


async def test_ses_rendez_vous_sont_lus_changes_la_bas_d_abord_et_jamais_ceux_d_un_autre(
    salle: Salle,
) -> None:
    moi, voisin = await salle.relier("lea@exemple.fr"), await salle.relier("hugo@exemple.fr")
    matin = await salle.rdv("lea@exemple.fr", 8, "Odette Lambert")
    soir = await salle.rdv("lea@exemple.fr", 18, "Karim Haddad")
    ailleurs = await salle.rdv("hugo@exemple.fr", 9, "Paul Roche")
    for qui in (moi, voisin):
        await salle.relire(qui)

    accueil = (await salle.demander(moi, "GET", "/activites/accueil")).json()
    assert accueil["a_faire"] == {"brouillons": 0, "rdv": 1}, "celui de ce soir n'est pas encore à rendre"
    lue = await salle.lus(moi)
    assert [(r["id"], r["a_rendre"]) for r in lue["elements"]] == [(matin, True), (soir, False)]
    for etat, choisi in (("past", matin), ("unknown", soir)):
        assert [r["id"] for r in (await salle.lus(moi, statuts=etat))["elements"]] == [choisi]
    assert lue["elements"][0]["participants"][0]["nom"] == "Lambert"
    jour = MAINTENANT.date()
    demain = jour + dt.timedelta(days=1)
    assert (await salle.lus(moi, du=jour.isoformat(), au=jour.isoformat()))["total"] == 2
    assert (await salle.lus(moi, du=demain.isoformat()))["total"] == 0
    assert (await salle.lus(moi, du="0001-01-01", au="9999-12-31"))["total"] == 2
    page = await salle.lus(moi, limite=1)
    suite = await salle.lus(moi, limite=1, apres=page["suivant"])
    assert [r["id"] for r in suite["elements"]] == [soir]

    for chemin, corps in (
        (f"/rdv/{ailleurs}/statut", {"statut": "seen"}),
        (f"/rdv/{ailleurs}/preparation", {}),
    ):
        methode = "PUT" if corps else "POST"
        reponse = await salle.demander(moi, methode, chemin, json=corps)
        assert (reponse.status_code, refus(reponse)) == (404, "RdvInconnu")

    await salle.controler("switch", {"down": True})
    muette = await salle.demander(moi, "PUT", f"/rdv/{matin}/statut", json={"statut": "seen"})
    assert (muette.status_code, refus(muette)) == (503, "RdvServicePublicMuet")
    assert (await salle.lus(moi, a_rendre=True))["total"] == 1, "rien n'a changé ici non plus"
    await salle.controler("switch", {"down": False})
    assert (
        await salle.demander(moi, "PUT", f"/rdv/{matin}/statut", json={"statut": "seen"})
    ).status_code == 204
    assert (await salle.faux.get("/_test/state")).json()["rdvs"][str(matin)] == "seen"
    assert (await salle.lus(moi, a_rendre=True))["total"] == 0, "honoré d'un geste, il n'est plus à rendre"
    assert (await salle.lus(moi, statuts="seen"))["elements"][0]["id"] == matin
    assert (await salle.demander(moi, "PUT", f"/rdv/{matin}/statut", json={"statut": "?"})).status_code == 422

    await salle.faux.delete(f"/_test/rdvs/{soir}")
    await salle.relire(moi)
    assert [r["id"] for r in (await salle.lus(moi))["elements"]] == [matin]


async def test_un_rendez_vous_devient_un_compte_rendu_et_un_seul(
    salle: Salle, individuel: dict[str, Any]
) -> None:
    moi = await salle.relier("lea@exemple.fr")
    rdv = await salle.rdv("lea@exemple.fr", 8, "Odette Lambert", duration_in_min=45)
    demain = await salle.rdv("lea@exemple.fr", 8, starts_at=(MAINTENANT + dt.timedelta(days=1)).isoformat())
    await salle.relire(moi)

    async def preparer(rdv_id: int) -> httpx2.Response:
        return await salle.demander(moi, "POST", f"/rdv/{rdv_id}/preparation", json={})

    assert refus(await preparer(demain)) == "RdvAVenir"
    prete = (await preparer(rdv)).json()
    assert (await preparer(rdv)).json() == prete, "demandée deux fois, la même"
    assert (prete["type"], prete["duree_minutes"], prete["titre_atelier"]) == ("individuel", 45, None)
    assert prete["date"] == MAINTENANT.date().isoformat()
    [odette] = prete["beneficiaires"]
    assert (odette["prenom"], odette["nom"]) == ("Odette", "Lambert")

    corps = individuel | {nom: prete[nom] for nom in ("id", "date", "duree_minutes")}
    corps["beneficiaire"] = {"id": odette["id"]}
    ecrit = await salle.demander(moi, "POST", "/activites", json=corps)
    assert ecrit.status_code == 201, ecrit.text
    autre = await salle.demander(moi, "POST", "/activites", json=corps | {"duree_minutes": 30})
    assert refus(autre) == "ActiviteDejaEnregistree"
    await salle.banc.projeter(activites_listees, beneficiaires_suivis)
    [lu, _] = (await salle.lus(moi))["elements"]
    assert (lu["activite_id"], lu["a_rendre"]) == (prete["id"], False)
    assert [r["id"] for r in (await salle.lus(moi, sans_compte_rendu=True))["elements"]] == [demain]
    await salle.relire(moi)
    assert (await salle.faux.get("/_test/state")).json()["rdvs"][str(rdv)] == "seen", "il fut honoré"

    await salle.demander(moi, "DELETE", f"/activites/{prete['id']}")
    await salle.banc.projeter(activites_listees)
    assert (await salle.lus(moi, a_rendre=True))["total"] == 1, "supprimé, il est de nouveau à rendre"
    assert (await preparer(rdv)).json()["id"] != prete["id"]


async def test_une_activite_dit_qu_elle_vient_d_un_rendez_vous_meme_corrigee_et_le_compte_delie(
    salle: Salle, individuel: dict[str, Any]
) -> None:
    moi, voisin = await salle.relier("lea@exemple.fr"), await salle.relier("hugo@exemple.fr")
    rdv = await salle.rdv("lea@exemple.fr", 8, "Odette Lambert")
    await salle.relire(moi)
    prete = (await salle.demander(moi, "POST", f"/rdv/{rdv}/preparation", json={})).json()
    venue = individuel | {nom: prete[nom] for nom in ("id", "date", "duree_minutes")}
    autre = individuel | {"id": str(UUID(int=moi.compte_id.int ^ 2)), "date": prete["date"]}
    for corps in (venue, autre):
        ecrit = await salle.demander(moi, "POST", "/activites", json=corps)
        assert ecrit.status_code == 201, ecrit.text
    corps = {nom: valeur for nom, valeur in venue.items() if nom != "id"} | {"duree_minutes": 25}
    assert (await salle.demander(moi, "PUT", f"/activites/{prete['id']}", json=corps)).status_code == 200
    assert (await salle.demander(moi, "DELETE", "/rdv/compte")).status_code == 204
    await salle.banc.projeter(activites_listees)

    async def listees(qui: Personne, **filtres: Any) -> list[str]:
        lue = (await salle.demander(qui, "GET", "/activites", params=filtres)).json()
        assert lue["total"] == len(lue["elements"])
        assert all(a["sur_rendez_vous"] == filtres["rdv"] for a in lue["elements"])
        return [a["id"] for a in lue["elements"]]

    assert await listees(moi, rdv=True) == [prete["id"]]
    assert await listees(moi, rdv=False) == [autre["id"]]
    assert await listees(voisin, rdv=True) == []
    exporte = await salle.demander(moi, "GET", "/activites/export", params={"rdv": True, "format": "csv"})
    assert prete["id"] in exporte.text
    assert autre["id"] not in exporte.text
    assert (await salle.demander(moi, "GET", f"/activites/{prete['id']}")).json()["sur_rendez_vous"]


async def test_la_fiche_d_une_personne_a_ses_rendez_vous_et_ceux_de_nul_autre(salle: Salle) -> None:
    moi, voisin = await salle.relier("lea@exemple.fr"), await salle.relier("hugo@exemple.fr")
    demain = (MAINTENANT + dt.timedelta(days=1)).isoformat()
    hier = await salle.rdv("lea@exemple.fr", 8, "Odette Lambert")
    atelier = await salle.rdv("lea@exemple.fr", 9, "Paul Roche", "Odette Lambert", collectif=True)
    bientot = await salle.rdv("lea@exemple.fr", 8, "odette LAMBERT", starts_at=demain)
    await salle.rdv("lea@exemple.fr", 10, "Paul Roche")
    chez_lui = await salle.rdv("hugo@exemple.fr", 8, "Odette Lambert")
    for qui in (moi, voisin):
        await salle.relire(qui)

    async def preparer(qui: Personne, rdv_id: int) -> str:
        prete = await salle.demander(qui, "POST", f"/rdv/{rdv_id}/preparation", json={})
        return prete.json()["beneficiaires"][0]["id"]

    odette, sienne = await preparer(moi, hier), await preparer(voisin, chez_lui)
    await salle.banc.projeter(activites_listees, beneficiaires_suivis)

    async def lus(qui: Personne, fiche: str) -> tuple[list[int], list[int]]:
        lue = (await salle.demander(qui, "GET", f"/beneficiaires/{fiche}/rdv")).json()
        assert lue["compte"]["etat"] == "lie"
        return [r["id"] for r in lue["a_venir"]], [r["id"] for r in lue["passes"]]

    assert await lus(moi, odette) == ([bientot], [atelier, hier])
    assert await lus(voisin, sienne) == ([], [chez_lui])
    for qui, fiche in ((voisin, odette), (moi, sienne)):
        refusee = await salle.demander(qui, "GET", f"/beneficiaires/{fiche}/rdv")
        assert (refusee.status_code, refus(refusee)) == (404, "BeneficiaireInconnu")

    # Corrected, the file no longer says the same name: whom it was opened for is still known.
    autre = {"prenom": "Odile", "nom": "Lambert"}
    assert (await salle.demander(moi, "PUT", f"/beneficiaires/{odette}", json=autre)).status_code == 200
    await salle.banc.projeter(beneficiaires_suivis)
    assert await lus(moi, odette) == ([], [hier])
    await salle.demander(moi, "DELETE", "/rdv/compte")
    lue = (await salle.demander(moi, "GET", f"/beneficiaires/{odette}/rdv")).json()
    assert (lue["compte"]["etat"], lue["a_venir"], lue["passes"]) == ("non_lie", [], [])


async def test_un_atelier_retrouve_ceux_que_l_on_suit_deja_et_inscrit_les_autres(salle: Salle) -> None:
    moi = await salle.relier("lea@exemple.fr")
    suivie = {"id": str(UUID(int=moi.compte_id.int ^ 1)), "prenom": "Ana", "nom": "Da Silva"}
    assert (await salle.demander(moi, "POST", "/beneficiaires", json=suivie)).status_code == 201
    await salle.banc.projeter(beneficiaires_suivis)
    personnes = [
        {"first_name": "ana", "last_name": "Da-Silva", "phone_number": "0612345678"},
        {"first_name": "Paul", "last_name": "Roche", "birth_date": "1951-05-07", "status": "seen"},
        {"first_name": "Absent", "last_name": "Loin", "status": "noshow"},
        {"first_name": "", "last_name": "Sans prénom"},
    ]
    rdv = await salle.rdv("lea@exemple.fr", 8, users=personnes, collectif=True, name="Ranger ses photos")
    await salle.relire(moi)
    prete = (await salle.demander(moi, "POST", f"/rdv/{rdv}/preparation", json={})).json()
    assert (prete["type"], prete["titre_atelier"]) == ("collectif", "Ranger ses photos")
    assert [b["nom"] for b in prete["beneficiaires"]] == ["Da Silva", "Roche"]
    assert prete["beneficiaires"][0]["id"] == suivie["id"], "déjà suivie, elle n'a pas une seconde fiche"
    paul = (await salle.demander(moi, "GET", f"/beneficiaires/{prete['beneficiaires'][1]['id']}")).json()
    assert paul["annee_naissance"] == 1951


async def test_une_autorisation_se_prolonge_et_perdue_se_redemande(salle: Salle) -> None:
    moi = await salle.relier("lea@exemple.fr")
    avant = await _scelles(salle, moi)
    salle.banc.a_l_heure(MAINTENANT + dt.timedelta(hours=3))
    assert (await salle.lus(moi))["compte"]["etat"] == "lie"
    assert await _scelles(salle, moi) != avant, "le jeton a été renouvelé avant de servir"
    await salle.controler("switch", {"forget_refresh": True})
    salle.banc.a_l_heure(MAINTENANT + dt.timedelta(hours=9))
    assert (await salle.lus(moi))["compte"]["etat"] == "rompu"
    assert refus(await salle.demander(moi, "PUT", "/rdv/1/statut", json={"statut": "seen"})) == "RdvInconnu"


class Ecoute(RdvHttp):
    """Un RDV Service Public qui refuse, se tait, ou que l'on délie pendant qu'il répond."""

    dits: list[int]
    refus: Exception | None = None
    pendant: Callable[[], Awaitable[None]] | None = None

    async def rdvs(self, acces: str, agent_id: int, du: dt.datetime, au: dt.datetime) -> list[Rdv]:
        lus = await super().rdvs(acces, agent_id, du, au)
        if self.pendant is not None:
            await self.pendant()
        return lus

    async def changer_statut(self, acces: str, rdv_id: int, statut: StatutRdv) -> None:
        self.dits.append(rdv_id)
        if self.refus is not None:
            raise self.refus
        await super().changer_statut(acces, rdv_id, statut)


async def test_un_rendez_vous_refuse_ou_tu_n_arrete_pas_la_lecture_et_delie_rien_n_en_est_ecrit(
    salle: Salle, individuel: dict[str, Any], adresse: str
) -> None:
    moi, autre = await salle.relier("lea@exemple.fr"), await salle.banc.mediateur()
    rdv, pris = [await salle.rdv("lea@exemple.fr", heure, "Odette Lambert") for heure in (8, 9)]
    await salle.relire(moi)
    for rdv_id, qui in ((rdv, moi), (pris, autre)):
        prete = (await salle.demander(moi, "POST", f"/rdv/{rdv_id}/preparation", json={})).json()
        corps = individuel | {nom: prete[nom] for nom in ("id", "date", "duree_minutes")}
        assert (await salle.demander(qui, "POST", "/activites", json=corps)).status_code == 201
    await salle.banc.projeter(activites_listees)
    a_rendre = (await salle.lus(moi, a_rendre=True))["elements"]
    assert [r["id"] for r in a_rendre] == [pris], "le compte rendu d'un autre n'est pas le sien"

    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        service = Ecoute(
            http, lambda: MAINTENANT, url=adresse, client_id="coop-locale", secret=SECRET, retour=RETOUR
        )
        service.dits = []
        ici = Rendezvous.of(salle.banc.store, service, salle.annuaire, cles={1: b"c" * 32}, public_url="x")
        for service.refus in (Muet("503"), Refuse("422"), None):
            assert await ici.agenda.relire(moi.compte_id, MAINTENANT)
        assert service.dits == [rdv, rdv], "tu, redit ; refusé, plus jamais"

        async def delier() -> None:
            await comptes.oublier(salle.banc.store, moi.compte_id, MAINTENANT)

        service.pendant = delier
        await ici.agenda.relire(moi.compte_id, MAINTENANT)
        assert await _combien(salle, moi) == (0, 0, 0)


async def test_qui_est_efface_quitte_les_rendez_vous_et_n_y_revient_pas(
    salle: Salle, individuel: dict[str, Any]
) -> None:
    moi = await salle.relier("lea@exemple.fr")
    odette = {"first_name": "Odette", "last_name": "Lambert", "phone_number": "0612345678"}
    rdv = await salle.rdv("lea@exemple.fr", 8, users=[odette, {"first_name": "Ana", "last_name": "Roy"}])
    await salle.relire(moi)
    prete = (await salle.demander(moi, "POST", f"/rdv/{rdv}/preparation", json={})).json()
    corps = individuel | {nom: prete[nom] for nom in ("id", "date", "duree_minutes")}
    assert (await salle.demander(moi, "POST", "/activites", json=corps)).status_code == 201
    await salle.banc.projeter(activites_listees, beneficiaires_suivis)
    await salle.relire(moi)
    assert salle.outils.rdv is not None
    async with salle.banc.store.database.engine.connect() as connection:
        rows = (await connection.execute(sa.select(rdvs).where(rdvs.c.compte_id == moi.compte_id))).all()
    [garde] = await salle.outils.rdv.agenda.ouvrir(rows)
    assert [(p.nom, p.telephone) for p in garde.participants] == [("Lambert", None), ("Roy", None)]

    efface = UUID(prete["beneficiaires"][0]["id"])
    for _ in range(2):
        await effacer(
            salle.banc.store, "beneficiaire", efface, "essai", Context("essai", "essai"), MAINTENANT
        )
        [lu] = (await salle.lus(moi))["elements"]
        assert [p["nom"] for p in lu["participants"]] == ["Roy"]
        await salle.relire(moi)
    prete = (await salle.demander(moi, "POST", f"/rdv/{rdv}/preparation", json={})).json()
    assert [b["nom"] for b in prete["beneficiaires"]] == ["Roy"]


async def test_qui_n_est_plus_la_n_est_plus_relu(salle: Salle) -> None:
    moi = await salle.relier("lea@exemple.fr")
    ferme = CompteFermeV1(compte_id=moi.compte_id, ferme_le=MAINTENANT, effacement_le=MAINTENANT)
    [ordre] = rdv_delies.react(None, ferme).orders
    assert ordre.what == rdv_delies.Delier(CompteId(moi.compte_id), MAINTENANT)
    coordinateur = RoleRetireV1(compte_id=moi.compte_id, role="coordinateur", retire_le=MAINTENANT)
    assert not rdv_delies.react(None, coordinateur).orders
    for le, reste in ((MAINTENANT - dt.timedelta(days=1), 1), (MAINTENANT, 0)):
        ordre = rdv_delies.Delier(CompteId(moi.compte_id), le)
        await rdv_delies.perform(salle.outils, Asked(moi.compte_id, ordre, Context("essai", "essai")))
        assert (await _combien(salle, moi))[1] == reste, "reliée depuis, elle le reste"


async def test_delier_revoque_l_autorisation_la_bas_tout_de_suite_ou_des_que_l_on_y_repond(
    salle: Salle,
) -> None:
    async def jetons() -> int:
        return (await salle.faux.get("/_test/state")).json()["tokens"]

    async def en_attente(qui: Personne) -> int:
        c = rdv_revocations.c
        choix = sa.select(sa.func.count()).where(c.compte_id == qui.compte_id)
        async with salle.banc.store.database.engine.connect() as connection:
            return (await connection.execute(choix)).scalar_one()

    moi, autre = await salle.relier("lea@exemple.fr"), await salle.relier("hugo@exemple.fr")
    assert await jetons() == 2
    assert (await salle.demander(moi, "DELETE", "/rdv/compte")).status_code == 204
    assert (await jetons(), await en_attente(moi)) == (1, 0), "les siens, et nul autre"

    await salle.controler("switch", {"down": True})
    assert (await salle.demander(autre, "DELETE", "/rdv/compte")).status_code == 204, "délié tout de même"
    assert (await salle.demander(autre, "GET", "/rdv/compte")).json()["etat"] == "non_lie"
    assert (await jetons(), await en_attente(autre)) == (1, 1)
    await salle.controler("switch", {"down": False})
    assert (await revoquer_les_rdv(salle.outils)).done == 0, "pas deux fois de suite"
    plus_tard = Outils(salle.banc.store, lambda: MAINTENANT + dt.timedelta(minutes=11), salle.outils.rdv)
    assert (await revoquer_les_rdv(plus_tard)).done == 1
    assert (await jetons(), await en_attente(autre)) == (0, 0)

    # Another agent than before: what the first one had allowed is given back.
    qui = await salle.relier("zoe@exemple.fr")
    salle.annuaire.connues[qui.compte_id] = "zoe.bis@exemple.fr"
    retour = await salle.autoriser(qui, "zoe.bis@exemple.fr")
    assert (await salle.demander(qui, "POST", "/rdv/compte/retour", json=retour)).status_code == 200
    assert (await jetons(), await en_attente(qui)) == (1, 0)

    # The same one, linked again: the tokens of before are given back, the new ones left alone.
    garde = await _scelles(salle, qui)
    retour = await salle.autoriser(qui, "zoe.bis@exemple.fr")
    assert (await salle.demander(qui, "POST", "/rdv/compte/retour", json=retour)).status_code == 200
    assert await _scelles(salle, qui) != garde
    assert (await jetons(), await en_attente(qui)) == (1, 0)
    assert (await salle.lus(qui))["compte"]["etat"] == "lie"
    await salle.relire(qui)
    # A server that gives twice the same ones: what the link is made with is not revoked.
    async with salle.banc.store.database.engine.begin() as connection:
        await revocations.rendre(connection, qui.compte_id, await _scelles(salle, qui), MAINTENANT)
    assert (await revoquer_les_rdv(salle.outils)).done == 1
    assert (await jetons(), await en_attente(qui)) == (1, 0)
    await salle.relire(qui)

    # Whom nobody can revoke for any more: erased, or tried for a week, or where no address is known.
    for qui in (moi, autre):
        retour = await salle.autoriser(qui, salle.annuaire.connues[qui.compte_id])
        await salle.demander(qui, "POST", "/rdv/compte/retour", json=retour)
        await comptes.oublier(salle.banc.store, qui.compte_id, MAINTENANT)
    await effacer(salle.banc.store, "compte", moi.compte_id, "essai", Context("essai", "essai"), MAINTENANT)
    assert (await en_attente(moi), await en_attente(autre)) == (0, 1)
    await salle.controler("switch", {"down": True})
    longtemps = Outils(salle.banc.store, lambda: MAINTENANT + dt.timedelta(days=8), salle.outils.rdv)
    await revoquer_les_rdv(longtemps)
    assert await en_attente(autre) == 0
    await salle.controler("switch", {"down": False})


async def _scelles(salle: Salle, qui: Personne) -> str:
    async with salle.banc.store.database.engine.connect() as connection:
        choix = sa.select(rdv_comptes.c.jetons).where(rdv_comptes.c.compte_id == qui.compte_id)
        return (await connection.execute(choix)).scalar_one()


async def test_un_message_signe_fait_relire_le_rendez_vous_et_rien_d_autre_ne_le_fait(salle: Salle) -> None:
    moi = await salle.relier("lea@exemple.fr")
    rdv = await salle.rdv("lea@exemple.fr", 8, "Odette Lambert")
    for signature in ("wrong", "none"):
        refuse = await salle.recevoir(await salle.message(rdv, signature=signature))
        assert (refuse.status_code, refus(refuse)) == (403, "SignatureRefusee")
    assert refus(await salle.recevoir(await salle.message(rdv, late_s=7 * 3600))) == "MessagePerime"
    assert refus(await salle.recevoir(await salle.message(rdv, late_s=-3600))) == "MessagePerime"
    assert refus(await salle.recevoir(await salle.message(rdv, organisation=999_999))) == "SignatureRefusee"
    hors_ascii = await salle.message(rdv)
    hors_ascii["headers"]["X-Lapin-Signature"] = "é".encode("latin-1")
    assert refus(await salle.recevoir(hors_ascii)) == "SignatureRefusee"
    illisible = await salle.message(rdv)
    illisible["body"] = "[]"
    assert refus(await salle.recevoir(illisible)) == "SignatureRefusee"
    assert (await salle.lus(moi))["total"] == 0

    bon = await salle.message(rdv, event="created")
    assert (await salle.recevoir(bon)).status_code == 204
    assert [r["id"] for r in (await salle.lus(moi))["elements"]] == [rdv]
    rejoue = await salle.recevoir(bon)
    assert (rejoue.status_code, refus(rejoue)) == (409, "MessageDejaRecu")
    # What it says is not believed: deleted, says it, of one that is still there.
    assert (await salle.recevoir(await salle.message(rdv, event="destroyed"))).status_code == 204
    assert (await salle.lus(moi))["total"] == 1
    # One of before the link is not taken, even told of.
    hier = (MAINTENANT - dt.timedelta(days=1)).isoformat()
    ancien = await salle.rdv("lea@exemple.fr", 8, "Paul Roche", starts_at=hier)
    assert (await salle.recevoir(await salle.message(ancien))).status_code == 204
    assert (await salle.lus(moi))["total"] == 1
    parti = await salle.message(rdv, event="destroyed")
    await salle.faux.delete(f"/_test/rdvs/{rdv}")
    assert (await salle.recevoir(parti)).status_code == 204
    assert (await salle.lus(moi))["total"] == 0
    await salle.demander(moi, "DELETE", "/rdv/compte")
    autre = await salle.rdv("lea@exemple.fr", 9)
    assert refus(await salle.recevoir(await salle.message(autre))) == "RdvInconnu", "plus personne ici"


async def test_un_compte_suspendu_n_est_ni_relu_ni_entendu_puis_reprend_ou_il_en_etait(salle: Salle) -> None:
    moi, voisin = await salle.relier("lea@exemple.fr"), await salle.relier("hugo@exemple.fr")
    rdv = await salle.rdv("lea@exemple.fr", 8, "Odette Lambert")
    suspendu = CompteSuspenduV1(compte_id=moi.compte_id, suspendu_le=MAINTENANT)
    ligne = comptes_suspendus.project(None, suspendu)
    assert ligne is not None
    await salle.banc.inserer(comptes_suspendus.table, ligne)

    appels = (await salle.faux.get("/_test/state")).json()["calls"]
    assert salle.outils.rdv is not None
    assert not await salle.outils.rdv.agenda.relire(moi.compte_id, MAINTENANT)
    assert refus(await salle.recevoir(await salle.message(rdv))) == "RdvInconnu"
    assert moi.compte_id not in await agenda.relies(salle.banc.store)
    assert voisin.compte_id in await agenda.relies(salle.banc.store)
    assert (await salle.lus(moi, a_rendre=True))["total"] == 0
    assert (await salle.faux.get("/_test/state")).json()["calls"] == appels, "rien ne lui fut demandé"

    levee = SuspensionLeveeV1(compte_id=moi.compte_id, levee_le=MAINTENANT)
    assert comptes_suspendus.project(ligne, levee) is None
    c = comptes_suspendus.table.c
    async with salle.banc.store.database.engine.begin() as connection:
        await connection.execute(sa.delete(comptes_suspendus.table).where(c.compte_id == moi.compte_id))
    assert (await salle.recevoir(await salle.message(rdv))).status_code == 204
    assert [r["id"] for r in (await salle.lus(moi))["elements"]] == [rdv]


async def test_delie_ou_efface_il_n_en_reste_rien_et_rien_n_etait_en_clair(salle: Salle) -> None:
    moi = await salle.relier("lea@exemple.fr")
    await salle.rdv("lea@exemple.fr", 8, "Odette Lambert")
    await relire_les_rdv(salle.outils)
    await salle.demander(moi, "POST", "/rdv/compte/liaison", json={})
    assert await _combien(salle, moi) == (1, 1, 1)
    async with salle.banc.store.database.engine.connect() as connection:
        tout = [
            str(row)
            for t in (rdvs, rdv_comptes, rdv_liaisons)
            for row in await connection.execute(sa.select(t))
        ]
    etat = (await salle.faux.get("/_test/state")).json()
    assert etat["webhooks"]
    for secret in ("Lambert", "Odette", "Médiathèque", "lea@exemple.fr"):
        assert not any(secret in ligne for ligne in tout)

    assert (await salle.demander(moi, "DELETE", "/rdv/compte")).status_code == 204
    assert await _combien(salle, moi) == (0, 0, 0)
    retour = await salle.autoriser(moi, "lea@exemple.fr")
    await salle.demander(moi, "POST", "/rdv/compte/retour", json=retour)
    assert (await _combien(salle, moi))[:2] == (1, 1)
    await effacer(salle.banc.store, "compte", moi.compte_id, "essai", Context("essai", "essai"), MAINTENANT)
    assert await _combien(salle, moi) == (0, 0, 0)
    maintenant = MAINTENANT + agenda.GARDE + dt.timedelta(days=2)
    await salle.relier("hugo@exemple.fr")
    await relire_les_rdv(Outils(salle.banc.store, lambda: maintenant))
    async with salle.banc.store.database.engine.connect() as connection:
        assert not await connection.scalar(sa.select(sa.func.count()).select_from(rdv_messages))


async def _combien(salle: Salle, qui: Personne) -> tuple[int, ...]:
    async with salle.banc.store.database.engine.connect() as connection:
        comptes = [
            await connection.scalar(
                sa.select(sa.func.count()).select_from(t).where(t.c.compte_id == qui.compte_id)
            )
            for t in (rdvs, rdv_comptes, rdv_liaisons)
        ]
    return tuple(n or 0 for n in comptes)
