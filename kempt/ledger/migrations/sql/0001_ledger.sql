-- What happened. One hash chain per tenant, appended by two functions and changed by nothing.
--
--     leaf    = sha256(0x00 || length(tenant) tenant || seq || event_id || length(type) type || microseconds || body)
--     hash    = sha256(0x01 || hash of the event before || leaf)
--     genesis = sha256(0x02 || tenant)
--
-- Numbers are big-endian: lengths 4 bytes, seq and microseconds since 1970 (UTC) 8 bytes. The body is RFC 8785 text and
-- is hashed and kept as it came; jsonb would spell it anew.
--
-- `stable` where `immutable` would do, and plpgsql where SQL would do, are for speed: so the planner inlines the first
-- and calls the second cheaply.

create schema ledger;

create function ledger.leaf(tenant text, seq bigint, event_id uuid, type text, at timestamptz, body text) returns bytea
    stable parallel safe language sql
    return sha256(
        '\x00'::bytea
        || int4send(octet_length(tenant)) || convert_to(tenant, 'UTF8')
        || int8send(seq)
        || uuid_send(event_id)
        || int4send(octet_length(type)) || convert_to(type, 'UTF8')
        || int8send((extract(epoch from at) * 1000000)::bigint)
        || convert_to(body, 'UTF8')
    );

create function ledger.genesis(tenant text) returns bytea
    immutable parallel safe language sql
    return sha256('\x02'::bytea || convert_to(tenant, 'UTF8'));

create function ledger.link(state bytea, start bytea, leaf bytea) returns bytea
    immutable parallel safe language plpgsql as $$
begin
    return pg_catalog.sha256('\x01'::bytea operator(pg_catalog.||) coalesce(state, start) operator(pg_catalog.||) leaf);
end $$;

-- Over an ordered window: the hash of each event, given the hash before the first.
create aggregate ledger.chain(start bytea, leaf bytea) (sfunc = ledger.link, stype = bytea);

-- The record and entity ids that a body mentions: its words of their length. Canonical JSON puts quotes around each.
create function ledger.subjects(body text) returns text[]
    immutable parallel safe language sql
    return (select array_agg(word) from unnest(string_to_array(body, '"')) as word where length(word) in (28, 36));

create table ledger.event (
    tenant text not null,
    seq bigint not null,
    event_id uuid not null,
    type text not null check (type <> ''),
    at timestamptz not null check (isfinite(at)),
    body text not null,
    prev bytea not null,
    hash bytea not null,
    primary key (tenant, seq),
    -- The tenant comes last for once: looking up ids must not be mistaken for looking up a new tenant's few rows.
    unique (event_id, tenant)
);
create index event_by_subject on ledger.event using gin (ledger.subjects(body));

create table ledger.head (
    tenant text primary key references kempt.tenant,
    seq bigint not null,
    hash bytea not null
);

create function ledger.refuse() returns trigger
    language plpgsql as $$
begin
    raise exception '% only grows: % is refused', tg_table_schema || '.' || tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege';
end $$;

create trigger only_grows before update or delete or truncate on ledger.event
    for each statement execute function ledger.refuse();
create trigger only_grows before delete or truncate on ledger.head
    for each statement execute function ledger.refuse();
create trigger only_grows before update or delete or truncate on kempt.decision
    for each statement execute function ledger.refuse();
-- ALWAYS: also for a session that plays replica.
alter table ledger.event enable always trigger only_grows;
alter table ledger.head enable always trigger only_grows;
alter table kempt.decision enable always trigger only_grows;

-- Append a batch, in its order, to the chain of the tenant in context. An event that is there already with the same type
-- and body is skipped, so a repeated step changes nothing; with another body it is refused. Answers how many were new,
-- and from where to where the events of this batch lie.
--
-- It takes arrays, not a table: reading a caller's table here would run the caller's code (a view, a generated column)
-- with the right to write the ledger.
create function ledger.append(event_ids uuid[], types text[], bodies text[], at timestamptz)
    returns table (appended bigint, first_seq bigint, last_seq bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    -- The plan must not hang on statistics, which know nothing of a tenant's first events: ids are looked up by their
    -- index, and batches are joined by hash.
    set enable_seqscan = off set enable_nestloop = off as $$
declare
    who constant text := kempt.tenant();
    tip ledger.head;
    known uuid[];
    clash uuid;
begin
    if who is null then
        raise exception 'no tenant in context: set kempt.tenant in this transaction' using errcode = 'insufficient_privilege';
    end if;
    -- Positions must become visible in their order: whoever has read past a gap never returns to it.
    perform pg_advisory_xact_lock(hashtextextended('kempt.ledger ' || who, 0));

    select * into tip from ledger.head h where h.tenant = who;
    if not found then
        insert into ledger.head values (who, 0, ledger.genesis(who)) returning * into tip;
    end if;

    with there as materialized (
        select e.event_id, e.seq, e.type, e.body
        from ledger.event e where e.event_id = any (event_ids) and e.tenant is not distinct from who
    )
    select
        array_agg(e.event_id), min(e.seq), max(e.seq),
        (array_agg(e.event_id) filter (where (e.type, e.body) <> (s.type, s.body)))[1]
    into known, first_seq, last_seq, clash
    from there e join unnest(event_ids, types, bodies) as s(event_id, type, body) on s.event_id = e.event_id;
    if clash is not null then
        raise exception 'event % was appended before with another type or body', clash using errcode = 'unique_violation';
    end if;

    with fresh as (
        select s.event_id, s.type, s.body, tip.seq + row_number() over (order by s.n) as seq
        from unnest(event_ids, types, bodies) with ordinality as s(event_id, type, body, n)
        where s.event_id <> all (coalesce(known, '{}'))
    ), chained as (
        select f.*, ledger.chain(tip.hash, ledger.leaf(who, f.seq, f.event_id, f.type, append.at, f.body))
            over (order by f.seq rows unbounded preceding) as hash
        from fresh f
    )
    insert into ledger.event (tenant, seq, event_id, type, at, body, prev, hash)
    select who, c.seq, c.event_id, c.type, append.at, c.body, lag(c.hash, 1, tip.hash) over (order by c.seq), c.hash
    from chained c;
    get diagnostics appended = row_count;

    if appended > 0 or known is null then
        first_seq := least(first_seq, tip.seq + 1);
        last_seq := tip.seq + appended;
    end if;
    update ledger.head h set seq = last_seq, hash = e.hash
    from ledger.event e
    where appended > 0 and h.tenant = who and e.tenant = who and e.seq = last_seq;
    return next;
end $$;

-- What the tenant's ledger says about a record or an entity. Run as the ledger's own role: the index on subjects is out
-- of reach behind the wall, where no condition may be tested before the tenant's.
create function ledger.mentioning(id text)
    returns table (seq bigint, event_id uuid, type text, at timestamptz, body text)
    stable language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    select e.seq, e.event_id, e.type, e.at, e.body
    from ledger.event e
    where e.tenant = kempt.tenant() and ledger.subjects(e.body) @> array[mentioning.id]
    order by e.seq;
end;
