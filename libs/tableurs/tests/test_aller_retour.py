"""Ce qu'un export écrit, un import le relit à l'identique, quels que soient les textes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tableurs import Format, Tableau, ecrire, ouvrir
from tableurs.apostrophe import proteger, retirer

TITRES = ("identifiant", "texte libre", "nombre")
FORMATS = list(Format)
# Ce qu'un XML n'admet pas est remplacé à l'écriture, un autre essai le dit ; les fins de ligne y sont des \n.
CARACTERES = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXTES = st.text(CARACTERES | st.sampled_from("\n\t=+-@'\";,| é"), max_size=40)
LIGNES = st.lists(st.tuples(TEXTES, st.integers(-(10**14), 10**14)), min_size=1, max_size=8)
BRIBES = st.text(st.sampled_from('ab" '), max_size=6)


def relire(chemin: Path, format_: Format, lignes: list[tuple[str, int]]) -> Tableau:
    with chemin.open("wb") as sortie:
        ecrire(format_, "Essai", TITRES, [[rang, *ligne] for rang, ligne in enumerate(lignes)], sortie)
    return ouvrir(chemin)


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lignes=LIGNES)
def test_tout_texte_revient_tel_quel(tmp_path: Path, format_: Format, lignes: list[tuple[str, int]]) -> None:
    # Un texte dont chaque ligne ressemble à une ligne du tableau est lu comme tel : rien n'est avalé.
    assume(format_ is not Format.CSV or not any("\n" in t and ";" in t for t, _ in lignes))
    lues = list(relire(tmp_path / "essai", format_, lignes).lire())
    assert [x.valeurs for x in lues] == [
        {"identifiant": str(rang), "texte libre": texte, "nombre": str(nombre)}
        for rang, (texte, nombre) in enumerate(lignes)
    ]
    assert all(not x.remarques for x in lues)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cellules=st.lists(st.tuples(BRIBES, BRIBES), min_size=1, max_size=12))
def test_des_guillemets_au_hasard_n_avalent_aucune_ligne(
    tmp_path: Path, cellules: list[tuple[str, str]]
) -> None:
    chemin = tmp_path / "essai.csv"
    lignes = [f"{n};{a};{b}" for n, (a, b) in enumerate(cellules, start=2)]
    chemin.write_text("\n".join(["un;deux;trois", *lignes, ""]), encoding="utf-8")
    lues = list(ouvrir(chemin).lire())
    assert [ligne.numero for ligne in lues] == list(range(2, len(cellules) + 2))
    assert all((ligne.valeurs or {"un": str(ligne.numero)})["un"] == str(ligne.numero) for ligne in lues)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bribes=st.lists(st.text(st.sampled_from('ab";'), max_size=12), min_size=1, max_size=12))
def test_chaque_ligne_d_un_csv_est_lue_ou_refusee_avec_son_numero(tmp_path: Path, bribes: list[str]) -> None:
    """Une ligne qui n'a pas son numéro est la suite d'un texte entre guillemets, et s'y retrouve."""
    chemin = tmp_path / "essai.csv"
    lignes = [f"n{n}.{bribe}" for n, bribe in enumerate(bribes, start=2)]
    chemin.write_text("\n".join(["un;deux;trois", *lignes, ""]), encoding="utf-8")
    lues = list(ouvrir(chemin, separateur=";").lire())
    textes = "\n".join(valeur for ligne in lues for valeur in (ligne.valeurs or {}).values())
    numeros = {ligne.numero for ligne in lues}
    assert all(n in numeros or f"n{n}." in textes for n in range(2, len(bribes) + 2))


@given(st.text())
def test_l_apostrophe_se_retire_comme_elle_se_met(texte: str) -> None:
    assert retirer(proteger(texte)) == texte
    assert proteger(texte) == texte or proteger(texte) == f"'{texte}"
