-- The life of a policy version, what each decision was made from, the risk budget, audits and shadows.

-- What a section says is a tenant's own business: until now all tenants had the versions of the files.
alter table kempt.policy_version drop constraint policy_version_pkey;
alter table kempt.policy_version add column tenant text;
insert into kempt.policy_version (tenant, version, section, body, created_at)
    select known.tenant, p.version, p.section, p.body, p.created_at
    from kempt.policy_version p cross join kempt.tenant as known;
delete from kempt.policy_version where tenant is null;
alter table kempt.policy_version alter column tenant set not null, add primary key (tenant, version);

-- All sections together, by name; named by the digest of their versions.
create table kempt.policy_set (
    tenant text not null,
    version text not null,
    sections jsonb not null,
    created_at timestamptz not null default now(),
    primary key (tenant, version)
);

-- One row a change; the latest one of a version is its state.
create table kempt.policy_state (
    tenant text not null,
    seq bigint not null,
    version text not null,
    state text not null check (state in ('draft', 'shadow', 'canary', 'active', 'retired')),
    share double precision check (share > 0 and share < 1),
    author text not null check (author <> ''),
    reason text not null check (reason <> ''),
    forced boolean not null default false,
    at timestamptz not null,
    -- One event may retire a version and activate another.
    primary key (tenant, seq, version),
    foreign key (tenant, version) references kempt.policy_set,
    constraint a_canary_has_a_share check ((state = 'canary') = (share is not null))
);

create view kempt.policy_now with (security_invoker = true) as
    select distinct on (tenant, version) * from kempt.policy_state order by tenant, version, seq desc;

-- One row a change of a switch: 'all', or one segment of the risk budget. The latest one counts.
create table kempt.policy_switch (
    tenant text not null,
    seq bigint not null,
    segment text not null,
    stopped boolean not null,
    author text not null check (author <> ''),
    reason text not null check (reason <> ''),
    at timestamptz not null,
    primary key (tenant, seq, segment)
);

create view kempt.policy_stopped with (security_invoker = true) as
    select * from (
        select distinct on (tenant, segment) * from kempt.policy_switch order by tenant, segment, seq desc
    ) as latest where stopped;

-- What decided, apart from the proposal: the same for thousands of decisions.
create table kempt.decision_basis (
    tenant text not null,
    basis uuid not null,
    policy_set text not null,
    protection text not null,
    model text,
    code text not null,
    primary key (tenant, basis),
    foreign key (tenant, policy_set) references kempt.policy_set,
    foreign key (tenant, protection) references kempt.policy_version
);

alter table kempt.decision
    add column lost text[] not null default '{}',
    add column basis uuid,
    add column input_digest text,
    add column agent text,
    -- For what the risk budget counts it; and what policy was told, where that is not what the proposal began with.
    add column segment text,
    add column features jsonb,
    add foreign key (tenant, basis) references kempt.decision_basis;
-- Not valid: decisions that were made before said less.
alter table kempt.decision add constraint policy_says_from_what check (
    decider_type <> 'policy' or (basis is not null and input_digest is not null and agent is not null)
) not valid;

create table kempt.budget_use (
    tenant text not null,
    segment text not null,
    day date not null,
    applied bigint not null,
    primary key (tenant, segment, day)
);

-- Decisions of policy that a steward looks at afterwards. Her word is a label and changes nothing else.
create table kempt.audit_item (
    tenant text not null,
    decision_id uuid not null,
    proposal_id uuid not null,
    segment text not null,
    verdict text not null check (verdict in ('apply', 'reject')),
    drawn_at timestamptz not null,
    label text check (label in ('right', 'wrong', 'unsure')),
    labelled_by text,
    labelled_at timestamptz,
    note text,
    primary key (tenant, decision_id),
    foreign key (tenant, decision_id) references kempt.decision,
    foreign key (tenant, proposal_id) references kempt.proposal,
    constraint a_label_has_an_author check ((label is null) = (labelled_by is null) and (label is null) = (labelled_at is null))
);
create index audit_to_do on kempt.audit_item (tenant, drawn_at) where label is null;
create index audit_done on kempt.audit_item (tenant, segment) where label is not null;

-- What a version that is being tried would have decided otherwise, and how much it was shown.
create table kempt.shadow_decision (
    tenant text not null,
    version text not null,
    proposal_id uuid not null,
    kind text not null,
    entity_type text not null,
    verdict text not null,
    reasons text[] not null,
    shadow_verdict text not null,
    shadow_reasons text[] not null,
    at timestamptz not null,
    primary key (tenant, version, proposal_id),
    foreign key (tenant, version) references kempt.policy_set
);
create table kempt.shadow_seen (
    tenant text not null,
    version text not null,
    against text not null,
    kind text not null,
    proposals bigint not null,
    runs bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    primary key (tenant, version, against, kind),
    foreign key (tenant, version) references kempt.policy_set
);

-- What a version made of the fixed cases when it was first asked.
create table kempt.policy_corpus (
    tenant text not null,
    version text not null,
    corpus text not null,
    outcomes jsonb not null,
    code text not null,
    at timestamptz not null,
    primary key (tenant, version, corpus)
);

create trigger only_grows before update or delete or truncate on kempt.policy_state
    for each statement execute function ledger.refuse();
create trigger only_grows before update or delete or truncate on kempt.policy_switch
    for each statement execute function ledger.refuse();
alter table kempt.policy_state enable always trigger only_grows;
alter table kempt.policy_switch enable always trigger only_grows;

do $$
declare
    walled text;
begin
    foreach walled in array array[
        'policy_version', 'policy_set', 'policy_state', 'policy_switch', 'decision_basis', 'budget_use', 'audit_item',
        'shadow_decision', 'shadow_seen', 'policy_corpus'
    ] loop
        execute format('alter table kempt.%I enable row level security, force row level security', walled);
        execute format(
            'create policy of_tenant on kempt.%I using (tenant = (select kempt.tenant())) '
            'with check (tenant = (select kempt.tenant()))', walled
        );
    end loop;
end $$;

grant select, insert on
    kempt.policy_set, kempt.policy_state, kempt.policy_switch, kempt.decision_basis, kempt.policy_corpus
    to kempt_app;
grant select on kempt.policy_now, kempt.policy_stopped to kempt_app;
grant select, insert, update (label, labelled_by, labelled_at, note) on kempt.audit_item to kempt_app;
grant select, insert, update on kempt.budget_use, kempt.shadow_seen to kempt_app;
grant select, insert, update, delete on kempt.shadow_decision to kempt_app;
