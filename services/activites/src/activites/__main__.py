"""`python -m activites all|api|worker|statistiques|migrer`."""

from process.serve import main

from activites.app import build, migrate
from activites.settings import Settings

main("activites", build, Settings, migrate, roles=("all", "api", "worker", "statistiques"))
