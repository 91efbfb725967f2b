"""Les filtres d'une liste d'activités : dans l'adresse, et nulle part ailleurs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from portail.affichage import jour_ecrit
from portail.passerelle import Passerelle

TRIS = {"recentes": "Les plus récentes d’abord", "anciennes": "Les plus anciennes d’abord"}


@dataclass(frozen=True, slots=True)
class Filtres:
    """Ce que la personne a choisi ; vide, tout. sujet : code.   lieu, tag : identifiants.   commune :
    l'écrit."""

    PAGE: ClassVar[str] = "/espace/activites"
    TYPES: ClassVar[Mapping[str, str]] = {"individuel": "Individuels", "collectif": "Ateliers"}

    du: str = ""
    au: str = ""
    types: tuple[str, ...] = ()
    sujet: str = ""
    lieu: str = ""
    commune: str = ""
    tag: str = ""

    @property
    def choisis(self) -> bool:
        return self != type(self)()

    @property
    def hors_periode(self) -> bool:
        """Autre chose qu'une période est choisi."""
        return replace(self, du="", au="") != type(self)()

    def pour_l_api(self, communes: Sequence[str]) -> dict[str, Any]:
        """Les paramètres de la liste et de l'export. communes : codes de celle qui est écrite."""
        return {
            "du": self.du,
            "au": self.au,
            "types": list(self.types),
            "thematiques": self.sujet,
            "lieux": self.lieu,
            "communes": list(communes),
            "tags": self.tag,
        }

    def export(self, communes: Sequence[str]) -> str:
        return urlencode([(nom, v) for nom, v in self.pour_l_api(communes).items() if v], doseq=True)

    def adresse(self, **suite: str | None) -> str:
        """De la page qui les montre."""
        noms = ("du", "au", "types", "sujet", "lieu", "commune", "tag")
        choisis = [(nom, v) for nom in noms if (v := getattr(self, nom))]
        choisis += [(nom, v) for nom, v in suite.items() if v]
        return f"{self.PAGE}?{urlencode(choisis, doseq=True)}" if choisis else self.PAGE

    def actifs(
        self,
        sujets: Mapping[str, str],
        lieux: Sequence[Mapping[str, Any]],
        etiquettes: Sequence[Mapping[str, Any]],
        **suite: str,
    ) -> list[tuple[str, str]]:
        """Chacun par ses mots, et l'adresse de la page sans lui."""
        noms = {str(un["id"]): str(un["nom"]) for un in (*lieux, *etiquettes)}
        sans: list[tuple[str, Filtres]] = []
        if self.du:
            sans.append((f"Depuis le {jour_ecrit(self.du)}", replace(self, du="")))
        if self.au:
            sans.append((f"Jusqu’au {jour_ecrit(self.au)}", replace(self, au="")))
        for type_ in self.types:
            autres = tuple(t for t in self.types if t != type_)
            sans.append((self.TYPES.get(type_, type_), replace(self, types=autres)))
        if self.sujet:
            sans.append((sujets.get(self.sujet, self.sujet), replace(self, sujet="")))
        if self.lieu:
            sans.append((noms.get(self.lieu, "Un lieu"), replace(self, lieu="")))
        if self.commune:
            sans.append((self.commune, replace(self, commune="")))
        if self.tag:
            sans.append((noms.get(self.tag, "Une étiquette"), replace(self, tag="")))
        return [(mots, filtres.adresse(**suite)) for mots, filtres in sans]


class FiltresDeCoordination(Filtres):
    """Les mêmes, d'une liste d'activités de coordination : une période et des types."""

    PAGE: ClassVar[str] = "/espace/coordinations"
    TYPES: ClassVar[Mapping[str, str]] = {
        "animation": "Animations",
        "evenement": "Évènements",
        "partenariat": "Partenariats",
    }


@dataclass(frozen=True, slots=True)
class CommunesLues:
    """codes : INSEE de ce qui est écrit.   faute : ce qu'il faut dire, ou rien."""

    codes: tuple[str, ...] = ()
    faute: str = ""


async def communes_lues(api: Passerelle, ecrit: str) -> CommunesLues:
    """Ce que désigne un nom, « Lyon (69003) », un code INSEE, ou un code postal et toutes ses communes."""
    nom, _, postal = ecrit.strip().removesuffix(")").partition(" (")
    if not nom:
        return CommunesLues()
    trouvees = (await api.lire("/carte/communes", q=ecrit.strip(), limite=20)).corps["elements"]
    exactes = [
        c
        for c in trouvees
        if nom in (c["code_insee"], c["code_postal"])
        or (nom.casefold() == c["nom"].casefold() and postal in ("", c["code_postal"]))
    ]
    retenues = exactes or trouvees
    if len(retenues) > 1 and not nom.isdecimal():
        return CommunesLues(faute=f"Plusieurs communes répondent à « {nom} » : ajoutez le code postal.")
    if not retenues:
        return CommunesLues(faute=f"Aucune commune ne répond à « {nom} ».")
    return CommunesLues(tuple(c["code_insee"] for c in retenues))
