"""`coop rebut` : un fait mis de côté est rejoué à sa place, ou jeté avec un motif."""

import json
from dataclasses import replace
from typing import Any

import pytest
from banc import Banc
from equipes.app import DESCRIPTION
from equipes.projections import membres
from equipes.reactions import adhesions
from events.codec import Undecodable
from events.projection.guilt import Impossible
from events.projection.manager import Manager
from events.projection.projection import Projector
from events.service import Tools
from events.testing import carry_through
from process.clock import Clock


class Fautive:
    """The projection of members before its correction: some streams make it fail."""

    table = membres.table
    reads = membres.reads
    key = staticmethod(membres.key)

    def __init__(self, refuse: set[object]) -> None:
        self.refuse = refuse

    def project(self, row: Any, event: Any) -> Any:
        if event.mediateur_id in self.refuse:
            raise ValueError("Zoé Canari ne passe pas")
        return membres.project(row, event)


class Illisible:
    """A reaction before its correction: it cannot take any fact."""

    key = staticmethod(adhesions.key)
    perform = staticmethod(adhesions.perform)

    def react(self, row: Any, event: Any) -> Any:
        raise ValueError("Zoé Canari ne passe pas")


class Refuse:
    """A reaction whose orders cannot be carried out."""

    key = staticmethod(adhesions.key)
    react = staticmethod(adhesions.react)

    async def perform(self, tools: Tools, asked: Any) -> None:
        raise Impossible("550")


async def mettre_de_cote(banc: Banc) -> None:
    """Three members, of whom the second one's fact is parked."""
    equipe_id, _ = await banc.equipe()
    flux = [await banc.membre(equipe_id) for _ in range(3)]
    [recorded] = await banc.store.load(flux[1])
    fautive = Fautive({getattr(recorded.event, "mediateur_id", None)})
    projector = Projector(banc.store.database, fautive, DESCRIPTION.feed(banc.store), attempts=1)
    while await projector.step() or await banc.sql("select count(*) from parked") == 0:
        pass
    while await projector.step():
        pass


async def test_un_fait_mis_de_cote_par_une_projection_est_repris_a_sa_place(banc: Banc) -> None:
    await mettre_de_cote(banc)
    code, out, _ = await banc.coop("rebut", "list", "--json", "--service", "equipes")
    parque = json.loads(out)
    assert (code, parque["lecteur"], parque["type"]) == (1, "membres", "MembreRejoint")
    code, shown, _ = await banc.coop("rebut", "show", "equipes", str(parque["numero"]))
    assert code == 0
    assert parque["flux"] in shown
    # The message of the error may quote a person: only its class and place are known.
    assert "Canari" not in out + shown
    assert await banc.sql("select count(*) from membres") == 2
    code, _, _ = await banc.coop("rebut", "rejouer", "equipes", str(parque["numero"]))
    assert code == 0
    assert await banc.sql("select count(*) from membres") == 3
    code, out, _ = await banc.coop("rebut", "list", "--service", "equipes")
    assert (code, out) == (0, "Rien au rebut.\n")
    assert (await banc.coop("projections", "verify", "equipes", "membres"))[0] == 0


async def test_une_reaction_est_rejouee_pour_son_fait_et_ne_fait_rien_deux_fois(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    _, flux = await banc.acceptee(equipe_id)

    reaction = next(r for r in DESCRIPTION.reactions if r.name == "adhesions")
    fautive = Manager(
        banc.store.database, DESCRIPTION.feed(banc.store), replace(reaction, manager=Illisible())
    )
    while await banc.sql("select count(*) from parked") == 0:
        await fautive.step()
    executor = DESCRIPTION.executor(reaction, Tools(banc.store, Clock().now))
    assert await executor.step() == 0
    await banc.sql("create table copie as select * from parked")
    # Parked again, replayed again: no order is given twice.
    for _ in range(2):
        assert (await banc.coop("rebut", "rejouer", "equipes"))[0] == 0
        while await executor.step():
            pass
        assert [type(r.event).__name__ for r in await banc.store.load(flux)] == ["MembreRejoint"]
        assert await banc.sql("select count(*) from parked") == 0
        assert await banc.sql("select count(*) from orders") == 1
        await banc.sql("insert into parked overriding system value select * from copie")


async def test_un_ordre_refuse_est_rendu_au_service(banc: Banc) -> None:
    equipe_id, _ = await banc.equipe()
    _, flux = await banc.acceptee(equipe_id)
    reaction = next(r for r in DESCRIPTION.reactions if r.name == "adhesions")
    manager = Manager(banc.store.database, DESCRIPTION.feed(banc.store), reaction)
    fautif = replace(reaction, manager=Refuse())
    outils = Tools(banc.store, Clock().now)
    await carry_through(manager, DESCRIPTION.executor(fautif, outils))
    code, out, _ = await banc.coop("rebut", "list", "--json", "--service", "equipes")
    parque = json.loads(out)
    assert (code, parque["source"], parque["erreur"]) == (1, "ordre", "Impossible 550")
    code, shown, _ = await banc.coop("rebut", "show", "equipes", str(parque["numero"]))
    assert (code, "cause" in shown, "Canari" in out + shown) == (0, True, False)
    assert (await banc.coop("rebut", "rejouer", "equipes"))[0] == 0
    await carry_through(manager, DESCRIPTION.executor(reaction, outils))
    assert len(await banc.store.load(flux)) == 1


async def test_jeter_garde_qui_quand_et_pourquoi(banc: Banc) -> None:
    await mettre_de_cote(banc)
    numero = await banc.sql("select id from parked")
    assert (await banc.coop("rebut", "jeter", "equipes", str(numero)))[0] == 2
    code, _, _ = await banc.coop("rebut", "jeter", "equipes", str(numero), "--motif", "essai de 2024")
    assert code == 0
    assert await banc.sql("select count(*) from parked") == 0
    assert (
        await banc.sql(
            """select count(*) from parked_dropped where id = $1 and dropped_by = 'operatrice'
               and reason = 'essai de 2024' and projection = 'membres' and dropped_at > parked_at""",
            numero,
        )
        == 1
    )
    assert (await banc.coop("rebut", "jeter", "equipes", str(numero), "--motif", "x"))[0] == 2


async def test_une_table_dont_un_fait_fut_jete_se_refait_et_le_nomme(
    banc: Banc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the code that could not take it, and still cannot."""
    await mettre_de_cote(banc)
    numero, flux = await banc.sql("select id from parked"), await banc.sql("select stream from parked")
    event_id = await banc.sql("select event_id from parked")
    fautif = await banc.sql(
        "select (data->>'mediateur_id')::uuid from events where id = (select event_id from parked)"
    )
    await banc.coop("rebut", "jeter", "equipes", str(numero), "--motif", "essai de 2024")
    original = membres.project

    def project(row: Any, event: Any) -> Any:
        if event.mediateur_id == fautif:
            raise Undecodable
        return original(row, event)

    monkeypatch.setattr(membres, "project", project)
    code, out, _ = await banc.coop("projections", "rebuild", "equipes", "membres")
    assert code == 0
    assert f"{event_id}, {flux} (essai de 2024)" in out
    assert await banc.sql("select count(*) from membres") == 2
    assert await banc.sql("select count(*) from parked") == 0
