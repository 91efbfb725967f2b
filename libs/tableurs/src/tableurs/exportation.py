"""Décrire un export : ses colonnes, et la requête qui en donne les lignes."""

import asyncio
import queue
import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from referentiels.nomenclature import Nomenclature
from sqlalchemy.ext.asyncio import AsyncConnection

from tableurs.ecriture import classeur_ods, classeur_xlsx, format_csv, format_json
from tableurs.ecriture.valeurs import PREAMBULE_MAX, Cellule, Rien, Valeur, cellule

_PAGE = 500
_PAGES_EN_ATTENTE = 2
PARIS = ZoneInfo("Europe/Paris")
_SANS_LIMITE = sa.text(
    """select set_config(name, '0', true) from pg_settings
       where name in ('transaction_timeout', 'idle_in_transaction_session_timeout')"""
)


class Format(Nomenclature):
    """Les formats d'un export, tels qu'on les demande."""

    XLSX = "xlsx", "Excel (xlsx)"
    ODS = "ods", "LibreOffice (ods)"
    CSV = "csv", "CSV", "Du texte, que tout tableur ouvre."
    JSON = "json", "JSON", "Pour un programme."


TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
}
"""Le type (MIME) de chacun."""
_ECRITURES = {
    Format.XLSX: classeur_xlsx.ecrire,
    Format.ODS: classeur_ods.ecrire,
    Format.CSV: format_csv.ecrire,
    Format.JSON: format_json.ecrire,
}


@dataclass(frozen=True, slots=True)
class Sortie:
    """Une colonne écrite. titre : ce que lit une personne.   valeur : la cellule, d'après une ligne lue."""

    titre: str
    valeur: Callable[[Any], Valeur]


@dataclass(frozen=True, slots=True)
class Export:
    """columns : les colonnes, dans l'ordre.   select : la requête de leurs lignes, bornée par qui la fait.

    feuille : le nom de la feuille (31 caractères au plus).   fuseau : celui où s'écrivent les instants.
    completer : une page lue -> la page à écrire, quand la requête ne peut pas tout dire (un texte chiffré).
    developper : ce qui est lu une fois et s'écrit sur plusieurs lignes -> ces lignes, l'une après l'autre.
    preambule : ce qui est écrit au-dessus des titres d'un classeur, 40 lignes au plus ; ni en csv ni en json.
    """

    columns: Sequence[Sortie]
    select: sa.Select[Any]
    feuille: str = "Export"
    fuseau: ZoneInfo = PARIS
    completer: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]] | None = None
    developper: Callable[[Any], Iterable[Any]] | None = None
    preambule: Sequence[Sequence[Valeur]] = ()

    async def ecrire(self, connection: AsyncConnection, format_: Format, sortie: BinaryIO) -> None:
        """Écrit le fichier dans `sortie`, un fichier temporaire : la base est libre avant le téléchargement.

        Les lignes sont lues par pages et écrites dans un autre fil d'exécution : ni la mémoire ni le service
        n'en dépendent.
        """
        boucle = asyncio.get_running_loop()
        places = asyncio.Semaphore(_PAGES_EN_ATTENTE)
        pages: queue.SimpleQueue[Sequence[Any] | None] = queue.SimpleQueue()

        def lignes() -> Iterator[Sequence[Valeur]]:
            while (page := pages.get()) is not None:
                for row in page:
                    for une in self.developper(row) if self.developper else (row,):
                        yield [colonne.valeur(une) for colonne in self.columns]
                boucle.call_soon_threadsafe(places.release)

        def travailler() -> None:
            try:
                titres = [c.titre for c in self.columns]
                ecrire(format_, self.feuille, titres, lignes(), sortie, self.fuseau, self.preambule)
            finally:
                boucle.call_soon_threadsafe(places.release)  # réveille la lecture, même après une erreur

        # Longue, mais elle ne fait que lire : les bornes d'une transaction sont pour celles qui écrivent.
        await connection.execute(_SANS_LIMITE)
        fil = boucle.run_in_executor(None, travailler)
        # Quand la lecture échoue, c'est son erreur que l'on voit, pas celle d'un fichier abandonné.
        fil.add_done_callback(lambda fini: fini.cancelled() or fini.exception())
        try:
            async with connection.stream(self.select, execution_options={"yield_per": _PAGE}) as resultat:
                async for page in resultat.partitions():
                    await places.acquire()
                    if fil.done():
                        break
                    pages.put(await self.completer(page) if self.completer else page)
            # Un classeur se ferme longtemps : la base n'attend pas, une transaction ouverte serait coupée.
            await connection.rollback()
        finally:
            pages.put(None)
        await fil


def ecrire(
    format_: Format,
    feuille: str,
    titres: Sequence[str],
    lignes: Iterable[Sequence[Valeur]],
    sortie: BinaryIO,
    fuseau: ZoneInfo = PARIS,
    preambule: Sequence[Sequence[Valeur]] = (),
) -> None:
    """Écrit ces lignes, une à une, dans ce format. Raises TypeError si une valeur n'est pas une `Valeur`.

    preambule : voir `Export`. Raises ValueError s'il est trop long.   Un `Rien` est null en json.
    """
    if len(preambule) > PREAMBULE_MAX:
        raise ValueError(f"plus de {PREAMBULE_MAX} lignes au-dessus des titres")

    def ecrite(valeur: Valeur) -> Cellule:
        rien = format_ is Format.JSON and isinstance(valeur, Rien)
        return None if rien else cellule(valeur, fuseau)

    cellules: Iterator[Sequence[Cellule]] = ([ecrite(v) for v in ligne] for ligne in lignes)
    dessus = [[ecrite(v) for v in ligne] for ligne in preambule]
    _ECRITURES[format_](feuille, titres, cellules, sortie, dessus)


def en_tetes(nom: str, format_: Format) -> dict[str, str]:
    """Les en-têtes d'un téléchargement (RFC 6266). nom : sans extension ; il peut venir d'une personne."""
    propre = re.sub(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u2028\u2029\u202a-\u202e\u2066-\u2069]+', "-", nom)
    propre = propre.strip(" .-")[:100] or "export"
    decompose = unicodedata.normalize("NFKD", propre).encode("ascii", "ignore").decode()
    ascii_ = re.sub(r"[^A-Za-z0-9._ -]", "_", decompose) or "export"
    complet = quote(f"{propre}.{format_}".encode("utf-8", "replace"), safe="")
    return {
        "Content-Type": TYPES[format_],
        "Content-Disposition": f"attachment; filename=\"{ascii_}.{format_}\"; filename*=UTF-8''{complet}",
        "X-Content-Type-Options": "nosniff",
    }
