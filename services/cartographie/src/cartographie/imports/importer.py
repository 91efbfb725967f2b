"""Importer le fichier d'une source : lire, décider, écrire les faits, rendre compte ligne à ligne."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import orjson
from events.decider import Refusal
from events.store.appender import Conflict
from events.store.store import Context, Intent, Store, Written
from tableurs import Colonne, Import, Proposition, Rapport, Refus, Remarque, Saisie, ouvrir

from cartographie.domain import lieu, source
from cartographie.domain.evenements import Event
from cartographie.domain.fiche import Contact, Fiche, Provenance
from cartographie.domain.lieu import LIEU
from cartographie.domain.source import SOURCE
from cartographie.domain.vocabulaire import LieuId
from cartographie.imports.configuration import Configuration
from cartographie.imports.effacees import effacees
from cartographie.imports.ligne import Lecture, lire_fiche
from cartographie.projections import lieux_publies

REFERENCEE, MISE_A_JOUR, INCHANGEE = "référencée", "mise à jour", "inchangée"


def decrire(
    configuration: Configuration, maintenant: dt.datetime, vus: set[str] | None = None
) -> Import[lieu.ReferencerLieu]:
    """L'import d'une source : toutes les colonnes dont parle sa configuration, sous leur nom.

    vus : reçoit l'identifiant, chez la source, de chaque ligne lue.
    """

    lues = vus if vus is not None else set[str]()

    def demander(saisie: Saisie) -> lieu.ReferencerLieu:
        lues.add(saisie.cle)
        fiche, contact = lire_fiche(Lecture(saisie, configuration, maintenant.date()))
        provenance = Provenance(configuration.code, saisie.cle, configuration.fichier, saisie.numero)
        lieu_id = lieu.identifier(configuration.code, saisie.cle)
        return lieu.ReferencerLieu(lieu_id, provenance, fiche, contact, empreinte(fiche, contact), maintenant)

    colonnes = [Colonne(nom) for nom in sorted(configuration.colonnes_connues())]
    return Import(colonnes, demander, configuration.identifiant)


def empreinte(fiche: Fiche, contact: Contact) -> str:
    """Condensat de ce que l'on publie : une ligne déplacée n'est pas un fait."""
    contenu = orjson.dumps([asdict(fiche), asdict(contact)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(contenu).hexdigest()


async def importer(
    store: Store[Event],
    configuration: Configuration,
    chemin: Path,
    rapport: BinaryIO | None,
    context: Context,
    maintenant: dt.datetime,
    *,
    confirmees: bool = False,
) -> source.Bilan:
    """Importe le fichier entier. Relancé, il reprend où il en était : une fiche identique n'écrit rien.

    rapport : où l'écrire (JSON Lines).   confirmees : importer même avec des colonnes absentes ou inconnues.
    Raises FichierRefuse et ColonnesAConfirmer (rien n'est écrit), events.store.appender.Conflict si un autre
    import écrit en même temps.
    """
    tableau = ouvrir(chemin, separateur=configuration.separateur_csv)
    vus: set[str] = set()
    description = decrire(configuration, maintenant, vus)
    compte_rendu = Rapport(rapport, {"source": configuration.code, "fichier": configuration.fichier})
    correspondance = None
    if confirmees:
        proposition = description.proposer(tableau)
        correspondance = {a.entete: a.champ for a in proposition.appariements if a.sur}
        _dire_colonnes(compte_rendu, proposition)
    vides = Counter[str]()

    async def appliquer(commandes: Sequence[lieu.ReferencerLieu]) -> list[str | Refus]:
        publies = await _publies(store, commandes)
        verdicts = await _appliquer(store, commandes, context)
        for commande, verdict in zip(commandes, verdicts, strict=True):
            publie = publies.get(commande.lieu_id)
            if verdict == MISE_A_JOUR and publie is not None:
                vides.update(_dire_effacees(compte_rendu, commande, publie))
        return verdicts

    fait = await description.executer(tableau, appliquer, compte_rendu, correspondance)
    disparus = await _disparus(store, configuration.code, vus)
    for id_source, nom in disparus:
        compte_rendu.absente(id_source, "absent de cette édition, toujours publié", nom)
    bilan = source.Bilan(
        lues=fait.lues,
        referencees=fait.verdicts[REFERENCEE],
        mises_a_jour=fait.verdicts[MISE_A_JOUR],
        inchangees=fait.verdicts[INCHANGEE],
        refusees=fait.refus.total(),
        reparations=fait.reparations,
        refus=tuple(sorted(fait.refus.items())),
        disparus=len(disparus),
        effacees=tuple(sorted(vides.items())),
    )
    await _constater(store, configuration, chemin, bilan, context, maintenant)
    return bilan


def _dire_colonnes(rapport: Rapport, proposition: Proposition) -> None:
    """Ce que l'on a confirmé : les colonnes que rien n'attend, puis celles que rien ne donne (ligne 0)."""
    douteuses = [a.entete for a in proposition.appariements if not a.sur]
    vides = [a.champ for a in proposition.appariements if not a.sur]
    for colonne in (*proposition.ignorees, *douteuses):
        rapport.remarque(0, "", Remarque(colonne, "colonne inconnue, ignorée"))
    for colonne in (*proposition.manquantes, *vides):
        rapport.remarque(0, "", Remarque(colonne, "colonne absente du fichier"))


async def _publies(
    store: Store[Event], commandes: Sequence[lieu.ReferencerLieu]
) -> dict[LieuId, Mapping[str, Any]]:
    """Ce qui était publié de ces lieux avant l'import."""
    demandes = lieux_publies.publies([commande.lieu_id for commande in commandes])
    async with store.database.engine.connect() as connection:
        lignes = (await connection.execute(demandes)).mappings()
        return {LieuId(row["lieu_id"]): {**row} for row in lignes}


def _dire_effacees(
    rapport: Rapport, commande: lieu.ReferencerLieu, publie: Mapping[str, Any]
) -> Iterator[str]:
    """Dit chaque valeur effacée de ce lieu, à sa ligne. Les champs."""
    for champ, avant in effacees(publie, commande.fiche, commande.contact):
        dit = Remarque(champ, "valeur effacée : cette édition ne la donne plus", avant)
        rapport.remarque(commande.provenance.ligne, commande.provenance.id_source, dit)
        yield champ


async def _disparus(store: Store[Event], code: str, vus: set[str]) -> list[tuple[str, str]]:
    """Les lieux publiés de la source que le fichier ne dit plus : (identifiant chez elle, nom)."""
    async with store.database.engine.connect() as connection:
        publies = await connection.execute(lieux_publies.de_la_source(code))
        return [(row.id_source, row.nom) for row in publies if row.id_source not in vus]


async def _appliquer(
    store: Store[Event], commandes: Sequence[lieu.ReferencerLieu], context: Context
) -> list[str | Refus]:
    """Décide et écrit une page de commandes. Raises Conflict."""
    intents = [Intent(LIEU(commande.lieu_id), commande) for commande in commandes]
    issues = await store.execute_many(intents, context)
    return [_verdict(commande, issue) for commande, issue in zip(commandes, issues, strict=True)]


def _verdict(commande: lieu.ReferencerLieu, issue: Written | Refusal | Conflict) -> str | Refus:
    match issue:
        case Conflict():
            raise issue
        case Refusal():
            return _en_clair(issue, commande.fiche)
        case Written(changed=False):
            return INCHANGEE
        case Written(version=version):
            return REFERENCEE if version == 1 else MISE_A_JOUR


async def _constater(
    store: Store[Event],
    configuration: Configuration,
    chemin: Path,
    bilan: source.Bilan,
    context: Context,
    maintenant: dt.datetime,
) -> None:
    with chemin.open("rb") as fichier:
        sha256 = hashlib.file_digest(fichier, "sha256").hexdigest()
    source_id = source.identifier(configuration.code)
    command = source.ConstaterImport(
        source_id,
        configuration.code,
        configuration.nom,
        configuration.licence,
        configuration.fichier,
        sha256,
        configuration.edition,
        bilan,
        maintenant,
    )
    await store.execute(SOURCE(source_id), command, context)


def _en_clair(refus: Refusal, fiche: Fiche) -> Refus:
    champ = (refus.field or "").strip("/")
    valeur: Mapping[str, object] = asdict(fiche)
    avant = valeur.get(champ)
    return Refus(type(refus).__name__, champ, str(refus), "" if avant is None else str(avant))


def contexte(request_id: UUID) -> Context:
    """Qui écrit : l'import lui-même."""
    return Context(author="import", request_id=str(request_id))
