"""Forms: the name of a control is the JSON Pointer of what it fills, without its first slash.

So a problem's pointer finds its control, and one function turns any form into the API's JSON. The few
questions that fill several fields of the API have a name of their own, listed beside the form that asks them.
"""

import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from web.problems import REQUETE_ILLISIBLE, Problem

_MAX_CHAMPS = 400
_MAX_PARTIES = 20
_JOUR = re.compile(r"([0-9]{1,2})[/. ]([0-9]{1,2})[/. ]([0-9]{4})", re.ASCII)
NOMBRE_REFUSE = -1
EN_CHIFFRES = "Écrivez un nombre entier, en chiffres."


class Sorte(Enum):
    """Ce qu'un contrôle porte."""

    TEXTE = auto()
    JOUR = auto()
    NOMBRE = auto()
    OUI_NON = auto()
    LISTE = auto()


class Saisie:
    """What was sent, as the page will show it again: several values by name, in their order."""

    def __init__(self, champs: Iterable[tuple[str, str]]) -> None:
        self.champs = list(champs)
        self._par_nom: dict[str, list[str]] = {}
        for nom, valeur in self.champs:
            self._par_nom.setdefault(nom, []).append(valeur)

    def un(self, nom: str) -> str:
        """Its last value, without the blanks around; empty when absent."""
        return self._par_nom.get(nom, [""])[-1].strip()

    def tous(self, nom: str) -> list[str]:
        return [v for v in self._par_nom.get(nom, []) if v.strip()]

    def rempli_par(self, champs: Iterable[tuple[str, str]]) -> "Saisie":
        """Ces champs-là, et pour les autres noms ce qui est déjà ici."""
        neufs = list(champs)
        noms = {nom for nom, _ in neufs}
        return Saisie([*((n, v) for n, v in self.champs if n not in noms), *neufs])

    def avec(self, nom: str, valeur: str) -> "Saisie":
        """The same, with this value only under this name."""
        return Saisie([*((n, v) for n, v in self.champs if n != nom), (nom, valeur)])


async def recue(request: Request) -> Saisie:
    """The body of a form. The edge bounded its weight; names beyond the bound are an attack, not a form."""
    texte = (await request.body()).decode(errors="replace")
    try:
        return Saisie(parse_qsl(texte, keep_blank_values=True, max_num_fields=_MAX_CHAMPS))
    except ValueError:
        raise Problem(REQUETE_ILLISIBLE) from None


async def recue_avec_fichier(request: Request, nom: str) -> tuple[Saisie, bytes]:
    """The body of a form with a file (multipart/form-data): its controls, and the bytes under this name.

    The name that the file had on the device is not looked at: it may say whose it is.
    """
    champs: list[tuple[str, str]] = []
    fichier = b""
    for partie in await _parties(request):
        with _connu():
            octets = partie.get_payload(decode=True)
            qui = partie.get_param("name", header="content-disposition")
        if not isinstance(octets, bytes) or not isinstance(qui, str):
            raise Problem(REQUETE_ILLISIBLE)
        if qui == nom:
            fichier = octets
        else:
            champs.append((qui, octets.decode(errors="replace")))
    return Saisie(champs), fichier


@dataclass(frozen=True, slots=True)
class Fichier:
    """What the browser sent a file as. nom : on the device of who sees the page, for them alone.
    taille : octets."""

    nom: str
    taille: int


async def fichier_envoye(request: Request) -> Fichier | None:
    """The file of a form that cannot be taken, to tell it to who chose it; None without a name."""
    for partie in await _parties(request):
        with _connu():
            octets, nom = partie.get_payload(decode=True), partie.get_filename()
        if isinstance(octets, bytes) and nom:
            return Fichier(nom.encode(errors="replace").decode(errors="replace"), len(octets))
    return None


@contextmanager
def _connu() -> Generator[None]:
    """A part says in which charset its names are: one that is none is no form of ours."""
    try:
        yield
    except (UnicodeError, LookupError):
        raise Problem(REQUETE_ILLISIBLE) from None


async def _parties(request: Request) -> list[EmailMessage]:
    corps, sorte = await request.body(), request.headers.get("content-type", "").encode("latin-1")
    # Each part costs: a form of ours has few of them.
    if corps.count(b"\r\nContent-Disposition:") > _MAX_PARTIES:
        raise Problem(REQUETE_ILLISIBLE)
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + sorte + b"\r\n\r\n" + corps)
    if not message.is_multipart():
        raise Problem(REQUETE_ILLISIBLE)
    return [partie for partie in message.iter_parts() if isinstance(partie, EmailMessage)]


def en_json(saisie: Saisie, schema: Mapping[str, Sorte]) -> dict[str, Any]:
    """Empty texts are absent; so is an unchecked box. What is no number stays as typed: the API says why."""
    corps: dict[str, Any] = {}
    for nom, sorte in schema.items():
        valeurs = saisie.tous(nom)
        if not valeurs and sorte is not Sorte.LISTE:
            continue
        match sorte:
            case Sorte.LISTE:
                valeur: Any = valeurs
            case Sorte.NOMBRE:
                valeur = entier(valeurs[-1])
            case Sorte.JOUR:
                valeur = jour_iso(valeurs[-1])
            case Sorte.OUI_NON:
                valeur = valeurs[-1] == "oui"
            case Sorte.TEXTE:
                valeur = valeurs[-1].strip()
        *parents, dernier = nom.split("/")
        cible = corps
        for parent in parents:
            cible = cible.setdefault(parent, {})
        cible[dernier] = valeur
    return corps


def en_champs(document: Mapping[str, Any], prefixe: str = "") -> list[tuple[str, str]]:
    """The other way: the controls that show again what the API gave. Absent and null are left out."""
    champs: list[tuple[str, str]] = []
    for nom, valeur in document.items():
        pointeur = f"{prefixe}{nom}"
        match valeur:
            case None:
                pass
            case bool():
                champs.append((pointeur, "oui" if valeur else "non"))
            case dict():
                champs += en_champs(valeur, f"{pointeur}/")
            case list():
                champs += [(pointeur, str(v)) for v in valeur]
            case _:
                champs.append((pointeur, str(valeur)))
    return champs


def chiffres_a_redire(corps: dict[str, Any], schema: Mapping[str, Sorte]) -> dict[str, str]:
    """What is no number leaves as one that no rule accepts: the API then says all that is wrong at once,
    where it would stop at what it cannot read. The faults, by pointer."""
    fautes: dict[str, str] = {}
    for nom in (n for n, sorte in schema.items() if sorte is Sorte.NOMBRE):
        *parents, dernier = nom.split("/")
        cible: Any = corps
        for parent in parents:
            cible = cible.get(parent, {})
        if isinstance(cible.get(dernier), str):
            cible[dernier] = NOMBRE_REFUSE
            fautes[f"/{nom}"] = EN_CHIFFRES
    return fautes


def jour_iso(texte: str) -> str:
    """« 27/11/2026 », as one writes it where the browser asks no date, -> « 2026-11-27 ». Else as typed."""
    lu = _JOUR.fullmatch(texte.strip())
    return f"{lu[3]}-{lu[2]:0>2}-{lu[1]:0>2}" if lu else texte.strip()


def entier(texte: str) -> int | str:
    """« 12 » -> 12; what is not a whole number comes back as it is."""
    propre = texte.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    return (
        int(propre) if propre.isascii() and propre.removeprefix("-").isdigit() and len(propre) < 10 else texte
    )
