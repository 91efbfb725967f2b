"""What this service has about a person, for them: the facts and the tables, readable and in JSON."""

import dataclasses
import datetime as dt
import html
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from events.store.store import Store
from events.stream import StreamId

from identity.connexion.adresses import comptes_de
from identity.connexion.sessions.registre import Registre
from identity.domain.emploi import EMPLOI, EmploiDeclare
from identity.domain.evenements import FLUX_DU_COMPTE
from identity.domain.histoire import phrase
from identity.domain.preuve import PREUVE, CodeDemande
from identity.domain.rapprochement import RAPPROCHEMENT
from identity.domain.session import SESSION, SessionOuverte
from identity.domain.vocabulaire import CompteId
from identity.projections import rapprochements

FAITS_AU_PLUS = 5000
"""The newest are kept: far more than anybody has."""
_TUS = frozenset({"empreinte"})
"""What is ours to check with, and says nothing of the person."""
_AILLEURS = (
    ("Vos activités et leurs comptes rendus", "/espace/activites"),
    ("Vos équipes et vos invitations", "/espace/equipes"),
    ("Votre profil, vos emplois et vos sessions", "/espace/profil"),
)
_STYLE = "body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}dt{font-weight:600}"


@dataclass(frozen=True, slots=True)
class Fait:
    """le : when it was written.   dit : the same in a sentence."""

    le: dt.datetime
    fait: str
    dit: str
    donnees: dict[str, Any]


async def faits_de(store: Store[Any], compte_id: CompteId) -> list[Fait]:
    """Every fact that names this person, under each of their accounts, the oldest first. Rare, so the journal
    itself is read."""
    siens = await comptes_de(store, compte_id)
    found = await store.load_all([un for sien in siens for un in await _flux(store, sien)])
    return [
        Fait(
            recorded.recorded_at,
            type(recorded.event).__name__,
            phrase(recorded.event, _nommer),
            {n: v for n, v in dataclasses.asdict(recorded.event).items() if n not in _TUS},
        )
        for recorded in found[-FAITS_AU_PLUS:]
    ]


async def _flux(store: Store[Any], compte_id: CompteId) -> list[StreamId[Any, Any, Any]]:
    """Every stream that tells of this account."""
    async with store.database.engine.connect() as connection:
        dossiers = (await connection.execute(rapprochements.siens(compte_id))).scalars().all()
    return [
        *(of(compte_id) for of in FLUX_DU_COMPTE),
        *await store.streams_with(EMPLOI, EmploiDeclare, compte_id=compte_id),
        *await store.streams_with(PREUVE, CodeDemande, compte_id=compte_id),
        *(RAPPROCHEMENT(dossier) for dossier in dossiers),
        *await store.streams_with(SESSION, SessionOuverte, compte_id=compte_id),
    ]


def _nommer(par: CompteId | None) -> str:
    return "l’exploitant de la plateforme" if par is None else "un administrateur"


async def composer(store: Store[Any], registre: Registre, compte_id: CompteId, base: str) -> bytes:
    """The archive: `donnees.json` and `a-lire.html`. base : public address of the platform."""
    faits = await faits_de(store, compte_id)
    sessions = [
        {"ouverte_le": s.ouverte_le, "vue_le": s.vue_le, "navigateur": s.navigateur}
        for s in await registre.of(compte_id)
    ]
    document = {"compte_id": compte_id, "faits": faits, "sessions_ouvertes": sessions}
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("donnees.json", orjson.dumps(document, option=orjson.OPT_INDENT_2, default=list))
        archive.writestr("a-lire.html", page(faits, sessions, base))
    return sortie.getvalue()


def page(faits: Sequence[Fait], sessions: Iterable[dict[str, Any]], base: str) -> str:
    """The same, for who reads it: no script, nothing from elsewhere."""
    ailleurs = "".join(f'<li><a href="{base}{html.escape(ou)}">{nom}</a></li>' for nom, ou in _AILLEURS)
    vues = "".join(f"<li>{_texte(s['navigateur'])}, vue le {_texte(s['vue_le'])}</li>" for s in sessions)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Mes données</title>'
        f"<style>{_STYLE}</style></head><body><h1>Mes données sur La Coop</h1>"
        f"<p>Ce que le service des comptes a de vous. « effacé » : une donnée qui n’existe plus.</p>"
        f"<h2>Ailleurs sur La Coop</h2><ul>{ailleurs}</ul>"
        f"<h2>Sessions ouvertes</h2><ul>{vues}</ul>"
        f"<h2>Ce qui s’est passé</h2>{''.join(_section(fait) for fait in faits)}</body></html>"
    )


def _section(fait: Fait) -> str:
    lignes = "".join(
        f"<dt>{html.escape(nom)}</dt><dd>{_texte(valeur)}</dd>" for nom, valeur in _lisibles(fait.donnees)
    )
    return f"<h3>{_texte(fait.le)}</h3><p>{html.escape(fait.dit)}</p><dl>{lignes}</dl>"


def _lisibles(donnees: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((nom, valeur) for nom, valeur in donnees.items() if valeur is not None)


def _texte(valeur: Any) -> str:
    match valeur:
        case dt.datetime():
            texte = valeur.strftime("%d/%m/%Y %H:%M UTC")
        case dt.date():
            texte = valeur.strftime("%d/%m/%Y")
        case bool():
            texte = "oui" if valeur else "non"
        case UUID() | str() | int():
            texte = str(valeur)
        case _:
            texte = ", ".join(map(str, valeur))
    return html.escape(texte)
