"""Ce qu'une ligne d'un fichier a de commun, quoi qu'elle devienne : ses cellules, ce qui y est incompris."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from referentiels.ecritures import cle_commune, nettoyer_code_postal
from referentiels.reconnaissance import reconnaitre
from tableurs import Saisie

from activites.domain.vocabulaire import Commune, Nomenclature
from activites.imports import valeurs
from activites.imports.noms import Noms, separer
from activites.imports.valeurs import Incomprise

IDENTIFIANT = "identifiant"
"""Le champ qui dit de quoi parle la ligne, quand elle le dit."""
VALEUR_MAX = 80
"""Characters of a cell that the report repeats."""


@dataclass(frozen=True, slots=True)
class Faute:
    """Ce qui est à corriger dans une ligne.

    champ : None, la ligne entière.   valeur : le début de la cellule.
    """

    champ: Nomenclature | None
    message: str
    valeur: str = ""


@dataclass(frozen=True, slots=True)
class Lue[X]:
    """Une ligne comprise. contenu : None si rien ne peut en être dit de plus que ses fautes.

    valeurs : ses cellules, par champ.   empreinte : ce qu'elle dit, les noms tels qu'écrits ; vide si elle se
    désigne elle-même, ou si autre chose que des noms y est incompris.   nomme : elle nomme quelqu'un, ou une
    étiquette.
    """

    numero: int
    contenu: X | None
    fautes: tuple[Faute, ...]
    valeurs: Mapping[str, str] = field(default_factory=dict[str, str])
    empreinte: bytes = b""
    nomme: bool = False

    @property
    def identifiant(self) -> str:
        return self.valeurs.get(IDENTIFIANT, "").strip()

    def citer(self, champ: Nomenclature | None) -> str:
        return self.valeurs.get(champ, "").strip()[:VALEUR_MAX] if champ is not None else ""


@dataclass(slots=True)
class Lecture:
    """Les cellules d'une ligne, et ce qui n'y est pas compris."""

    saisie: Saisie
    fautes: list[Faute] = field(default_factory=list[Faute])

    def texte(self, champ: Nomenclature) -> str:
        return self.saisie.texte(champ).strip()

    def faute(self, champ: Nomenclature, message: str, valeur: str | None = None) -> None:
        self.fautes.append(Faute(champ, message, (valeur or self.texte(champ))[:VALEUR_MAX]))

    def un[T](self, champ: Nomenclature, lire: Callable[[str], T]) -> T | None:
        """Ce que dit une cellule ; None si elle est vide, ou incomprise."""
        texte = self.texte(champ)
        if not texte:
            return None
        try:
            return lire(texte)
        except Incomprise as incomprise:
            self.faute(champ, str(incomprise))
            return None

    def mot[N: Nomenclature](self, champ: Nomenclature, nomenclature: type[N]) -> N | None:
        return self.un(champ, lambda texte: valeurs.mot(nomenclature, texte))

    def plusieurs[N: Nomenclature](self, champ: Nomenclature, nomenclature: type[N]) -> tuple[N, ...]:
        trouves, incompris = valeurs.mots(nomenclature, self.texte(champ))
        for element, message in incompris:
            self.faute(champ, message, element)
        return trouves

    def nommes[Id: UUID](self, champ: Nomenclature, noms: Noms[Id]) -> tuple[Id, ...]:
        """Ceux que nomme une cellule, chacun une fois ; les premiers noms incompris sont des fautes."""
        trouves, incompris = list[Id](), list[tuple[str, str]]()
        try:
            for nom in separer(self.texte(champ), noms.connait):
                try:
                    trouves.append(noms.trouver(nom))
                except Incomprise as incomprise:
                    incompris.append((nom, str(incomprise)))
        except Incomprise as incomprise:
            self.faute(champ, str(incomprise))
        for nom, message in incompris[: valeurs.INCOMPRIS_MAX]:
            self.faute(champ, message, nom)
        return tuple(dict.fromkeys(trouves))


def exiger[T](lecture: Lecture, champ: Nomenclature, lue: T | None, message: str) -> T | None:
    """Une cellule vide dont le domaine ne saurait rien dire : il la lui faut."""
    if lue is None and not lecture.texte(champ):
        lecture.faute(champ, message)
    return lue


def lire_commune(
    lecture: Lecture, champ: Nomenclature, du_code_postal: Nomenclature, du_code_insee: Nomenclature
) -> Commune | None:
    """Le code INSEE décide ; à défaut, ce que le nom et le code postal désignent ensemble.

    Le code postal seul suffit, sauf si un nom est écrit que nulle de ses communes ne porte.
    """
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
    if trouvee.moyen == "code postal" and cle_commune(nom):
        lecture.faute(champ, "Le nom de la commune ne correspond pas", f"{nom} {code_postal}")
        return None
    return Commune(trouvee.commune.nom, trouvee.code_postal, trouvee.commune.code)
