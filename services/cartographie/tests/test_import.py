"""L'import des trois vrais fichiers : rien de perdu, rien d'écrit deux fois, tout est dit."""

import asyncio
import base64
import datetime as dt
import gzip
import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from cartographie.domain import lieu, source
from cartographie.domain.evenements import Event
from cartographie.imports.bilan import tableau
from cartographie.imports.configuration import livrees
from cartographie.imports.importer import contexte, importer
from cartographie.projections import lieux_publies, sources_importees
from events.decider import Refusal
from events.store.store import Store
from events.testing import Scenario
from tableurs import Format, ecrire, ouvrir

LIEUX = Path(__file__).parents[3] / "data" / "lieux"
LIGNES = {"conseillers-numeriques": 4021, "france-services": 2250, "mednum-bfc": 633}
MAINTENANT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


async def tout_importer(store: Store[Event], rapport: io.BytesIO) -> dict[str, source.Bilan]:
    return {
        code: await importer(
            store,
            configuration,
            LIEUX / configuration.fichier,
            rapport,
            contexte(uuid4()),
            MAINTENANT,
        )
        for code, configuration in livrees().items()
    }


async def nombre_de_faits(store: Store[Event]) -> int:
    async with store.database.raw() as connection:
        return await connection.fetchval("select count(*) from events") or 0


async def test_les_trois_fichiers_s_importent_une_seule_fois_et_sans_perte(
    store: Store[Event], projeter: Any
) -> None:
    rapport = io.BytesIO()
    bilans = await tout_importer(store, rapport)
    assert {code: b.lues for code, b in bilans.items()} == LIGNES
    assert all(b.equilibre() for b in bilans.values())
    acceptees = sum(b.referencees for b in bilans.values())
    refusees = sum(b.refusees for b in bilans.values())
    assert acceptees >= 5500
    assert acceptees + refusees == sum(LIGNES.values())

    lignes = [json.loads(ligne) for ligne in rapport.getvalue().splitlines()]
    types = Counter("refus" if ligne["motif"] else "reparation" for ligne in lignes)
    assert types == {"refus": refusees, "reparation": sum(b.reparations for b in bilans.values())}
    assert all(ligne["ligne"] >= 1 and ligne["cle"] and ligne["message"] for ligne in lignes)
    assert all(ligne["reparation"] or ligne["motif"] for ligne in lignes)

    await projeter(store)
    async with store.database.engine.connect() as connection:
        publies = await connection.scalar(sa.select(sa.func.count()).select_from(lieux_publies.table))
        refuses = await connection.scalar(sa.select(sa.func.sum(sources_importees.table.c.refusees)))
    assert (publies, refuses) == (acceptees, refusees)

    avant = await nombre_de_faits(store)
    bilans = await tout_importer(store, io.BytesIO())
    assert sum(b.inchangees for b in bilans.values()) == acceptees
    assert await nombre_de_faits(store) == avant
    assert "Total" in tableau(list(bilans.items()))


async def test_une_fiche_changee_est_mise_a_jour_et_ses_contacts_sont_chiffres(
    store: Store[Event], tmp_path: Path, projeter: Any
) -> None:
    configuration = livrees()["conseillers-numeriques"]
    chemin = tmp_path / "essai.jsonl"
    ligne = {
        "id": "1",
        "nom": "Médiathèque",
        "commune": "Foix",
        "code_postal": "09000",
        "services": "Prendre en main un ordinateur",
        "telephone": "0561020304",
        "courriel": "anne.martin@exemple.fr",
    }

    async def importer_ligne(**champs: str) -> source.Bilan:
        chemin.write_text(json.dumps(ligne | champs) + "\n", encoding="utf-8")
        context = contexte(uuid4())
        return await importer(store, configuration, chemin, None, context, MAINTENANT, confirmees=True)

    assert (await importer_ligne()).referencees == 1
    assert (await importer_ligne(telephone="0561020305")).mises_a_jour == 1
    assert (await importer_ligne(telephone="05 61 02 03 05")).inchangees == 1
    await projeter(store)
    lieu_id = lieu.identifier("conseillers-numeriques", "1")
    async with store.database.engine.connect() as connection:
        row = (await connection.execute(lieux_publies.fiche(lieu_id))).mappings().one()
    assert (row["telephone"], row["courriels"]) == ("+33561020305", ["anne.martin@exemple.fr"])
    assert row["mis_a_jour_le"] == MAINTENANT
    async with store.database.raw() as connection:
        ecrit = await connection.fetchval("select string_agg(e::text, '') from events e") or ""
    assert "anne.martin" not in ecrit
    assert "561020305" not in ecrit


async def test_un_lieu_absent_de_l_edition_suivante_est_dit_disparu(
    store: Store[Event], tmp_path: Path, projeter: Any
) -> None:
    configuration = livrees()["conseillers-numeriques"]
    chemin = tmp_path / "essai.jsonl"
    service = "Prendre en main un ordinateur"
    foix = {"commune": "Foix", "code_postal": "09000", "services": service}

    async def edition(*noms: str) -> tuple[source.Bilan, list[Any]]:
        lignes = [json.dumps(foix | {"id": nom, "nom": f"Lieu {nom}"}) for nom in noms]
        chemin.write_text("\n".join(lignes) + "\n", encoding="utf-8")
        rapport = io.BytesIO()
        bilan = await importer(
            store, configuration, chemin, rapport, contexte(uuid4()), MAINTENANT, confirmees=True
        )
        await projeter(store)
        dites = [json.loads(ligne) for ligne in rapport.getvalue().splitlines()]
        return bilan, [ligne for ligne in dites if ligne["cle"]]

    premier, _ = await edition("a", "b", "c")
    assert (premier.referencees, premier.disparus) == (3, 0)
    second, dit = await edition("a", "c", "d")
    assert (second.lues, second.disparus, second.equilibre()) == (3, 1, True)
    assert [(x["ligne"], x["cle"], x["avant"], x["message"]) for x in dit] == [
        (0, "b", "Lieu b", "absent de cette édition, toujours publié")
    ]


async def test_une_colonne_renommee_que_l_on_confirme_dit_chaque_valeur_qu_elle_efface(
    store: Store[Event], tmp_path: Path, projeter: Any
) -> None:
    configuration = livrees()["conseillers-numeriques"]
    chemin = tmp_path / "essai.csv"

    async def edition(titres: str) -> tuple[source.Bilan, list[Any]]:
        service = "Prendre en main un ordinateur"
        lignes = [
            f"a;Lieu a;Foix;09000;{service};0561020304;accueil@foix.fr",
            f"b;Lieu b;Foix;09000;{service};;accueil@foix.fr",
        ]
        chemin.write_text("\n".join([titres, *lignes]) + "\n", encoding="utf-8")
        rapport = io.BytesIO()
        bilan = await importer(
            store, configuration, chemin, rapport, contexte(uuid4()), MAINTENANT, confirmees=True
        )
        await projeter(store)
        return bilan, [json.loads(ligne) for ligne in rapport.getvalue().splitlines()]

    titres = "id;nom;commune;code_postal;services;telephone;courriel"
    premier, _ = await edition(titres)
    assert (premier.referencees, premier.effacees) == (2, ())
    second, dit = await edition(titres.replace("telephone", "joindre"))
    assert (second.mises_a_jour, second.inchangees, second.effacees) == (1, 1, (("telephone", 1),))
    assert "1 valeur effacée, telephone" in tableau([("Essai", second)])
    (effacee,) = [x for x in dit if x["cle"]]
    assert (effacee["ligne"], effacee["cle"], effacee["champ"]) == (2, "a", "telephone")
    assert (effacee["avant"], effacee["apres"]) == ("+33561020304", None)
    colonnes = {x["champ"]: x["message"] for x in dit if x["ligne"] == 0}
    assert colonnes["joindre"] == "colonne inconnue, ignorée"
    assert colonnes["telephone"] == "colonne absente du fichier"


async def test_chaque_ligne_d_un_csv_abime_est_lue_reparee_ou_refusee_avec_son_numero(
    store: Store[Event], tmp_path: Path
) -> None:
    service = "Prendre en main un ordinateur"
    lignes = [
        "id;nom;commune;code_postal;services",
        f'1;Maison "du Lien;Foix;09000;{service}',
        f'2;"Espace ouvert;Foix;09000;{service}',
        f"3;Relais;Foix;09000;{service}",
        f'4;Cyber;"base";Foix;09000;{service}',
        "5;Trop court;Foix",
        f'6;"Sur deux\nlignes";Foix;09000;{service}',
        '7;"Jamais fermé;Foix;09000',
        f"8;Dernier;Foix;09000;{service}",
    ]
    chemin = tmp_path / "essai.csv"
    chemin.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    rapport = io.BytesIO()
    configuration = livrees()["conseillers-numeriques"]
    bilan = await importer(
        store, configuration, chemin, rapport, contexte(uuid4()), MAINTENANT, confirmees=True
    )
    dit = [json.loads(ligne) for ligne in rapport.getvalue().splitlines()]
    assert (bilan.lues, bilan.referencees, bilan.refusees, bilan.equilibre()) == (8, 5, 3, True)
    assert {x["ligne"]: x["motif"] for x in dit if x["motif"]} == {
        5: "LigneIllisible",
        6: "AucunService",
        9: "LigneIllisible",
    }
    reparees = {(x["ligne"], x["message"]) for x in dit if not x["motif"]}
    assert {(3, "guillemet mal placé"), (6, "3 cellules pour 5 colonnes")} <= reparees


@pytest.mark.parametrize("nom", ["1", "21560121200016", "265 901 785 00", "-- 12 --"])
async def test_un_nom_reduit_a_un_numero_est_refuse(store: Store[Event], tmp_path: Path, nom: str) -> None:
    chemin = tmp_path / "essai.jsonl"
    foix = {"id": "1", "nom": nom, "commune": "Foix", "code_postal": "09000"}
    chemin.write_text(
        json.dumps(foix | {"services": "Prendre en main un ordinateur"}) + "\n", encoding="utf-8"
    )
    configuration = livrees()["conseillers-numeriques"]
    bilan = await importer(store, configuration, chemin, None, contexte(uuid4()), MAINTENANT, confirmees=True)
    assert (bilan.referencees, bilan.refus) == (0, (("NomSansLettre", 1),))


async def lancer(database_url: str, *arguments: str, donnees: Path = LIEUX.parent) -> tuple[int, str, str]:
    cle = base64.b64encode(bytes(range(32))).decode()
    environnement = {
        "DATABASE_URL": database_url,
        "NATS_URL": "nats://127.0.0.1:1",
        "ISSUER": "http://identity.test",
        "JWKS_URL": "http://127.0.0.1:9/jwks.json",
        "COFFRE_CLES": f"1:{cle}",
        "DONNEES": str(donnees),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cartographie",
        "importer",
        *arguments,
        env=environnement,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    sortie, erreurs = await process.communicate()
    return process.returncode or 0, sortie.decode(), erreurs.decode()


async def test_la_commande_importe_une_source_et_rend_compte(
    store: Store[Event], database_url: str, tmp_path: Path
) -> None:
    rapport = tmp_path / "rapports" / "bfc.jsonl"
    code, sortie, erreurs = await lancer(
        database_url, "--source", "mednum-bfc", "--json", "--rapport", str(rapport)
    )
    assert code == 0, erreurs
    bilan = json.loads(sortie)
    assert bilan["lieux"] + bilan["lieux_refuses"] == bilan["lues"] == 633
    assert len(rapport.read_text(encoding="utf-8").splitlines()) >= bilan["lieux_refuses"]
    assert [f.stat().st_mode & 0o777 for f in (rapport, rapport.parent)] == [0o600, 0o700]


async def test_une_colonne_renommee_arrete_l_import_avant_qu_il_n_ecrive(
    store: Store[Event], database_url: str, tmp_path: Path
) -> None:
    configuration = livrees()["mednum-bfc"]
    chemin = tmp_path / "lieux" / configuration.fichier
    chemin.parent.mkdir()
    with gzip.open(LIEUX / configuration.fichier, "rb") as source_:
        chemin.write_bytes(gzip.compress(source_.read().replace(b'"contact_tel":', b'"numero":')))
    arguments = ("--source", "mednum-bfc", "--json")
    code, _, erreurs = await lancer(database_url, *arguments, donnees=tmp_path)
    assert code == 4
    assert "ignorées : numero" in erreurs
    assert "absentes : contact_tel" in erreurs
    assert await nombre_de_faits(store) == 0
    code, sortie, _ = await lancer(database_url, *arguments, "--confirmer-colonnes", donnees=tmp_path)
    assert (code, json.loads(sortie)["lues"]) == (0, 633)


async def test_un_tableur_s_importe_comme_un_fichier_json(store: Store[Event], tmp_path: Path) -> None:
    configuration = livrees()["mednum-bfc"]
    lu = ouvrir(LIEUX / configuration.fichier)
    lignes = [[(x.valeurs or {}).get(colonne) for colonne in lu.colonnes] for x in lu.lire()]
    bilans: list[source.Bilan] = []
    for format_ in Format:
        with (tmp_path / "lieux").open("wb") as sortie:
            ecrire(format_, "Lieux", lu.colonnes, lignes, sortie)
        fichier = tmp_path / "lieux"
        bilans.append(await importer(store, configuration, fichier, None, contexte(uuid4()), MAINTENANT))
    assert [(b.lues, b.referencees, b.inchangees, b.refusees) for b in bilans] == [
        (633, 631, 0, 2),
        (633, 0, 631, 2),
        (633, 0, 631, 2),
        (633, 0, 631, 2),
    ]


async def test_la_commande_dit_ce_qui_ne_va_pas(database_url: str) -> None:
    code, _, erreurs = await lancer(database_url, "--source", "nulle-part")
    assert (code, "source inconnue nulle-part" in erreurs) == (2, True)
    code, _, erreurs = await lancer("postgresql://x:x@127.0.0.1:1/x", "--source", "mednum-bfc")
    assert (code, "La base de données ne répond pas" in erreurs) == (1, True)


def test_un_import_qui_perd_une_ligne_est_refuse() -> None:
    bilan = source.Bilan(3, 1, 0, 0, 1, 0, (("Doublon", 1),))
    Scenario(source).when(constat(bilan)).refused(source.LignesPerdues)


def test_le_meme_fichier_relu_n_est_pas_un_fait_de_plus() -> None:
    premier = constat(source.Bilan(2, 1, 0, 0, 1, 0, (("Doublon", 1),)))
    (fait,) = Scenario(source).when(premier).decided()
    Scenario(source).given(fait).when(constat(source.Bilan(2, 0, 0, 1, 1, 0, (("Doublon", 1),)))).then()
    change = constat(source.Bilan(2, 0, 1, 0, 1, 0, (("Doublon", 1),)))
    assert len(Scenario(source).given(fait).when(change).decided()) == 1


def constat(bilan: source.Bilan) -> source.ConstaterImport:
    identifiant = source.identifier("essai")
    jour = dt.date(2024, 1, 1)
    return source.ConstaterImport(
        identifiant, "essai", "Essai", "LO 2.0", "essai.csv", "ab", jour, bilan, MAINTENANT
    )


def test_chaque_refus_a_un_titre_francais() -> None:
    refus = [r for r in vars(lieu).values() if isinstance(r, type) and issubclass(r, Refusal)]
    assert all(r.title().endswith(".") for r in refus if r is not Refusal)
    with pytest.raises(lieu.NomManquant, match="nom"):
        raise lieu.NomManquant
