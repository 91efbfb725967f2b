"""`coop evenements` : lire le journal sans montrer de donnée personnelle ni obéir à un texte hostile."""

import asyncio
import json
import os
import signal
import sys
from argparse import Namespace

from banc import CONTEXTE, NOM, Banc
from coop.evenements import suite
from events.store.store import Context
from events.types import ERASED, START


def lignes(sortie: str) -> list[dict[str, object]]:
    return [json.loads(ligne) for ligne in sortie.splitlines()]


async def test_un_champ_personnel_n_est_montre_que_par_son_nom(banc: Banc) -> None:
    _, compte_id = await banc.equipe()
    for format_ in ((), ("--json",)):
        code, out, _ = await banc.coop("evenements", "--service", "equipes", *format_)
        assert code == 0
        assert NOM not in out
        assert "•••" in out
        assert "EquipeCreee" in out
    assert banc.store.vault is not None
    await banc.store.vault.destroy("compte", compte_id, "demande")
    _, out, _ = await banc.coop("evenements", "--service", "equipes", "--json")
    assert lignes(out)[0]["personnel"] == {"nom": ERASED}


async def test_un_texte_hostile_n_agit_pas_sur_le_terminal(banc: Banc) -> None:
    hostile = "\x1b[2Jeffacé\x9b31m\u202egauche\u2028ligne\x07"
    equipe_id, _ = await banc.equipe()
    flux = await banc.membre(equipe_id)
    await banc.sql(
        "update events set metadata = jsonb_set(metadata, '{author}', to_jsonb($1::text)) where stream = $2",
        hostile,
        flux,
    )
    for format_ in ((), ("--json",)):
        code, out, _ = await banc.coop("evenements", "--service", "equipes", "--flux", flux, *format_)
        assert code == 0
        assert not set(out) & set("\x1b\x9b\u202e\u2028\x07")
        assert "effacé" in out


async def test_les_faits_se_choisissent_par_flux_type_auteur_position_et_nombre(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    flux = [await banc.membre(equipe_id) for _ in range(3)]
    await banc.sql(
        "update events set metadata = jsonb_set(metadata, '{author}', '\"autre\"') where stream = $1", flux[1]
    )

    async def lus(*options: str) -> list[dict[str, object]]:
        code, out, _ = await banc.coop("evenements", "--service", "equipes", "--json", *options)
        assert code == 0
        return lignes(out)

    tous = await lus()
    assert len(tous) == 10
    assert [f["flux"] for f in await lus("--type", "MembreRejoint")] == flux
    assert [f["flux"] for f in await lus("--flux", flux[2])] == [flux[2]]
    assert [f["flux"] for f in await lus("--auteur", "autre")] == [flux[1]]
    # The last ones, in order; or those that follow a position.
    assert await lus("--limite", "2") == tous[-2:]
    assert await lus("--depuis", str(tous[3]["position"]), "--limite", "3") == tous[4:7]
    assert await lus("--depuis", str(tous[-1]["position"])) == []


async def test_suivre_montre_un_fait_des_qu_il_arrive(banc: Banc) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "coop", "evenements", "--service", "equipes", "--suivre", "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=dict(os.environ),
        # A suite started in the background ignores Ctrl-C, and what it starts would too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        await banc.equipe()
        async with asyncio.timeout(200):
            fait = json.loads(await process.stdout.readline())
            assert fait["type"] == "EquipeCreee"
            equipe_id, _ = await banc.equipe()
            fait = json.loads(await process.stdout.readline())
            assert fait["flux"] == f"equipe-{equipe_id}"
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 130
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_l_auteur_est_celui_du_contexte(banc: Banc) -> None:
    await banc.equipe()
    _, out, _ = await banc.coop("evenements", "--service", "equipes", "--json")
    fait = lignes(out)[0]
    assert Context(str(fait["auteur"]), str(fait["requete"])) == CONTEXTE


async def test_suivre_un_type_rare_ne_relit_pas_le_journal_et_ne_saute_rien(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    choix = Namespace(flux=None, type="MembreRejoint", auteur=None)
    database = banc.store.database
    page, at = await suite(database, choix, START)
    fin = (await banc.store.load(f"equipe-{equipe_id}"))[-1].position
    assert list(page) == []
    assert at > fin
    # A transaction begun before the look, committed after it: its fact is still to come.
    flux = await banc.membre(equipe_id)
    async with database.raw() as lente, lente.transaction():
        await lente.execute(
            """insert into events (id, stream, version, type, schema_version, data, metadata)
                   select gen_random_uuid(), 'appartenance-lente', 1, type, schema_version, data, metadata
                   from events where stream = $1""",
            flux,
        )
        autre = await banc.membre(equipe_id)
        page, at = await suite(database, choix, at)
        assert [row["stream"] for row in page] == [flux]
        page, at = await suite(database, choix, at)
        assert list(page) == []
    page, at = await suite(database, choix, at)
    assert [row["stream"] for row in page] == ["appartenance-lente", autre]
