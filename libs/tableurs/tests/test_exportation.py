"""Exports : un texte reste un texte, un nombre reste un nombre, une requête s'écrit au fil de l'eau."""

import csv
import datetime as dt
import io
import json
import uuid
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import asyncpg
import openpyxl
import pytest
import sqlalchemy as sa
from events.postgres.database import Database
from tableurs import Export, Format, Sortie, ecrire, en_tetes, ouvrir
from tableurs.ecriture import valeurs

FORMULES = [
    "=1+1", "+33561020304", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠A1", " =1",
    "'=1", '"=1', "«=1", "\u200b=1", "\n=cmd|' /C calc'!A0", "+33 5 61 02 03 04", "--", "- ", "'-",
]  # fmt: skip
ANODINS = ["Saint-Jean", "a=b", "-"]
"""Un tiret seul dit qu'il n'y a rien. Un numéro en « + » n'en est pas : un tableur en ferait un nombre."""


def octets(format_: Format, titres: Sequence[str], lignes: Sequence[Sequence[Any]]) -> bytes:
    sortie = io.BytesIO()
    ecrire(format_, "Essai", titres, lignes, sortie)
    return sortie.getvalue()


def test_dans_un_classeur_un_texte_n_est_jamais_une_formule() -> None:
    contenu = octets(Format.XLSX, ["=titre"], [[texte] for texte in FORMULES])
    feuille = openpyxl.load_workbook(io.BytesIO(contenu)).worksheets[0]
    assert {cellule.data_type for (cellule,) in feuille.iter_rows()} == {"s"}
    assert all(cellule.quotePrefix for (cellule,) in feuille.iter_rows(min_row=2))
    with ZipFile(io.BytesIO(octets(Format.ODS, ["=titre"], [[texte] for texte in FORMULES]))) as archive:
        xml = archive.read("content.xml").decode()
    assert xml.count('value-type="string"') == len(FORMULES) + 1
    assert "formula" not in xml


def test_dans_un_csv_un_texte_qui_a_l_air_d_une_formule_porte_une_apostrophe() -> None:
    contenu = octets(Format.CSV, ["nom"], [[texte] for texte in [*FORMULES, *ANODINS]])
    lignes = list(csv.reader(io.StringIO(contenu.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [ligne[0] for ligne in lignes[1:]] == [f"'{texte}" for texte in FORMULES] + ANODINS


def test_nombres_et_dates_gardent_leur_type() -> None:
    ligne = [
        -12,
        2.5,
        Decimal("3.00"),
        dt.date(2024, 5, 3),
        dt.datetime(2024, 5, 3, 7, 30, 12, 925357, tzinfo=dt.UTC),
        True,
    ]
    contenu = octets(Format.XLSX, list("abcdef"), [ligne])
    (cellules,) = openpyxl.load_workbook(io.BytesIO(contenu)).worksheets[0].iter_rows(min_row=2)
    # L'instant est écrit dans le fuseau de l'export.
    assert [c.value for c in cellules] == [
        -12, 2.5, 3, dt.datetime(2024, 5, 3), dt.datetime(2024, 5, 3, 9, 30, 12), "oui",  # noqa: DTZ001
    ]  # fmt: skip
    assert octets(Format.CSV, list("abcdef"), [ligne]).decode("utf-8-sig").splitlines()[1] == (
        "-12;2.5;3;2024-05-03;03/05/2024 à 09:30;oui"
    )
    assert json.loads(octets(Format.JSON, list("abcdef"), [ligne]))[0]["e"] == "2024-05-03T09:30:12"


def test_ce_qu_un_tableur_abimerait_est_ecrit_en_texte() -> None:
    ligne = [10**18, dt.date(1789, 7, 14), float("nan"), "a\x00\ud800b", "x" * 40_000]
    contenu = octets(Format.XLSX, list("abcde"), [ligne])
    (cellules,) = openpyxl.load_workbook(io.BytesIO(contenu)).worksheets[0].iter_rows(min_row=2)
    longue = cellules[4].value
    assert [c.value for c in cellules[:4]] == [str(10**18), "1789-07-14", None, "a\ufffd\ufffdb"]
    assert isinstance(longue, str)
    assert (len(longue), longue[-1]) == (32_767, "…")


def test_une_valeur_qui_n_est_pas_une_cellule_est_refusee() -> None:
    with pytest.raises(TypeError, match="dict"):
        octets(Format.CSV, ["a"], [[{"a": 1}]])


@pytest.mark.parametrize("format_", [Format.XLSX, Format.ODS])
def test_au_dela_d_une_feuille_la_suite_va_dans_une_autre(
    format_: Format, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(valeurs, "LIGNES_PAR_FEUILLE", 3)
    chemin = tmp_path / "grand"
    for nombre, suite in ((3, 0), (4, 1), (0, None)):
        chemin.write_bytes(octets(format_, ["id"], [[n] for n in range(nombre)]))
        tableau = ouvrir(chemin)
        assert len(list(tableau.lire())) == min(nombre, 3)
        assert len(tableau.remarques) == (1 if suite else 0)
        if suite:
            assert len(list(ouvrir(chemin, feuille="Essai (2)").lire())) == suite


async def test_une_requete_s_ecrit_dans_chaque_format(database_url: str, tmp_path: Path) -> None:
    numero = sa.func.generate_series(1, 2345).column_valued("numero")
    export = Export(
        [Sortie("Numéro", lambda row: row.numero), Sortie("Nom", lambda row: f"=Lieu {row.numero}")],
        sa.select(numero),
        feuille="Lieux",
    )
    database = Database(database_url)
    for format_ in Format:
        chemin = tmp_path / f"lieux.{format_}"
        with chemin.open("wb") as sortie:
            async with database.engine.scan() as connection:
                await export.ecrire(connection, format_, sortie)
        lignes = list(ouvrir(chemin).lire())
        attendues = [{"Numéro": str(n), "Nom": f"=Lieu {n}"} for n in range(1, 2346)]
        assert [ligne.valeurs for ligne in lignes] == attendues
    await database.close()


async def test_une_erreur_d_ecriture_ou_de_lecture_arrete_l_export(database_url: str, tmp_path: Path) -> None:
    numero = sa.func.generate_series(1, 50_000).column_valued("numero")
    ecriture = Export([Sortie("x", lambda row: row.absent)], sa.select(numero))
    lecture = Export([Sortie("x", lambda row: row[0])], sa.select(1000 / (3000 - numero)))
    database = Database(database_url)
    for export, erreur in ((ecriture, AttributeError), (lecture, asyncpg.DivisionByZeroError)):
        with (tmp_path / "x.csv").open("wb") as sortie:
            async with database.engine.scan() as connection:
                with pytest.raises(erreur):
                    await export.ecrire(connection, Format.CSV, sortie)
    await database.close()


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        (
            "Équipe Zoé",
            "filename=\"Equipe Zoe.csv\"; filename*=UTF-8''%C3%89quipe%20Zo%C3%A9.csv",
        ),
        ('a"; filename="x.exe', 'filename="a-_ filename_-x.exe.csv"; '),
        ("a\r\nSet-Cookie: x=1", 'filename="a-Set-Cookie- x_1.csv"; '),
        ("../../etc/passwd", 'filename="etc-passwd.csv"; '),
        ("cod\u202egpj.exe", 'filename="cod-gpj.exe.csv"; '),
        ("\ud800", ""),
        (". . .", 'filename="export.csv"; '),
        ("名前", ""),
    ],
)
def test_un_nom_de_fichier_ne_sort_pas_de_son_en_tete(nom: str, attendu: str) -> None:
    disposition = en_tetes(nom, Format.CSV)["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.isprintable()
    assert disposition.count('"') == 2
    assert attendu in disposition


def test_un_identifiant_est_un_texte() -> None:
    identifiant = uuid.UUID(int=1)
    assert octets(Format.CSV, ["id"], [[identifiant]]).decode("utf-8-sig").splitlines()[1] == str(identifiant)
