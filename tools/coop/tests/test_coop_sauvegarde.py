"""`coop sauvegarde`, `coop restauration`, `coop effacer`, `coop cles`."""

import datetime as dt
import json
import os
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from banc import CLES, CONTEXTE, MAINTENANT, NOM, Banc, cles, role
from coop.effacer import comptes_effaces
from coop.plateforme import Plateforme
from embedded.settings import SERVICES
from equipes.app import DESCRIPTION
from events.bus import repair as stream
from events.bus.publisher import Message
from events.bus.relay import message_of
from events.ops import ledger
from events.types import ERASED, Position, Recorded


async def noms(banc: Banc, equipe_id: object) -> list[str]:
    return [getattr(r.event, "nom", "") for r in await banc.store.load(f"equipe-{equipe_id}")][:1]


def machine_neuve(plateforme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine, whose platform is off and has the service's master keys."""
    for variable in ("DATABASE_URL", "NATS_URL", "COFFRE_CLES", "COOP_ADMIN_URL", "PORT"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("COOP_PORTS", "libres")
    monkeypatch.setenv("COOP_DURABLE", "non")
    plateforme.mkdir()
    (plateforme / "secrets.json").write_text(json.dumps({"coffre/equipes": cles(1)}))
    (plateforme / "secrets.json").chmod(0o600)


async def test_une_base_est_restauree_et_le_flux_oublie_ce_qu_elle_a_perdu(
    banc: Banc, tmp_path: Path
) -> None:
    equipe_id, efface = await banc.equipe()
    garde, _ = await banc.equipe()
    await banc.membre(equipe_id)
    await banc.publier()
    dossier = tmp_path / "sauvegarde"
    code, out, _ = await banc.coop("sauvegarde", "equipes", "--vers", str(dossier), "--json")
    assert (code, json.loads(out)["faits"]) == (0, 5)
    # After the backup: facts that will be lost, one erasure that must not be.
    # Each member is two public facts: the invitation and the membership.
    for _ in range(3):
        await banc.membre(equipe_id)
    await banc.publier()
    code, _, _ = await banc.coop("effacer", "equipes", "compte", str(efface), "--motif", "demande-12")
    assert code == 0
    assert ledger.read(ledger.ledger_file(tmp_path / "registre", "equipes")).keys() == {("compte", efface)}

    restaurer = ("restauration", "equipes", "--depuis", str(dossier))
    code, _, err = await banc.coop(*restaurer, "--remplacer")
    assert (code, "utilisée" in err) == (2, True)
    await banc.liberer()
    code, _, err = await banc.coop(*restaurer)
    assert (code, "--remplacer" in err) == (2, True)
    code, out, _ = await banc.coop(*restaurer, "--remplacer", "--json")
    fait = json.loads(out)
    assert (code, fait["messages_retires"], fait["effacements_reappliques"]) == (0, 9, 1)
    assert await noms(banc, equipe_id) == [ERASED]
    assert await noms(banc, garde) == [NOM]
    # The erased coordinateur's mandate is closed again, by a fact.
    derniers = await banc.store.load(f"equipe-{equipe_id}")
    assert type(derniers[-1].event).__name__ == "CoordinateurEfface"
    assert derniers[-1].position.xid > fait["decalage"]
    await banc.publier()
    heads = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    assert [head.position for head in heads] == sorted({head.position for head in heads})
    assert (await banc.coop("relais", "nettoyer", "equipes"))[0] == 0
    await banc.projeter()
    assert (await banc.coop("projections", "verify", "equipes", "equipes"))[0] == 0


async def test_sur_une_machine_neuve_la_plateforme_eteinte_est_restauree(
    banc: Banc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await banc.equipe()
    dossier = tmp_path / "sauvegarde"
    assert (await banc.coop("sauvegarde", "equipes", "--vers", str(dossier)))[0] == 0
    # Only the backup, the ledger and the master keys were carried there.
    plateforme = tmp_path / "plateforme"
    machine_neuve(plateforme, monkeypatch)
    code, out, err = await banc.coop("restauration", "equipes", "--depuis", str(dossier))
    assert code == 0, err
    assert "1 faits" in out
    # Off again, and what it holds can be backed up from there.
    encore = tmp_path / "encore"
    code, out, err = await banc.coop("sauvegarde", "equipes", "--vers", str(encore), "--json")
    assert code == 0, err
    assert json.loads(out)["faits"] == 1
    assert not (plateforme / "etat.json").exists()


async def test_une_sauvegarde_alteree_donne_le_code_1(banc: Banc, tmp_path: Path) -> None:
    await banc.equipe()
    assert (await banc.coop("sauvegarde", "equipes", "--vers", str(tmp_path / "s")))[0] == 0
    with (tmp_path / "s" / "equipes.dump").open("ab") as dump:
        dump.write(b"x")
    await banc.liberer()
    code, _, err = await banc.coop("restauration", "equipes", "--depuis", str(tmp_path / "s"), "--remplacer")
    assert (code, "tronqué" in err) == (1, True)
    assert (await banc.coop("restauration", "equipes", "--depuis", str(tmp_path / "rien")))[0] == 1
    assert (await banc.coop("sauvegarde", "--vers", str(tmp_path / "t")))[0] == 2


async def test_effacer_detruit_la_cle_blanchit_et_inscrit_au_registre(banc: Banc, tmp_path: Path) -> None:
    equipe_id, compte_id = await banc.equipe()
    autre, _ = await banc.equipe()
    code, out, _ = await banc.coop("effacer", "equipes", "compte", str(compte_id), "--motif", "demande-12")
    assert code == 0
    assert NOM not in out
    assert await noms(banc, equipe_id) == [ERASED]
    assert await noms(banc, autre) == [NOM]
    assert await banc.sql("select count(*) from events where personal::text like '%null%'") == 1
    assert await banc.sql("select reason from coffre.cles where person = $1", compte_id) == "demande-12"
    assert await banc.sql("select count(*) from events where metadata->>'author' = 'coop:operatrice'") == 1
    registre = ledger.ledger_file(tmp_path / "registre", "equipes")
    ecrit = registre.read_bytes()
    assert ledger.read(registre).keys() == {("compte", compte_id)}
    # Again changes nothing; somebody unknown is refused, and so is a missing reason.
    assert (await banc.coop("effacer", "equipes", "compte", str(compte_id), "--motif", "encore"))[0] == 0
    assert registre.read_bytes() == ecrit
    assert (await banc.coop("effacer", "equipes", "compte", str(uuid4()), "--motif", "x"))[0] == 2
    assert (await banc.coop("effacer", "equipes", "compte", str(compte_id)))[0] == 2


async def test_les_cles_tournent_sous_la_plus_recente_et_l_ancienne_peut_partir(
    banc: Banc, monkeypatch: pytest.MonkeyPatch
) -> None:
    equipes = [(await banc.equipe())[0] for _ in range(4)]
    code, _, err = await banc.coop("cles", "tourner", "equipes")
    assert (code, "une clé maîtresse" in err) == (2, True)
    monkeypatch.setenv("COFFRE_CLES", cles(1, 2))
    code, out, _ = await banc.coop("cles", "tourner", "equipes")
    assert code == 0
    assert out.startswith("equipes : 4 clés")
    monkeypatch.setenv("COFFRE_CLES", cles(2))
    code, out, _ = await banc.coop("cles", "list", "--service", "equipes", "--json")
    compte = json.loads(out)
    assert (code, compte["cle_maitresse"], compte["etat"], compte["vivantes"]) == (0, 2, "courante", 4)
    lu = DESCRIPTION.store(banc.store.database, {2: CLES[2]})
    for equipe_id in equipes:
        [recorded] = await lu.load(f"equipe-{equipe_id}")
        assert getattr(recorded.event, "nom", None) == NOM
    # The other way round, the list says what can no longer be opened.
    monkeypatch.setenv("COFFRE_CLES", cles(1))
    code, _, err = await banc.coop("cles", "list", "--service", "equipes")
    assert (code, "absente de COFFRE_CLES" in err) == (1, True)


async def test_les_bases_voisines_absentes_n_empechent_pas_de_finir_une_restauration(
    banc: Banc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    equipe_id, efface = await banc.equipe()
    dossier = tmp_path / "sauvegarde"
    assert (await banc.coop("sauvegarde", "equipes", "--vers", str(dossier)))[0] == 0
    assert (await banc.coop("effacer", "equipes", "compte", str(efface), "--motif", "demande-12"))[0] == 0
    machine_neuve(tmp_path / "plateforme", monkeypatch)
    plateforme = Plateforme(os.environ)
    # PostgreSQL is lost, NATS is not: it still says a fact from after the backup.
    async with plateforme.serveurs(), plateforme.bus_admin("equipes") as bus:
        perdu = role(uuid4())
        recorded = Recorded(perdu, uuid4(), "x", 1, Position(1000, 1), MAINTENANT, "{}")
        message: Message = message_of("equipes", perdu, recorded)
        await bus.jetstream().publish(message.subject, message.data, headers=dict(message.headers))
    code, out, err = await banc.coop("restauration", "equipes", "--depuis", str(dossier), "--json")
    assert code == 0, err
    fait = json.loads(out)
    nourries = [
        f"{service}.{f.name}"
        for service in SERVICES
        for f in plateforme.description(service).fed
        if f.service == "equipes"
    ]
    assert nourries
    assert (fait["messages_retires"], fait["a_refaire"]) == (1, nourries)
    assert "identity : base absente, à restaurer" in err
    async with plateforme.serveurs(), plateforme.store("equipes") as store:
        derniers = await store.load(f"equipe-{equipe_id}")
        assert type(derniers[-1].event).__name__ == "CoordinateurEfface"


async def test_un_compte_efface_d_identity_l_est_de_tout_service_restaure(banc: Banc, tmp_path: Path) -> None:
    equipe_id, compte_id = await banc.equipe()
    dossier = tmp_path / "sauvegarde"
    assert (await banc.coop("sauvegarde", "equipes", "--vers", str(dossier)))[0] == 0
    # This service has not heard of it yet, or lost what it had heard.
    hier = dt.datetime.now(dt.UTC)
    registre = tmp_path / "registre"
    effacements = [("compte", compte_id, hier), ("compte", uuid4(), hier), ("lieu", uuid4(), hier)]
    ledger.merge(ledger.ledger_file(registre, "identity"), effacements)
    await banc.liberer()
    code, out, _ = await banc.coop(
        "restauration", "equipes", "--depuis", str(dossier), "--remplacer", "--json"
    )
    assert (code, json.loads(out)["effacements_reappliques"]) == (0, 2)
    assert await noms(banc, equipe_id) == [ERASED]
    assert type((await banc.store.load(f"equipe-{equipe_id}"))[-1].event).__name__ == "CoordinateurEfface"
    assert ledger.read(ledger.ledger_file(registre, "equipes")).keys() == {e[:2] for e in effacements[:2]}
    # The other way round, an account that one service alone forgot is still alive in identity.
    assert comptes_effaces("identity", registre) == []


async def test_blanchir_finit_ce_que_le_bus_a_fait_effacer(banc: Banc, tmp_path: Path) -> None:
    _, compte_id = await banc.equipe()
    await banc.equipe()
    assert DESCRIPTION.erase is not None
    await DESCRIPTION.erase(banc.store, "compte", compte_id, "identity.PersonneEffacee", CONTEXTE, MAINTENANT)
    blanchis = "select count(*) from events where personal::text like '%null%'"
    assert await banc.sql(blanchis) == 0
    code, out, _ = await banc.coop("effacer", "equipes", "--blanchir")
    assert (code, out) == (0, "equipes : 1 faits blanchis, 1 effacements au registre\n")
    assert await banc.sql(blanchis) == 1
    registre = ledger.ledger_file(tmp_path / "registre", "equipes")
    assert ledger.read(registre).keys() == {("compte", compte_id)}
    assert "0 faits blanchis" in (await banc.coop("effacer", "equipes", "--blanchir"))[1]
    assert (await banc.coop("effacer", "--blanchir"))[0] == 2
    assert (await banc.coop("effacer", "equipes", "compte", str(compte_id), "--blanchir"))[0] == 2
    assert (await banc.coop("effacer"))[0] == 2


async def test_un_blanchiment_qui_echoue_n_oublie_pas_l_inscription(banc: Banc, tmp_path: Path) -> None:
    _, compte_id = await banc.equipe()
    await banc.sql(
        """do $$ begin
             create function refuser() returns trigger language plpgsql as
               'begin raise exception ''non''; end';
             create trigger refus before update on events for each row execute function refuser();
           end $$"""
    )
    with pytest.raises(asyncpg.RaiseError):
        await banc.coop("effacer", "equipes", "compte", str(compte_id), "--motif", "demande-12")
    registre = ledger.ledger_file(tmp_path / "registre", "equipes")
    assert ledger.read(registre).keys() == {("compte", compte_id)}


async def test_une_sauvegarde_que_les_cles_donnees_n_ouvrent_pas_ne_remplace_rien(
    banc: Banc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    equipe_id, _ = await banc.equipe()
    dossier = tmp_path / "sauvegarde"
    assert (await banc.coop("sauvegarde", "equipes", "--vers", str(dossier)))[0] == 0
    await banc.liberer()
    monkeypatch.setenv("COFFRE_CLES", cles(2))
    code, _, err = await banc.coop("restauration", "equipes", "--depuis", str(dossier), "--remplacer")
    assert (code, "clé maîtresse" in err) == (2, True)
    assert await noms(banc, equipe_id) == [NOM]


async def test_une_cle_abimee_est_nommee_et_n_arrete_pas_les_autres(
    banc: Banc, monkeypatch: pytest.MonkeyPatch
) -> None:
    comptes = [(await banc.equipe())[1] for _ in range(3)]
    await banc.sql("update coffre.cles set wrapped = sha256(wrapped) where person = $1", comptes[1])
    monkeypatch.setenv("COFFRE_CLES", cles(1, 2))
    code, out, err = await banc.coop("cles", "tourner", "equipes")
    assert (code, out) == (1, "equipes : 2 clés enveloppées sous la clé maîtresse 2\n")
    assert f"compte {comptes[1]}, version 1" in err
