"""Le jour civil de la personne : à Nouméa, c'est déjà demain."""

import datetime as dt
from typing import Annotated

from fastapi import Depends
from web.days import today_of

from activites.projections import emplois

AujourdHui = Annotated[dt.date, Depends(today_of(emplois.fuseau))]
"""Celui du territoire de son emploi."""
