"""Ce qu'un classeur dit au-dessus de son tableau : qui l'a demandé, quand, et avec quels filtres."""

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.postgres.database import Database
from referentiels import communes, territoires
from starlette.datastructures import QueryParams
from tableurs.ecriture.valeurs import RIEN, Valeur
from web.auth import Caller
from web.rapproches import Siens

from activites.domain.vocabulaire import THEMATIQUES_ADMINISTRATIVES, Thematique
from activites.exports.activites import Auteurs, LireLesAuteurs, LireLesTags
from activites.exports.libelles import libelle
from activites.projections import appartenances, beneficiaires_suivis, coordinations, emplois, lieux_connus
from activites.projections.activites_listees import Choix, Source
from activites.projections.tables import Rows

_SOURCES: Mapping[Source | None, str] = {
    None: "Toutes les sources de données",
    "v1": "Espace Coop (V1)",
    "v2": "La Coop de la médiation numérique",
}
_NOMS_MAX = 50


@dataclass(frozen=True, slots=True)
class Demande:
    """adresse : ses paramètres.   choix : ce qu'ils retiennent.   total : combien d'accompagnements.

    maintenant : à l'heure de qui demande.
    """

    adresse: QueryParams
    choix: Choix
    total: int
    maintenant: dt.datetime


type LireLesNoms = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, str]]]


@dataclass(frozen=True, slots=True)
class Lectures:
    """Les noms que d'autres gardent, comme les lit celui qui télécharge ; absents, quand nul ne répond."""

    auteurs: LireLesAuteurs
    tags: LireLesTags
    structures: LireLesNoms
    equipes: LireLesNoms


async def entete(
    database: Database, demande: Demande, moi: Caller, lectures: Lectures, siens: Siens
) -> list[list[Valeur]]:
    """« Informations export », puis « Filtres » à la neuvième ligne ; une ligne vide les suit."""
    filtres = await filtres_dits(database, demande, moi, lectures, siens)
    auteurs = await lectures.auteurs([moi.compte_id])
    return blocs(moi, auteurs, demande.total, demande.maintenant, filtres)


def blocs(
    moi: Caller, auteurs: Auteurs, total: int, maintenant: dt.datetime, filtres: Mapping[str, str]
) -> list[list[Valeur]]:
    """filtres : titre -> ce qui est choisi, comme on le lit ; vide, rien."""
    prenom, nom = auteurs.get(moi.compte_id, (RIEN, RIEN))
    roles = [("Médiateur", moi.mediateur_id), ("Coordinateur", moi.coordinateur_id)]
    return [
        ["Informations export"],
        ["Nom", nom],
        ["Prénom", prenom],
        ["Rôle", ", ".join(role for role, tenu in roles if tenu is not None)],
        ["Total", total],
        ["Date d’export", f"{maintenant:%d/%m/%Y}"],
        ["Heure d’export", f"{maintenant:%H:%M}"],
        [],
        ["Filtres"],
        *([titre, valeur or RIEN] for titre, valeur in filtres.items()),
        [],
    ]


async def filtres_dits(
    database: Database, demande: Demande, moi: Caller, lectures: Lectures, siens: Siens
) -> dict[str, str]:
    """Titre -> ce qui est choisi, comme on le lit ; vide, rien."""
    choix = demande.choix
    lieux, personnes = lieux_connus.table.c, beneficiaires_suivis.table.c
    demandes = {nom: _ids(demande.adresse, nom) for nom in ("tags", "beneficiaires", "mediateurs")}
    async with database.engine.connect() as connection:

        async def lus(requete: Rows) -> Sequence[Any]:
            return (await connection.execute(requete)).all()

        noms_des_lieux = await lus(sa.select(lieux.nom).where(lieux.lieu_id.in_(choix.lieux)))
        suivis = await lus(
            sa.select(personnes.prenom, personnes.nom).where(
                personnes.beneficiaire_id.in_(demandes["beneficiaires"]),
                personnes.mediateur_id.in_(siens.mediateurs),
            )
        )
        comptes = await lus(appartenances.comptes_de(demandes["mediateurs"]))
        sirets = {un.structure_id: un.siret for un in await lus(emplois.sirets(choix.structures_employeuses))}
    etiquettes = await lectures.tags(demandes["tags"])
    nommes = [row.compte_id for row in comptes]
    nommes += [moi.compte_id] if moi.mediateur_id in demandes["mediateurs"] else []
    auteurs = await lectures.auteurs(nommes) if nommes else {}
    administratives = [t for t in choix.thematiques if t in THEMATIQUES_ADMINISTRATIVES]
    filtres = {
        "Période": periode(choix.du, choix.au),
        "Source": _SOURCES[choix.source],
        "Lieux d’accompagnement": liste(row.nom for row in noms_des_lieux),
        "Communes": liste(_commune(code) for code in demande.adresse.getlist("communes")),
        "Départements": liste(territoires.departements()[code].nom for code in choix.departements),
        "Type d’accompagnement": liste(t.libelle for t in choix.types),
        "Rôle": _oui_non(choix.conseiller_numerique, "Conseiller Numérique", "Médiateur"),
        "Thématiques non administratives": liste(
            libelle(t) for t in Thematique if t in choix.thematiques and t not in administratives
        ),
        "Thématiques administratives": liste(libelle(t) for t in administratives),
        "Tags": liste(e.nom for e in etiquettes.values()),
    }
    if demandes["beneficiaires"] and moi.usurpe_par is None:
        filtres["Bénéficiaires"] = liste(f"{row.prenom} {row.nom}" for row in suivis)
    for equipe_id in _ids(demande.adresse, "equipe"):
        nom = (await lectures.equipes([equipe_id])).get(equipe_id)
        filtres["Équipe"] = await _equipe(database, equipe_id, nom, siens)
    if demandes["mediateurs"]:
        titre = "Médiateur" if len(demandes["mediateurs"]) == 1 else "Médiateurs"
        filtres[titre] = liste(" ".join(auteur) for auteur in auteurs.values())
    if choix.demarches_administratives is not None:
        filtres["Démarches administratives"] = _oui_non(choix.demarches_administratives, "Oui", "Non")
    if choix.rdv is not None:
        filtres["Sur rendez-vous"] = _oui_non(choix.rdv, "Oui", "Non")
    if choix.structures_employeuses:
        noms = await lectures.structures(choix.structures_employeuses)
        filtres["Structures employeuses"] = liste(
            _structure(un, noms.get(un), sirets.get(un)) for un in choix.structures_employeuses
        )
    return filtres


async def _equipe(database: Database, equipe_id: UUID, nom: str | None, siens: Siens) -> str:
    """Une équipe que l'on coordonne. nom : absent, quand equipes ne répond pas ; elle se dit comme on le
    sait ici."""
    async with database.engine.connect() as connection:
        miennes = (await connection.scalars(coordinations.equipes_de(siens.coordinateurs))).all()
        membres = await connection.scalar(appartenances.effectif(equipe_id)) or 0
    dite = f"{membres} membre{'s' if membres > 1 else ''} aujourd’hui"
    if nom is not None:
        return f"{nom} ({dite})"
    if len(set(miennes)) == 1:
        return f"Celle que je coordonne ({dite})"
    return f"Une des {len(set(miennes))} que je coordonne ({dite}, identifiant {equipe_id})"


def _structure(structure_id: UUID, nom: str | None, siret: str | None) -> str:
    """nom : ce que celui qui télécharge a écrit de son employeur ; de celui d'un autre, le SIRET seul."""
    numero = siret and f"SIRET {siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
    if nom is None:
        return numero or f"Structure inconnue ici ({structure_id})"
    return f"{nom} ({numero})" if numero else nom


def _ids(adresse: QueryParams, nom: str) -> list[UUID]:
    return [UUID(un) for un in adresse.getlist(nom)]


def periode(du: dt.date | None, au: dt.date | None) -> str:
    dits = [f"depuis le {du:%d/%m/%Y}" if du else "", f"jusqu’au {au:%d/%m/%Y}" if au else ""]
    return " ".join(filter(None, dits)).capitalize()


def _commune(code: str) -> str:
    trouvee = communes.par_code(code)
    return f"{trouvee.nom} ({code})" if trouvee else code


def _oui_non(dit: bool | None, oui: str, non: str) -> str:
    match dit:
        case None:
            return ""
        case choisi:
            return oui if choisi else non


def liste(noms: Iterable[str | None] | Collection[str]) -> str:
    dits = [nom for nom in noms if nom]
    suite = f", et {len(dits) - _NOMS_MAX} autres" if len(dits) > _NOMS_MAX else ""
    return ", ".join(dits[:_NOMS_MAX]) + suite
