"""La fausse source, dans un processus : `python -m identite_mesure.source <port> <fiches> <secondes>`."""

import json
import sys
from pathlib import Path

import uvicorn
from faux_proconnect.dispositif import Source, create_app

CLE = "cle-du-banc"


def main() -> None:
    port, fiches, attente = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    connues = {fiche["email"]: fiche for fiche in json.loads(fiches.read_text())}
    source = Source(CLE, connues, attente)
    uvicorn.run(
        create_app(source), host="127.0.0.1", port=port, log_config=None, access_log=False, http="httptools"
    )


if __name__ == "__main__":
    main()
