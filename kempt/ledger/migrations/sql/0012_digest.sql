-- What is told to people who do not come to look: whom to write to, what is on its way, which links were used. And how
-- healthy a day was, so that there is a yesterday to compare with.

-- Where a person is written to. Who has a role and an address gets the weekly digest.
create table kempt.mailbox (
    tenant text not null references kempt.tenant,
    name text not null check (name <> ''),
    address_cipher bytea not null,
    changed_at timestamptz not null,
    changed_by text not null,
    primary key (tenant, name)
);

-- How far into the ledger a sink was told. Moved in the transaction that puts the message into the outbox.
create table kempt.told (
    tenant text not null references kempt.tenant,
    sink text not null check (sink <> ''),
    seq bigint not null check (seq >= 0),
    at timestamptz not null,
    primary key (tenant, sink)
);

-- Messages on their way. `about` holds ids and counts; what they look like is made when they leave, from what is known
-- then, so that a value erased meanwhile is in no message.
create table kempt.outbox (
    tenant text not null references kempt.tenant,
    message_id uuid not null,
    sink text not null check (sink in ('mail', 'slack', 'teams')),
    recipient text,
    about jsonb not null,
    made_at timestamptz not null,
    attempts integer not null default 0,
    due_at timestamptz not null,
    problem text,
    sent_at timestamptz,
    dropped_at timestamptz,
    primary key (tenant, message_id),
    constraint mail_is_for_somebody check ((sink = 'mail') = (recipient is not null)),
    constraint sent_or_dropped check (num_nonnulls(sent_at, dropped_at) <= 1)
);
create index outbox_due on kempt.outbox (tenant, sink, due_at) where sent_at is null and dropped_at is null;
create index outbox_by_time on kempt.outbox (tenant, made_at desc, message_id);

-- Links of digests that were used. The link itself is signed and kept nowhere.
create table kempt.link_use (
    tenant text not null references kempt.tenant,
    link_digest bytea not null check (octet_length(link_digest) = 32),
    used_by text not null,
    used_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (tenant, link_digest)
);

-- Health by day: of all, of a source, of an owner (whose name is sealed). The last measurement of a day stands.
create table kempt.health_day (
    tenant text not null references kempt.tenant,
    day date not null,
    scope text not null check (scope in ('records', 'golden', 'source', 'owner')),
    part text not null,
    name_cipher bytea,
    records bigint not null,
    completeness double precision not null check (completeness between 0 and 1),
    validity double precision not null check (validity between 0 and 1),
    freshness double precision not null check (freshness between 0 and 1),
    uniqueness double precision not null check (uniqueness between 0 and 1),
    formula_version text not null,
    measured_at timestamptz not null,
    primary key (tenant, scope, part, day),
    constraint an_owner_is_sealed check ((scope = 'owner') = (name_cipher is not null))
);
create index health_by_day on kempt.health_day (tenant, day);

-- What a run changed in who is who, so that nobody counts a million events to see whether runs converge.
create table kempt.identity_run (
    tenant text not null references kempt.tenant,
    seq bigint not null,
    at timestamptz not null,
    minted bigint not null,
    merged bigint not null,
    split bigint not null,
    retired bigint not null,
    moved bigint not null,
    primary key (tenant, at)
);

-- The queue's figures and the digest look at what was decided lately.
create index decision_by_time on kempt.decision (tenant, decided_at);
create index decision_by_people on kempt.decision (tenant, decided_at) where decider_type = 'steward';

-- Reading the ledger by what happened and by whom. What runs write by the hundred thousand nobody did in person, so the
-- index of people leaves it out and costs a bulk append nothing.
create function ledger.is_bulk(type text) returns boolean
    immutable parallel safe language sql
    return split_part(type, '.', 1) in (
        'entity_minted', 'entity_members_changed', 'entity_redirected', 'entity_retired', 'golden_record_changed',
        'golden_record_removed', 'owner_routed', 'proposal_decided', 'claim_recorded', 'value_flagged_stale'
    );

-- Who did it, where a person did. Bodies name her by the part that she has in it. By pattern: a body may hold what jsonb
-- refuses, and no body is refused for what an index would like to read.
create function ledger.actor(body text) returns text
    immutable parallel safe language sql
    return coalesce(
        substring(body from '"by":"([^"\\]*)"'), substring(body from '"decider":"([^"\\]*)"'),
        substring(body from '"author":"([^"\\]*)"'), substring(body from '"authority":"([^"\\]*)"'),
        substring(body from '"approved_by":"([^"\\]*)"')
    );

create index event_by_type on ledger.event (tenant, type, seq);
create index event_by_actor on ledger.event (tenant, ledger.actor(body), seq) where not ledger.is_bulk(type);

-- A page of the tenant's ledger, the newest first, from before a position. Run as the ledger's own role, as
-- `ledger.mentioning` is: behind the wall no condition but the tenant's finds its index.
create function ledger.page(
    before_seq bigint, most integer, of_types text[], by_actor text, about text, from_seq bigint
)
    returns table (seq bigint, event_id uuid, type text, at timestamptz, body text)
    stable language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    who constant text := kempt.tenant();
    few constant integer := least(greatest(most, 1), 1000);
begin
    if about is not null then
        return query
            select e.seq, e.event_id, e.type, e.at, e.body from ledger.event e
            where e.tenant = who and ledger.subjects(e.body) @> array[page.about]
                and e.seq < before_seq and e.seq >= from_seq
                and (of_types is null or e.type = any (of_types))
                and (by_actor is null or not ledger.is_bulk(e.type) and ledger.actor(e.body) = by_actor)
            order by e.seq desc limit few;
    elsif by_actor is not null then
        return query
            select e.seq, e.event_id, e.type, e.at, e.body from ledger.event e
            where e.tenant = who and ledger.actor(e.body) = by_actor and not ledger.is_bulk(e.type)
                and e.seq < before_seq and e.seq >= from_seq and (of_types is null or e.type = any (of_types))
            order by e.seq desc limit few;
    elsif of_types is not null then
        -- A walk for each type, merged: one walk for all of them would pass what is between.
        return query
            select found.* from unnest(of_types) as wanted cross join lateral (
                select e.seq, e.event_id, e.type, e.at, e.body from ledger.event e
                where e.tenant = who and e.type = wanted and e.seq < before_seq and e.seq >= from_seq
                order by e.seq desc limit few
            ) as found
            order by 1 desc limit few;
    else
        return query
            select e.seq, e.event_id, e.type, e.at, e.body from ledger.event e
            where e.tenant = who and e.seq < before_seq and e.seq >= from_seq
            order by e.seq desc limit few;
    end if;
end $$;

do $$
declare
    walled regclass;
begin
    foreach walled in array array[
        'kempt.mailbox', 'kempt.told', 'kempt.outbox', 'kempt.link_use', 'kempt.health_day', 'kempt.identity_run'
    ]::regclass[]
    loop
        execute format('alter table %s enable row level security, force row level security', walled);
        execute format(
            'create policy of_tenant on %s using (tenant = (select kempt.tenant())) '
            'with check (tenant = (select kempt.tenant()))', walled
        );
    end loop;
end $$;

revoke execute on function
    ledger.is_bulk(text), ledger.actor(text), ledger.page(bigint, integer, text[], text, text, bigint)
    from public;
grant execute on function ledger.is_bulk(text), ledger.actor(text) to kempt_writer;
grant create on schema ledger to kempt_writer;
alter function ledger.page(bigint, integer, text[], text, text, bigint) owner to kempt_writer;
revoke create on schema ledger from kempt_writer;
grant execute on function ledger.page(bigint, integer, text[], text, text, bigint) to kempt_app;

grant select, insert, update, delete on kempt.mailbox to kempt_app;
grant select, insert, update on kempt.told, kempt.health_day to kempt_app;
grant select, insert, update (attempts, due_at, problem, sent_at, dropped_at) on kempt.outbox to kempt_app;
grant select, insert on kempt.link_use, kempt.identity_run to kempt_app;
