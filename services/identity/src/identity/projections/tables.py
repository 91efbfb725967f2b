"""Tables of the service beside the journal: read models, and the look-up tables of the sign-in.

The look-up tables (sessions, transactions, keys, what machine clients used) hold what must be exact at once
and may be lost or purged: they are written by the edge, not projected. Losing them signs everybody out,
nothing else.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

claims = sa.Table(
    "claims",
    sa.MetaData(),  # belongs to the journal (events.postgres.schema): read here, never migrated from here
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("stream", sa.Text),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("session_id", sa.Uuid, primary_key=True),
    sa.Column("empreinte", sa.LargeBinary, nullable=False, unique=True),  # SHA-256 of the cookie's value
    sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
    sa.Column("ouverte_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("vue_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("inactive_le", sa.DateTime(timezone=True), nullable=False),  # idle expiry
    sa.Column("repos", sa.Integer, nullable=False, server_default="7200"),  # seconds that it may be idle
    sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),  # absolute expiry
    sa.Column("revoquee_le", sa.DateTime(timezone=True)),
    sa.Column("acr", sa.Text),
    sa.Column("amr", sa.ARRAY(sa.Text), nullable=False),
    sa.Column("auth_time", sa.BigInteger),
    sa.Column("idp_id", sa.Text),
    sa.Column("id_token", sa.LargeBinary, nullable=False),  # sealed: the hint of the logout
    sa.Column("navigateur", sa.Text, nullable=False),  # coarse: "Firefox, Linux"
    sa.Column("identite", sa.Uuid),  # mark of the federation's identity that opened it
    sa.Column("usurpateur", sa.Uuid, index=True),  # the account that sees the platform as this one
    sa.Column("session_usurpateur", sa.Uuid),  # its own session, which waits for its return
)

transactions_connexion = sa.Table(
    "transactions_connexion",
    metadata,
    sa.Column("empreinte", sa.LargeBinary, primary_key=True),  # SHA-256 of the cookie's value
    sa.Column("objet", sa.Text, nullable=False),  # Transactions' Purpose
    sa.Column("etat", sa.LargeBinary, nullable=False),  # SHA-256 of `state`
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("verificateur", sa.LargeBinary, nullable=False),  # sealed: the PKCE verifier
    sa.Column("retour", sa.Text, nullable=False),
    sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False, index=True),
)

reprises_dispositif = sa.Table(
    "reprises_dispositif",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("verifiee_le", sa.DateTime(timezone=True), index=True),  # the source was last asked then
    sa.Column("issue", sa.Text),  # what it answered: dispositif.reprise.Issue
    sa.Column("demandee_le", sa.DateTime(timezone=True)),  # the person last asked for it then
)

cles_signature = sa.Table(
    "cles_signature",
    metadata,
    sa.Column("kid", sa.Text, primary_key=True),
    sa.Column("publique", sa.JSON, nullable=False),
    sa.Column("privee", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("active_le", sa.DateTime(timezone=True), nullable=False),
)

envois_de_code = sa.Table(
    "envois_de_code",
    metadata,
    sa.Column("envoi_id", sa.Uuid, primary_key=True),
    sa.Column("empreinte", sa.LargeBinary, nullable=False, index=True),  # of the account, of the mailbox
    sa.Column("envoye_le", sa.DateTime(timezone=True), nullable=False),
)

usages_clients = sa.Table(
    "usages_clients",
    metadata,
    sa.Column("client_id", sa.Uuid, primary_key=True),
    sa.Column("vu_le", sa.DateTime(timezone=True), nullable=False),  # to the minute
)

assertions_vues = sa.Table(
    "assertions_vues",
    metadata,
    sa.Column("empreinte", sa.LargeBinary, primary_key=True),  # SHA-256 of the client and of its `jti`
    sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False, index=True),
)

jetons_revoques = sa.Table(
    "jetons_revoques",
    metadata,
    sa.Column("jti", sa.Text, primary_key=True),
    sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False, index=True),
)

cadences_clients = sa.Table(
    "cadences_clients",
    metadata,
    sa.Column("empreinte", sa.LargeBinary, primary_key=True),  # mark of who asks: a client there, an address
    sa.Column("compte", sa.Integer, nullable=False),  # requests of this minute
    sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False, index=True),
)
