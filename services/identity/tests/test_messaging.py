"""What leaves the service: contracts without anybody in them, and names on request."""

import datetime as dt
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.identity import ADRESSE, INSCRITS, PERSONNES, STRUCTURES
from events.contract import Contract
from events.postgres.database import Database
from events.store.store import Context
from faststream.specification import AsyncAPI
from identity.domain import acces, compte, fiche, intervention, reconnaissance, session
from identity.domain import emploi_faits as emploi
from identity.domain.evenements import Event
from identity.domain.vocabulaire import (
    Competence,
    CompteId,
    CoordinateurId,
    Droit,
    EmploiId,
    MediateurId,
    Montrable,
    MotifFin,
    MotifRevocation,
    Role,
    SessionId,
    StructureId,
)
from identity.messaging import Adresses, Inscriptions, Personnes, Structures, to_contract
from nats.aio.client import Client
from process.clock import Clock
from process.edge import broker, start

ASYNCAPI = Path(__file__).parents[3] / "docs/contrats/asyncapi.json"
LEA = CompteId(UUID(int=1))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
JOUR = dt.date(2026, 9, 1)
PERSONNE = ("Canarie", "Jaunet", "canari@ville.fr", "+33639989999", "13002603200016")
EMPLOI = EmploiId(UUID(int=4))

CAS: list[tuple[Event, str | None]] = [
    (compte.CompteOuvert(LEA, *PERSONNE, QUAND), "CompteOuvertV1"),
    (compte.IdentiteLiee(LEA, "https://federation.test", "canari-sub", QUAND), None),
    (compte.CguAcceptees(LEA, "2026-06", QUAND), None),
    (compte.IdentitePersonneModifiee(LEA, (compte.Champ.NOM,), *PERSONNE, QUAND), "PersonneModifieeV1"),
    (compte.IdentitePersonneModifiee(LEA, (compte.Champ.PRENOM,), *PERSONNE, QUAND), "PersonneModifieeV1"),
    (compte.IdentitePersonneModifiee(LEA, (compte.Champ.COURRIEL,), *PERSONNE, QUAND), None),
    (compte.RoleChoisi(LEA, Role.MEDIATEUR, MediateurId(UUID(int=2)), None, QUAND), "RoleChoisiV1"),
    (compte.RoleChoisi(LEA, Role.COORDINATEUR, None, CoordinateurId(UUID(int=3)), QUAND), "RoleChoisiV1"),
    (compte.RolesApportes(LEA, None, CoordinateurId(UUID(int=3)), QUAND), None),
    (compte.RolesRendus(LEA, None, CoordinateurId(UUID(int=3)), QUAND), None),
    (acces.CompteSuspendu(LEA, None, "Canari a prêté son compte", QUAND), "CompteSuspenduV1"),
    (acces.SuspensionLevee(LEA, LEA, "Jaunet l'a repris", QUAND), "SuspensionLeveeV1"),
    (compte.RoleRetire(LEA, Role.MEDIATEUR, MediateurId(UUID(int=2)), None, QUAND), "RoleRetireV1"),
    (intervention.InterventionFaite(LEA, intervention.Geste.COMPTE_FERME, LEA, "Canari", QUAND), None),
    (
        emploi.EmploiDeclare(
            EMPLOI, LEA, StructureId(UUID(int=5)), "13002603200016", "Canari SARL", JOUR, None, QUAND
        ),
        "EmploiDeclareV1",
    ),
    (emploi.EmploiCommence(EMPLOI, LEA, JOUR, QUAND), "EmploiCommenceV1"),
    *((emploi.ContratTermine(EMPLOI, LEA, JOUR, motif, QUAND), "ContratTermineV1") for motif in MotifFin),
    (fiche.CompetencesDeclarees(LEA, (Competence.PIX,), QUAND), None),
    (fiche.AccordDonne(LEA, Montrable.COURRIEL, QUAND), None),
    (fiche.AccordRetire(LEA, Montrable.COURRIEL, QUAND), None),
    (session.SessionOuverte(SessionId(UUID(int=6)), LEA, "eidas1", QUAND), None),
    (
        session.SessionRevoquee(SessionId(UUID(int=6)), LEA, MotifRevocation.DECONNEXION, QUAND),
        "SessionRevoqueeV1",
    ),
]


@pytest.mark.parametrize(("event", "attendu"), CAS)
def test_un_fait_devient_son_contrat_sans_donnee_personnelle(event: Event, attendu: str | None) -> None:
    contract: Contract | None = to_contract(event)
    assert (type(contract).__name__ if contract else None) == attendu
    if contract is not None:
        assert not any(c in contract.model_dump_json() for c in ("anari", "Jaunet", "639989999"))


async def test_identity_donne_les_noms_par_lots(
    plateforme: Any, bus: Client, nats_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ids = [CompteId(uuid4()) for _ in range(3)]
    for rang, qui in enumerate(ids):
        ouvert = compte.CompteOuvert(qui, f"Prénom{rang}", "Nom", f"{qui}@x.fr", None, None, QUAND)
        await plateforme.store.append(f"compte-{qui}", 0, [ouvert], Context("test", "requete-de-test"))
    await plateforme.rattraper("comptes")
    edge = broker(plateforme.settings.model_copy(update={"nats_url": nats_url}))
    Personnes(plateforme.database).answer_on(edge)
    await start(edge)

    async def demander(corps: bytes, **entetes: str) -> Any:
        return json.loads((await bus.request("identity.personnes", corps, headers=entetes, timeout=60)).data)

    try:
        demande = json.dumps({"ids": [*map(str, ids), str(uuid4())]}).encode()
        attendu = {
            "personnes": {str(qui): f"Prénom{rang} Nom" for rang, qui in enumerate(ids)},
            "prenoms": {str(qui): f"Prénom{rang}" for rang, qui in enumerate(ids)},
        }
        assert await demander(demande) == attendu
        assert await demander(demande, **{"content-type": "text/plain"}) == attendu
        for illisible in (
            b"",
            b"[]",
            b"\xff",
            b"[" * 100_000,
            b'{"ids": ["x"]}',
            b'{"ids": [], "tout": true}',
            json.dumps({"ids": [str(LEA)] * 501}).encode(),
        ):
            assert await demander(illisible) == {"erreur": "DemandeIllisible"}
        assert await demander(json.dumps({"ids": [str(LEA)] * 500}).encode()) == {
            "personnes": {},
            "prenoms": {},
        }
    finally:
        await edge.stop()
    assert not any(canari in capfd.readouterr().err for canari in ("Prénom0", "Nom", str(ids[0])))


async def test_identity_dit_si_une_adresse_est_celle_d_un_compte_et_rien_de_plus(
    plateforme: Any, navigateur: Any, bus: Client, nats_url: str
) -> None:
    personne = plateforme.personne()
    await navigateur.se_connecter(personne)
    compte_id = (await navigateur.moi())["compte_id"]
    edge = broker(plateforme.settings.model_copy(update={"nats_url": nats_url}))
    Adresses(plateforme.store, plateforme.acces.empreintes).answer_on(edge)
    await start(edge)

    async def sienne(qui: str, courriel: str) -> Any:
        demande = json.dumps({"compte_id": qui, "courriel": courriel}).encode()
        return json.loads((await bus.request(ADRESSE.subject, demande, timeout=60)).data)

    try:
        assert await sienne(compte_id, f" {personne.email.upper()}") == {"sienne": True}
        assert await sienne(str(uuid4()), personne.email) == {"sienne": False}
        assert await sienne(compte_id, "une.autre@exemple.fr") == {"sienne": False}
        assert await sienne(compte_id, "pas une adresse") == {"sienne": False}
        assert await sienne(compte_id, "a" * 300) == {"erreur": "DemandeIllisible"}
    finally:
        await edge.stop()


async def test_le_nom_d_un_employeur_n_est_dit_qu_a_qui_l_a_ecrit_et_a_un_administrateur(
    plateforme: Any, bus: Client, nats_url: str
) -> None:
    moi, autre, admin = CompteId(uuid4()), CompteId(uuid4()), CompteId(uuid4())
    ici, ailleurs = StructureId(uuid4()), StructureId(uuid4())
    dits = [
        (moi, ici, "Ancien nom", dt.date(2020, 1, 1)),
        (moi, ici, "=Canari SARL", JOUR),
        (autre, ici, "Chez nous", JOUR),
        (autre, ailleurs, "Ailleurs", JOUR),
    ]
    for qui, structure, nom, debut in dits:
        emploi_id = EmploiId(uuid4())
        declare = emploi.EmploiDeclare(emploi_id, qui, structure, PERSONNE[4], nom, debut, None, QUAND)
        await plateforme.store.append(f"emploi-{emploi_id}", 0, [declare], Context("test", "requete-de-test"))
    droit = acces.DroitDonne(admin, Droit.ADMIN, None, "Tient la plateforme", QUAND)
    for sorte, fait in (("compte", compte.CompteOuvert(admin, *PERSONNE, QUAND)), ("acces", droit)):
        await plateforme.store.append(f"{sorte}-{admin}", 0, [fait], Context("test", "requete-de-test"))
    await plateforme.rattraper("emplois")
    await plateforme.rattraper("utilisateurs")
    edge = broker(plateforme.settings.model_copy(update={"nats_url": nats_url}))
    Structures(plateforme.database).answer_on(edge)
    await start(edge)

    async def demander(qui: UUID, *ids: UUID) -> Any:
        demande = json.dumps({"compte_id": str(qui), "ids": [*map(str, ids)]}).encode()
        return json.loads((await bus.request(STRUCTURES.subject, demande, timeout=60)).data)

    try:
        assert await demander(moi, ici, ailleurs, uuid4()) == {"noms": {str(ici): "=Canari SARL"}}
        assert await demander(autre, ici) == {"noms": {str(ici): "Chez nous"}}
        assert await demander(CompteId(uuid4()), ici, ailleurs) == {"noms": {}}
        lus = (await demander(admin, ici, ailleurs))["noms"]
        assert lus.pop(str(ici)) in ("=Canari SARL", "Chez nous")
        assert lus == {str(ailleurs): "Ailleurs"}
        assert await demander(moi, *[ici] * 51) == {"erreur": "DemandeIllisible"}
    finally:
        await edge.stop()


async def test_identity_dit_combien_sont_inscrits_de_chaque_sorte_et_rien_de_plus(
    plateforme: Any, bus: Client, nats_url: str
) -> None:
    """Un compte fermé, ou sans rôle encore, n'en est pas ; qui tient deux rôles compte des deux côtés."""
    edge = broker(plateforme.settings.model_copy(update={"nats_url": nats_url}))
    Inscriptions(plateforme.database, Clock(lambda: QUAND)).answer_on(edge)
    await start(edge)

    async def demander(demande: bytes = b"{}") -> Any:
        return json.loads((await bus.request(INSCRITS.subject, demande, timeout=60)).data)

    async def ecrire(*faits: Event, sorte: str = "compte", qui: CompteId) -> None:
        await plateforme.store.append(f"{sorte}-{qui}", 0, [*faits], Context("test", "requete-de-test"))

    try:
        await plateforme.rattraper("utilisateurs")
        avant = await demander()
        for roles in ("m", "c", "mc", "m!", "", "mf"):
            qui = CompteId(uuid4())
            faits: list[Event] = [compte.CompteOuvert(qui, "P", "N", f"{qui}@x.fr", None, None, QUAND)]
            if "m" in roles:
                choix = compte.RoleChoisi(qui, Role.MEDIATEUR, MediateurId(uuid4()), None, QUAND)
                faits.append(choix)
            if "c" in roles:
                coordonne = CoordinateurId(uuid4())
                faits.append(compte.RoleChoisi(qui, Role.COORDINATEUR, None, coordonne, QUAND))
            if "f" in roles:
                faits.append(compte.CompteFerme(qui, QUAND, QUAND))
            await ecrire(*faits, qui=qui)
            if "!" in roles:
                reconnu = reconnaissance.ConseillerNumeriqueReconnu(qui, JOUR, QUAND)
                await ecrire(reconnu, sorte="reconnaissance", qui=qui)
        await plateforme.rattraper("utilisateurs")
        await plateforme.rattraper("reconnaissances")
        apres = await demander()
        assert {nom: apres[nom] - avant[nom] for nom in apres} == {
            "mediateurs": 2,
            "conseillers": 1,
            "coordinateurs": 2,
        }
        assert await demander(b'{"qui": true}') == {"erreur": "DemandeIllisible"}
    finally:
        await edge.stop()


async def test_une_base_absente_est_dite_a_qui_demande(nats_url: str, bus: Client, plateforme: Any) -> None:
    database = Database("postgresql://personne@127.0.0.1:9/absente")
    edge = broker(plateforme.settings.model_copy(update={"nats_url": nats_url}))
    Personnes(database).answer_on(edge)
    await start(edge)
    try:
        reponse = await bus.request("identity.personnes", b'{"ids": []}', timeout=60)
        assert json.loads(reponse.data) == {"erreur": "Indisponible"}
    finally:
        await edge.stop()
        await database.close()


def test_le_document_public_decrit_la_question_comme_elle_est_ecoutee(plateforme: Any) -> None:
    edge = broker(plateforme.settings)
    Personnes(plateforme.database).answer_on(edge)
    running = json.loads(AsyncAPI(edge, schema_version="3.0.0").to_specification().to_json())
    published = json.loads(ASYNCAPI.read_text())
    [(_, heard)] = running["channels"].items()
    channel = published["channels"][PERSONNES.subject]
    assert (heard["address"], heard["bindings"]["nats"]["queue"]) == (channel["address"], PERSONNES.service)
    operation = published["operations"][PERSONNES.subject]
    assert operation["action"] == "receive"
    assert len(operation["reply"]["messages"]) == 2


async def test_une_revocation_du_journal_atteint_toujours_la_table(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    moi = await navigateur.moi()
    sid, compte_id = SessionId(UUID(moi["session_id"])), CompteId(UUID(moi["compte_id"]))
    revoquee = session.SessionRevoquee(sid, compte_id, MotifRevocation.DECONNEXION, plateforme.heure.lire())
    await plateforme.store.append(f"session-{sid}", 1, [revoquee], Context("test", "requete-de-test"))
    for _ in range(2):
        await plateforme.suivre("sessions_revoquees")
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 401
