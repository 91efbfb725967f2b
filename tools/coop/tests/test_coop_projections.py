"""`coop projections` et `coop relais` : voir, mesurer, refaire, vérifier, publier de nouveau."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from banc import CLES, CONTEXTE, MAINTENANT, NOM, Banc, role
from coop.plateforme import Plateforme
from coop.verification import verifier
from equipes.app import DESCRIPTION
from events.bus import repair as stream
from events.bus.relay import NAME, Relay, election
from events.postgres.database import Database
from events.projection.checkpoints import read_checkpoint
from events.projection.source import Checkpoint, Delivery, FeedSource
from events.store import search
from events.store.store import Store
from events.testing import Copies
from identity.app import DESCRIPTION as IDENTITY
from identity.domain.compte_faits import RoleChoisi
from identity.domain.vocabulaire import CompteId, MediateurId, Role
from sqlalchemy import make_url

ARRIERE = 20_000
"""Facts that a relay has to publish when somebody empties its stream."""


def par_nom(sortie: str) -> dict[str, dict[str, Any]]:
    return {ligne["nom"]: ligne for ligne in map(json.loads, sortie.splitlines())}


async def test_le_retard_se_compte_en_faits_et_en_secondes_sur_le_journal_et_sur_le_bus(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    await banc.projeter()
    await banc.membre(equipe_id)
    await banc.voisin("identity", role(uuid4()), role(uuid4()))
    code, out, _ = await banc.coop(
        "projections", "lag", "--service", "equipes", "--json", "--seuil", "100000"
    )
    retards = par_nom(out)
    assert retards["membres"]["faits"] == 3
    assert retards["membres"]["secondes"] > 0
    assert retards["adhesions"]["faits"] == 4
    assert retards["comptes_connus"]["faits"] == 2
    # The contracts say that their facts date from months ago.
    assert retards["comptes_connus"]["secondes"] > 100_000
    assert code == 1
    await banc.projeter_du_bus("comptes_connus")
    code, out, _ = await banc.coop(
        "projections", "lag", "--service", "equipes", "--json", "--seuil", "100000"
    )
    assert (code, par_nom(out)["comptes_connus"]["faits"]) == (0, 0)


async def test_un_lecteur_en_avance_sur_le_journal_qu_il_lit_est_nomme(banc: Banc) -> None:
    await banc.equipe()
    await banc.projeter()
    await banc.sql("update checkpoints set xid = xid + 1000000000 where projection = 'membres'")
    code, out, _ = await banc.coop("projections", "lag", "--service", "equipes", "--json")
    assert code == 1
    assert par_nom(out)["membres"] | {"faits": None} == par_nom(out)["membres"]
    assert "en avance sur le journal de equipes" in out


async def test_la_liste_dit_la_source_et_la_position_de_chaque_lecteur(banc: Banc) -> None:
    await banc.equipe()
    await banc.projeter()
    code, out, _ = await banc.coop("projections", "list", "--service", "equipes", "--json")
    lecteurs = par_nom(out)
    assert code == 0
    assert set(lecteurs) == {
        *(p.table.name for p in DESCRIPTION.own),
        *(f.name for f in DESCRIPTION.fed),
        *(reaction.name for reaction in DESCRIPTION.reactions),
    }
    assert lecteurs["emplois"]["source"] == "identity"
    assert lecteurs["membres"]["position"] is not None


async def test_une_table_fausse_est_vue_sans_montrer_ses_valeurs_puis_refaite(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    autre, _ = await banc.equipe()
    await banc.projeter()
    assert (await banc.coop("projections", "verify", "equipes", "equipes"))[0] == 0
    # A row altered, one gone, one invented.
    await banc.sql("update equipes set nom = 'secret-12' where equipe_id = $1", equipe_id)
    await banc.sql("delete from equipes where equipe_id = $1", autre)
    invente = uuid4()
    await banc.sql("insert into equipes values ($1, 'secret-12', now())", invente)
    code, out, err = await banc.coop("projections", "verify", "equipes", "equipes", "--json")
    vu = json.loads(out)
    assert code == 1
    assert (vu["lignes"], vu["differentes"], vu["manquantes"], vu["en_trop"]) == (3, 1, 1, 1)
    assert set(vu["cles"]) == {str(equipe_id), str(autre), str(invente)}
    assert "secret" not in out + err
    assert NOM not in out + err
    code, out, err = await banc.coop("projections", "rebuild", "equipes", "equipes")
    assert code == 0
    assert "100 %" in err
    assert (await banc.coop("projections", "verify", "equipes", "equipes"))[0] == 0
    assert await banc.sql("select count(*) from pg_tables where tablename like '%\\_\\_%'") == 0
    assert await banc.sql("select count(*) from checkpoints where projection like '%\\_\\_%'") == 0


async def test_la_verification_s_arrete_ou_en_est_la_table_meme_si_le_journal_avance(banc: Banc) -> None:
    await banc.equipe()
    await banc.projeter()
    await banc.equipe()
    code, out, _ = await banc.coop("projections", "verify", "equipes", "equipes", "--json")
    assert (code, json.loads(out)["lignes"]) == (0, 1)


async def test_les_tables_nourries_par_un_service_sont_refaites_et_verifiees(banc: Banc) -> None:
    comptes = [uuid4() for _ in range(5)]
    await banc.voisin("identity", *(role(c) for c in comptes))
    await banc.projeter_du_bus("comptes_connus")
    await banc.sql("update comptes_connus set mediateur_id = gen_random_uuid()")
    await banc.sql("insert into comptes_connus (compte_id, du_dispositif) values (gen_random_uuid(), false)")
    code, out, _ = await banc.coop("projections", "rebuild", "equipes", "--source", "identity", "--toutes")
    assert code == 0
    assert "comptes_connus" in out
    assert "membres" not in out
    assert await banc.sql("select count(*) from comptes_connus") == 5
    assert (await banc.coop("projections", "verify", "equipes", "comptes_connus"))[0] == 0
    await banc.sql("delete from comptes_connus where compte_id = $1", comptes[0])
    code, out, _ = await banc.coop("projections", "verify", "equipes", "comptes_connus")
    assert code == 1
    assert str(comptes[0]) in out


async def test_une_table_nourrie_se_compare_au_journal_de_qui_l_ecrit_meme_quand_son_flux_est_vide(
    banc: Banc, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything was taken out of it, to be published again: the table, which is right, is not to blame."""
    async with copies.of(IDENTITY) as url:

        @asynccontextmanager
        async def identity(*_: Any) -> AsyncGenerator[Store[Any]]:
            database = Database(url)
            try:
                yield IDENTITY.store(database, {1: CLES[1]})
            finally:
                await database.close()

        async with identity() as store:
            for _ in range(5):
                qui = CompteId(uuid4())
                choisi = RoleChoisi(qui, Role.MEDIATEUR, MediateurId(uuid4()), None, MAINTENANT)
                await store.append(f"compte-{qui}", 0, [choisi], CONTEXTE)
            relay = asyncio.create_task(Relay(store, banc.bus, "identity", IDENTITY.to_contract).run())
            async with asyncio.timeout(60):
                while (await read_checkpoint(store.database, NAME)).sequence < 5:
                    await asyncio.sleep(0.02)
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)
        await banc.projeter_du_bus("comptes_connus")
        await banc.bus.jetstream().purge_stream("IDENTITY")
        # As beside the whole platform, whose bases are all within reach.
        monkeypatch.setattr(Plateforme, "journal_de", identity)
        code, out, _ = await banc.coop("projections", "verify", "equipes", "comptes_connus", "--json")
        assert (code, json.loads(out)["lignes"]) == (0, 5), out
        await banc.sql("delete from comptes_connus")
        assert (await banc.coop("projections", "rebuild", "equipes", "comptes_connus"))[0] == 0
        assert await banc.sql("select count(*) from comptes_connus") == 5


async def test_republier_remet_dans_l_ordre_ce_que_le_flux_a_perdu(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    for _ in range(6):
        await banc.membre(equipe_id)
    await banc.publier()
    before = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    await stream.remove(banc.bus, "equipes", [before[2].sequence, before[4].sequence])
    code, out, _ = await banc.coop("relais", "republier", "equipes", "--depuis", str(before[1].position))
    assert code == 0
    # The first two stay, two were lost: all the others go out again.
    assert f"{len(before) - 4} messages retirés" in out
    await banc.publier()
    after = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    assert [head.id for head in after] == [head.id for head in before]
    assert [head.position for head in after] == [head.position for head in before]
    # Everything again, the stream being emptied first.
    assert (await banc.coop("relais", "republier", "equipes", "--depuis", "0-0"))[0] == 0
    await banc.publier()
    after = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    assert [head.id for head in after] == [head.id for head in before]
    code, out, _ = await banc.coop("relais", "lag", "--service", "equipes", "--json")
    assert (code, json.loads(out)["faits"]) == (0, 0)
    window = (await banc.bus.jetstream().stream_info("EQUIPES")).config.duplicate_window
    assert window == 0.1


async def test_un_flux_troue_est_nomme_avec_le_geste_qui_le_comble(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    for _ in range(6):
        await banc.membre(equipe_id)
    await banc.publier()
    before = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    await stream.remove(banc.bus, "equipes", [before[2].sequence, before[4].sequence])
    code, out, _ = await banc.coop("relais", "lag", "--service", "equipes")
    assert code == 1
    assert f"coop relais republier equipes --depuis {before[1].position}" in out
    await banc.coop("relais", "republier", "equipes", "--depuis", str(before[1].position))
    await banc.publier()
    assert (await banc.coop("relais", "lag", "--service", "equipes"))[0] == 0
    # The same facts, in a journal that does not know the last one any more.
    async with banc.store.database.raw() as connection:
        await connection.execute("delete from events where id = $1", before[-1].id)
    code, out, _ = await banc.coop("relais", "lag", "--service", "equipes")
    assert code == 1
    assert "coop relais nettoyer" in out


async def test_un_relais_qui_travaille_pendant_la_republication_ne_perd_ni_ne_derange_rien(
    banc: Banc,
) -> None:
    equipe_id, _ = await banc.equipe()
    for _ in range(4):
        await banc.membre(equipe_id)
    await banc.publier()
    before = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    relay = asyncio.create_task(Relay(banc.store, banc.bus, "equipes", DESCRIPTION.to_contract).run())

    async def publie(flux: str) -> list[stream.Head]:
        """What the stream holds, once the relay has come to this fact."""
        fin = (await banc.store.load(flux))[0].position
        async with asyncio.timeout(60):
            while await stream.last_position(banc.bus, "equipes") < fin:
                await asyncio.sleep(0.1)
        return [head async for page in stream.heads(banc.bus, "equipes") for head in page]

    async def ecrire() -> str:
        return [await banc.membre(equipe_id) for _ in range(60)][-1]

    try:
        # At rest, knowing nothing of what is done behind its back.
        # Each member is three public facts: the invitation, its answer and the membership.
        assert len(await publie(await banc.membre(equipe_id))) == len(before) + 3
        code, _, _ = await banc.coop("relais", "republier", "equipes", "--depuis", str(before[1].position))
        assert code == 0
        heads = await publie(await banc.membre(equipe_id))
        assert [head.id for head in heads[: len(before)]] == [head.id for head in before]
        assert len(heads) == len(before) + 6
        # Publishing all the while.
        writing = asyncio.create_task(ecrire())
        code, _, _ = await banc.coop("relais", "republier", "equipes", "--depuis", "0-0")
        assert code == 0
        heads = await publie(await writing)
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
    assert [head.position for head in heads] == sorted({head.position for head in heads})
    assert len(heads) == len(before) + 6 + 3 * 60


async def test_republier_depuis_le_debut_sous_un_relais_qui_a_vingt_mille_faits_de_retard_ne_perd_rien(
    banc: Banc,
) -> None:
    """Thousands of messages are on their way when the stream is emptied under them, whatever their number."""
    await banc.arriere(ARRIERE)
    relay = asyncio.create_task(Relay(banc.store, banc.bus, "equipes", DESCRIPTION.to_contract).run())
    try:
        async with asyncio.timeout(60):
            while await read_checkpoint(banc.store.database, NAME) == Checkpoint():
                await asyncio.sleep(0)
        code, _, _ = await banc.coop("relais", "republier", "equipes", "--depuis", "0-0")
        assert code == 0
        async with asyncio.timeout(120):
            fin = await search.end(banc.store.database)
            while (await read_checkpoint(banc.store.database, NAME)).position < fin:
                await asyncio.sleep(0.1)
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
    published = [head.id async for page in stream.heads(banc.bus, "equipes") for head in page]
    async with banc.store.database.raw() as connection:
        rows = await connection.fetch("select id from events order by xid, position")
    assert [UUID(bytes=row["id"].bytes) for row in rows] == published
    assert len(published) == ARRIERE
    assert (await banc.coop("relais", "lag", "--service", "equipes"))[0] == 0


async def test_republier_attend_que_le_relais_ait_rendu_la_main(banc: Banc) -> None:
    """A stream emptied under what a relay has on its way may stop for good, when there are three of it."""
    equipe_id, _ = await banc.equipe()
    await banc.membre(equipe_id)
    await banc.publier()
    before = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    async with banc.store.database.raw() as relais, asyncio.timeout(60):
        await relais.execute("select pg_advisory_lock($1)", election("equipes"))
        commande = asyncio.create_task(banc.coop("relais", "republier", "equipes", "--depuis", "0-0"))
        attend = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
        while not await relais.fetchval(attend):
            await asyncio.sleep(0.05)
        assert [head async for page in stream.heads(banc.bus, "equipes") for head in page] == before
        await relais.execute("select pg_advisory_unlock($1)", election("equipes"))
        assert (await commande)[0] == 0
    await banc.publier()
    assert [head.id async for page in stream.heads(banc.bus, "equipes") for head in page] == [
        head.id for head in before
    ]


async def test_ce_qui_est_demande_de_travers_est_refuse_avec_une_phrase(banc: Banc) -> None:
    for arguments, phrase in (
        (("projections", "rebuild"), "--toutes"),
        (("projections", "rebuild", "equipes", "inconnue"), "au choix"),
        (("projections", "lag"), "un seul service"),
        (("projections", "list", "--service", "identity"), "n’est pas celle de identity"),
        (("relais", "republier", "equipes", "--depuis", "9-9"), "n’est pas encore arrivé"),
        (("evenements", "--service", "equipes", "--depuis", "hier"), "position"),
    ):
        code, out, err = await banc.coop(*arguments)
        assert (code, out) == (2, ""), arguments
        assert phrase in err, arguments


async def test_un_serveur_absent_donne_le_code_3(
    banc: Banc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    code, _, err = await banc.coop("projections", "lag", "--service", "equipes")
    assert (code, "NATS" in err) == (3, True)
    monkeypatch.setenv("DATABASE_URL", "postgresql://personne:rien@127.0.0.1:1/equipes")
    code, _, err = await banc.coop("projections", "list", "--service", "equipes")
    assert (code, "PostgreSQL" in err) == (3, True)
    assert "rien" not in err
    monkeypatch.delenv("DATABASE_URL")
    code, _, err = await banc.coop("projections", "list")
    assert (code, "n’est pas allumée" in err) == (3, True)


async def test_une_adresse_fausse_est_dite_en_francais_et_donne_le_code_2(
    banc: Banc, monkeypatch: pytest.MonkeyPatch
) -> None:
    for adresse, phrase in (
        (banc.url + "_absente", "n’existe pas"),
        (make_url(banc.url).set(username="inconnu").render_as_string(hide_password=False), "refuse"),
    ):
        monkeypatch.setenv("DATABASE_URL", adresse)
        code, out, err = await banc.coop("projections", "list", "--service", "equipes")
        assert (code, out, phrase in err) == (2, "", True), err


async def test_deux_verifications_d_une_table_ne_se_melent_pas(banc: Banc) -> None:
    await banc.equipe()
    await banc.projeter()
    commencee, continuer = asyncio.Event(), asyncio.Event()

    class Lente(FeedSource[Any]):
        async def page(self, after: Checkpoint, limit: int) -> list[Delivery]:
            commencee.set()
            await continuer.wait()
            return await super().page(after, limit)

    async def rien() -> bool:
        return True

    projection = next(p for p in DESCRIPTION.own if p.table.name == "equipes")
    premiere = asyncio.create_task(
        verifier(banc.store.database, projection, Lente(banc.store, "equipes"), rien, lambda _: None)
    )
    async with asyncio.timeout(60):
        await commencee.wait()
        code, out, err = await banc.coop("projections", "verify", "equipes", "equipes")
        assert (code, out) == (1, "")
        assert "déjà en cours" in err
        continuer.set()
        ecarts = await premiere
    assert (ecarts.lignes, ecarts.total) == (1, 0)
    assert (await banc.coop("projections", "verify", "equipes", "equipes"))[0] == 0


async def test_un_retrait_qui_echoue_dit_de_relancer(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    for _ in range(3):
        await banc.membre(equipe_id)
    await banc.publier()
    before = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    republier = ("relais", "republier", "equipes", "--depuis", str(before[1].position))
    config = (await banc.bus.jetstream().stream_info("EQUIPES")).config
    config.deny_delete = True
    await banc.bus.jetstream().update_stream(config)
    code, out, err = await banc.coop(*republier)
    assert (code, out) == (3, "")
    assert "relancez la même commande" in err


async def test_la_marque_d_une_commande_tuee_ne_gene_pas_la_suivante(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    await banc.membre(equipe_id)
    await banc.publier()
    before = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    # Without the headers of a fact.
    await banc.bus.jetstream().publish("equipes.Marque.v0.0._", b"")
    code, _, _ = await banc.coop("relais", "republier", "equipes", "--depuis", str(before[0].position))
    assert code == 0
    await banc.publier()
    after = [head async for page in stream.heads(banc.bus, "equipes") for head in page]
    assert [head.id for head in after] == [head.id for head in before]


async def test_une_commande_n_ecrit_rien_d_autre_que_sa_reponse(banc: Banc) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "coop", "projections", "list", "--service", "equipes",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=dict(os.environ),
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"membres" in out
