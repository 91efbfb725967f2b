"""La commande d'import, sur une plateforme allumée, avec le fichier d'un exploitant."""

import asyncio
import json
import os
import sys
from pathlib import Path

from embedded.runtime import Platform
from scene import Scene, finit_par

CONFIGURATION = """
code = "essai-bout-en-bout"
nom = "Essai de bout en bout"
fichier = "lieux.csv"
licence = "Licence Ouverte 2.0"
edition = 2026-11-01
identifiant = ["numero"]

[colonnes]
nom = ["nom"]
adresse = ["adresse"]
code_postal = ["code_postal"]
commune = ["commune"]

[[choix]]
champ = "services"
termes = ["*"]
cibles = ["Aide aux démarches administratives"]
"""


async def test_une_configuration_de_l_exploitant_s_importe_dans_la_plateforme_allumee(
    plateforme: Platform, scene: Scene, tmp_path: Path
) -> None:
    fichier, configuration = tmp_path / "lieux.csv", tmp_path / "source.toml"
    entetes = "numero,nom,adresse,code_postal,commune\n"
    fichier.write_text(entetes + "1,Le Relais du Vermandois,2 rue Haute,59000,Lille\n")
    configuration.write_text(CONFIGURATION)
    importer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "embedded", "lieux", "--configuration", configuration, "--json"),
        env={**os.environ, "COOP_DONNEES": str(plateforme.settings.folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    sortie, _ = await importer.communicate()
    assert importer.returncode == 0, sortie.decode()
    bilan = json.loads(sortie)
    assert (bilan["lieux"], bilan["lieux_refuses"]) == (1, 0), bilan

    anonyme = await scene.anonyme()

    async def trouves() -> list[str]:
        lus = await anonyme.get("/lieux?q=vermandois")
        return [lieu["nom"] for lieu in lus["elements"]]

    assert await finit_par(trouves, bool, 60) == ["Le Relais du Vermandois"]
