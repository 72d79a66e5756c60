"""${message}

Revision: ${up_revision}
Follows: ${down_revision | comma,n}

One change, both directions. On SQLite a rebuilt table loses its triggers: env.py puts them back and /readyz lists them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
import app.database.base
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
