"""`python -m portail` : les pages, derrière la passerelle."""

from process.serve import main

from portail.app import build
from portail.settings import Settings

if __name__ == "__main__":
    main("portail", build, Settings, roles=("all",))
