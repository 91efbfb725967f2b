"""La source dans un fichier : ce que lit la plateforme embarquée, et de quoi reprendre un extrait.

JSON : un tableau de réponses, chacune avec son `email`. CSV (séparateur « ; » ou « , », UTF-8) : une ligne
par contrat, colonnes de `COLONNES` ; les lignes d'une même adresse font une personne.
"""

import asyncio
import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError
from referentiels.courriels import CourrielIllisible, normaliser

from identity.dispositif.reponse import Reponse
from identity.dispositif.source import ReponseAberrante, SourceMuette
from identity.domain.vocabulaire import EtapeDePriseDePoste

_ADRESSE: Final = ("nom_voie", "numero_voie", "code_insee", "code_postal", "nom_commune")
_CONTRAT: Final = ("type", "date_debut", "date_fin", "date_rupture")
COLONNES: Final = (
    *("email", "id", "pg_id", "is_conseiller_numerique", "is_coordinateur"),
    *("structure_nom", "structure_siret", *_ADRESSE, *_CONTRAT, "lieux"),
    *(etape.value for etape in EtapeDePriseDePoste),
)
"""Du CSV. Booléens : « oui » ou « non ».   lieux : nombre de lieux d'activité.   une étape : sa date."""


class FichierIllisible(Exception):
    """Ce fichier n'est pas celui d'une source ; le message dit à quelle personne, par son rang."""


class SourceFichier:
    """Relit le fichier quand il a changé."""

    def __init__(self, chemin: Path) -> None:
        self._chemin = chemin
        self._lu: tuple[tuple[int, int], dict[str, Reponse | None]] | None = None

    async def de(self, courriel: str) -> Reponse | None:
        try:
            marque = self._chemin.stat()
            version = (marque.st_mtime_ns, marque.st_size)
            if self._lu is None or self._lu[0] != version:
                self._lu = version, await asyncio.to_thread(lire_fichier, self._chemin)
        except (OSError, FichierIllisible) as erreur:
            raise SourceMuette(type(erreur).__name__) from None
        personnes = self._lu[1]
        if courriel in personnes and personnes[courriel] is None:
            raise ReponseAberrante("forme")
        return personnes.get(courriel)


def lire_fichier(chemin: Path) -> dict[str, Reponse | None]:
    """Les personnes, par adresse normale ; None pour celle dont la ligne n'a pas de sens.

    Lève OSError, FichierIllisible.
    """
    texte = chemin.read_text(encoding="utf-8-sig")
    documents = _du_json(texte) if chemin.suffix == ".json" else _du_csv(texte)
    personnes: dict[str, Reponse | None] = {}
    for rang, document in enumerate(documents, 1):
        try:
            courriel = normaliser(str(document["email"]))
        except (KeyError, CourrielIllisible):
            raise FichierIllisible(f"personne {rang} : sans adresse lisible") from None
        try:
            personnes[courriel] = Reponse.model_validate_json(orjson.dumps(document))
        except ValidationError:
            personnes[courriel] = None
    return personnes


def _du_json(texte: str) -> Iterable[Mapping[str, Any]]:
    try:
        return TypeAdapter(list[dict[str, Any]]).validate_json(texte)
    except ValidationError:
        raise FichierIllisible("un tableau d’objets JSON est attendu") from None


def _du_csv(texte: str) -> Iterable[Mapping[str, Any]]:
    entete = texte.partition("\n")[0]
    lignes = csv.DictReader(io.StringIO(texte), delimiter=";" if ";" in entete else ",")
    manquent = [c for c in ("email", "id", "is_conseiller_numerique") if c not in (lignes.fieldnames or ())]
    if manquent:
        raise FichierIllisible(f"colonnes absentes : {', '.join(manquent)}")
    personnes: dict[str, dict[str, Any]] = {}
    for ligne in lignes:
        lue = {nom: (valeur or "").strip() or None for nom, valeur in ligne.items() if nom in COLONNES}
        personne = personnes.setdefault(lue["email"] or "", _personne(lue))
        if lue.get("structure_siret"):
            personne["structures_employeuses"].append(_structure(lue))
    return personnes.values()


def _personne(ligne: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "email": ligne["email"],
        "id": _entier(ligne["id"]),
        "pg_id": _entier(ligne.get("pg_id")),
        "is_conseiller_numerique": _oui(ligne["is_conseiller_numerique"]),
        "is_coordinateur": _oui(ligne.get("is_coordinateur") or "non"),
        "structures_employeuses": [],
        "lieux_activite": [{}] if _entier(ligne.get("lieux")) else None,
        "prise_de_poste": [
            {"etape": etape.value, "le": ligne[etape]} for etape in EtapeDePriseDePoste if ligne.get(etape)
        ],
    }


def _structure(ligne: Mapping[str, str | None]) -> dict[str, Any]:
    contrat = {nom: ligne.get(nom) for nom in _CONTRAT}
    return {
        "nom": ligne.get("structure_nom"),
        "siret": ligne["structure_siret"],
        "adresse": {nom: ligne.get(nom) for nom in _ADRESSE},
        "contrats": [contrat] if any(contrat.values()) else None,
    }


def _entier(texte: str | None) -> int | str | None:
    """Un nombre ; tel quel s'il n'en est pas un : la personne sera rejetée."""
    return int(texte) if texte and texte.isascii() and texte.isdigit() and len(texte) < 20 else texte


def _oui(texte: str | None) -> bool | str | None:
    return {"oui": True, "non": False}.get((texte or "").lower(), texte)
