"""`coop archive-v1` : l'archive chargée à côté du service, comme un exploitant le ferait."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from activites.app import DESCRIPTION
from banc import Banc

CONSEILLER = "60aa12bb34cc56dd78ee90ff"
CRA = {
    "id": "62aa0c1f9b3e4d5f6a7b8c9d",
    "conseiller_numerique_id": CONSEILLER,
    "canal": "distance",
    "activite": "ponctuel",
    "themes": ["autre"],
    "duree_minutes": 30,
    "date_accompagnement": "2022-05-02T09:00:00.000Z",
    "created_at": "2022-05-02T10:11:12.131Z",
}


async def test_une_archive_se_charge_et_ce_qui_se_perd_est_dit(
    banc: Banc, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nom = f"archive_{uuid4().hex}"
    url = f"{postgres_url.rsplit('/', 1)[0]}/{nom}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {nom}")
    await asyncio.to_thread(DESCRIPTION.migrate, url)
    monkeypatch.setenv("DATABASE_URL", url)
    compte = uuid4()
    connection = await asyncpg.connect(url)
    await connection.execute(
        "insert into emplois (emploi_id, compte_id, structure_id, debut) values ($1, $1, $1, '2020-01-01')",
        compte,
    )
    archive, qui, rapport = (tmp_path / f for f in ("cras.jsonl", "qui.json", "rapport.jsonl"))
    archive.write_text("".join(json.dumps(CRA | {"id": n * 24}) + "\n" for n in "12") + "illisible\n")
    conseillers = {CONSEILLER: {"mediateur_id": str(compte), "compte_id": str(compte)}}
    qui.write_text(json.dumps({"conseillers": conseillers}))
    demande = ("archive-v1", str(archive), "--correspondance", str(qui), "--rapport", str(rapport))
    try:
        code, dit, _ = await banc.coop(*demande)
        assert code == 1
        lignes = [" ".join(ligne.split()) for ligne in dit.splitlines()]
        assert {
            "lus 3",
            "gardés (nouveaux) 2",
            "repris 2",
            "laissés : illisible 1",
            "perdu : thème « autre » 2",
        } <= {*lignes}
        assert (len(rapport.read_text().splitlines()), rapport.stat().st_mode & 0o777) == (3, 0o600)
        assert await connection.fetchval("select count(*) from events") == 2
        qui.write_text("{}")
        code, _, dit = await banc.coop(*demande)
        assert (code, "conseillers" in dit) == (2, True)
    finally:
        await connection.close()
        await admin.execute(f"drop database {nom} with (force)")
        await admin.close()
