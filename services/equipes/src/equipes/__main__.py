"""`python -m equipes all|api|worker|migrer`."""

from process.serve import main

from equipes.app import build, migrate
from equipes.settings import Settings

main("equipes", build, Settings, migrate)
