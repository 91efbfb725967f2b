"""Une ligne d'un fichier -> la saisie d'un compte rendu, et tout ce qui n'y est pas compris.

Une cellule incomprise laisse la place vide : le domaine dit encore ce que les autres enfreignent.
"""

from tableurs import Saisie

from activites.api.textes import une_ligne
from activites.domain.faits import Contenu, Participants
from activites.domain.regles import DATE_MINIMALE
from activites.domain.vocabulaire import (
    Autonomie,
    Commune,
    Genre,
    LieuId,
    Materiel,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    StructureDeRedirection,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.imports import valeurs
from activites.imports.colonnes import Champ
from activites.imports.lecture import Lecture, Lue, exiger, lire_commune
from activites.imports.lieux import Lieux


def lire(saisie: Saisie, lieux: Lieux) -> Lue[Contenu]:
    """Le compte rendu de la ligne. lieux : ceux que le fichier nomme."""
    lecture = Lecture(saisie)
    contenu = _contenu(lecture, lieux)
    return Lue(saisie.numero, contenu, tuple(lecture.fautes), saisie.valeurs)


def _contenu(lecture: Lecture, lieux: Lieux) -> Contenu | None:
    sorte = exiger(lecture, Champ.TYPE, lecture.mot(Champ.TYPE, TypeActivite), "Individuel ou collectif ?")
    date = exiger(lecture, Champ.DATE, lecture.un(Champ.DATE, valeurs.date), "Veuillez renseigner une date")
    duree = lecture.un(Champ.DUREE, valeurs.minutes)
    type_lieu = exiger(
        lecture,
        Champ.TYPE_LIEU,
        lecture.mot(Champ.TYPE_LIEU, TypeLieu),
        "Veuillez renseigner un lieu d’accompagnement",
    )
    lieu_id, commune = _ou(lecture, type_lieu, lieux)
    contenu = Contenu(
        type=sorte or TypeActivite.INDIVIDUEL,
        date=date or DATE_MINIMALE,
        duree_minutes=duree or 0,
        type_lieu=type_lieu or TypeLieu.A_DISTANCE,
        lieu_id=lieu_id,
        commune=commune,
        thematiques=lecture.plusieurs(Champ.THEMATIQUES, Thematique),
        precisions_demarche=une_ligne(lecture.texte(Champ.PRECISIONS)),
        materiels=lecture.plusieurs(Champ.MATERIELS, Materiel),
        autonomie=_niveau(lecture, Autonomie) if sorte == TypeActivite.INDIVIDUEL else None,
        niveau=_niveau(lecture, NiveauAtelier) if sorte == TypeActivite.COLLECTIF else None,
        titre_atelier=une_ligne(lecture.texte(Champ.TITRE)),
        oriente_vers_structure=lecture.un(Champ.ORIENTE, valeurs.oui_non),
        structure_de_redirection=lecture.mot(Champ.REDIRECTION, StructureDeRedirection),
        participants=_participants(lecture, sorte),
        residence=lire_commune(
            lecture, Champ.RESIDENCE, Champ.RESIDENCE_CODE_POSTAL, Champ.RESIDENCE_CODE_INSEE
        ),
        notes=valeurs.en_html(lecture.texte(Champ.NOTES)),
    )
    # What a line may say depends on its type: without it, nothing more can be said of it.
    return contenu if sorte is not None else None


def _ou(lecture: Lecture, type_lieu: TypeLieu | None, lieux: Lieux) -> tuple[LieuId | None, Commune | None]:
    match type_lieu:
        case TypeLieu.LIEU_ACTIVITE:
            indices = [lecture.texte(c) for c in (Champ.COMMUNE, Champ.CODE_POSTAL, Champ.CODE_INSEE)]
            return lecture.un(Champ.LIEU, lambda texte: lieux.trouver(texte, indices)), None
        case TypeLieu.DOMICILE | TypeLieu.AUTRE:
            return None, lire_commune(lecture, Champ.COMMUNE, Champ.CODE_POSTAL, Champ.CODE_INSEE)
        case _:
            return None, None


def _niveau[N: (Autonomie, NiveauAtelier)](lecture: Lecture, echelle: type[N]) -> N | None:
    return lecture.un(Champ.NIVEAU, lambda texte: valeurs.niveau(echelle, texte))


def _participants(lecture: Lecture, sorte: TypeActivite | None) -> Participants:
    """Ce que les cellules en disent dépend du type ; sans lui, rien n'en est lu."""
    match sorte:
        case TypeActivite.INDIVIDUEL:
            return _un_seul(lecture)
        case TypeActivite.COLLECTIF:
            return _comptes(lecture)
        case None:
            return Participants(1)


def _un_seul(lecture: Lecture) -> Participants:
    """Le bénéficiaire d'un individuel."""
    total = lecture.un(Champ.PARTICIPANTS, valeurs.nombre)
    genre = lecture.mot(Champ.GENRE, Genre)
    age = lecture.mot(Champ.TRANCHE_AGE, TrancheAge)
    statut = lecture.mot(Champ.STATUT, StatutSocial)
    return Participants(
        total=1 if total is None else total,
        deja_accompagnes=int(bool(lecture.un(Champ.DEJA_ACCOMPAGNES, valeurs.oui_non))),
        genres={genre: 1} if genre else {},
        tranches_age={age: 1} if age else {},
        statuts={statut: 1} if statut else {},
    )


def _comptes(lecture: Lecture) -> Participants:
    """Les participants d'un atelier."""

    def repartition[N: Nomenclature](champ: Champ, nomenclature: type[N]) -> dict[N, int]:
        trouves, incompris = valeurs.comptes(nomenclature, lecture.texte(champ))
        for element, message in incompris:
            lecture.faute(champ, message, element)
        return trouves

    return Participants(
        total=lecture.un(Champ.PARTICIPANTS, valeurs.nombre) or 0,
        deja_accompagnes=lecture.un(Champ.DEJA_ACCOMPAGNES, valeurs.nombre) or 0,
        genres=repartition(Champ.GENRE, Genre),
        tranches_age=repartition(Champ.TRANCHE_AGE, TrancheAge),
        statuts=repartition(Champ.STATUT, StatutSocial),
    )
