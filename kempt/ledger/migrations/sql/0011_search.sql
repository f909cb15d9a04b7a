-- What records are found by: the tokens of each, keyed hashes of what it says. Nobody without the vault key can make one.
create table kempt.search_record (
    tenant text not null,
    record_id uuid not null,
    tokens bigint[] not null,
    primary key (tenant, record_id)
);
create index search_by_token on kempt.search_record using gin (tokens);

alter table kempt.search_record enable row level security, force row level security;
create policy of_tenant on kempt.search_record using (tenant = (select kempt.tenant()))
    with check (tenant = (select kempt.tenant()));
create policy of_all on kempt.search_record for select to kempt_writer using (true);

-- Records that have all of these tokens, in the order of their ids. Of more than 10,000 an arbitrary 10,000 are looked at.
-- Run as a role that sees over the walls: behind them no condition but the tenant's may use an index, so the function
-- names the tenant itself.
create function kempt.having_tokens(wanted bigint[], most integer) returns setof uuid
    stable language sql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
begin atomic
    select f.record_id
    from (
        select r.record_id from kempt.search_record r
        where r.tenant = (select kempt.tenant()) and r.tokens @> having_tokens.wanted and having_tokens.wanted <> '{}'
        limit 10000
    ) as f
    order by f.record_id
    limit having_tokens.most;
end;

-- Tokens go with their record's key, whoever deletes it.
create function kempt.forget_tokens() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from kempt.search_record s where s.tenant = old.tenant and s.record_id = old.record_id;
    return null;
end $$;
create trigger forgets_tokens after delete on kempt.record_key for each row execute function kempt.forget_tokens();
alter table kempt.record_key enable always trigger forgets_tokens;

-- Where ids led to that were merged into an entity, those included that lead there no longer.
create index redirect_by_target on kempt.redirect (tenant, to_id);

-- Proposals by what they are about.
create index proposal_by_subject on kempt.proposal using gin (subjects);
create policy of_all on kempt.proposal for select to kempt_writer using (true);
create function kempt.proposals_about(records uuid[]) returns setof uuid
    stable language sql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
begin atomic
    select p.proposal_id from kempt.proposal p
    where p.tenant = (select kempt.tenant()) and p.subjects && proposals_about.records;
end;

revoke execute on function
    kempt.having_tokens(bigint[], integer), kempt.forget_tokens(), kempt.proposals_about(uuid[]) from public;
grant select, delete on kempt.search_record to kempt_writer;
grant select on kempt.proposal to kempt_writer;
grant create on schema kempt to kempt_writer;
alter function kempt.having_tokens(bigint[], integer) owner to kempt_writer;
alter function kempt.forget_tokens() owner to kempt_writer;
alter function kempt.proposals_about(uuid[]) owner to kempt_writer;
revoke create on schema kempt from kempt_writer;
grant execute on function kempt.having_tokens(bigint[], integer), kempt.proposals_about(uuid[]) to kempt_app;
grant select, insert, update (tokens) on kempt.search_record to kempt_app;
