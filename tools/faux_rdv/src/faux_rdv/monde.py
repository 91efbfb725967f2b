"""What the faux RDV knows, in memory: agents, organisations, rendez-vous, codes, tokens, webhooks."""

import datetime as dt
import secrets
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal
from zoneinfo import ZoneInfo

Status = Literal["unknown", "waiting", "seen", "excused", "revoked", "noshow"]
PARIS = ZoneInfo("Europe/Paris")
NOT_SAID = "1900-01-01"
"""The birth date of somebody whose birth date is not known."""
PER_PAGE = 100
CODE_SECONDS = 60


@dataclass
class Agent:
    id: int
    email: str
    organisation: int


@dataclass
class Usager:
    """phone_number, birth_date, address : as the person gave them, or None."""

    id: int
    first_name: str
    last_name: str
    email: str | None = None
    phone_number: str | None = None
    birth_date: str | None = NOT_SAID
    address: str | None = None


@dataclass
class Rdv:
    """participations : each usager and their own status, which is the rdv's when it is not collective."""

    id: int
    agent: Agent
    starts_at: dt.datetime
    duration_in_min: int
    collectif: bool
    motif: str
    lieu: str
    name: str | None = None
    status: Status = "unknown"
    participations: list[tuple[Usager, Status]] = field(default_factory=list[tuple[Usager, Status]])


@dataclass
class Code:
    """What an authorization code is worth, once."""

    email: str
    redirect_uri: str
    challenge: str
    until: float


@dataclass
class Jeton:
    """An access token and the refresh token given with it."""

    email: str
    access: str
    refresh: str
    until: float


@dataclass
class Webhook:
    id: int
    organisation: int
    target_url: str
    secret: str
    subscriptions: list[str]


class Monde:
    """demo : whether an agent seen for the first time gets a day of rendez-vous."""

    def __init__(self, *, demo: bool, token_seconds: int) -> None:
        self.demo = demo
        self.token_seconds = token_seconds
        self.down = False
        self.calls = 0
        self._ids = count(1)
        self.agents: dict[str, Agent] = {}
        self.rdvs: dict[int, Rdv] = {}
        self.codes: dict[str, Code] = {}
        self.jetons: dict[str, Jeton] = {}
        self.refresh: dict[str, Jeton] = {}
        self.webhooks: dict[int, Webhook] = {}

    def anew(self) -> "Monde":
        """Another one, empty, that gives none of the identifiers that this one gave."""
        monde = Monde(demo=self.demo, token_seconds=self.token_seconds)
        monde._ids = self._ids
        return monde

    def new_id(self) -> int:
        return next(self._ids)

    def agent(self, email: str) -> Agent:
        """The agent at this address, who is made the first time."""
        if email not in self.agents:
            self.agents[email] = Agent(self.new_id(), email, self.new_id())
            if self.demo:
                self._a_day(self.agents[email])
        return self.agents[email]

    def give(self, email: str) -> Jeton:
        """New tokens for this agent."""
        jeton = Jeton(
            email, secrets.token_urlsafe(32), secrets.token_urlsafe(32), time.time() + self.token_seconds
        )
        self.jetons[jeton.access] = self.refresh[jeton.refresh] = jeton
        return jeton

    def revoke(self, token: str) -> None:
        """Neither this token nor the one given with it is good any more."""
        jeton = self.jetons.get(token) or self.refresh.get(token)
        if jeton is not None:
            self.jetons.pop(jeton.access, None)
            self.refresh.pop(jeton.refresh, None)

    def of_token(self, access: str) -> Agent | None:
        jeton = self.jetons.get(access)
        return self.agent(jeton.email) if jeton is not None and jeton.until > time.time() else None

    def _a_day(self, agent: Agent) -> None:
        """Something to see on the first morning: yesterday's, this day's, tomorrow's."""
        day = dt.datetime.now(PARIS).replace(minute=0, second=0, microsecond=0)

        def who(first: str, last: str, **said: Any) -> Usager:
            return Usager(self.new_id(), first, last, **said)

        for shift, hour, motif, minutes, people in (
            (-1, 15, "Prendre en main son smartphone", 45, [who("Jeanne", "Noël", birth_date="1951-05-07")]),
            (0, 9, "Aide à une démarche en ligne", 30, [who("Karim", "Haddad", phone_number="0612345678")]),
            (0, 11, "Créer une adresse e-mail", 60, [who("Odette", "Lambert")]),
            (1, 10, "Aide à une démarche en ligne", 30, [who("Luc", "Petitjean")]),
        ):
            rdv = Rdv(
                self.new_id(),
                agent,
                day.replace(hour=hour) + dt.timedelta(days=shift),
                minutes,
                False,
                motif,
                "Médiathèque d’Exemple",
                participations=[(one, "unknown") for one in people],
            )
            self.rdvs[rdv.id] = rdv
        workshop = Rdv(
            self.new_id(),
            agent,
            day.replace(hour=14),
            90,
            True,
            "Atelier numérique",
            "Médiathèque d’Exemple",
            name="Ranger ses photos",
            participations=[(who("Ana", "Silva"), "unknown"), (who("Paul", "Roche"), "unknown")],
        )
        self.rdvs[workshop.id] = workshop


def agent_json(agent: Agent) -> dict[str, Any]:
    first, _, last = agent.email.partition("@")[0].partition(".")
    return {"id": agent.id, "email": agent.email, "first_name": first.title(), "last_name": last.upper()}


def organisation_json(organisation: int) -> dict[str, Any]:
    return {
        "id": organisation,
        "name": f"Espace numérique {organisation}",
        "email": None,
        "phone_number": None,
    }


def user_json(usager: Usager) -> dict[str, Any]:
    return {
        "id": usager.id,
        "first_name": usager.first_name,
        "last_name": usager.last_name,
        "email": usager.email,
        "phone_number": usager.phone_number,
        "birth_date": usager.birth_date,
        "address": usager.address,
    }


def rdv_json(rdv: Rdv) -> dict[str, Any]:
    """As the API and the webhooks show it. Instants: `2026-11-29 10:00:00 +0100`."""
    cancelled = rdv.status in ("excused", "revoked")
    return {
        "id": rdv.id,
        "address": rdv.lieu,
        "agents": [agent_json(rdv.agent)],
        "cancelled_at": _instant(rdv.starts_at) if cancelled else None,
        "collectif": rdv.collectif,
        "context": None,
        "created_by": "agent",
        "deleted_at": None,
        "duration_in_min": rdv.duration_in_min,
        "ends_at": _instant(rdv.starts_at + dt.timedelta(minutes=rdv.duration_in_min)),
        "lieu": {"id": 1, "name": rdv.lieu, "address": rdv.lieu},
        "max_participants_count": None,
        "motif": {"id": 1, "name": rdv.motif, "collectif": rdv.collectif, "location_type": "public_office"},
        "name": rdv.name,
        "organisation": organisation_json(rdv.agent.organisation),
        "participations": [
            {"id": usager.id, "status": status, "user": user_json(usager)}
            for usager, status in rdv.participations
        ],
        "starts_at": _instant(rdv.starts_at),
        "status": rdv.status,
        "users": [user_json(usager) for usager, _ in rdv.participations],
        "users_count": len(rdv.participations),
    }


def _instant(when: dt.datetime) -> str:
    return when.astimezone(PARIS).strftime("%Y-%m-%d %H:%M:%S %z")
