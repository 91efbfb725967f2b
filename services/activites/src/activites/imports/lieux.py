"""Les lieux d'activité qu'un fichier nomme, comme on les nomme : « Médiathèque », à Chenôve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from events.postgres.database import Database
from referentiels.cles import cle

from activites.domain.vocabulaire import LieuId
from activites.imports.valeurs import Incomprise
from activites.projections import lieux_choisis, lieux_connus


@dataclass(frozen=True, slots=True)
class Nomme:
    """Un lieu, et ce qui le distingue de ses homonymes. sien : la personne dit y exercer."""

    lieu_id: LieuId
    indices: frozenset[str]
    sien: bool


@dataclass(frozen=True, slots=True)
class Lieux:
    """Ceux d'un fichier, par la clé de leur nom."""

    par_nom: dict[str, dict[LieuId, Nomme]] = field(default_factory=dict[str, dict[LieuId, Nomme]])

    def trouver(self, texte: str, indices: Sequence[str]) -> LieuId:
        """Le lieu de ce nom, ou de cet identifiant. indices : ce que la ligne dit de sa commune.

        De plusieurs homonymes, celui de la commune dite, puis celui où la personne exerce. Raises Incomprise.
        """
        try:
            return LieuId(UUID(texte))
        except ValueError:
            pass
        homonymes = [*self.par_nom.get(cle(texte), {}).values()]
        if not homonymes:
            raise Incomprise("Ce lieu d’activité n’existe pas dans la cartographie")
        dits = {cle(indice) for indice in indices if indice}
        ici = [lieu for lieu in homonymes if dits & lieu.indices] or homonymes
        siens = [lieu for lieu in ici if lieu.sien] or ici
        if len(siens) > 1:
            raise Incomprise("Plusieurs lieux portent ce nom : donnez sa commune, ou son identifiant")
        return siens[0].lieu_id


async def lieux_de(database: Database, comptes: Sequence[UUID], noms: Iterable[str]) -> Lieux:
    """Ceux où la personne exerce, sous tous leurs accents, et ceux que le fichier nomme.

    comptes : ceux de la personne, celui d'aujourd'hui d'abord.
    """
    lieux = Lieux()
    cherches = {nom.strip() for nom in noms if nom.strip()}
    async with database.engine.connect() as connection:
        siens = (await connection.execute(lieux_choisis.du_compte(comptes))).all()
        nommes = (await connection.execute(lieux_connus.nommes(cherches))).all() if cherches else ()
    for sien, rows in ((False, nommes), (True, siens)):
        for row in rows:
            indices = frozenset(
                cle(v) for v in (row.commune, row.code_postal, getattr(row, "code_insee", None)) if v
            )
            lieux.par_nom.setdefault(cle(row.nom), {})[row.lieu_id] = Nomme(row.lieu_id, indices, sien)
    return lieux
