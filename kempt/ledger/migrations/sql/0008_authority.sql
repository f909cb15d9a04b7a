-- Who may propose and decide, what they signed, and the life of a proposal.

-- Agents --------------------------------------------------------------------------------------------------------------

create table kempt.agent_key (
    tenant text not null references kempt.tenant,
    agent text not null,
    generation integer not null check (generation > 0),
    public_key bytea not null check (octet_length(public_key) = 32),
    valid_from timestamptz not null,
    valid_to timestamptz not null check (valid_from < valid_to),
    revoked_at timestamptz,
    revoked_by text,
    reason text,
    primary key (tenant, agent, generation),
    constraint a_revocation_says_who_and_why check (num_nulls(revoked_at, revoked_by, reason) in (0, 3))
);

-- What an agent signed at once. The id stands in the signature, so the same message is taken once.
create table kempt.agent_batch (
    tenant text not null,
    batch_id uuid not null,
    agent text not null,
    generation integer not null,
    act text not null check (act in ('propose', 'decide')),
    items integer not null check (items > 0),
    digest bytea not null check (octet_length(digest) = 32),
    signature bytea not null check (octet_length(signature) = 64),
    signed_at timestamptz not null,
    primary key (tenant, batch_id),
    foreign key (tenant, agent, generation) references kempt.agent_key
);
create index batch_by_agent on kempt.agent_batch (tenant, agent, signed_at);

alter table kempt.proposal add batch_id uuid;
alter table kempt.proposal add foreign key (tenant, batch_id) references kempt.agent_batch;
create index proposal_by_batch on kempt.proposal (tenant, batch_id);

-- `seen` names what a steward had before her. Whoever decides after a withdrawal decides in another round.
alter table kempt.decision add batch_id uuid, add seen text, add round integer not null default 1;
alter table kempt.decision add foreign key (tenant, batch_id) references kempt.agent_batch;
create index decision_by_batch on kempt.decision (tenant, batch_id);

-- People --------------------------------------------------------------------------------------------------------------

create table kempt.member (
    tenant text not null references kempt.tenant,
    name text not null check (name <> ''),
    roles text[] not null,
    until date,
    changed_at timestamptz not null,
    changed_by text not null,
    primary key (tenant, name),
    constraint known_roles check (roles <@ array['steward', 'merge_authority', 'team_lead'])
);

-- The life of a proposal ----------------------------------------------------------------------------------------------

create table kempt.withdrawal (
    tenant text not null,
    decision_id uuid not null,
    withdrawn_by text not null,
    why text not null,
    at timestamptz not null,
    primary key (tenant, decision_id),
    foreign key (tenant, decision_id) references kempt.decision
);

drop index kempt.one_steward_settles;
create unique index one_steward_settles on kempt.decision (tenant, proposal_id, round)
    where decider_type = 'steward' and verdict <> 'review';

-- What holds for each proposal: a steward's word that was not withdrawn, else policy's latest.
create or replace view kempt.decision_in_force with (security_invoker = true) as
    select distinct on (tenant, proposal_id) decision.* from kempt.decision
    where decider_type = 'policy' or verdict <> 'review' and not exists (
        select from kempt.withdrawal w where w.tenant = decision.tenant and w.decision_id = decision.decision_id
    )
    order by tenant, proposal_id, decider_type = 'steward' desc, decided_at desc, decision_id;

-- `version` counts what happened to an item, `why` says it of the last; `first_approval` waits for a second person.
-- Evidence that moved is kept here: the proposal's own is what was found first.
alter table kempt.review_item
    add version integer not null default 1,
    add round integer not null default 1,
    add why text,
    add first_approval uuid,
    add evidence_cipher bytea,
    add evidence_at timestamptz,
    add foreign key (tenant, first_approval) references kempt.decision deferrable initially deferred,
    drop constraint review_item_state_check,
    add constraint review_item_state_check check (
        state in ('pending', 'approved', 'rejected', 'deferred', 'applied', 'superseded', 'expired')
    );

-- What somebody who decides has before her: the newest evidence and policy's newest word. `basis` names both.
create view kempt.review_basis with (security_invoker = true) as
    select item.tenant, item.proposal_id, policy.reasons, policy.policy_version, evidence.cipher as evidence_cipher,
        left(encode(sha256(convert_to(
            item.proposal_id || '|' || policy.decision_id || '|' || encode(sha256(evidence.cipher), 'hex'), 'UTF8'
        )), 'hex'), 16) as basis
    from kempt.review_item item
    join kempt.proposal on proposal.tenant = item.tenant and proposal.proposal_id = item.proposal_id
    join lateral (
        select d.decision_id, d.reasons, d.policy_version from kempt.decision d
        where d.tenant = item.tenant and d.proposal_id = item.proposal_id and d.decider_type = 'policy'
        order by d.decided_at desc, d.decision_id limit 1
    ) as policy on true
    cross join lateral (
        select coalesce((
            select d.evidence_cipher from kempt.decision d
            where d.tenant = item.tenant and d.proposal_id = item.proposal_id and d.evidence_cipher is not null
                and d.decided_at > coalesce(item.evidence_at, '-infinity')
            order by d.decided_at desc, d.decision_id limit 1
        ), item.evidence_cipher, proposal.evidence_cipher) as cipher
    ) as evidence;

create table kempt.proposal_step (
    tenant text not null,
    proposal_id uuid not null,
    version integer not null,
    from_state text,
    to_state text not null,
    at timestamptz not null,
    decision_id uuid,
    why text,
    primary key (tenant, proposal_id, version),
    foreign key (tenant, proposal_id) references kempt.proposal
);
create trigger only_grows before update or delete or truncate on kempt.proposal_step
    for each statement execute function ledger.refuse();
create trigger only_grows before update or delete or truncate on kempt.withdrawal
    for each statement execute function ledger.refuse();
create trigger only_grows before update or delete or truncate on kempt.agent_batch
    for each statement execute function ledger.refuse();
alter table kempt.proposal_step enable always trigger only_grows;
alter table kempt.withdrawal enable always trigger only_grows;
alter table kempt.agent_batch enable always trigger only_grows;

-- Whoever writes the review table: only legal steps are taken, and each is recorded. The steps are those of
-- kempt/proposals/life.py; a test holds the two against each other.
create function kempt.review_moves() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    legal constant text[] := array[
        'pending>deferred', 'pending>approved', 'pending>rejected', 'pending>expired', 'pending>superseded',
        'pending>applied',
        'deferred>pending', 'deferred>approved', 'deferred>rejected', 'deferred>expired', 'deferred>superseded',
        'deferred>applied',
        'approved>applied', 'approved>pending', 'rejected>pending', 'expired>pending', 'superseded>pending'
    ];
begin
    if tg_when = 'AFTER' then
        insert into kempt.proposal_step (tenant, proposal_id, version, from_state, to_state, at, decision_id, why)
        values (new.tenant, new.proposal_id, new.version, case when tg_op = 'UPDATE' then old.state end, new.state,
            new.changed_at, new.decision_id, new.why);
        return null;
    elsif tg_op = 'UPDATE' then
        if old.state <> new.state and old.state || '>' || new.state <> all (legal) then
            raise exception 'proposal % cannot go from % to %', new.proposal_id, old.state, new.state
                using errcode = 'check_violation';
        end if;
        if new.why is not distinct from old.why then
            new.why := null;
        end if;
        new.version := old.version + 1;
    elsif new.state not in ('pending', 'superseded') then
        raise exception 'proposal % cannot begin as %', new.proposal_id, new.state using errcode = 'check_violation';
    end if;
    return new;
end $$;
revoke execute on function kempt.review_moves() from public;
create trigger moves before insert or update on kempt.review_item for each row execute function kempt.review_moves();
create trigger moved after insert or update on kempt.review_item for each row execute function kempt.review_moves();
alter table kempt.review_item enable always trigger moves, enable always trigger moved;

do $$
declare
    walled regclass;
begin
    foreach walled in array array[
        'kempt.agent_key', 'kempt.agent_batch', 'kempt.member', 'kempt.withdrawal', 'kempt.proposal_step'
    ]::regclass[]
    loop
        execute format('alter table %s enable row level security, force row level security', walled);
        execute format(
            'create policy of_tenant on %s using (tenant = (select kempt.tenant())) '
            'with check (tenant = (select kempt.tenant()))', walled
        );
    end loop;
end $$;

grant select, insert on kempt.agent_batch, kempt.withdrawal to kempt_app;
grant select on kempt.proposal_step, kempt.review_basis to kempt_app;
grant select, insert, update (valid_to, revoked_at, revoked_by, reason) on kempt.agent_key to kempt_app;
grant select, insert, update (roles, until, changed_at, changed_by) on kempt.member to kempt_app;
