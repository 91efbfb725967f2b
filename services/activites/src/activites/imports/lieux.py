"""Les lieux d'activité qu'un fichier nomme, comme on les nomme : « Médiathèque », à Chenôve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from events.postgres.database import Database
from referentiels.cles import cle

from activites.domain.vocabulaire import LieuId
from activites.imports.valeurs import Incomprise
from activites.projections import lieux_choisis


@dataclass(frozen=True, slots=True)
class Nomme:
    """Un lieu, et ce qui le distingue de ses homonymes. actuel : la personne dit y exercer encore."""

    lieu_id: LieuId
    indices: frozenset[str]
    actuel: bool


@dataclass(frozen=True, slots=True)
class Lieux:
    """Ceux où une personne exerce ou a exercé, par la clé de leur nom."""

    par_nom: dict[str, dict[LieuId, Nomme]] = field(default_factory=dict[str, dict[LieuId, Nomme]])

    def connus(self, textes: Iterable[str]) -> bool:
        """Whether each of these, when it is a name, is one of theirs."""
        return all(cle(texte) in self.par_nom for texte in textes if texte and _identifiant(texte) is None)

    def trouver(self, texte: str, indices: Sequence[str]) -> LieuId:
        """Le lieu de ce nom, ou de cet identifiant. indices : ce que la ligne dit de sa commune.

        De plusieurs homonymes, celui de la commune dite, puis celui où la personne exerce encore. D'un
        identifiant, le domaine dit si elle y exerce. Raises Incomprise.
        """
        identifiant = _identifiant(texte)
        if identifiant is not None:
            return identifiant
        homonymes = [*self.par_nom.get(cle(texte), {}).values()]
        if not homonymes:
            raise Incomprise("Aucun de vos lieux ne porte ce nom : ajoutez-le d’abord à vos lieux")
        dits = {cle(indice) for indice in indices if indice}
        ici = [lieu for lieu in homonymes if dits & lieu.indices] or homonymes
        retenus = [lieu for lieu in ici if lieu.actuel] or ici
        if len(retenus) > 1:
            raise Incomprise("Plusieurs de vos lieux portent ce nom : donnez sa commune, ou son identifiant")
        return retenus[0].lieu_id


async def lieux_de(database: Database, comptes: Sequence[UUID]) -> Lieux:
    """Ceux où la personne exerce, ou a exercé, sous tous leurs accents. comptes : tous les siens."""
    lieux = Lieux()
    async with database.engine.connect() as connection:
        rows = (await connection.execute(lieux_choisis.tous_ceux_de(comptes))).all()
    for row in rows:
        indices = frozenset(cle(v) for v in (row.commune, row.code_postal, row.code_insee) if v)
        lieux.par_nom.setdefault(cle(row.nom), {})[row.lieu_id] = Nomme(row.lieu_id, indices, row.actuel)
    return lieux


def _identifiant(texte: str) -> LieuId | None:
    try:
        return LieuId(UUID(texte))
    except ValueError:
        return None
