"""Ce qu'un fait a changé d'un compte rendu, question par question, en mots : pour son auteur seulement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from referentiels.dates import en_lettres

from activites.domain.faits import ActiviteDecrite
from activites.domain.vocabulaire import Nomenclature
from activites.exports.textes import en_texte


@dataclass(frozen=True, slots=True)
class Changement:
    """Une question dont la réponse n'est plus la même ; vide : sans réponse."""

    question: str
    avant: str
    apres: str


def changements(avant: ActiviteDecrite, apres: ActiviteDecrite, noms: Mapping[UUID, str]) -> list[Changement]:
    """Dans l'ordre des questions. noms : des lieux et des étiquettes que son auteur voit."""
    la, ici = _reponses(avant, noms), _reponses(apres, noms)
    return [Changement(q, la[q], ici[q]) for q in ici if la[q] != ici[q]]


def _reponses(a: ActiviteDecrite, noms: Mapping[UUID, str]) -> dict[str, str]:
    p = a.participants
    return {
        "Titre de l’atelier": a.titre_atelier or "",
        "Niveau": _libelle(a.niveau),
        "Sujets": _liste(t.libelle for t in a.thematiques),
        "Précisions sur la démarche": a.precisions_demarche or "",
        "Durée": duree_en_mots(a.duree_minutes),
        "Où": a.type_lieu.libelle if a.lieu_id is None else noms.get(a.lieu_id, "un lieu inconnu"),
        "Commune": f"{a.commune} ({a.code_postal})" if a.commune else "",
        "Jour": en_lettres(a.date),
        "Participants": str(p.total),
        "Déjà accompagnés": str(p.deja_accompagnes or ""),
        "Genre": _comptes(p.genres),
        "Âge": _comptes(p.tranches_age),
        "Situation": _comptes(p.statuts),
        "Commune de résidence": a.residence_commune or "",
        "Autonomie": _libelle(a.autonomie),
        "Orientation vers une autre structure": _oui_non(a.oriente_vers_structure),
        "Structure de redirection": _libelle(a.structure_de_redirection),
        "Matériel": _liste(m.libelle for m in a.materiels),
        "Étiquettes": etiquettes(a.tags, noms),
        "Notes": en_texte(a.notes) or "",
    }


def etiquettes(posees: Iterable[UUID], noms: Mapping[UUID, str]) -> str:
    """Par nom, chacune une fois."""
    return _liste(dict.fromkeys(sorted(noms.get(tag, "une étiquette qui n’est plus") for tag in posees)))


def _libelle(code: Nomenclature | None) -> str:
    return code.libelle if code is not None else ""


def _liste(mots: Iterable[str]) -> str:
    return ", ".join(mots)


def _comptes[C: Nomenclature](comptes: Mapping[C, int]) -> str:
    return _liste(f"{code.libelle} : {n}" for code, n in comptes.items())


def _oui_non(reponse: bool | None) -> str:
    return "" if reponse is None else "Oui" if reponse else "Non"


def duree_en_mots(minutes: int) -> str:
    """45 min, 1 h 30."""
    heures, reste = divmod(minutes, 60)
    return f"{heures} h {reste:02}" if heures else f"{reste} min"
