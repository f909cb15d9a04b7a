-- Who signs in, and how the review table is worked: order, claims, opinions, saved views.

-- Accounts belong to the installation; what an account may do in a tenant follows from `kempt.member`. -----------------

create table kempt.account (
    name text primary key check (name ~ '^\S(.{0,98}\S)?$'),
    password_hash text,
    created_at timestamptz not null,
    created_by text not null,
    disabled_at timestamptz
);

-- Whom an identity provider vouches for. One that nobody tied to an account signs in nobody.
create table kempt.account_identity (
    issuer text not null,
    subject text not null,
    account text not null references kempt.account,
    tied_at timestamptz not null,
    primary key (issuer, subject)
);

-- Tokens are kept as digests: who reads this table can sign in as nobody.
create table kempt.session (
    token_digest bytea primary key check (octet_length(token_digest) = 32),
    family uuid not null,
    account text not null references kempt.account,
    csrf text not null,
    -- What values are shown unmasked for, as long as the session lasts.
    purpose text check (length(purpose) between 1 and 200),
    began_at timestamptz not null,
    made_at timestamptz not null,
    seen_at timestamptz not null,
    replaced_at timestamptz,
    ended_at timestamptz
);
create index session_of_account on kempt.session (account) where ended_at is null;
create index session_family on kempt.session (family);

create table kempt.sign_in_link (
    token_digest bytea primary key check (octet_length(token_digest) = 32),
    account text not null references kempt.account,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);

create table kempt.api_token (
    token_digest bytea primary key check (octet_length(token_digest) = 32),
    account text not null references kempt.account,
    label text not null,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);

-- Failed sign-ins by account and by address, both as keyed digests.
create table kempt.sign_in_failure (
    who bytea not null,
    at timestamptz not null
);
create index sign_in_failure_by_who on kempt.sign_in_failure (who, at);

-- Roles beside those that decide ---------------------------------------------------------------------------------------

alter table kempt.member drop constraint known_roles, add constraint known_roles check (
    roles <@ array['steward', 'merge_authority', 'team_lead', 'revops', 'privacy_officer', 'platform_engineer', 'analyst']
);

-- The review table as it is worked -------------------------------------------------------------------------------------

-- What the inbox sorts and filters by stands in the item, so that a hundred thousand of them are one index away.
alter table kempt.review_item
    add kind text,
    add entity_type text,
    add attribute text,
    add confidence double precision,
    add origin text,
    add rules text[] not null default '{}',
    add priority double precision not null default 0,
    add apply_after timestamptz;

-- What a wrong answer would cost (a merge of many more than a mark on one value) times how unsure we are.
create function kempt.priority(features jsonb, confidence double precision) returns double precision
    immutable parallel safe language sql
    return (
        case features ->> 'kind'
            when 'merge' then 2 + ln(greatest(2, coalesce((features ->> 'cluster_size')::int, 2)))
            when 'field_change' then case when (features ->> 'fills_empty')::boolean then 1 else 1.5 end
            else 0.5
        end
        * case when features ->> 'entity_type' = 'company' then 1.5 else 1 end
        * case when coalesce((features ->> 'overrides_human')::boolean, false) then 2 else 1 end
        * (0.1 + 4 * confidence * (1 - confidence))
    );

create function kempt.place_item() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    select p.kind, p.entity_type, p.attribute, p.confidence, p.features ->> 'origin',
        round(kempt.priority(p.features, p.confidence)::numeric, 6)
        into new.kind, new.entity_type, new.attribute, new.confidence, new.origin, new.priority
        from kempt.proposal p where p.tenant = new.tenant and p.proposal_id = new.proposal_id;
    select coalesce(d.reasons, '{}') into new.rules
        from kempt.decision d
        where d.tenant = new.tenant and d.proposal_id = new.proposal_id and d.decider_type = 'policy'
        order by d.decided_at desc, d.decision_id limit 1;
    new.rules := coalesce(new.rules, '{}');
    return new;
end $$;
-- Named so that it comes after `moves`, which refuses what is not legal.
create trigger placed before insert on kempt.review_item for each row execute function kempt.place_item();
create trigger placed_again before update of state on kempt.review_item
    for each row when (new.state = 'pending' and old.state <> 'pending') execute function kempt.place_item();
revoke execute on function kempt.priority(jsonb, double precision), kempt.place_item() from public;
grant execute on function kempt.priority(jsonb, double precision), kempt.place_item() to kempt_app;

create index review_inbox on kempt.review_item (tenant, state, priority desc, proposal_id);
create index review_inbox_by_kind on kempt.review_item (tenant, state, kind, entity_type, priority desc, proposal_id);

-- Who works at what, until when. Whoever comes after that may take it over.
create table kempt.assignment (
    tenant text not null,
    proposal_id uuid not null,
    assignee text not null check (assignee <> ''),
    assigned_by text not null,
    at timestamptz not null,
    until timestamptz not null check (at < until),
    primary key (tenant, proposal_id),
    foreign key (tenant, proposal_id) references kempt.review_item
);
create index assignment_by_assignee on kempt.assignment (tenant, assignee, until);

-- Who looked and was not sure: it goes to others first.
create table kempt.opinion (
    tenant text not null,
    proposal_id uuid not null,
    opinion text not null check (opinion in ('unsure')),
    steward text not null,
    note text,
    at timestamptz not null,
    primary key (tenant, proposal_id, steward),
    foreign key (tenant, proposal_id) references kempt.proposal
);

-- Questions that are decided together: what each was when they were put together, which of them had to be opened first,
-- and what became of each.
create table kempt.batch (
    tenant text not null references kempt.tenant,
    batch_id uuid not null,
    account text not null,
    kind text not null,
    verdict text not null check (verdict in ('approve', 'reject')),
    proposals uuid[] not null check (cardinality(proposals) between 1 and 500),
    seen text[] not null,
    sample uuid[] not null check (sample <@ proposals),
    opened uuid[] not null default '{}',
    note text,
    made_at timestamptz not null,
    done_at timestamptz,
    outcomes jsonb,
    primary key (tenant, batch_id)
);

create table kempt.saved_view (
    tenant text not null references kempt.tenant,
    account text not null,
    name text not null check (length(name) between 1 and 60),
    query text not null check (length(query) <= 2000),
    primary key (tenant, account, name)
);

do $$
declare
    walled regclass;
begin
    foreach walled in array array['kempt.assignment', 'kempt.opinion', 'kempt.batch', 'kempt.saved_view']::regclass[]
    loop
        execute format('alter table %s enable row level security, force row level security', walled);
        execute format(
            'create policy of_tenant on %s using (tenant = (select kempt.tenant())) '
            'with check (tenant = (select kempt.tenant()))', walled
        );
    end loop;
end $$;

-- Items that are there already. The wall holds for the owner too, who takes it down and puts it up again.
do $$
begin
    -- It is no step of a proposal's life: nobody's look at an item goes stale by it.
    alter table kempt.review_item disable trigger moves, disable trigger moved;
    alter table kempt.review_item no force row level security;
    alter table kempt.proposal no force row level security;
    alter table kempt.decision no force row level security;
    update kempt.review_item item set kind = p.kind, entity_type = p.entity_type, attribute = p.attribute,
        confidence = p.confidence, origin = p.features ->> 'origin',
        priority = round(kempt.priority(p.features, p.confidence)::numeric, 6),
        rules = coalesce((
            select d.reasons from kempt.decision d
            where d.tenant = item.tenant and d.proposal_id = item.proposal_id and d.decider_type = 'policy'
            order by d.decided_at desc, d.decision_id limit 1
        ), '{}')
    from kempt.proposal p where p.tenant = item.tenant and p.proposal_id = item.proposal_id;
    alter table kempt.review_item force row level security;
    alter table kempt.proposal force row level security;
    alter table kempt.decision force row level security;
    alter table kempt.review_item enable always trigger moves, enable always trigger moved;
end $$;

grant select, insert, update on kempt.account, kempt.session, kempt.sign_in_link, kempt.api_token to kempt_app;
grant select, insert on kempt.account_identity to kempt_app;
grant select, insert, delete on kempt.sign_in_failure to kempt_app;
grant select, insert, update, delete on kempt.assignment, kempt.saved_view to kempt_app;
grant select, insert, update on kempt.opinion to kempt_app;
grant select, insert, update (opened, done_at, outcomes) on kempt.batch to kempt_app;
