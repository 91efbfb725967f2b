"""L'annuaire : ses filtres, dans l'adresse et nulle part ailleurs, et ce qui se lit d'une personne."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from referentiels.territoires import departements

from portail.nomenclatures import Lues, libelles

DEPARTEMENTS = {code: departement.nom for code, departement in departements().items()}


@dataclass(frozen=True, slots=True)
class Filtres:
    """Ce que la personne a choisi ; vide, tout. commune : l'écrit.   profil, competences : codes."""

    q: str = ""
    departement: str = ""
    commune: str = ""
    profil: str = ""
    competences: tuple[str, ...] = ()

    @property
    def choisis(self) -> bool:
        return self != Filtres()

    def pour_l_api(self, communes: Sequence[str]) -> dict[str, Any]:
        """Les paramètres de la liste et de l'export. communes : codes de celle qui est écrite."""
        return {
            "q": self.q,
            "departement": self.departement,
            "communes": list(communes),
            "profil": self.profil,
            "competences": list(self.competences),
        }

    def export(self, communes: Sequence[str]) -> str:
        return urlencode([(nom, v) for nom, v in self.pour_l_api(communes).items() if v], doseq=True)

    def adresse(self, page: str, **suite: str | None) -> str:
        """De cette page, avec ces filtres."""
        noms = ("q", "departement", "commune", "profil", "competences")
        choisis = [(nom, v) for nom in noms if (v := getattr(self, nom))]
        choisis += [(nom, v) for nom, v in suite.items() if v]
        return f"{page}?{urlencode(choisis, doseq=True)}" if choisis else page

    def actifs(self, page: str, noms: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
        """Chacun par ses mots, et l'adresse de la page sans lui. noms : libellés, par nomenclature."""
        sans: list[tuple[str, Filtres]] = []
        if self.q:
            sans.append((f"« {self.q} »", replace(self, q="")))
        if self.departement:
            sans.append((DEPARTEMENTS.get(self.departement, self.departement), replace(self, departement="")))
        if self.commune:
            sans.append((self.commune, replace(self, commune="")))
        if self.profil:
            sans.append((noms["profil"].get(self.profil, self.profil), replace(self, profil="")))
        for code in self.competences:
            autres = tuple(c for c in self.competences if c != code)
            sans.append((noms["competence"].get(code, code), replace(self, competences=autres)))
        return [(mots, filtres.adresse(page)) for mots, filtres in sans]


def montrees(personnes: Sequence[Mapping[str, Any]], nomenclatures: Lues) -> list[dict[str, Any]]:
    """Les personnes, avec les mots de leurs codes. ou : commune et département, ou rien."""
    noms = {champ: libelles(termes) for champ, termes in nomenclatures.items()}
    return [
        {
            **p,
            "est_mediateur": "mediateur" in p["roles"],
            "nom_entier": f"{p['prenom']} {p['nom']}",
            "profils": [noms["profil"].get(code, code) for code in p["profils"]],
            "competences": [noms["competence"].get(c, c) for c in p["competences"]],
            "ou": " · ".join(
                mot for mot in (p["commune"], DEPARTEMENTS.get(p["departement"] or "", "")) if mot
            ),
        }
        for p in personnes
    ]
