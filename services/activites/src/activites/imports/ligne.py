"""Une ligne d'un fichier -> la saisie d'un compte rendu, et tout ce qui n'y est pas compris.

Une cellule incomprise laisse la place vide : le domaine dit encore ce que les autres enfreignent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from referentiels.ecritures import nettoyer_code_postal
from referentiels.reconnaissance import reconnaitre
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
from activites.imports.lieux import Lieux
from activites.imports.valeurs import Incomprise

VALEUR_MAX = 80
"""Characters of a cell that the report repeats."""


@dataclass(frozen=True, slots=True)
class Faute:
    """Ce qui est à corriger dans une ligne.

    champ : None, la ligne entière.   valeur : le début de la cellule.
    """

    champ: Champ | None
    message: str
    valeur: str = ""


@dataclass(frozen=True, slots=True)
class Lue:
    """Une ligne comprise. contenu : None si rien ne peut en être dit de plus que ses fautes.

    valeurs : ses cellules, par champ.
    """

    numero: int
    contenu: Contenu | None
    fautes: tuple[Faute, ...]
    valeurs: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def identifiant(self) -> str:
        return self.valeurs.get(Champ.IDENTIFIANT, "").strip()

    def citer(self, champ: Champ | None) -> str:
        return self.valeurs.get(champ, "").strip()[:VALEUR_MAX] if champ is not None else ""


@dataclass(slots=True)
class _Lecture:
    saisie: Saisie
    fautes: list[Faute] = field(default_factory=list[Faute])

    def texte(self, champ: Champ) -> str:
        return self.saisie.texte(champ).strip()

    def faute(self, champ: Champ, message: str, valeur: str | None = None) -> None:
        self.fautes.append(Faute(champ, message, (valeur or self.texte(champ))[:VALEUR_MAX]))

    def un[T](self, champ: Champ, lire: Callable[[str], T]) -> T | None:
        """Ce que dit une cellule ; None si elle est vide, ou incomprise."""
        texte = self.texte(champ)
        if not texte:
            return None
        try:
            return lire(texte)
        except Incomprise as incomprise:
            self.faute(champ, str(incomprise))
            return None

    def mot[N: Nomenclature](self, champ: Champ, nomenclature: type[N]) -> N | None:
        return self.un(champ, lambda texte: valeurs.mot(nomenclature, texte))

    def plusieurs[N: Nomenclature](self, champ: Champ, nomenclature: type[N]) -> tuple[N, ...]:
        trouves, incompris = valeurs.mots(nomenclature, self.texte(champ))
        for element, message in incompris:
            self.faute(champ, message, element)
        return trouves


def lire(saisie: Saisie, lieux: Lieux) -> Lue:
    """Le compte rendu de la ligne. lieux : ceux que le fichier nomme."""
    lecture = _Lecture(saisie)
    contenu = _contenu(lecture, lieux)
    return Lue(saisie.numero, contenu, tuple(lecture.fautes), saisie.valeurs)


def _contenu(lecture: _Lecture, lieux: Lieux) -> Contenu | None:
    sorte = _exige(lecture, Champ.TYPE, lecture.mot(Champ.TYPE, TypeActivite), "Individuel ou collectif ?")
    date = _exige(lecture, Champ.DATE, lecture.un(Champ.DATE, valeurs.date), "Veuillez renseigner une date")
    duree = lecture.un(Champ.DUREE, valeurs.minutes)
    type_lieu = _exige(
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
        residence=_commune(lecture, Champ.RESIDENCE, Champ.RESIDENCE_CODE_POSTAL, Champ.RESIDENCE_CODE_INSEE),
        notes=valeurs.en_html(lecture.texte(Champ.NOTES)),
    )
    # What a line may say depends on its type: without it, nothing more can be said of it.
    return contenu if sorte is not None else None


def _exige[T](lecture: _Lecture, champ: Champ, lue: T | None, message: str) -> T | None:
    """Une cellule vide dont le domaine ne saurait rien dire : il la lui faut."""
    if lue is None and not lecture.texte(champ):
        lecture.faute(champ, message)
    return lue


def _ou(lecture: _Lecture, type_lieu: TypeLieu | None, lieux: Lieux) -> tuple[LieuId | None, Commune | None]:
    match type_lieu:
        case TypeLieu.LIEU_ACTIVITE:
            indices = [lecture.texte(c) for c in (Champ.COMMUNE, Champ.CODE_POSTAL, Champ.CODE_INSEE)]
            return lecture.un(Champ.LIEU, lambda texte: lieux.trouver(texte, indices)), None
        case TypeLieu.DOMICILE | TypeLieu.AUTRE:
            return None, _commune(lecture, Champ.COMMUNE, Champ.CODE_POSTAL, Champ.CODE_INSEE)
        case _:
            return None, None


def _commune(lecture: _Lecture, champ: Champ, du_code_postal: Champ, du_code_insee: Champ) -> Commune | None:
    """Le code INSEE décide ; à défaut, ce que le nom et le code postal désignent ensemble."""
    nom, code_insee = lecture.texte(champ), lecture.texte(du_code_insee)
    code_postal = nettoyer_code_postal(lecture.texte(du_code_postal)) or ""
    if code_insee:
        return Commune(nom, code_postal, code_insee.zfill(5))
    if not nom and not code_postal:
        return None
    trouvee = reconnaitre(nom, code_postal or None, None)
    if trouvee is None:
        dits = " ".join(filter(None, (nom, code_postal)))
        message = "Commune non reconnue : donnez aussi son code postal, ou son code INSEE"
        lecture.faute(champ, message, dits)
        return None
    return Commune(trouvee.commune.nom, trouvee.code_postal, trouvee.commune.code)


def _niveau[N: (Autonomie, NiveauAtelier)](lecture: _Lecture, echelle: type[N]) -> N | None:
    return lecture.un(Champ.NIVEAU, lambda texte: valeurs.niveau(echelle, texte))


def _participants(lecture: _Lecture, sorte: TypeActivite | None) -> Participants:
    """Ce que les cellules en disent dépend du type ; sans lui, rien n'en est lu."""
    match sorte:
        case TypeActivite.INDIVIDUEL:
            return _un_seul(lecture)
        case TypeActivite.COLLECTIF:
            return _comptes(lecture)
        case None:
            return Participants(1)


def _un_seul(lecture: _Lecture) -> Participants:
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


def _comptes(lecture: _Lecture) -> Participants:
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
