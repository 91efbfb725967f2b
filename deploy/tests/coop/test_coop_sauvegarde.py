"""`coop sauvegarde`, `coop restauration`, `coop effacer`, `coop cles`."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from banc import CLES, NOM, Banc, cles
from equipes.app import DESCRIPTION
from events import ledger, stream
from events.types import ERASED


async def noms(banc: Banc, equipe_id: object) -> list[str]:
    return [getattr(r.event, "nom", "") for r in await banc.store.load(f"equipe-{equipe_id}")][:1]


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
    assert (code, fait["messages_retires"], fait["effacements_reappliques"]) == (0, 3, 1)
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
    # Another machine: only the backup, the ledger and the master keys were carried there.
    for variable in ("DATABASE_URL", "NATS_URL", "COFFRE_CLES", "COOP_ADMIN_URL", "PORT"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("COOP_PORTS", "libres")
    monkeypatch.setenv("COOP_DURABLE", "non")
    plateforme = tmp_path / "plateforme"
    plateforme.mkdir()
    (plateforme / "secrets.json").write_text(json.dumps({"coffre/equipes": cles(1)}))
    (plateforme / "secrets.json").chmod(0o600)
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
