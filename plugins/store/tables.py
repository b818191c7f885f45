"""The tables of the store; a change here needs a migration beside it."""

from __future__ import annotations

import sqlalchemy as sa

from plugins.store.columns import Moment, Plain, Words, flag, key, library, number, real, text

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

photos = sa.Table(
    "photos",
    metadata,
    library(),
    key("id"),
    text("name"),
    sa.Column("taken_at", Moment(), nullable=False),
    sa.Column("taken_local", Moment(aware=False), nullable=False),
    text("content_key"),
    text("owner"),
    text("kind"),
    text("time_origin"),
    real("lat", nullable=True),
    real("lon", nullable=True),
    real("radius_m", nullable=True),
    sa.Column("place_origin", Words),
    text("sublocation"),
    text("city"),
    text("state"),
    text("country"),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    text("camera"),
    real("duration_s"),
    flag("hidden"),
    sa.Column("tags", Plain, nullable=False),
    sa.Column("rating", sa.Integer, nullable=False),
    flag("favourite"),
    sa.Column("fingerprint", sa.LargeBinary(16), nullable=False),
    sa.Index(None, "library", "taken_at"),
    sa.Index(None, "content_key"),
)

positions = sa.Table(
    "positions",
    metadata,
    library(),
    key("photo"),
    real("lat"),
    real("lon"),
    real("radius_m"),
    text("origin"),
    sa.ForeignKeyConstraint(["library", "photo"], ["photos.library", "photos.id"], ondelete="CASCADE"),
)

unreadable = sa.Table(
    "unreadable",
    metadata,
    key("content_key"),
    key("extractor"),
    key("version"),
    text("reason"),
    sa.Column("found_at", Moment(), nullable=False),
)

features = sa.Table(
    "features",
    metadata,
    key("content_key"),
    key("extractor"),
    key("version"),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)

measures = sa.Table("measures", metadata, key("content_key"), key("name"), key("version"), real("value"))

face_scans = sa.Table(
    "face_scans",
    metadata,
    key("content_key"),
    key("extractor"),
    key("version"),
    sa.Column("n_faces", sa.Integer, nullable=False),
)

faces = sa.Table(
    "faces",
    metadata,
    key("content_key"),
    key("extractor"),
    key("version"),
    number("face"),
    *(real(edge) for edge in ("left", "top", "right", "bottom")),
    sa.Column("landmarks", Plain, nullable=False),
    *(real(measured) for measured in ("score", "size_px", "sharpness", "frontal")),
    real("at_s", nullable=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(
        ["content_key", "extractor", "version"],
        ["face_scans.content_key", "face_scans.extractor", "face_scans.version"],
        ondelete="CASCADE",
    ),
)

people = sa.Table("people", metadata, library(), key("id"), text("name"), flag("hidden"))

face_labels = sa.Table(
    "face_labels",
    metadata,
    library(),
    key("extractor"),
    key("version"),
    key("content_key"),
    number("face"),
    text("person"),
    text("origin"),
    sa.Column("strength", sa.Double, nullable=False, server_default="1"),
)

face_groups = sa.Table(
    "face_groups",
    metadata,
    library(),
    key("extractor"),
    key("version"),
    key("content_key"),
    number("face"),
    sa.Column("group", sa.Integer, nullable=False),
    real("confidence", nullable=True),
    text("holder"),
)

events = sa.Table(
    "events",
    metadata,
    library(),
    key("key"),
    sa.Column("seq", sa.Integer, nullable=False),
    text("title"),
    text("place"),
    text("trip"),
    text("trip_title"),
    flag("away"),
    sa.Column("photos", Plain, nullable=False),
    sa.Column("piles", Plain, nullable=False),
)

covers = sa.Table(
    "covers",
    metadata,
    library(),
    key("key"),
    text("photo"),
    sa.Column("candidates", Plain, nullable=False, server_default="[]"),
    sa.Column("matches", Plain, nullable=False, server_default="[]"),
    sa.Column("left_out", Plain, nullable=False, server_default="{}"),
)

video_frames = sa.Table(
    "video_frames", metadata, key("content_key"), key("version"), sa.Column("frames", Plain, nullable=False)
)

video_covers = sa.Table(
    "video_covers",
    metadata,
    library(),
    key("content_key"),
    real("at_s"),
    sa.Column("candidates", Plain, nullable=False),
    sa.Column("matches", Plain, nullable=False),
)

auto_tags = sa.Table("auto_tags", metadata, library(), key("content_key"), key("tag"))

suggestions = sa.Table(
    "suggestions",
    metadata,
    library(),
    key("key"),
    text("kind"),
    text("subject"),
    text("value"),
    real("score"),
    text("reason"),
    sa.Column("evidence", Plain, nullable=False, server_default="{}"),
    sa.Index("ix_suggestions_value", "library", "kind", "value", "score", "key"),
    sa.Index("ix_suggestions_subject", "library", "kind", "subject"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    library(),
    key("key"),
    text("kind"),
    text("subject"),
    text("value"),
    text("verdict"),
    sa.Column("decided_at", Moment(), nullable=False),
    sa.Column("evidence", Plain, nullable=False, server_default="{}"),
    sa.Index("ix_decisions_subject", "library", "kind", "subject"),
    sa.Index("ix_decisions_decided_at", "library", "decided_at", "kind"),
)

ledger_albums = sa.Table(
    "ledger_albums",
    metadata,
    library(),
    key("key"),
    text("kind"),
    text("gallery_id"),
    text("state"),
    text("title"),
    text("description"),
    sa.Column("cover", Words),
    flag("user_title"),
    flag("user_description"),
    flag("user_cover"),
)

ledger_members = sa.Table(
    "ledger_members",
    metadata,
    library(),
    key("album"),
    key("photo"),
    text("state"),
    sa.ForeignKeyConstraint(["library", "album"], ["ledger_albums.library", "ledger_albums.key"], ondelete="CASCADE"),
)

ledger_tags = sa.Table("ledger_tags", metadata, library(), key("photo"), key("tag"), text("state"))

ledger_people = sa.Table(
    "ledger_people", metadata, library(), key("key"), text("gallery_id"), text("name"), text("state")
)

ledger_faces = sa.Table(
    "ledger_faces",
    metadata,
    library(),
    key("face"),
    key("person"),
    sa.Column("box", Plain),
    text("state"),
)

ledger_posters = sa.Table("ledger_posters", metadata, library(), key("photo"), real("at_s"), text("state"))

ledger_covers = sa.Table("ledger_covers", metadata, library(), key("album"), text("photo"), text("state"))

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("library", Words, nullable=False),
    text("kind"),
    text("status"),
    text("undoes"),
    sa.Column("started_at", Moment(), nullable=False),
    sa.Column("finished_at", Moment()),
    sa.Column("summary", Plain, nullable=False),
    sa.Index(None, "library", "id"),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("library", Words, nullable=False),
    sa.Column("run", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    text("state"),
    sa.Column("change", Plain, nullable=False),
    text("status"),
    text("reason"),
    text("gallery_id"),
    sa.Column("begun_at", Moment()),
    sa.Column("confirmed_at", Moment()),
    sa.Index(None, "library", "state"),
    sa.Index(None, "run", "seq", unique=True),
    sqlite_autoincrement=True,
)

steps = sa.Table(
    "steps",
    metadata,
    library(),
    key("step"),
    text("key"),
    sa.Column("summary", Plain, nullable=False),
    sa.Column("recorded_at", Moment(), nullable=False),
)

models = sa.Table(
    "models",
    metadata,
    library(),
    key("kind"),
    text("name"),
    text("version"),
    sa.Column("chosen_at", Moment(), nullable=False),
)

trained = sa.Table(
    "trained",
    metadata,
    library(),
    key("kind"),
    key("slot"),
    text("version"),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("facts", Plain, nullable=False),
    sa.Column("made_at", Moment(), nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    key("name"),
    text("holder"),
    sa.Column("until", Moment(), nullable=False),
    sa.Column("facts", Plain, nullable=False),
)
