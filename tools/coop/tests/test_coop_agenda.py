"""`coop agenda` et `coop jobs` : ce qui attend, ce qui passe, et passer tout de suite."""

import asyncio
import datetime as dt
import json
from functools import partial

import pytest
from banc import CONTEXTE, MAINTENANT, Banc
from coop import jobs as commande
from equipes.app import DESCRIPTION
from equipes.domain.invitation import InvitationEnvoyee
from equipes.domain.vocabulaire import CompteId, CoordinateurId, InvitationId
from equipes.jobs import JOBS
from events.jobs import Runner
from events.projection.manager import Manager
from events.service import Tools
from process.clock import Clock

SANS = ("--service", "equipes")


async def test_l_agenda_dit_ce_qui_attend(banc: Banc) -> None:
    assert await banc.coop("agenda", *SANS) == (0, "Rien à l’agenda.\n", "")
    equipe_id, _ = await banc.equipe()
    for _ in range(3):
        await banc.acceptee(equipe_id)
    reaction = next(r for r in DESCRIPTION.reactions if r.name == "adhesions")
    manager = Manager(banc.store.database, DESCRIPTION.feed(banc.store), reaction)
    while await manager.step():
        pass
    await banc.sql(
        "update orders set at = $1 where id = (select min(id::text)::uuid from orders)", MAINTENANT
    )
    code, out, _ = await banc.coop("agenda", "--json", *SANS)
    lus = [json.loads(ligne) for ligne in out.splitlines()]
    assert (code, {ligne["ordre"] for ligne in lus}) == (0, {"FaireMembre"})
    assert [ligne["quand"] for ligne in lus] == [None, None, MAINTENANT.isoformat()]
    code, out, _ = await banc.coop("agenda", "--limite", "2", *SANS)
    assert (code, len(out.splitlines())) == (0, 3)
    assert "dès que possible" in out


async def test_un_passage_se_voit_et_se_lance(banc: Banc, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = await banc.coop("jobs", "list", *SANS)
    assert (code, "jamais passé" in out) == (0, True)
    assert (await banc.coop("jobs", "lancer", "equipes", "inconnu"))[0] == 2
    outils = Tools(banc.store, Clock().now)
    [job] = JOBS
    tache = asyncio.create_task(Runner(banc.store.database, job, partial(job.run, outils), outils.now).run())
    # Never run, it runs at once: what follows is asked for.
    while await banc.sql("select count(*) from jobs where ended_at is not null") == 0:
        await asyncio.sleep(0.05)
    equipe_id, _ = await banc.equipe()
    vieille = InvitationEnvoyee(
        InvitationId(equipe_id),
        equipe_id,
        CompteId(equipe_id),
        CoordinateurId(equipe_id),
        MAINTENANT,
        MAINTENANT,
    )
    await banc.store.append(f"invitation-{equipe_id}", 0, [vieille], CONTEXTE)
    await banc.projeter()
    try:
        code, out, _ = await banc.coop("jobs", "lancer", "equipes", "expirations")
    finally:
        tache.cancel()
        await asyncio.gather(tache, return_exceptions=True)
    assert (code, out) == (0, "expirations : fait, 1 faits, 0 refusés\n")
    code, out, _ = await banc.coop("jobs", "list", "--json", *SANS)
    [lu] = [job for job in map(json.loads, out.splitlines()) if job["nom"] == "expirations"]
    assert (code, lu["nom"], lu["resultat"], lu["faits"]) == (0, "expirations", "fait", 1)
    prochain = dt.datetime.fromisoformat(lu["prochain"]) - dt.datetime.fromisoformat(lu["fini_le"])
    assert prochain <= job.every
    # No process of the service is there any more.
    monkeypatch.setattr(commande, "_ATTENTE", 0.5)
    code, _, err = await banc.coop("jobs", "lancer", "equipes", "expirations")
    assert (code, "reste demandé" in err) == (1, True)
    await banc.sql("update jobs set outcome = 'KeyError x.py:1'")
    assert (await banc.coop("jobs", "list", *SANS))[0] == 1
