-- What is so, per tenant. Every key starts with the tenant, and every reference carries it, so that no row can point
-- into another tenant. `seq` columns are positions in the tenant's ledger.

create function kempt.tenant() returns text
    stable parallel safe language sql
    return nullif(current_setting('kempt.tenant', true), '');

create table kempt.installation (
    one_row boolean primary key default true check (one_row),
    master_key_fingerprint text not null
);

create table kempt.tenant (
    tenant text primary key check (tenant ~ '^[a-z][a-z0-9_]{0,30}$'),
    created_at timestamptz not null default now()
);

create table kempt.tenant_key (
    tenant text primary key references kempt.tenant,
    wrapped_key bytea not null,
    key_fingerprint text not null
);

create table kempt.policy_version (
    version text primary key,
    section text not null,
    body text not null,
    created_at timestamptz not null default now()
);

-- Steps that were done, so that a repeated one answers with its first result.
create table kempt.command (
    tenant text not null,
    command_id uuid not null,
    step text not null,
    result jsonb not null,
    at timestamptz not null,
    primary key (tenant, command_id)
);

-- Sources -------------------------------------------------------------------------------------------------------------

create table kempt.extract (
    tenant text not null,
    extract_id uuid not null,
    source text not null,
    system text not null,
    object_type text not null,
    day date not null,
    seq bigint not null,
    mode text not null,
    input_digest text not null,
    schema_fingerprint text not null,
    mapping_version text not null,
    rows bigint not null,
    new bigint not null,
    changed bigint not null,
    unchanged bigint not null,
    quarantined bigint not null,
    status text not null check (status in ('landed', 'blocked')),
    reason text,
    files jsonb not null,
    -- Counts and shares per field, and what the next reading and the batch gate need to know.
    profile jsonb not null default '{}',
    columns jsonb not null,
    watermark text,
    deletions_known boolean not null default true,
    landed_at timestamptz not null,
    settled_at timestamptz,
    primary key (tenant, extract_id),
    unique (tenant, seq),
    constraint every_row_is_accounted_for check (status <> 'landed' or rows = new + changed + unchanged + quarantined)
);
create index extract_to_settle on kempt.extract (tenant, seq) where settled_at is null and status = 'landed';

create table kempt.schema_approval (
    tenant text not null,
    source text not null,
    fingerprint text not null,
    columns jsonb not null,
    approved_by text not null,
    approved_at timestamptz not null,
    primary key (tenant, source, fingerprint)
);

-- Proposals and decisions ---------------------------------------------------------------------------------------------

create table kempt.proposal (
    tenant text not null,
    proposal_id uuid not null,
    kind text not null check (kind in ('merge', 'field_change', 'stale_flag')),
    entity_type text not null check (entity_type in ('person', 'company')),
    subjects uuid[] not null,
    attribute text,
    features jsonb not null,
    confidence double precision not null,
    evidence_cipher bytea not null,
    created_at timestamptz not null,
    created_seq bigint not null,
    run_id text,
    primary key (tenant, proposal_id)
);

create table kempt.decision (
    tenant text not null,
    decision_id uuid not null,
    proposal_id uuid not null,
    verdict text not null check (verdict in ('apply', 'review', 'reject')),
    decider_type text not null check (decider_type in ('policy', 'steward')),
    decider text not null,
    reasons text[] not null check (cardinality(reasons) > 0),
    policy_version text not null,
    note text,
    decided_at timestamptz not null,
    -- What a later decision of policy was made from; the first one's evidence is the proposal's.
    evidence_cipher bytea,
    primary key (tenant, decision_id),
    foreign key (tenant, proposal_id) references kempt.proposal
);
create index decision_by_proposal on kempt.decision (tenant, proposal_id);
-- However many stewards look at a proposal at once, one of them settles it.
create unique index one_steward_settles on kempt.decision (tenant, proposal_id)
    where decider_type = 'steward' and verdict <> 'review';

-- What holds for each proposal: a steward's word, else policy's latest.
create view kempt.decision_in_force with (security_invoker = true) as
    select distinct on (tenant, proposal_id) * from kempt.decision
    where decider_type = 'policy' or verdict <> 'review'
    order by tenant, proposal_id, decider_type = 'steward' desc, decided_at desc, decision_id;

create table kempt.review_item (
    tenant text not null,
    proposal_id uuid not null,
    state text not null check (state in ('pending', 'approved', 'rejected', 'deferred', 'applied', 'superseded')),
    deferred_until date,
    decision_id uuid,
    carried_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (tenant, proposal_id),
    foreign key (tenant, proposal_id) references kempt.proposal,
    foreign key (tenant, decision_id) references kempt.decision deferrable initially deferred
);
create index review_queue on kempt.review_item (tenant, state, carried_at) where state in ('pending', 'approved', 'deferred');

-- Identity ------------------------------------------------------------------------------------------------------------

create table kempt.entity (
    tenant text not null,
    entity_id text not null,
    entity_type text not null check (entity_type in ('person', 'company')),
    anchor_record uuid not null,
    incarnation integer not null,
    born_seq bigint not null,
    state text not null check (state in ('active', 'redirected', 'retired')),
    primary key (tenant, entity_id),
    unique (tenant, entity_type, anchor_record, incarnation)
);

-- A record belongs to one entity at a time: [from_seq, to_seq). One open row per record, one row per start and one per
-- end, and only an open row's end may be written (see the rights), so two stays of a record cannot overlap as long as
-- each starts where the last one ended.
create table kempt.membership (
    tenant text not null,
    record_id uuid not null,
    entity_id text not null,
    from_seq bigint not null,
    to_seq bigint check (from_seq < to_seq),
    primary key (tenant, record_id, from_seq),
    unique (tenant, record_id, to_seq),
    foreign key (tenant, entity_id) references kempt.entity
);
create unique index membership_now on kempt.membership (tenant, record_id) where to_seq is null;
create index members_now on kempt.membership (tenant, entity_id) where to_seq is null;

create table kempt.redirect (
    tenant text not null,
    from_id text not null,
    to_id text not null check (from_id <> to_id),
    from_seq bigint not null,
    to_seq bigint check (from_seq < to_seq),
    primary key (tenant, from_id, from_seq),
    foreign key (tenant, from_id) references kempt.entity,
    foreign key (tenant, to_id) references kempt.entity
);
create unique index redirect_now on kempt.redirect (tenant, from_id) where to_seq is null;
create index redirected_to_now on kempt.redirect (tenant, to_id) where to_seq is null;

create table kempt.record_constraint (
    tenant text not null,
    constraint_id uuid not null,
    kind text not null check (kind in ('must_link', 'cannot_link')),
    left_record uuid not null,
    right_record uuid not null,
    reason text not null,
    authority text not null,
    decision_id uuid,
    created_seq bigint not null,
    expires_at timestamptz,
    superseded_by uuid,
    primary key (tenant, constraint_id),
    foreign key (tenant, decision_id) references kempt.decision deferrable initially deferred,
    constraint a_pair_has_one_spelling check (left_record < right_record)
);
create index constraint_by_left on kempt.record_constraint (tenant, left_record) where superseded_by is null;
create index constraint_by_right on kempt.record_constraint (tenant, right_record) where superseded_by is null;

-- Values --------------------------------------------------------------------------------------------------------------

create table kempt.golden_record (
    tenant text not null,
    entity_id text not null,
    entity_type text not null check (entity_type in ('person', 'company')),
    cells jsonb not null,
    digest text not null,
    policy_version text not null,
    seq bigint not null,
    primary key (tenant, entity_id),
    foreign key (tenant, entity_id) references kempt.entity
);
create index golden_record_by_type on kempt.golden_record (tenant, entity_type);

create table kempt.claim (
    tenant text not null,
    claim_id uuid not null,
    record_id uuid not null,
    attribute text not null,
    value_cipher bytea not null,
    value_digest text not null,
    kind text not null check (kind in ('override', 'enrichment')),
    origin text not null,
    confidence double precision not null,
    observed_at timestamptz not null,
    decision_id uuid not null,
    created_seq bigint not null,
    withdrawn_seq bigint,
    primary key (tenant, claim_id),
    foreign key (tenant, decision_id) references kempt.decision deferrable initially deferred
);
create index claim_now on kempt.claim (tenant, record_id, attribute) where withdrawn_seq is null;

create table kempt.stale_flag (
    tenant text not null,
    record_id uuid not null,
    attribute text not null,
    decision_id uuid not null,
    raised_at timestamptz not null,
    cleared_at timestamptz,
    primary key (tenant, record_id, attribute, raised_at),
    foreign key (tenant, decision_id) references kempt.decision deferrable initially deferred
);
create unique index stale_now on kempt.stale_flag (tenant, record_id, attribute) where cleared_at is null;

create table kempt.provider_answer (
    tenant text not null,
    request_id uuid not null,
    provider text not null,
    status text not null check (status in ('found', 'not_found', 'error')),
    answer_cipher bytea,
    cost_cents integer not null check (cost_cents >= 0),
    asked_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (tenant, request_id)
);
create index provider_spending on kempt.provider_answer (tenant, provider, asked_at);
