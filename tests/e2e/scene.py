"""Les personnes du bout en bout, chacune dans son navigateur, et ce qu'elles envoient à la passerelle."""

import asyncio
import datetime as dt
import os
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import canaris
import httpx2
from embedded import etapes
from embedded.client import Person
from embedded.runtime import Platform
from events.types import Position
from plateau import compter
from portail.passerelle import service_de

type Role = Literal["mediateur", "coordinateur"]
type Droit = Literal["admin", "support"]

PROCONNECT_IDENTITE = "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"
"""The identity provider of whoever has none of their own, in the faux ProConnect."""

SURS = frozenset({"GET", "HEAD", "OPTIONS"})
A_DOMICILE = etapes.A_DOMICILE


ATTENTE = 60.0
"""Secondes qu'une machine chargée peut mettre à lire ce qui vient d'être écrit."""
UN_INSTANT = dt.timedelta(seconds=1)


class Fenetre(Protocol):
    """Un navigateur ouvert : ce que ses pages ont écrit, et ce qu'elles doivent attendre."""

    async def positions(self) -> Collection[str]: ...

    async def apprendre(self, positions: Collection[str]) -> None: ...


@dataclass
class Ecrits:
    """Jusqu'où la scène a écrit : ce qu'elle lit ensuite l'attend, qui que ce soit, par l'API ou une page.

    positions : la dernière de chaque service.
    """

    positions: dict[str, str] = field(default_factory=dict[str, str])
    fenetres: list[Fenetre] = field(default_factory=list[Fenetre])

    async def noter(self, position: str) -> None:
        """Somebody wrote by the API."""
        self._retenir(position)
        for fenetre in self.fenetres:
            await fenetre.apprendre(self.positions.values())

    async def relever(self) -> dict[str, str]:
        """With what the open pages wrote."""
        for fenetre in self.fenetres:
            for position in await fenetre.positions():
                self._retenir(position)
        return self.positions

    def _retenir(self, position: str) -> None:
        service, _, ou = position.partition(":")
        connue = self.positions.get(service, ":0-0").partition(":")[2]
        if Position.parse(ou) > Position.parse(connue):
            self.positions[service] = position


class Navigateur(Person):
    """A person whose refusals are answers to look at, not exceptions; who reads what was written before."""

    def __init__(self, public_url: str, email: str, ecrits: Ecrits | None = None) -> None:
        super().__init__(public_url, email)
        self._http.timeout = httpx2.Timeout(ATTENTE)
        self.ecrits = ecrits or Ecrits()
        self.moi: dict[str, Any] = {}
        """What `GET /auth/session` said last."""

    async def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        lecture, entetes = method in SURS, dict(options.pop("headers", None) or {})
        attendue = (await self.ecrits.relever()).get(service_de(path)) if lecture else None
        suivie = attendue is not None and "X-Position" not in entetes
        if attendue is not None:
            entetes = {"X-Position": attendue} | entetes
        envoyer = super()._send

        async def essayer() -> httpx2.Response:
            return await envoyer(method, path, headers=entetes, **options)

        def tient(reponse: httpx2.Response) -> bool:
            """Nothing that waiting would change. At once, « not yet » is said of what is never read there."""
            if lecture:
                return not suivie or a_jour(reponse) or reponse.elapsed < UN_INSTANT
            return not any(refus in reponse.text for refus in etapes.A_VENIR)

        reponse = await finit_par(essayer, tient, ATTENTE)
        if not lecture and (position := reponse.headers.get("x-position")):
            await self.ecrits.noter(position)
        return reponse

    async def demander(
        self, methode: str, chemin: str, corps: Any = None, *, entetes: dict[str, str] | None = None
    ) -> httpx2.Response:
        """The answer, whatever it is. entetes : in place of the CSRF token and origin of an unsafe method."""
        if entetes is None:
            entetes = {} if methode in SURS else self.protection()
        options = {} if corps is None else {"json": corps}
        return await self._send(methode, chemin, headers=entetes, **options)

    def protection(self) -> dict[str, str]:
        """What an unsafe request must carry."""
        return {"X-CSRF-Token": self.csrf, "Origin": self.public_url}

    def cookies(self) -> str:
        """Those of the gateway, as the browser would send them."""
        host = self.public_url.partition("//")[2]
        return "; ".join(f"{nom}={valeur}" for nom, valeur in self._cookies.get(host, {}).items())

    async def reconnaitre(self) -> None:
        """Read the session again: its CSRF token, its roles."""
        self.moi = await self.who()


class Scene:
    """Fait entrer les personnes. Leur nom, leur adresse et leur téléphone portent les canaris."""

    def __init__(self, platform: Platform, stack: AsyncExitStack) -> None:
        self.platform = platform
        self._stack = stack
        self._prenoms = Counter[str]()
        self._personnes: dict[str, dict[str, Any]] = {}
        self.ecrits = Ecrits()
        self._administratrice: Navigateur | None = None
        self._une_seule = asyncio.Lock()

    async def anonyme(self) -> Navigateur:
        """Quelqu'un qui n'est pas connecté."""
        return await self._navigateur("")

    async def connectee(self, prenom: str) -> Navigateur:
        """Connectée par ProConnect, sans rôle : son inscription commence."""
        qui = await self._arrivee(prenom)
        await qui.sign_in()
        await qui.reconnaitre()
        return qui

    async def presque_inscrite(self, prenom: str) -> Navigateur:
        """Connectée, toutes ses réponses données : il reste à valider."""
        qui = await self.connectee(prenom)
        await etapes.repondre(qui, "mediateur")
        return qui

    async def inscrite(self, prenom: str, role: Role) -> Navigateur:
        """Connectée, son rôle choisi, un emploi en cours."""
        qui = await self._arrivee(prenom)
        await self.inscrire(qui, role)
        return qui

    async def inconnue(self, prenom: str) -> Navigateur:
        """Connue de la fédération, jamais venue ici."""
        return await self._arrivee(prenom)

    async def inscrire(self, qui: Navigateur, role: Role) -> None:
        """Son inscription, entière, apprise des autres services : rien n'en reste à attendre."""
        suivis, qui.ecrits = qui.ecrits, Ecrits()
        await etapes.inscrire(qui, role, _taire)
        await qui.reconnaitre()
        qui.ecrits = suivis
        ici = f"select count(*) from emplois where compte_id = '{qui.moi['compte_id']}'"
        for service in ("activites", "equipes"):
            await finit_par(partial(compter, self.platform, service, ici), bool, ATTENTE)

    async def habilitee(self, prenom: str, droit: Droit) -> Navigateur:
        """Connectée avec deux facteurs, sans rôle métier, et ce droit, qu'une administratrice lui a donné."""
        qui, administratrice = await self._sure(prenom), await self._premiere_administratrice()
        gestion = f"/comptes/gestion/utilisateurs/{qui.moi['compte_id']}"
        await administratrice.write("PUT", f"{gestion}/droit", {"droit": droit, "raison": "essai"})
        await _revenir(qui)
        return qui

    async def _premiere_administratrice(self) -> Navigateur:
        """`coop droit` la fait, comme toute première : une fois, cette commande est longue à démarrer."""
        async with self._une_seule:
            if self._administratrice is None:
                qui = await self._sure("Premiere")
                compte_id = qui.moi["compte_id"]
                await coop(self.platform, "identity", "droit", compte_id, "admin", "--motif", "essai")
                await _revenir(qui)
                self._administratrice = qui
            return self._administratrice

    async def _sure(self, prenom: str) -> Navigateur:
        """Connectée avec deux facteurs."""
        deux_facteurs = {"uid": str(uuid4()), "acr": "eidas1-mfa", "amr": ["pwd", "otp", "mfa"]}
        qui = await self._arrivee(prenom, identifiants={PROCONNECT_IDENTITE: deux_facteurs})
        await _revenir(qui)
        return qui

    async def embauchee_ailleurs(self, prenom: str, siret: str) -> Navigateur:
        """Médiatrice inscrite, que ProConnect dit maintenant dans un autre établissement."""
        qui = await self.inscrite(prenom, "mediateur")
        await self._placer(self._personnes[qui.email] | {"siret": siret})
        # Where she is signed in already, ProConnect says what it said.
        return await self.autre_navigateur(qui)

    async def habituee(self, adresse: str, role: Role) -> Navigateur:
        """Une personne que le faux ProConnect connaît déjà, inscrite."""
        qui = await self._navigateur(adresse)
        await self.inscrire(qui, role)
        return qui

    async def connue(self, adresse: str) -> Navigateur:
        """Une personne que le faux ProConnect connaît déjà, connectée : son inscription commence."""
        qui = await self._navigateur(adresse)
        await qui.sign_in()
        await qui.reconnaitre()
        return qui

    async def autre_navigateur(self, qui: Navigateur) -> Navigateur:
        """La même personne, connectée aussi ailleurs."""
        ailleurs = await self._navigateur(qui.email)
        await ailleurs.sign_in()
        await ailleurs.reconnaitre()
        return ailleurs

    async def _arrivee(self, prenom: str, **champs: Any) -> Navigateur:
        # Two tests may choose the same first name on the platform that they share: two persons all the same.
        self._prenoms[prenom] += 1
        rang = self._prenoms[prenom]
        distinct = prenom if rang == 1 else f"{prenom}{rang}"
        adresse = f"{distinct}.{canaris.PRENOM}@{canaris.NOM}.exemple.fr".lower()
        personne = {
            "id": adresse,
            "email": adresse,
            "given_name": f"{prenom} {canaris.PRENOM.capitalize()}",
            "usual_name": canaris.NOM.capitalize(),
            "siret": etapes.SIRET,
            "phone_number": canaris.TELEPHONE,
            **champs,
        }
        await self._placer(personne)
        return await self._navigateur(adresse)

    async def _placer(self, personne: dict[str, Any]) -> None:
        """Ce que le faux ProConnect dit désormais d'elle."""
        self._personnes[personne["email"]] = personne
        faux = self.platform.settings.url("proconnect")
        async with httpx2.AsyncClient(verify=False, timeout=60) as http:
            (await http.post(f"{faux}/_test/people", json=personne)).raise_for_status()

    async def _navigateur(self, adresse: str) -> Navigateur:
        base = self.platform.settings.public_url
        return await self._stack.enter_async_context(Navigateur(base, adresse, self.ecrits))


async def code_recu(platform: Platform, adresse: str) -> str:
    """Le code que cette boîte vient de recevoir."""
    dossier = platform.settings.folder / "courriels"

    async def lire() -> list[str]:
        lus = [message_from_bytes(f.read_bytes(), policy=default) for f in dossier.glob("*.eml")]
        corps = [m.get_body(("plain",)) for m in lus if m["To"] == adresse]
        textes = [partie.get_content() for partie in corps if partie is not None]
        return [code for texte in textes for code in re.findall(r"^(\d{4} \d{4})\r?$", texte, re.MULTILINE)]

    [code] = await finit_par(lire, bool, 60)
    return code


async def relier_ses_rdv(platform: Platform, qui: Navigateur, *personnes: dict[str, Any]) -> int:
    """Relie son compte RDV Service Public, qui a un rendez-vous de plus ; rend son identifiant.

    personnes : qui y est attendu, à une heure déjà passée.
    """
    faux = platform.settings.url("rdv")
    debut = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    async with httpx2.AsyncClient(verify=False, timeout=60) as http:
        demande = (await qui.demander("POST", "/rdv/compte/liaison", {})).raise_for_status()
        champs = dict(parse_qsl(urlsplit(demande.json()["adresse"]).query))
        rendu = await http.post(f"{faux}/oauth/authorize", data={**champs, "email": qui.email})
        corps = {"email": qui.email, "starts_at": debut.isoformat(), "users": list(personnes)}
        donne = (await http.post(f"{faux}/_test/rdvs", json=corps)).raise_for_status()
    retour = {n: v for n, v in parse_qsl(urlsplit(rendu.headers["location"]).query) if n in ("code", "state")}
    (await qui.demander("POST", "/rdv/compte/retour", retour)).raise_for_status()
    return int(donne.json()["id"])


async def creer_une_equipe(coordinateur: Navigateur) -> str:
    """Son identifiant."""
    equipe_id = str(uuid4())
    await coordinateur.post("/equipes", {"id": equipe_id, "nom": "Équipe de bout en bout"})
    return equipe_id


async def inviter(coordinateur: Navigateur, equipe_id: str, invite: Navigateur) -> str:
    """L'identifiant de l'invitation."""
    invitation_id = str(uuid4())
    corps = {"id": invitation_id, "compte_id": invite.moi["compte_id"]}

    async def envoyer() -> int:
        return (await coordinateur.demander("POST", f"/equipes/{equipe_id}/invitations", corps)).status_code

    # The account may still be on its way from identity to equipes.
    assert await finit_par(envoyer, lambda statut: statut in {200, 201}, 60) in {200, 201}
    return invitation_id


async def faire_membre(coordinateur: Navigateur, equipe_id: str, membre: Navigateur) -> None:
    """Invité, et membre."""
    await membre.post(f"/invitations/{await inviter(coordinateur, equipe_id, membre)}/acceptation")


async def territoire(coordinateur: Navigateur, mediateur: Navigateur, nom: str) -> dict[str, str]:
    """Le coordinateur est employé aussi à Dijon, où le médiateur a tenu des ateliers, dix-huit mois durant.

    nom : de la structure. Rend l'identifiant de la `structure`, et d'un `lieu` de Dijon.
    """
    emploi = {"id": str(uuid4()), "siret": "21210231300013", "nom": nom, "code_insee": "21231"}
    await coordinateur.post("/comptes/moi/emplois", emploi | {"debut": jour(-400)})
    emplois = await coordinateur.get("/comptes/moi/emplois", coordinateur.positions["identity"])
    [structure] = [e["structure_id"] for e in emplois if e["emploi_id"] == emploi["id"]]
    [lieu, *_] = (await coordinateur.get("/lieux?limite=1&commune=21231"))["elements"]
    await etapes.exercer(mediateur, lieu)
    ici = {"type_lieu": "lieu_activite", "lieu_id": lieu["id"]}
    for mois in range(18):
        seance = atelier(date=jour(-30 * mois)) | ici
        del seance["commune"]
        seance["participants"] = {"total": 7 + 3 * (mois % 5) + 5 * (mois < 9)}
        await mediateur.post("/activites", seance)

    async def lire() -> int:
        return (await coordinateur.demander("GET", "/statistiques/departements/21")).status_code

    # The employment is still on its way from identity to activites.
    assert await finit_par(lire, lambda statut: statut == 200, 60) == 200
    return {"structure": structure, "lieu": lieu["id"]}


async def effacer(plateforme: Platform, compte_id: str, registre: Path) -> str:
    """By the operator's command. What it printed."""
    arguments = ("effacer", "identity", "compte", compte_id, "--motif", "demande-112")
    return await coop(plateforme, "identity", *arguments, COOP_REGISTRE=str(registre))


async def coop(plateforme: Platform, service: str, *arguments: str, **env: str) -> str:
    """The operator's command, beside one service. What it printed."""
    commande = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "coop", *arguments),
        env={**os.environ, **plateforme.environment(service), **env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    sortie, _ = await commande.communicate()
    assert commande.returncode == 0, sortie.decode()
    return sortie.decode()


async def _revenir(qui: Navigateur) -> None:
    """Une session neuve, qui a le droit donné entre-temps."""
    await qui.sign_in()
    await qui.reconnaitre()


def _taire(_: str) -> None:
    return


def jour(decalage: int) -> str:
    """Un jour civil, compté depuis aujourd'hui."""
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=decalage)).isoformat()


def individuel(**champs: Any) -> dict[str, Any]:
    """Un accompagnement individuel, dont les textes libres portent les canaris."""
    corps = etapes.individuel(dt.date.fromisoformat(jour(0)), A_DOMICILE)
    textes = {
        "thematiques": ["aide_aux_demarches_administratives", "logement"],
        "precisions_demarche": f"dossier de {canaris.PRECISIONS}",
        "notes": f"<p>Reçoit {canaris.NOTES}.</p>",
    }
    return {**corps, **textes, **champs}


def atelier(**champs: Any) -> dict[str, Any]:
    """Un atelier de huit personnes, dont le titre et les notes portent les canaris."""
    return {
        "id": str(uuid4()),
        "type": "collectif",
        "date": jour(-1),
        "duree_minutes": 90,
        **A_DOMICILE,
        "type_lieu": "autre",
        "thematiques": ["securite_numerique"],
        "titre_atelier": f"Atelier {canaris.TITRE}",
        "notes": f"<p>Avec {canaris.NOTES}</p>",
        "niveau": "debutant",
        "materiels": ["telephone"],
        "participants": {
            "total": 8,
            "deja_accompagnes": 3,
            "genres": {"feminin": 5, "masculin": 3},
            "tranches_age": {"soixante_dix_plus": 6},
        },
        **champs,
    }


def evenement(**champs: Any) -> dict[str, Any]:
    """Un évènement de coordination, dont le nom et les notes portent les canaris."""
    return {
        "id": str(uuid4()),
        "type": "evenement",
        "date": jour(-1),
        "nom": f"Forum {canaris.TITRE}",
        "participants": 40,
        "type_evenement": "grand_public",
        "organisateurs": ["ma_structure", "commune"],
        "echelon_territorial": "Departemental",
        "notes": f"<p>Avec {canaris.NOTES}</p>",
        **champs,
    }


def sans_id(corps: dict[str, Any]) -> dict[str, Any]:
    """Le corps d'une correction : l'identifiant est dans l'adresse."""
    return {nom: valeur for nom, valeur in corps.items() if nom != "id"}


def a_jour(reponse: httpx2.Response) -> bool:
    """What was waited for is read here."""
    return reponse.headers.get("x-position-atteinte") != "non"


async def finit_par[T](lire: Callable[[], Awaitable[T]], voulu: Callable[[T], bool], secondes: float) -> T:
    """La première lecture qui convient, ou la dernière après ce délai : l'assertion dira ce qui manque."""
    limite = asyncio.get_running_loop().time() + secondes
    while not voulu(lu := await lire()) and asyncio.get_running_loop().time() < limite:
        await asyncio.sleep(0.1)
    return lu
