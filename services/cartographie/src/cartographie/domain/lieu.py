"""Lieu : un endroit où l'on aide au numérique, tel qu'une source le décrit."""

import datetime as dt
import re
from dataclasses import dataclass, fields
from typing import Annotated, assert_never
from uuid import UUID, uuid5

from events.decider import Refusal
from events.stream import Stream
from events.types import ERASED, Personal
from referentiels.siret import NumeroRefuse, lire_pivot

from cartographie.domain.fiche import Contact, Fiche, Provenance
from cartographie.domain.vocabulaire import LieuId, ModaliteAcces

ESPACE_DE_NOMS = UUID("6f2f4a0e-6b4e-5d0b-9c3a-0d5a5e0c1a57")
"""Fixé une fois pour toutes : le même couple (source, identifiant) donne partout le même lieu."""

TEXTE_MAX, DETAIL_MAX = 2_000, 10_000
"""Caractères d'un champ de la fiche, et de sa présentation détaillée."""

CODE_POSTAL = re.compile(r"[0-9]{5}")
CODE_INSEE = re.compile(r"(?:[013-9][0-9]|2[AB1-9])[0-9]{3}")

type Prive = Annotated[str | None, Personal("lieu", "lieu_id")]
"""Un texte du lieu qui peut nommer une personne : chiffré sous la clé du lieu."""


def identifier(source: str, id_source: str) -> LieuId:
    """L'identifiant d'un lieu, tiré de sa source : un second import retrouve le même flux."""
    return LieuId(uuid5(ESPACE_DE_NOMS, f"{source}\n{id_source}"))


# --- Événements ---
@dataclass(frozen=True, slots=True)
class LieuReference:
    """Un lieu de médiation numérique est entré dans la cartographie.

    empreinte : condensat de la fiche et des contacts. Elle permettrait de deviner un numéro de téléphone par
    essais : elle est donc chiffrée comme eux.
    """

    lieu_id: LieuId
    provenance: Provenance
    fiche: Fiche
    telephone: Prive
    courriels: Prive
    presentation_resume: Prive
    presentation_detail: Prive
    empreinte: Prive
    reference_le: dt.datetime


@dataclass(frozen=True, slots=True)
class LieuMisAJour:
    """La source décrit autrement un lieu déjà référencé ; tous les champs sont ceux d'après."""

    lieu_id: LieuId
    provenance: Provenance
    fiche: Fiche
    telephone: Prive
    courriels: Prive
    presentation_resume: Prive
    presentation_detail: Prive
    empreinte: Prive
    mis_a_jour_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ContactsEffaces:
    """Les contacts et textes d'un lieu sont effacés, leur clé détruite avec ce fait ; il reste publié."""

    lieu_id: LieuId
    effaces_le: dt.datetime


type Event = LieuReference | LieuMisAJour | ContactsEffaces


# --- État ---
@dataclass(frozen=True, slots=True)
class Absent:
    """Le lieu n'est pas dans la cartographie."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Le lieu est dans la cartographie. empreinte : celle de sa dernière fiche."""

    empreinte: str | None


type State = Absent | Reference
initial: State = Absent()


def evolve(state: State, event: Event) -> State:
    match event:
        case LieuReference(empreinte=empreinte) | LieuMisAJour(empreinte=empreinte):
            return Reference(empreinte)
        case ContactsEffaces():
            return Reference(ERASED)
        case _:
            assert_never(event)


# --- Commandes et refus ---
@dataclass(frozen=True, slots=True)
class ReferencerLieu:
    """Faire entrer un lieu dans la cartographie, ou remplacer sa fiche.

    empreinte : la même pour deux fiches et contacts identiques, différente sinon.
    """

    lieu_id: LieuId
    provenance: Provenance
    fiche: Fiche
    contact: Contact
    empreinte: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerContacts:
    """Effacer les contacts et les textes ; leur clé est détruite dans la même transaction."""

    lieu_id: LieuId
    maintenant: dt.datetime


type Command = ReferencerLieu | EffacerContacts


class LieuInconnu(Refusal):
    """Ce lieu n'est pas dans la cartographie."""


class NomManquant(Refusal):
    """Le lieu n'a pas de nom."""


class NomSansLettre(Refusal):
    """Le nom du lieu n'est qu'un numéro."""


class CodePostalInvalide(Refusal):
    """Le code postal n'a pas cinq chiffres."""


class CommuneInconnue(Refusal):
    """La commune n'est pas reconnue."""


class CoordonneesInvalides(Refusal):
    """La latitude et la longitude ne désignent pas un point."""


class PivotInvalide(Refusal):
    """Le numéro d'identification de la structure n'est pas valide."""


class AucunService(Refusal):
    """Le lieu ne propose aucun service au public."""


class LieuEfface(Refusal):
    """Les contacts de ce lieu ont été effacés : sa fiche n'est plus mise à jour."""


class PresentationTropLongue(Refusal):
    """Le résumé de présentation dépasse 280 caractères."""


class TexteTropLong(Refusal):
    """Un texte de la fiche est démesuré : rien ne le publierait."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case ReferencerLieu(), _:
            return _referencer(command, state)
        case EffacerContacts(), Absent():
            raise LieuInconnu
        case EffacerContacts(), Reference(empreinte) if empreinte == ERASED:
            return []
        case EffacerContacts(), Reference():
            return [ContactsEffaces(command.lieu_id, command.maintenant)]
        case _:
            assert_never((command, state))


def _referencer(command: ReferencerLieu, state: State) -> list[Event]:
    verifier(command.fiche, command.contact)
    match state:
        case Absent():
            return [LieuReference(*_contenu(command), reference_le=command.maintenant)]
        case Reference(empreinte) if empreinte == command.empreinte:
            return []
        case Reference(empreinte) if empreinte == ERASED:
            raise LieuEfface
        case Reference():
            return [LieuMisAJour(*_contenu(command), mis_a_jour_le=command.maintenant)]
        case _:
            assert_never(state)


def a_des_lettres(nom: str) -> bool:
    """Un nom qui n'est qu'un numéro (« 1 », un SIRET) ne désigne rien pour personne."""
    return any(c.isalpha() for c in nom)


def verifier(fiche: Fiche, contact: Contact) -> None:
    """Les règles du standard qu'aucune réparation ne remplace. Raises Refusal."""
    if not fiche.nom.strip():
        raise NomManquant(field="/nom")
    if not a_des_lettres(fiche.nom):
        raise NomSansLettre(field="/nom")
    if not CODE_POSTAL.fullmatch(fiche.code_postal):
        raise CodePostalInvalide(f"« {fiche.code_postal} » n'est pas un code postal.", field="/code_postal")
    if fiche.code_insee is None or not CODE_INSEE.fullmatch(fiche.code_insee) or not fiche.commune.strip():
        raise CommuneInconnue(
            f"« {fiche.commune} » ({fiche.code_postal}) ne désigne aucune commune.", field="/commune"
        )
    if not _point(fiche.latitude, fiche.longitude):
        raise CoordonneesInvalides(field="/latitude")
    if fiche.pivot is not None and not _pivot_valide(fiche.pivot, fiche.departement):
        raise PivotInvalide(f"« {fiche.pivot} » n'est ni un SIRET, ni un RNA, ni un RIDET.", field="/pivot")
    if not fiche.services or ModaliteAcces.CE_LIEU_N_ACCUEILLE_PAS_DE_PUBLIC in fiche.modalites_acces:
        raise AucunService(field="/services")
    if contact.presentation_resume is not None and len(contact.presentation_resume) > 280:
        raise PresentationTropLongue(field="/presentation_resume")
    _borner(fiche, contact)


def _borner(fiche: Fiche, contact: Contact) -> None:
    """Tout champ est borné, une liste en tout : la fiche entière tient dans un message du bus."""
    for contenu in (fiche, contact):
        for nom in (champ.name for champ in fields(contenu)):
            valeur: object = getattr(contenu, nom)
            textes: tuple[object, ...] = valeur if isinstance(valeur, tuple) else (valeur,)
            longueur = sum(len(texte) for texte in textes if isinstance(texte, str))
            if longueur > (DETAIL_MAX if nom == "presentation_detail" else TEXTE_MAX):
                raise TexteTropLong(f"Ce texte compte {longueur} caractères.", field=f"/{nom}")


def _pivot_valide(pivot: str, departement: str | None) -> bool:
    try:
        return lire_pivot(pivot, departement).valeur == pivot
    except NumeroRefuse:
        return False


def _point(latitude: float | None, longitude: float | None) -> bool:
    if latitude is None or longitude is None:
        return latitude is longitude
    return -90 <= latitude <= 90 and -180 <= longitude <= 180 and (latitude, longitude) != (0.0, 0.0)


def _contenu(
    command: ReferencerLieu,
) -> tuple[LieuId, Provenance, Fiche, str | None, str | None, str | None, str | None, str]:
    contact = command.contact
    return (
        command.lieu_id,
        command.provenance,
        command.fiche,
        contact.telephone,
        contact.courriels,
        contact.presentation_resume,
        contact.presentation_detail,
        command.empreinte,
    )


LIEU = Stream("lieu", initial, decide, evolve)
