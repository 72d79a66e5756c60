"""first schema

Revision: 99f136523270
Follows: 

One change, both directions. On SQLite a rebuilt table loses its triggers: env.py puts them back and /readyz lists them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
import app.database.base


revision = '99f136523270'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream', sa.String(length=80), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('act', sa.String(length=60), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=200), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('previous_sha256', sa.String(length=64), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_event')),
    sa.UniqueConstraint('stream', 'seq', name=op.f('uq_audit_event_stream_seq'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_event_act'), ['act'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_event_actor_id'), ['actor_id'], unique=False)

    op.create_table('catalogue_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('loaded_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_version'))
    )
    op.create_table('installation',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('mode', sa.String(length=20), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('created_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('demonstration', 'real')", name=op.f('ck_installation_kind')),
    sa.CheckConstraint("mode IN ('normal', 'restored')", name=op.f('ck_installation_mode')),
    sa.CheckConstraint('id = 1', name=op.f('ck_installation_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installation'))
    )
    op.create_table('item',
    sa.Column('id', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('current_version_id', sa.Integer(), nullable=True),
    sa.Column('created_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'published', 'suspended', 'retired')", name=op.f('ck_item_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item'))
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('printed_name', sa.String(length=200), nullable=False),
    sa.Column('profession', sa.String(length=100), nullable=False),
    sa.Column('password_hash', sa.String(length=300), nullable=True),
    sa.Column('session_key', sa.String(length=64), nullable=False),
    sa.Column('theme', sa.String(length=10), nullable=False),
    sa.Column('shortcut_keys', sa.Boolean(), nullable=False),
    sa.Column('created_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('access_reset_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.Column('access_reset_by_id', sa.Integer(), nullable=True),
    sa.Column('deactivated_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['access_reset_by_id'], ['person.id'], name=op.f('fk_person_access_reset_by_id_person')),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_person_created_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('email', name=op.f('uq_person_email'))
    )
    op.create_table('policy_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('policy', sa.String(length=60), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('origin', sa.String(length=10), nullable=False),
    sa.Column('published_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_version')),
    sa.UniqueConstraint('policy', 'number', name=op.f('uq_policy_version_policy_number'))
    )
    op.create_table('quiz',
    sa.Column('id', sa.String(length=80), nullable=False),
    sa.Column('current_version_id', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quiz'))
    )
    op.create_table('sign_in_failure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key_sha256', sa.String(length=64), nullable=False),
    sa.Column('at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failure'))
    )
    with op.batch_alter_table('sign_in_failure', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_failure_key_at', ['key_sha256', 'at'], unique=False)

    op.create_table('site',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('jurisdiction', sa.String(length=100), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('created_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site')),
    sa.UniqueConstraint('name', name=op.f('uq_site_name'))
    )
    op.create_table('stream_head',
    sa.Column('stream', sa.String(length=80), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('stream', name=op.f('pk_stream_head'))
    )
    op.create_table('access_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('issued_by_id', sa.Integer(), nullable=True),
    sa.Column('issued_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('used_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("purpose IN ('invite', 'reset', 'founding')", name=op.f('ck_access_link_purpose')),
    sa.ForeignKeyConstraint(['issued_by_id'], ['person.id'], name=op.f('fk_access_link_issued_by_id_person')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_access_link_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_link')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_access_link_token_sha256'))
    )
    with op.batch_alter_table('access_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_link_person_id'), ['person_id'], unique=False)

    op.create_table('application',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('level', sa.String(length=12), nullable=False),
    sa.Column('group_slug', sa.String(length=60), nullable=False),
    sa.Column('regions', sa.Text(), nullable=False),
    sa.Column('policy_version_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("level IN ('independent', 'may_observe')", name=op.f('ck_application_level')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_application_person_id_person')),
    sa.ForeignKeyConstraint(['policy_version_id'], ['policy_version.id'], name=op.f('fk_application_policy_version_id_policy_version')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_application_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application'))
    )
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_site_id'), ['site_id'], unique=False)

    op.create_table('catalogue_group',
    sa.Column('catalogue_version_id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('tier', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['catalogue_version_id'], ['catalogue_version.id'], name=op.f('fk_catalogue_group_catalogue_version_id_catalogue_version')),
    sa.PrimaryKeyConstraint('catalogue_version_id', 'slug', 'tier', name=op.f('pk_catalogue_group'))
    )
    op.create_table('check_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('code_sha256', sa.String(length=64), nullable=False),
    sa.Column('made_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_check_code_person_id_person')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_check_code_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_code')),
    sa.UniqueConstraint('code_sha256', name=op.f('uq_check_code_code_sha256'))
    )
    with op.batch_alter_table('check_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_check_code_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_check_code_current', ['person_id', 'site_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('holder_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('issuer', sa.String(length=200), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=False),
    sa.Column('jurisdiction', sa.String(length=100), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('entered_by_id', sa.Integer(), nullable=False),
    sa.Column('entered_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('licence', 'indemnity', 'bls', 'course')", name=op.f('ck_document_kind')),
    sa.CheckConstraint('valid_until IS NULL OR valid_until >= valid_from', name=op.f('ck_document_dates_in_order')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['person.id'], name=op.f('fk_document_entered_by_id_person')),
    sa.ForeignKeyConstraint(['holder_id'], ['person.id'], name=op.f('fk_document_holder_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document')),
    sa.UniqueConstraint('id', 'holder_id', 'entered_by_id', name=op.f('uq_document_id_holder_id_entered_by_id'))
    )
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_holder_id'), ['holder_id'], unique=False)

    op.create_table('item_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.String(length=80), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('type', sa.String(length=30), nullable=False),
    sa.Column('domain', sa.String(length=20), nullable=False),
    sa.Column('topic', sa.String(length=30), nullable=True),
    sa.Column('pool', sa.String(length=10), nullable=False),
    sa.Column('critical', sa.Boolean(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('origin', sa.String(length=10), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('editor_ids', sa.Text(), nullable=False),
    sa.Column('published_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("origin IN ('file', 'desk', 'import')", name=op.f('ck_item_version_origin')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_item_version_author_id_person')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_version_item_id_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_version')),
    sa.UniqueConstraint('item_id', 'number', name=op.f('uq_item_version_item_id_number'))
    )
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_version_item_id'), ['item_id'], unique=False)

    op.create_table('membership',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=True),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('external', sa.Boolean(), nullable=False),
    sa.Column('founding', sa.Boolean(), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('proposed_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.Column('ended_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(site_id IS NULL) = (role IN ('admin', 'auditor'))", name=op.f('ck_membership_site_fits_role')),
    sa.CheckConstraint("NOT founding OR role = 'admin'", name=op.f('ck_membership_founding_is_admin')),
    sa.CheckConstraint("role IN ('trainee', 'supervisor', 'admin', 'auditor')", name=op.f('ck_membership_role')),
    sa.CheckConstraint('(confirmed_by_id IS NULL) = (confirmed_at IS NULL)', name=op.f('ck_membership_confirmation_whole')),
    sa.CheckConstraint('confirmed_by_id IS NULL OR founding OR (confirmed_by_id <> proposed_by_id AND confirmed_by_id <> person_id)', name=op.f('ck_membership_two_people')),
    sa.CheckConstraint('proposed_by_id IS NOT NULL OR founding', name=op.f('ck_membership_proposer_known')),
    sa.CheckConstraint('proposed_by_id IS NULL OR proposed_by_id <> person_id OR founding', name=op.f('ck_membership_not_for_oneself')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['person.id'], name=op.f('fk_membership_confirmed_by_id_person')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['person.id'], name=op.f('fk_membership_ended_by_id_person')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id_person')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['person.id'], name=op.f('fk_membership_proposed_by_id_person')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_membership_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_site_id'), ['site_id'], unique=False)
        batch_op.create_index('uq_membership_current', ['person_id', 'site_id', 'role'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('observation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('trainee_id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('region', sa.String(length=60), nullable=False),
    sa.Column('technique', sa.String(length=200), nullable=False),
    sa.Column('purpose', sa.String(length=12), nullable=False),
    sa.Column('subject', sa.String(length=12), nullable=False),
    sa.Column('code_sha256', sa.String(length=64), nullable=False),
    sa.Column('opened_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("purpose IN ('coaching', 'assessment')", name=op.f('ck_observation_purpose')),
    sa.CheckConstraint("subject IN ('patient', 'peer', 'cadaver', 'simulator')", name=op.f('ck_observation_subject')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_observation_site_id_site')),
    sa.ForeignKeyConstraint(['trainee_id'], ['person.id'], name=op.f('fk_observation_trainee_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_observation')),
    sa.UniqueConstraint('code_sha256', name=op.f('uq_observation_code_sha256')),
    sa.UniqueConstraint('id', 'trainee_id', name=op.f('uq_observation_id_trainee_id'))
    )
    with op.batch_alter_table('observation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_observation_site_id'), ['site_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_observation_trainee_id'), ['trainee_id'], unique=False)

    op.create_table('quiz_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('quiz_id', sa.String(length=80), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('origin', sa.String(length=10), nullable=False),
    sa.Column('published_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("mode IN ('practice', 'exam')", name=op.f('ck_quiz_version_mode')),
    sa.ForeignKeyConstraint(['quiz_id'], ['quiz.id'], name=op.f('fk_quiz_version_quiz_id_quiz')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quiz_version')),
    sa.UniqueConstraint('quiz_id', 'number', name=op.f('uq_quiz_version_quiz_id_number'))
    )
    with op.batch_alter_table('quiz_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quiz_version_quiz_id'), ['quiz_id'], unique=False)

    op.create_table('signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('signer_id', sa.Integer(), nullable=False),
    sa.Column('printed_name', sa.String(length=200), nullable=False),
    sa.Column('meaning', sa.Text(), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('signed_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('method', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['signer_id'], ['person.id'], name=op.f('fk_signature_signer_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signature')),
    sa.UniqueConstraint('id', 'signer_id', name=op.f('uq_signature_id_signer_id'))
    )
    with op.batch_alter_table('signature', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signature_signer_id'), ['signer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_signature_subject'), ['subject'], unique=False)

    op.create_table('application_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=False),
    sa.Column('at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('claimed', 'released', 'withdrawn')", name=op.f('ck_application_event_kind')),
    sa.ForeignKeyConstraint(['actor_id'], ['person.id'], name=op.f('fk_application_event_actor_id_person')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_application_event_application_id_application')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application_event'))
    )
    with op.batch_alter_table('application_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_event_application_id'), ['application_id'], unique=False)

    op.create_table('attempt_opening',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('quiz_id', sa.String(length=80), nullable=False),
    sa.Column('opened_by_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.String(length=500), nullable=False),
    sa.Column('opened_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('signature_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('opened_by_id <> person_id', name=op.f('ck_attempt_opening_not_for_oneself')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['person.id'], name=op.f('fk_attempt_opening_opened_by_id_person')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_attempt_opening_person_id_person')),
    sa.ForeignKeyConstraint(['quiz_id'], ['quiz.id'], name=op.f('fk_attempt_opening_quiz_id_quiz')),
    sa.ForeignKeyConstraint(['signature_id', 'opened_by_id'], ['signature.id', 'signature.signer_id'], name=op.f('fk_attempt_opening_signature_id_opened_by_id_signature')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt_opening'))
    )
    with op.batch_alter_table('attempt_opening', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_opening_person_id'), ['person_id'], unique=False)

    op.create_table('clinical_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('reviewer_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=10), nullable=False),
    sa.Column('profession', sa.String(length=100), nullable=False),
    sa.Column('licence', sa.String(length=200), nullable=False),
    sa.Column('review_by', sa.Date(), nullable=True),
    sa.Column('comment', sa.String(length=1000), nullable=False),
    sa.Column('reviewed_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('signature_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("verdict IN ('accept', 'reject')", name=op.f('ck_clinical_review_verdict')),
    sa.CheckConstraint('author_id IS NULL OR author_id <> reviewer_id', name=op.f('ck_clinical_review_not_the_author')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_clinical_review_author_id_person')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['person.id'], name=op.f('fk_clinical_review_reviewer_id_person')),
    sa.ForeignKeyConstraint(['signature_id', 'reviewer_id'], ['signature.id', 'signature.signer_id'], name=op.f('fk_clinical_review_signature_id_reviewer_id_signature')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_clinical_review_version_id_item_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clinical_review'))
    )
    with op.batch_alter_table('clinical_review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clinical_review_version_id'), ['version_id'], unique=False)

    op.create_table('competency_approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('competency', sa.String(length=60), nullable=False),
    sa.Column('verdict', sa.String(length=10), nullable=False),
    sa.Column('mode', sa.String(length=30), nullable=False),
    sa.Column('evidence', sa.String(length=1000), nullable=False),
    sa.Column('approver_id', sa.Integer(), nullable=False),
    sa.Column('approved_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.Column('signature_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("verdict IN ('met', 'not_yet')", name=op.f('ck_competency_approval_verdict')),
    sa.CheckConstraint('approver_id <> person_id', name=op.f('ck_competency_approval_not_ones_own')),
    sa.ForeignKeyConstraint(['approver_id'], ['person.id'], name=op.f('fk_competency_approval_approver_id_person')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_competency_approval_person_id_person')),
    sa.ForeignKeyConstraint(['signature_id', 'approver_id'], ['signature.id', 'signature.signer_id'], name=op.f('fk_competency_approval_signature_id_approver_id_signature')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_competency_approval_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_competency_approval'))
    )
    with op.batch_alter_table('competency_approval', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_competency_approval_person_id'), ['person_id'], unique=False)

    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('level', sa.String(length=12), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('group_slug', sa.String(length=60), nullable=False),
    sa.Column('tier', sa.String(length=20), nullable=False),
    sa.Column('catalogue_version_id', sa.Integer(), nullable=False),
    sa.Column('regions', sa.Text(), nullable=False),
    sa.Column('limits', sa.Text(), nullable=False),
    sa.Column('policy_version_id', sa.Integer(), nullable=True),
    sa.Column('evidence_sha256', sa.String(length=64), nullable=False),
    sa.Column('about_decision_id', sa.Integer(), nullable=True),
    sa.Column('recommendation_id', sa.Integer(), nullable=True),
    sa.Column('recommender_id', sa.Integer(), nullable=True),
    sa.Column('signer_id', sa.Integer(), nullable=False),
    sa.Column('signature_id', sa.Integer(), nullable=False),
    sa.Column('founding', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.Column('occurred_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('effective_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.CheckConstraint("NOT founding OR level = 'may_observe'", name=op.f('ck_decision_founding_observers_only')),
    sa.CheckConstraint("kind IN ('recommend', 'grant', 'return', 'deny', 'suspend', 'hold', 'lift', 'revoke', 'renew')", name=op.f('ck_decision_kind')),
    sa.CheckConstraint("kind NOT IN ('grant', 'renew') OR (until IS NOT NULL AND until > effective_at)", name=op.f('ck_decision_term')),
    sa.CheckConstraint("kind NOT IN ('grant', 'renew') OR NOT (tier IN ('high', 'restricted') OR level = 'may_observe') OR (recommendation_id IS NOT NULL AND recommender_id IS NOT NULL AND recommender_id <> signer_id AND recommender_id <> person_id)", name=op.f('ck_decision_two_people')),
    sa.CheckConstraint("level IN ('independent', 'may_observe')", name=op.f('ck_decision_level')),
    sa.CheckConstraint("tier IN ('standard', 'elevated', 'high', 'restricted')", name=op.f('ck_decision_tier')),
    sa.CheckConstraint('signer_id <> person_id', name=op.f('ck_decision_not_ones_own')),
    sa.ForeignKeyConstraint(['about_decision_id'], ['decision.id'], name=op.f('fk_decision_about_decision_id_decision')),
    sa.ForeignKeyConstraint(['catalogue_version_id', 'group_slug', 'tier'], ['catalogue_group.catalogue_version_id', 'catalogue_group.slug', 'catalogue_group.tier'], name=op.f('fk_decision_catalogue_version_id_group_slug_tier_catalogue_group')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_decision_person_id_person')),
    sa.ForeignKeyConstraint(['recommendation_id', 'recommender_id'], ['decision.id', 'decision.signer_id'], name=op.f('fk_decision_recommendation_id_recommender_id_decision')),
    sa.ForeignKeyConstraint(['signature_id', 'signer_id'], ['signature.id', 'signature.signer_id'], name=op.f('fk_decision_signature_id_signer_id_signature')),
    sa.ForeignKeyConstraint(['signer_id'], ['person.id'], name=op.f('fk_decision_signer_id_person')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_decision_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('id', 'kind', name=op.f('uq_decision_id_kind')),
    sa.UniqueConstraint('id', 'signer_id', name=op.f('uq_decision_id_signer_id')),
    sa.UniqueConstraint('recommendation_id', name=op.f('uq_decision_recommendation_id')),
    sa.UniqueConstraint('signature_id', name=op.f('uq_decision_signature_id'))
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index('ix_decision_person_group', ['person_id', 'site_id', 'group_slug', 'level'], unique=False)

    op.create_table('document_verification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('holder_id', sa.Integer(), nullable=False),
    sa.Column('entered_by_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=False),
    sa.Column('verified_by_id', sa.Integer(), nullable=False),
    sa.Column('how', sa.String(length=300), nullable=False),
    sa.Column('verified_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('signature_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("verdict IN ('verified', 'refused')", name=op.f('ck_document_verification_verdict')),
    sa.CheckConstraint('verified_by_id <> holder_id AND verified_by_id <> entered_by_id', name=op.f('ck_document_verification_second_person')),
    sa.ForeignKeyConstraint(['document_id', 'holder_id', 'entered_by_id'], ['document.id', 'document.holder_id', 'document.entered_by_id'], name=op.f('fk_document_verification_document_id_holder_id_entered_by_id_document')),
    sa.ForeignKeyConstraint(['signature_id', 'verified_by_id'], ['signature.id', 'signature.signer_id'], name=op.f('fk_document_verification_signature_id_verified_by_id_signature')),
    sa.ForeignKeyConstraint(['verified_by_id'], ['person.id'], name=op.f('fk_document_verification_verified_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document_verification'))
    )
    with op.batch_alter_table('document_verification', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_verification_document_id'), ['document_id'], unique=False)

    op.create_table('item_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.String(length=80), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_item_change_by_id_person')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_change_item_id_item')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_item_change_version_id_item_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_change'))
    )
    with op.batch_alter_table('item_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_change_item_id'), ['item_id'], unique=False)

    op.create_table('item_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.String(length=80), nullable=False),
    sa.Column('based_on_version_id', sa.Integer(), nullable=True),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('editor_ids', sa.Text(), nullable=False),
    sa.Column('created_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('edit_count', sa.Integer(), nullable=False),
    sa.Column('closed_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('draft', 'in_review', 'conflict', 'published', 'rejected')", name=op.f('ck_item_draft_state')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_item_draft_author_id_person')),
    sa.ForeignKeyConstraint(['based_on_version_id'], ['item_version.id'], name=op.f('fk_item_draft_based_on_version_id_item_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_draft'))
    )
    with op.batch_alter_table('item_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_draft_item_id'), ['item_id'], unique=False)
        batch_op.create_index('uq_item_draft_open', ['item_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('observation_draft',
    sa.Column('observation_id', sa.Integer(), nullable=False),
    sa.Column('observer_id', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('saved_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['observation_id'], ['observation.id'], name=op.f('fk_observation_draft_observation_id_observation')),
    sa.ForeignKeyConstraint(['observer_id'], ['person.id'], name=op.f('fk_observation_draft_observer_id_person')),
    sa.PrimaryKeyConstraint('observation_id', 'observer_id', name=op.f('pk_observation_draft'))
    )
    op.create_table('observation_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('observation_id', sa.Integer(), nullable=False),
    sa.Column('trainee_id', sa.Integer(), nullable=False),
    sa.Column('observer_id', sa.Integer(), nullable=False),
    sa.Column('presence', sa.String(length=12), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('rating', sa.Integer(), nullable=True),
    sa.Column('rows', sa.Text(), nullable=False),
    sa.Column('auto_fail', sa.Text(), nullable=False),
    sa.Column('done_well', sa.String(length=500), nullable=False),
    sa.Column('to_change', sa.String(length=500), nullable=False),
    sa.Column('signed_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('signature_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("outcome IN ('completed', 'abandoned')", name=op.f('ck_observation_record_outcome')),
    sa.CheckConstraint("presence IN ('in_room', 'live_video', 'not_seen')", name=op.f('ck_observation_record_presence')),
    sa.CheckConstraint('observer_id <> trainee_id', name=op.f('ck_observation_record_not_ones_own')),
    sa.CheckConstraint('rating IS NULL OR rating BETWEEN 1 AND 5', name=op.f('ck_observation_record_rating')),
    sa.ForeignKeyConstraint(['observation_id', 'trainee_id'], ['observation.id', 'observation.trainee_id'], name=op.f('fk_observation_record_observation_id_trainee_id_observation')),
    sa.ForeignKeyConstraint(['observer_id'], ['person.id'], name=op.f('fk_observation_record_observer_id_person')),
    sa.ForeignKeyConstraint(['signature_id', 'observer_id'], ['signature.id', 'signature.signer_id'], name=op.f('fk_observation_record_signature_id_observer_id_signature')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_observation_record')),
    sa.UniqueConstraint('id', 'observer_id', name=op.f('uq_observation_record_id_observer_id')),
    sa.UniqueConstraint('observation_id', name=op.f('uq_observation_record_observation_id'))
    )
    with op.batch_alter_table('observation_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_observation_record_observer_id'), ['observer_id'], unique=False)

    op.create_table('application_decision',
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_application_decision_application_id_application')),
    sa.ForeignKeyConstraint(['decision_id', 'kind'], ['decision.id', 'decision.kind'], name=op.f('fk_application_decision_decision_id_kind_decision')),
    sa.PrimaryKeyConstraint('decision_id', name=op.f('pk_application_decision'))
    )
    with op.batch_alter_table('application_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_decision_application_id'), ['application_id'], unique=False)
        batch_op.create_index('uq_application_decision_final', ['application_id'], unique=True, sqlite_where=sa.text("kind IN ('grant', 'deny')"), postgresql_where=sa.text("kind IN ('grant', 'deny')"))

    op.create_table('attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('quiz_id', sa.String(length=80), nullable=False),
    sa.Column('quiz_version_id', sa.Integer(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('opening_id', sa.Integer(), nullable=True),
    sa.Column('seed', sa.String(length=40), nullable=False),
    sa.Column('started_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('deadline_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('derivation', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('closed_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=10), nullable=True),
    sa.Column('revision_count', sa.Integer(), nullable=False),
    sa.Column('head_sha256', sa.String(length=64), nullable=False),
    sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f('ck_attempt_closed_whole')),
    sa.CheckConstraint("closed_by IS NULL OR closed_by IN ('candidate', 'deadline')", name=op.f('ck_attempt_closed_by')),
    sa.CheckConstraint("state IN ('open', 'closed')", name=op.f('ck_attempt_state')),
    sa.ForeignKeyConstraint(['opening_id'], ['attempt_opening.id'], name=op.f('fk_attempt_opening_id_attempt_opening')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_attempt_person_id_person')),
    sa.ForeignKeyConstraint(['quiz_id'], ['quiz.id'], name=op.f('fk_attempt_quiz_id_quiz')),
    sa.ForeignKeyConstraint(['quiz_version_id'], ['quiz_version.id'], name=op.f('fk_attempt_quiz_version_id_quiz_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt')),
    sa.UniqueConstraint('opening_id', name=op.f('uq_attempt_opening_id')),
    sa.UniqueConstraint('person_id', 'quiz_id', 'ordinal', name=op.f('uq_attempt_person_id_quiz_id_ordinal'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_attempt_open', ['person_id', 'quiz_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('decision_evidence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('reference', sa.String(length=80), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=True),
    sa.Column('observer_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(kind = 'observation') = (record_id IS NOT NULL)", name=op.f('ck_decision_evidence_observation_named')),
    sa.CheckConstraint('(record_id IS NULL) = (observer_id IS NULL)', name=op.f('ck_decision_evidence_observer_named')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_decision_evidence_decision_id_decision')),
    sa.ForeignKeyConstraint(['record_id', 'observer_id'], ['observation_record.id', 'observation_record.observer_id'], name=op.f('fk_decision_evidence_record_id_observer_id_observation_record')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision_evidence')),
    sa.UniqueConstraint('decision_id', 'kind', 'reference', name=op.f('uq_decision_evidence_decision_id_kind_reference'))
    )
    with op.batch_alter_table('decision_evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_evidence_decision_id'), ['decision_id'], unique=False)

    op.create_table('attempt_item',
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.String(length=80), nullable=False),
    sa.Column('item_version_id', sa.Integer(), nullable=False),
    sa.Column('variant', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_attempt_item_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_attempt_item_item_id_item')),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_attempt_item_item_version_id_item_version')),
    sa.PrimaryKeyConstraint('attempt_id', 'position', name=op.f('pk_attempt_item'))
    )
    with op.batch_alter_table('attempt_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_item_item_id'), ['item_id'], unique=False)

    op.create_table('grade',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=False),
    sa.Column('points_num', sa.Integer(), nullable=False),
    sa.Column('points_den', sa.Integer(), nullable=False),
    sa.Column('max_points', sa.Integer(), nullable=False),
    sa.Column('critical_errors', sa.Integer(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('graded_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_grade_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grade')),
    sa.UniqueConstraint('attempt_id', 'run', name=op.f('uq_grade_attempt_id_run'))
    )
    with op.batch_alter_table('grade', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_grade_attempt_id'), ['attempt_id'], unique=False)

    op.create_table('graded_item',
    sa.Column('grade_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('points_num', sa.Integer(), nullable=False),
    sa.Column('points_den', sa.Integer(), nullable=False),
    sa.Column('max_points', sa.Integer(), nullable=False),
    sa.Column('critical_errors', sa.Integer(), nullable=False),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['grade_id'], ['grade.id'], name=op.f('fk_graded_item_grade_id_grade')),
    sa.PrimaryKeyConstraint('grade_id', 'position', name=op.f('pk_graded_item'))
    )
    op.create_table('response_revision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('base_seq', sa.Integer(), nullable=False),
    sa.Column('op_id', sa.String(length=64), nullable=False),
    sa.Column('body_sha256', sa.String(length=64), nullable=False),
    sa.Column('kept', sa.String(length=12), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('shown', sa.Text(), nullable=False),
    sa.Column('certainty', sa.String(length=10), nullable=True),
    sa.Column('client_at', app.database.base.UtcDateTime(timezone=True), nullable=True),
    sa.Column('received_at', app.database.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('previous_sha256', sa.String(length=64), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.CheckConstraint("certainty IS NULL OR certainty IN ('sure', 'fairly_sure', 'unsure')", name=op.f('ck_response_revision_certainty')),
    sa.CheckConstraint("kept IN ('current', 'superseded', 'late')", name=op.f('ck_response_revision_kept')),
    sa.ForeignKeyConstraint(['attempt_id', 'position'], ['attempt_item.attempt_id', 'attempt_item.position'], name=op.f('fk_response_revision_attempt_id_position_attempt_item')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_response_revision_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_response_revision')),
    sa.UniqueConstraint('attempt_id', 'number', name=op.f('uq_response_revision_attempt_id_number')),
    sa.UniqueConstraint('attempt_id', 'op_id', name=op.f('uq_response_revision_attempt_id_op_id'))
    )
    with op.batch_alter_table('response_revision', schema=None) as batch_op:
        batch_op.create_index('uq_response_revision_current', ['attempt_id', 'position', 'seq'], unique=True, sqlite_where=sa.text("kept = 'current'"), postgresql_where=sa.text("kept = 'current'"))



def downgrade() -> None:
    with op.batch_alter_table('response_revision', schema=None) as batch_op:
        batch_op.drop_index('uq_response_revision_current', sqlite_where=sa.text("kept = 'current'"), postgresql_where=sa.text("kept = 'current'"))

    op.drop_table('response_revision')
    op.drop_table('graded_item')
    with op.batch_alter_table('grade', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_grade_attempt_id'))

    op.drop_table('grade')
    with op.batch_alter_table('attempt_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_item_item_id'))

    op.drop_table('attempt_item')
    with op.batch_alter_table('decision_evidence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decision_evidence_decision_id'))

    op.drop_table('decision_evidence')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index('uq_attempt_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index(batch_op.f('ix_attempt_person_id'))

    op.drop_table('attempt')
    with op.batch_alter_table('application_decision', schema=None) as batch_op:
        batch_op.drop_index('uq_application_decision_final', sqlite_where=sa.text("kind IN ('grant', 'deny')"), postgresql_where=sa.text("kind IN ('grant', 'deny')"))
        batch_op.drop_index(batch_op.f('ix_application_decision_application_id'))

    op.drop_table('application_decision')
    with op.batch_alter_table('observation_record', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_observation_record_observer_id'))

    op.drop_table('observation_record')
    op.drop_table('observation_draft')
    with op.batch_alter_table('item_draft', schema=None) as batch_op:
        batch_op.drop_index('uq_item_draft_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_item_draft_item_id'))

    op.drop_table('item_draft')
    with op.batch_alter_table('item_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_change_item_id'))

    op.drop_table('item_change')
    with op.batch_alter_table('document_verification', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_document_verification_document_id'))

    op.drop_table('document_verification')
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_index('ix_decision_person_group')

    op.drop_table('decision')
    with op.batch_alter_table('competency_approval', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_competency_approval_person_id'))

    op.drop_table('competency_approval')
    with op.batch_alter_table('clinical_review', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_clinical_review_version_id'))

    op.drop_table('clinical_review')
    with op.batch_alter_table('attempt_opening', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_opening_person_id'))

    op.drop_table('attempt_opening')
    with op.batch_alter_table('application_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_event_application_id'))

    op.drop_table('application_event')
    with op.batch_alter_table('signature', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signature_subject'))
        batch_op.drop_index(batch_op.f('ix_signature_signer_id'))

    op.drop_table('signature')
    with op.batch_alter_table('quiz_version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quiz_version_quiz_id'))

    op.drop_table('quiz_version')
    with op.batch_alter_table('observation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_observation_trainee_id'))
        batch_op.drop_index(batch_op.f('ix_observation_site_id'))

    op.drop_table('observation')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index('uq_membership_current', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_membership_site_id'))
        batch_op.drop_index(batch_op.f('ix_membership_person_id'))

    op.drop_table('membership')
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_version_item_id'))

    op.drop_table('item_version')
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_document_holder_id'))

    op.drop_table('document')
    with op.batch_alter_table('check_code', schema=None) as batch_op:
        batch_op.drop_index('uq_check_code_current', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_check_code_person_id'))

    op.drop_table('check_code')
    op.drop_table('catalogue_group')
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_site_id'))
        batch_op.drop_index(batch_op.f('ix_application_person_id'))

    op.drop_table('application')
    with op.batch_alter_table('access_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_access_link_person_id'))

    op.drop_table('access_link')
    op.drop_table('stream_head')
    op.drop_table('site')
    with op.batch_alter_table('sign_in_failure', schema=None) as batch_op:
        batch_op.drop_index('ix_sign_in_failure_key_at')

    op.drop_table('sign_in_failure')
    op.drop_table('quiz')
    op.drop_table('policy_version')
    op.drop_table('person')
    op.drop_table('item')
    op.drop_table('installation')
    op.drop_table('catalogue_version')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_event_actor_id'))
        batch_op.drop_index(batch_op.f('ix_audit_event_act'))

    op.drop_table('audit_event')
