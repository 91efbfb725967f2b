"""A10 : un compte qui ne sert pas est rappelé, averti, puis supprimé ; l'horloge avance à la main."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from contracts.activites import ActiviteEnregistreeV1
from contracts.equipes import EquipeCreeeV1, MembreRejointV1
from courriels.enveloppe import CourrielRefuse
from courriels.message import Courriel
from courriels.remise import BoiteLocale, Remise
from events.projection.manager import Manager
from events.testing import carry_through
from identity.app import DESCRIPTION
from identity.courriels import avertissement, bien_commencer, rappel_inscription, suppression
from identity.domain.vocabulaire import Rappel
from identity.projections import comptes_actifs, roles_en_equipe

REACTION = next(r for r in DESCRIPTION.reactions if r.name == "rappels")
INSCRIPTION = [*rappel_inscription.OBJETS.values(), avertissement.OBJET, suppression.OBJET]
DEBUT = [*bien_commencer.OBJETS.values(), avertissement.OBJET, suppression.OBJET]


@dataclass
class Temps:
    """The reaction, and the days that pass."""

    plateforme: Any
    courrier: Remise
    dossier: Path

    async def lire(self) -> None:
        """What is written is read; nothing is carried out."""
        manager = Manager(self.plateforme.database, DESCRIPTION.feed(self.plateforme.store), REACTION)
        while await manager.step():
            pass

    async def jour(self, jours: float) -> list[str]:
        """The subjects received up to that day, counted from now, the first one first."""
        self.plateforme.heure.decalage = dt.timedelta(days=jours, minutes=1)
        outils = replace(self.plateforme.outils, courrier=self.courrier)
        manager = Manager(self.plateforme.database, DESCRIPTION.feed(self.plateforme.store), REACTION)
        await carry_through(manager, DESCRIPTION.executor(REACTION, outils))
        await carry_through(manager, DESCRIPTION.executor(REACTION, outils))
        fichiers = sorted(self.dossier.glob("*.eml"), key=lambda f: f.stat().st_mtime_ns)
        return [message_from_bytes(f.read_bytes(), policy=default)["Subject"] for f in fichiers]

    async def suivre(self, jours: list[float]) -> list[int]:
        """How many messages had been received on each of these days."""
        return [len(await self.jour(jour)) for jour in jours]


@pytest_asyncio.fixture
async def temps(plateforme: Any, tmp_path: Path) -> AsyncIterator[Temps]:
    """Nobody waits for anything but whoever the test brings in."""
    temps = Temps(
        plateforme, BoiteLocale(tmp_path, "La Coop <x@coop.exemple.fr>", plateforme.heure.lire), tmp_path
    )
    await temps.lire()
    async with plateforme.database.raw() as connection:
        await connection.execute("delete from orders where reaction = 'rappels'")
    yield temps


@pytest_asyncio.fixture
async def lea(temps: Temps, navigateur: Any) -> Any:
    """Somebody who has just signed in for the first time."""
    temps.plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(temps.plateforme.personne())
    return navigateur


async def faits(temps: Temps, compte_id: str) -> list[str]:
    return await temps.plateforme.faits(compte_id)


async def test_a10_une_inscription_abandonnee_est_rappelee_avertie_puis_supprimee(
    temps: Temps, lea: Any
) -> None:
    compte_id = (await lea.moi())["compte_id"]
    jours: list[float] = [6, 7, 29, 30, 59, 60, 89, 90, 104, 105, 400]
    assert await temps.suivre(jours) == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert await temps.jour(401) == INSCRIPTION
    assert (await faits(temps, compte_id))[-1] == "CompteEfface"


async def test_a10_valider_son_inscription_arrete_les_rappels_et_en_commence_d_autres(
    temps: Temps, lea: Any
) -> None:
    assert await temps.jour(7) == INSCRIPTION[:1]
    temps.plateforme.heure.decalage = dt.timedelta()
    assert (await lea.s_inscrire()).status_code == 201
    compte_id = (await lea.moi())["compte_id"]
    assert await temps.suivre([6, 7, 30, 60, 90, 104, 105]) == [1, 2, 3, 4, 5, 5, 6]
    assert await temps.jour(106) == [INSCRIPTION[0], *DEBUT]
    assert (await faits(temps, compte_id))[-1] == "CompteEfface"


def activite(compte_id: UUID) -> ActiviteEnregistreeV1:
    return ActiviteEnregistreeV1.model_construct(
        compte_id=compte_id, enregistree_le=dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    )


async def test_a10_une_activite_suffit_a_garder_le_compte(temps: Temps, lea: Any) -> None:
    await lea.s_inscrire()
    compte_id = (await lea.moi())["compte_id"]
    assert await temps.jour(90) == [avertissement.OBJET]
    row = comptes_actifs.project(None, activite(UUID(compte_id)))
    assert row is not None
    async with temps.plateforme.database.engine.begin() as connection:
        await connection.execute(comptes_actifs.table.insert().values(row))
    assert await temps.jour(200) == [avertissement.OBJET]
    assert "CompteEfface" not in await faits(temps, compte_id)


@pytest.mark.parametrize("role", ["mediateur", "coordinateur"])
async def test_a10_une_equipe_suffit_a_garder_le_compte(temps: Temps, lea: Any, role: str) -> None:
    await lea.s_inscrire(role)
    moi, quand = await lea.moi(), dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    fait: Any = (
        MembreRejointV1(
            equipe_id=uuid4(), mediateur_id=moi["mediateur_id"], compte_id=moi["compte_id"], depuis=quand
        )
        if role == "mediateur"
        else EquipeCreeeV1(equipe_id=uuid4(), coordinateur_id=moi["coordinateur_id"], creee_le=quand)
    )
    row = roles_en_equipe.project(None, fait)
    assert row is not None
    async with temps.plateforme.database.engine.begin() as connection:
        await connection.execute(roles_en_equipe.table.insert().values(row))
    assert await temps.jour(400) == []
    assert "CompteEfface" not in await faits(temps, moi["compte_id"])


async def test_a10_une_plateforme_arretee_des_mois_n_ecrit_qu_une_fois_et_laisse_quinze_jours(
    temps: Temps, lea: Any
) -> None:
    compte_id = (await lea.moi())["compte_id"]
    assert await temps.jour(200) == [avertissement.OBJET]
    assert await temps.jour(214) == [avertissement.OBJET]
    assert "CompteEfface" not in await faits(temps, compte_id)
    assert await temps.jour(215.1) == [avertissement.OBJET, suppression.OBJET]
    assert (await faits(temps, compte_id))[-1] == "CompteEfface"


async def test_relire_le_journal_ne_renvoie_rien(temps: Temps, lea: Any) -> None:
    compte_id = (await lea.moi())["compte_id"]
    assert len(await temps.jour(7)) == 1
    async with temps.plateforme.database.raw() as connection:
        await connection.execute("delete from checkpoints where projection = 'rappels'")
    await temps.lire()
    async with temps.plateforme.database.raw() as connection:
        # Those of everybody else's accounts, that the fixture had let go.
        await connection.execute("delete from orders where reaction = 'rappels' and key <> $1", compte_id)
    assert len(await temps.jour(8)) == 1


class Refusante:
    """A mailbox that refuses from a given message on."""

    def __init__(self, vraie: Remise, accepte: int) -> None:
        self._vraie, self._reste = vraie, accepte

    async def remettre(self, envoi: UUID, adresse: str, courriel: Courriel) -> None:
        if not self._reste:
            raise CourrielRefuse("550 5.1.1")
        self._reste -= 1
        await self._vraie.remettre(envoi, adresse, courriel)


async def test_qui_ne_peut_pas_etre_averti_n_est_pas_supprime(temps: Temps, lea: Any) -> None:
    compte_id = (await lea.moi())["compte_id"]
    temps.courrier = Refusante(temps.courrier, accepte=0)
    assert await temps.jour(400) == []
    assert "CompteEfface" not in await faits(temps, compte_id)


async def test_averti_il_est_supprime_meme_si_sa_boite_a_ferme_depuis(temps: Temps, lea: Any) -> None:
    compte_id = (await lea.moi())["compte_id"]
    temps.courrier = Refusante(temps.courrier, accepte=4)
    assert await temps.suivre([7, 30, 60, 90, 105]) == [1, 2, 3, 4, 4]
    assert (await faits(temps, compte_id))[-1] == "CompteEfface"


def test_chaque_rappel_a_son_message() -> None:
    attendus = {Rappel.J7, Rappel.J30, Rappel.J60}
    assert set(rappel_inscription.OBJETS) == set(bien_commencer.OBJETS) == attendus
