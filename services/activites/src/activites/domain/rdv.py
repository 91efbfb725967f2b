"""Un rendez-vous pris dans RDV Service Public : ses mots, et ce qu'il remplit d'un compte rendu.

Il n'est pas un fait : il est à RDV Service Public, dont on garde une copie (docs/domaine/activites.md §9).
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from events.decider import Refusal
from referentiels.cles import cle
from referentiels.nomenclature import Nomenclature

from activites.domain.beneficiaire_faits import Fiche
from activites.domain.beneficiaire_regles import fautes, normaliser
from activites.domain.doublons import SEUIL, Comparee
from activites.domain.regles import TITRE_MAX
from activites.domain.vocabulaire import BeneficiaireId


class StatutRdv(Nomenclature):
    """Ce qu'il est advenu d'un rendez-vous, avec le code qu'en donne RDV Service Public."""

    A_VENIR = "unknown", "À venir"
    HONORE = "seen", "Honoré"
    ABSENCE = "noshow", "Absence"
    EXCUSE = "excused", "Annulé par bénéficiaire"
    ANNULE = "revoked", "Annulé"


class EtatRdv(Nomenclature):
    """Les mêmes, pour en choisir : dont l'heure est passée sans que l'on sache, il n'est plus à venir."""

    A_VENIR = "unknown", "À venir"
    PASSE = "past", "Passé"
    HONORE = "seen", "Honoré"
    ABSENCE = "noshow", "Absence"
    EXCUSE = "excused", "Annulé par bénéficiaire"
    ANNULE = "revoked", "Annulé"


PRESENTS = (StatutRdv.A_VENIR, StatutRdv.HONORE)
"""Les participants dont on rend compte : venus, ou dont rien ne dit qu'ils ne sont pas venus."""
_ABSENTE = "1900-01-01"
"""La date de naissance qui dit qu'on ne la connaît pas."""


@dataclass(frozen=True, slots=True)
class Participant:
    """Une personne attendue. usager_id : le sien dans RDV Service Public.   naissance : AAAA-MM-JJ."""

    usager_id: int
    prenom: str
    nom: str
    statut: StatutRdv
    telephone: str | None = None
    courriel: str | None = None
    naissance: str | None = None


@dataclass(frozen=True, slots=True)
class Rdv:
    """Un rendez-vous. debut : instant.   nom : celui de l'atelier, absent d'un rendez-vous individuel.

    agents : ceux de RDV Service Public à qui il est.
    """

    rdv_id: int
    organisation_id: int
    agents: tuple[int, ...]
    debut: dt.datetime
    duree_minutes: int
    collectif: bool
    statut: StatutRdv
    nom: str | None = None
    motif: str | None = None
    lieu: str | None = None
    participants: tuple[Participant, ...] = ()

    @property
    def titre(self) -> str | None:
        """Ce qui le nomme : son nom, ou son motif."""
        titre = (self.nom or self.motif or "").strip()
        return titre[:TITRE_MAX].strip() or None

    @property
    def presents(self) -> tuple[Participant, ...]:
        """Ceux dont on rend compte ; d'un rendez-vous individuel, le premier seulement."""
        venus = tuple(p for p in self.participants if p.statut in PRESENTS)
        return venus if self.collectif else venus[:1]

    def sans(self, usagers: Collection[int]) -> "Rdv":
        """Le même, sans ces personnes."""
        return replace(self, participants=tuple(p for p in self.participants if p.usager_id not in usagers))

    def sans_coordonnees(self) -> "Rdv":
        """Le même, sans de quoi joindre ni reconnaître qui y était."""
        sues = (replace(p, telephone=None, courriel=None, naissance=None) for p in self.participants)
        return replace(self, participants=tuple(sues))


def fiche_de(participant: Participant, aujourd_hui: dt.date) -> Fiche | None:
    """La fiche que l'on ouvrirait pour cette personne ; None si l'on ne sait pas comment elle s'appelle.

    Ce qui n'y serait pas accepté en est laissé de côté. L'adresse aussi : elle n'a pas de commune.
    """
    fiche = normaliser(
        Fiche(
            prenom=participant.prenom[:100],
            nom=participant.nom[:100],
            telephone=participant.telephone,
            courriel=participant.courriel,
            annee_naissance=_annee(participant.naissance),
        )
    )
    if not (fiche.prenom and fiche.nom):
        return None
    return replace(fiche, **dict.fromkeys(_champs(fautes(fiche, aujourd_hui)), None))


def deja_suivi(fiche: Fiche, suivis: Iterable[Comparee]) -> BeneficiaireId | None:
    """Celui qui est la même personne : deux champs égaux au moins, et aucun qui les sépare ; le plus proche.

    Égaux au sens des doublons : sans accent, casse, espace ni tiret (docs/domaine/activites.md §5.3).
    """
    mesures = [(_egalites(fiche, suivi), suivi.beneficiaire_id) for suivi in suivis]
    retenus = [(egaux, qui) for egaux, qui in mesures if egaux >= SEUIL]
    return max(retenus, key=lambda retenu: retenu[0])[1] if retenus else None


def nom_compare(nom: str) -> str:
    """Un nom, ou un nom et un prénom, comme on les compare."""
    return cle(nom).replace(" ", "")


def _egalites(fiche: Fiche, suivi: Comparee) -> int:
    """Le nombre de champs égaux ; zéro dès que l'un diffère."""
    egaux = 0
    for champ in ("prenom", "nom", "telephone", "courriel"):
        ici, la = getattr(fiche, champ), getattr(suivi, champ)
        if not ici or not la:
            continue
        if champ in ("prenom", "nom"):
            ici, la = nom_compare(ici), nom_compare(la)
        if ici != la:
            return 0
        egaux += 1
    return egaux


def _champs(refus: Iterable[Refusal]) -> set[str]:
    return {(r.field or "").removeprefix("/") for r in refus} & {"telephone", "courriel", "annee_naissance"}


def _annee(naissance: str | None) -> int | None:
    if naissance is None or naissance[:10] == _ABSENTE:
        return None
    try:
        return dt.date.fromisoformat(naissance[:10]).year
    except ValueError:
        return None
