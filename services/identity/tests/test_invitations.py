"""Une équipe invite quelqu'un : identity lui écrit, une fois, et personne d'autre ne voit son adresse."""

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
import structlog
from aiosmtpd.controller import Controller
from contracts.equipes import InvitationAccepteeV1, InvitationEnvoyeeV1, InvitationRefuseeV1
from courriels.reglages import ReglagesCourriels
from courriels.remise import BoiteLocale, Remise, Smtp
from events.contract import Contract
from events.projection.manager import Manager
from events.store.store import Context
from events.testing import add_stream, publish
from events.types import Position
from identity.app import DESCRIPTION
from identity.connexion.preparation import preparer
from identity.courriels import invitation_acceptee, invitation_inconnue, invitation_refusee
from identity.courriels.invitation_recue import OBJET, rediger
from identity.courriels.textes import Cadre
from identity.erasure import effacer
from nats.aio.client import Client
from process.clock import Clock

REACTION = next(r for r in DESCRIPTION.reactions if r.name == "invitations")
DEMAIN = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
EXPEDITEUR = "La Coop <ne-pas-repondre@coop.exemple.fr>"


class Suite:
    """The reaction of identity to the invitations of equipes."""

    def __init__(self, plateforme: Any, bus: Client) -> None:
        self.plateforme, self.bus = plateforme, bus
        self._source = DESCRIPTION.bus("invitations", REACTION, bus)
        self._manager = Manager(plateforme.database, self._source, REACTION)
        self._numero = 0

    async def inviter(
        self, compte_id: UUID, expire_le: dt.datetime = DEMAIN, par: UUID | None = None
    ) -> UUID:
        """As the relay of equipes publishes it; gives the fact's identifier."""
        return await self.publier(
            InvitationEnvoyeeV1(
                invitation_id=uuid4(), equipe_id=uuid4(), compte_id=compte_id, expire_le=expire_le, par=par
            )
        )

    async def publier(self, contrat: Contract) -> UUID:
        """As the relay of equipes does; gives the fact's identifier."""
        self._numero += 1
        fait = await publish(self.bus, "equipes", contrat, Position(7, self._numero), recorded_at=DEMAIN)
        async with asyncio.timeout(60):
            while not await self._manager.step():
                await self._source.wait()
        return fait

    async def executer(self, courrier: Remise) -> int:
        """One batch of orders, whose wait is over. Returns how many were tried."""
        await self.sql("update orders set not_before = '-infinity'")
        outils = replace(self.plateforme.outils, courrier=courrier)
        return await DESCRIPTION.executor(REACTION, outils).step()

    async def sql(self, query: str) -> list[tuple[Any, ...]]:
        async with self.plateforme.database.raw() as connection:
            return [tuple(row) for row in await connection.fetch(query)]

    async def fermer(self) -> None:
        await self._source.close()


@pytest_asyncio.fixture
async def suite(plateforme: Any, bus: Client) -> AsyncIterator[Suite]:
    await add_stream(bus, "equipes")
    async with plateforme.database.raw() as connection:
        for table in ("checkpoints", "orders", "parked"):
            colonne = "reaction" if table == "orders" else "projection"
            await connection.execute(f"delete from {table} where {colonne} = 'invitations'")
    suite = Suite(plateforme, bus)
    yield suite
    await suite.fermer()


@pytest_asyncio.fixture
async def lea(plateforme: Any, navigateur: Any) -> tuple[UUID, str]:
    """Somebody who signed in: her account and her address."""
    personne = plateforme.personne()
    await navigateur.se_connecter(personne)
    return UUID((await navigateur.moi())["compte_id"]), personne.email


@pytest.fixture
def boite(tmp_path: Path) -> BoiteLocale:
    return BoiteLocale(tmp_path, EXPEDITEUR, lambda: dt.datetime.now(dt.UTC))


async def test_la_personne_invitee_recoit_un_message(
    suite: Suite, lea: tuple[UUID, str], boite: BoiteLocale, tmp_path: Path
) -> None:
    await suite.inviter(lea[0])
    for _ in range(2):
        await suite.executer(boite)
    [fichier] = tmp_path.iterdir()
    message = message_from_bytes(fichier.read_bytes(), policy=default)
    assert (message["To"], message["Subject"]) == (lea[1], OBJET)
    texte, html = (partie.get_content() for partie in message.iter_parts())
    lien = f"{suite.plateforme.settings.public_url}/espace/invitations"
    assert texte.startswith("Bonjour Léa,")
    assert lien in texte
    assert f'href="{lien}"' in html
    assert "aide@coop.exemple.fr" in texte


async def test_une_adresse_sans_compte_apprend_ce_qu_est_la_plateforme_et_comment_y_entrer(
    suite: Suite, boite: BoiteLocale, tmp_path: Path
) -> None:
    plateforme = suite.plateforme
    adresse = plateforme.personne().email
    compte_id, _ = await preparer(
        plateforme.store,
        plateforme.acces.empreintes,
        adresse,
        Clock(plateforme.heure.lire),
        Context("essai", "essai"),
    )
    await suite.inviter(compte_id)
    for _ in range(2):
        await suite.executer(boite)
    [fichier] = tmp_path.iterdir()
    message = message_from_bytes(fichier.read_bytes(), policy=default)
    assert (message["To"], message["Subject"]) == (adresse, invitation_inconnue.OBJET)
    texte, html = (partie.get_content() for partie in message.iter_parts())
    lien = f"{plateforme.settings.public_url}/connexion"
    assert texte.startswith("Bonjour,")
    for dit in ("plateforme publique et gratuite", "ProConnect", "Créer votre compte", lien):
        assert dit in texte
    assert f'href="{lien}"' in html


async def test_l_adresse_ne_reste_nulle_part(suite: Suite, lea: tuple[UUID, str], boite: BoiteLocale) -> None:
    await suite.inviter(lea[0])
    with structlog.testing.capture_logs() as journaux:
        await suite.executer(boite)
    gardes = await suite.sql("select o::text from orders o union all select p::text from parked p")
    assert lea[1] not in str(journaux) + str(gardes)


async def test_rien_a_une_personne_effacee_ni_pour_une_invitation_finie(
    suite: Suite, lea: tuple[UUID, str], boite: BoiteLocale, tmp_path: Path
) -> None:
    await suite.inviter(lea[0], dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert await suite.executer(boite) == 1
    await suite.inviter(lea[0])
    await effacer(
        suite.plateforme.store, "compte", lea[0], "demande", Context("operateur", "demande-1"), Clock().now()
    )
    assert await suite.executer(boite) == 1
    assert list(tmp_path.iterdir()) == []
    assert await suite.sql("select distinct state from orders where reaction = 'invitations'") == [("done",)]


async def test_deux_equipes_qui_invitent_ecrivent_deux_fois(
    suite: Suite, lea: tuple[UUID, str], boite: BoiteLocale, tmp_path: Path
) -> None:
    """The second invitation does not withdraw the message of the first, which still waits."""
    await suite.inviter(lea[0])
    await suite.inviter(lea[0])
    await suite.executer(boite)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("reponse", "objet"),
    [
        (
            InvitationAccepteeV1(invitation_id=uuid4(), equipe_id=uuid4(), acceptee_le=DEMAIN),
            invitation_acceptee.OBJET,
        ),
        (
            InvitationRefuseeV1(invitation_id=uuid4(), equipe_id=uuid4(), refusee_le=DEMAIN),
            invitation_refusee.OBJET,
        ),
    ],
    ids=["acceptée", "refusée"],
)
async def test_qui_a_invite_apprend_la_reponse(
    suite: Suite,
    lea: tuple[UUID, str],
    nouveau_navigateur: Any,
    boite: BoiteLocale,
    tmp_path: Path,
    reponse: InvitationAccepteeV1 | InvitationRefuseeV1,
    objet: str,
) -> None:
    coordinatrice, personne, par = nouveau_navigateur(), suite.plateforme.personne(), uuid4()
    await coordinatrice.se_connecter(personne)
    assert (await coordinatrice.s_inscrire("coordinateur", par)).status_code == 201
    await suite.publier(
        InvitationEnvoyeeV1(
            invitation_id=reponse.invitation_id,
            equipe_id=reponse.equipe_id,
            compte_id=lea[0],
            expire_le=DEMAIN,
            par=par,
        )
    )
    await suite.executer(boite)
    await suite.publier(reponse)
    await suite.executer(boite)
    messages = [message_from_bytes(f.read_bytes(), policy=default) for f in tmp_path.iterdir()]
    assert sorted((m["To"], m["Subject"]) for m in messages) == sorted(
        [(lea[1], OBJET), (personne.email, objet)]
    )
    assert await suite.sql("select * from reaction_rows where reaction = 'invitations'") == []


async def test_une_reponse_a_une_invitation_sans_auteur_connu_n_ecrit_a_personne(
    suite: Suite, boite: BoiteLocale, tmp_path: Path
) -> None:
    await suite.publier(InvitationAccepteeV1(invitation_id=uuid4(), equipe_id=uuid4(), acceptee_le=DEMAIN))
    assert await suite.executer(boite) == 0
    assert list(tmp_path.iterdir()) == []


class Serveur:
    """An SMTP server that says `reponse` to each recipient."""

    def __init__(self) -> None:
        self.reponse = "250 OK"
        self.recus: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _: Any) -> str:
        if self.reponse.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.reponse

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.recus.append(message_from_bytes(envelope.content, policy=default)["Message-ID"])
        return "250 OK"

    @contextmanager
    def ecoute(self, port: int) -> Any:
        controller = Controller(self, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield
        finally:
            controller.stop()


async def test_un_serveur_mort_fait_attendre_un_refus_va_au_rebut(
    suite: Suite, lea: tuple[UUID, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    reglages = ReglagesCourriels(
        smtp_host="127.0.0.1", smtp_port=port, smtp_tls="non", courriel_expediteur=EXPEDITEUR
    )
    smtp = Smtp(reglages, lambda: dt.datetime.now(dt.UTC))
    fait = await suite.inviter(lea[0])
    for _ in range(6):
        assert await suite.executer(smtp) == 1
    etat = "select state, blames, attempts from orders where reaction = 'invitations'"
    assert await suite.sql(etat) == [("waiting", 0, 6)]
    serveur = Serveur()
    serveur.reponse = "451 4.7.1 plus tard"
    with serveur.ecoute(port):
        assert await suite.executer(smtp) == 1
        assert await suite.sql(etat) == [("waiting", 0, 7)]
        serveur.reponse = "250 OK"
        assert await suite.executer(smtp) == 1
        [(ordre, cause)] = await suite.sql("select id, cause from orders where reaction = 'invitations'")
        assert (serveur.recus, cause) == ([f"<{ordre}@coop.exemple.fr>"], fait)
        serveur.reponse = f"550 5.1.1 <{lea[1]}> inconnu"
        await suite.inviter(lea[0])
        assert await suite.executer(smtp) == 1
    assert await suite.sql("select source, error from parked where projection = 'invitations'") == [
        ("ordre", "Impossible 550 5.1.1")
    ]


@pytest.mark.parametrize(
    ("prenom", "salut"),
    [
        ("Léa", "Bonjour Léa,"),
        ("http://hostile.exemple", "Bonjour,"),
        ("Léa\r\nBcc: tous@exemple.fr", "Bonjour,"),
        ("<b>Léa</b>", "Bonjour,"),
    ],
)
def test_le_message_dit_la_fin_et_rien_de_qui_invite(prenom: str, salut: str) -> None:
    # Midnight of the 2nd in Paris, still the 1st in Martinique.
    fin = dt.datetime(2026, 9, 1, 22, 30, tzinfo=dt.UTC)
    ecrit = rediger(prenom, fin, Cadre("https://coop.exemple.fr", "", "Europe/Paris"))
    assert ecrit.texte.splitlines()[0] == salut
    assert "jusqu’au 2 septembre 2026" in ecrit.texte
    la_bas = rediger(prenom, fin, Cadre("https://coop.exemple.fr", "", "America/Martinique"))
    assert "jusqu’au 1er septembre 2026" in la_bas.texte
    assert "hostile" not in ecrit.texte + ecrit.html
