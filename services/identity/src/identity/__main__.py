"""`python -m identity all|api|worker|migrer`."""

from process.serve import main

from identity.app import SERVICE, build, migrate
from identity.settings import Settings

if __name__ == "__main__":
    main(SERVICE, build, Settings, migrate)
