"""`python bench/cout_des_chiffres.py [activites ...]`: CPU of one page of figures, by number of activités.

In memory of one process, without HTTP nor PostgreSQL: what a médiateur, a team of 20, the nation cost, when
the rows are sorted and when 5 % of them have just arrived. Prints one line per size.
"""

import datetime as dt
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from activites.statistiques.fichier import FichierStatistiques
from activites.statistiques.filtres import Filtres, Perimetre
from activites.statistiques.questions import Page, bloc_general
from activites.statistiques.tables import ACTIVITES, noms

_PAR_MEDIATEUR = 300
_AUJOURD_HUI = dt.date(2026, 6, 30)
_VALEURS = {
    "activite_id": "gen_random_uuid()",
    "mediateur_id": "md5((hash(i) % $mediateurs)::varchar)::uuid",
    "date": "date '2023-07-01' + (random() * 1000)::int",
    "individuel": "random() < 0.8",
    "duree_minutes": "1 + (random() * 180)::int",
    "type_lieu": "['lieu_activite', 'domicile', 'autre', 'a_distance'][1 + (random() * 3)::int]",
    "lieu_id": "md5((i % 3000)::varchar)::uuid",
    "code_insee": "(10000 + i % 3000)::varchar",
    "departement": "(10 + i % 80)::varchar",
    "structure_employeuse_id": "md5((hash(i) % 900)::varchar)::uuid",
    "thematiques": "1::ubigint << (random() * 29)::int",
    "materiels": "1::utinyint << (random() * 4)::int",
    "accompagnements": "2",
    "suivis": "case when random() < 0.3"
    " then [md5((hash(i) % $mediateurs * 100 + (random() * 30)::int)::varchar)::uuid] else [] end",
    "tags": "[]::uuid[]",
    "residence_code_insee": "null",
    "v1": "false",
}


def remplir(fichier: FichierStatistiques, combien: int) -> None:
    """Rows as the events would leave them: only the reading is measured here."""
    mediateurs = {"mediateurs": max(60, combien // _PAR_MEDIATEUR)}
    valeurs = ", ".join(_VALEURS.get(c.nom, "(random() < 0.1)::int") for c in ACTIVITES)
    recentes = combien // 20

    def verser(debut: int, fin: int) -> None:
        fichier._base.execute(  # pyright: ignore[reportPrivateUsage]
            f"insert into activites_recentes ({noms('activites')}, lot) select {valeurs}, 0"  # noqa: S608
            f" from range({debut}, {fin}) t(i)",
            mediateurs,
        )

    verser(0, combien - recentes)
    while fichier.tidy(whole=True):
        pass
    verser(combien - recentes, combien)


def cout(question: Callable[[], object], fois: int) -> float:
    """Milliseconds of CPU of one answer."""
    question()

    def temps() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    avant = temps()
    for _ in range(fois):
        question()
    return (temps() - avant) / fois * 1000


def mesurer(combien: int) -> str:
    with tempfile.TemporaryDirectory() as dossier:
        fichier = FichierStatistiques(Path(dossier) / "f.duckdb")
        remplir(fichier, combien)
        ids: list[UUID] = [
            m for (m,) in fichier.demander("select distinct mediateur_id from activites limit 20", {})
        ]
        page = Page(_AUJOURD_HUI)
        mois: dict[str, Any] = {"du": dt.date(2026, 1, 1), "au": _AUJOURD_HUI}
        dites = {
            "médiateur": cout(lambda: bloc_general(fichier, Filtres([Perimetre(ids[0])]), page), 20),
            "médiateur, 6 mois": cout(
                lambda: bloc_general(fichier, Filtres([Perimetre(ids[0])], **mois), page), 20
            ),
            "équipe de 20, 6 mois": cout(
                lambda: bloc_general(fichier, Filtres([Perimetre(m) for m in ids], **mois), page), 10
            ),
            "nation": cout(lambda: bloc_general(fichier, Filtres(None), page), 2),
        }
        fichier.close()
    return f"{combien:>9} activités : " + ", ".join(f"{nom} {ms:.0f} ms" for nom, ms in dites.items())


if __name__ == "__main__":
    for taille in [int(n) for n in sys.argv[1:]] or [20_000, 300_000, 1_000_000]:
        sys.stdout.write(mesurer(taille) + "\n")
        sys.stdout.flush()
