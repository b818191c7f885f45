"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to version 0001."""
    op.create_table(
        "covers",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "key", name=op.f("pk_covers")),
    )
    op.create_table(
        "measures",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("content_key", "name", "version", name=op.f("pk_measures")),
    )
    op.create_table(
        "decisions",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("library", "key", name=op.f("pk_decisions")),
    )
    op.create_table(
        "events",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("trip", sa.Text(), nullable=False),
        sa.Column("trip_title", sa.Text(), nullable=False),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.Column("photos", sa.Text(), nullable=False),
        sa.Column("piles", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "key", name=op.f("pk_events")),
    )
    op.create_table(
        "face_labels",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("face", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "extractor", "version", "content_key", "face", name=op.f("pk_face_labels")),
    )
    op.create_table(
        "face_scans",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("n_faces", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("content_key", "extractor", "version", name=op.f("pk_face_scans")),
    )
    op.create_table(
        "features",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("content_key", "extractor", "version", name=op.f("pk_features")),
    )
    op.create_table(
        "ledger_albums",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("gallery_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("cover", sa.Text(), nullable=True),
        sa.Column("user_title", sa.Boolean(), nullable=False),
        sa.Column("user_description", sa.Boolean(), nullable=False),
        sa.Column("user_cover", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("library", "key", name=op.f("pk_ledger_albums")),
    )
    op.create_table(
        "ledger_tags",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "photo", "tag", name=op.f("pk_ledger_tags")),
    )
    op.create_table(
        "models",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("library", "kind", name=op.f("pk_models")),
    )
    op.create_table(
        "people",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("library", "id", name=op.f("pk_people")),
    )
    op.create_table(
        "photos",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_local", sa.BigInteger(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("time_origin", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column("place_origin", sa.Text(), nullable=True),
        sa.Column("sublocation", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("favourite", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("library", "id", name=op.f("pk_photos")),
    )
    op.create_index(op.f("ix_photos_content_key"), "photos", ["content_key"], unique=False)
    op.create_index(op.f("ix_photos_library_taken_at"), "photos", ["library", "taken_at"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_library_id"), "runs", ["library", "id"], unique=False)
    op.create_table(
        "steps",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("library", "step", name=op.f("pk_steps")),
    )
    op.create_table(
        "suggestions",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "key", name=op.f("pk_suggestions")),
    )
    op.create_table(
        "unreadable",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("content_key", "extractor", "version", name=op.f("pk_unreadable")),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gallery_id", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_changes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_changes_library_state"), "changes", ["library", "state"], unique=False)
    op.create_index(op.f("ix_changes_run_seq"), "changes", ["run", "seq"], unique=True)
    op.create_table(
        "faces",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("face", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("left", sa.Double(), nullable=False),
        sa.Column("top", sa.Double(), nullable=False),
        sa.Column("right", sa.Double(), nullable=False),
        sa.Column("bottom", sa.Double(), nullable=False),
        sa.Column("landmarks", sa.Text(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_key", "extractor", "version"],
            ["face_scans.content_key", "face_scans.extractor", "face_scans.version"],
            name=op.f("fk_faces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_key", "extractor", "version", "face", name=op.f("pk_faces")),
    )
    op.create_table(
        "ledger_members",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("album", sa.Text(), nullable=False),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library", "album"],
            ["ledger_albums.library", "ledger_albums.key"],
            name=op.f("fk_ledger_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("library", "album", "photo", name=op.f("pk_ledger_members")),
    )
    op.create_table(
        "positions",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library", "photo"], ["photos.library", "photos.id"], name=op.f("fk_positions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("library", "photo", name=op.f("pk_positions")),
    )
    # ### end Alembic commands ###
