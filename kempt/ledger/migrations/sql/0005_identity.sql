-- Identity over time: stays that cannot overlap, and what others may ask of an id.

-- PostgreSQL itself refuses a second stay of a record at one time. An exclusion constraint compares ranges without any
-- extension but no uuid, so a record stands in it as a point: two 63-bit hashes, more bits than its id has.
alter table kempt.membership
    add constraint a_record_stays_in_one_entity_at_a_time exclude using gist (
        int8range(
            uuid_hash_extended(record_id, hashtextextended(tenant, 0)) >> 1,
            uuid_hash_extended(record_id, hashtextextended(tenant, 0)) >> 1, '[]'
        ) with =,
        int8range(
            uuid_hash_extended(record_id, hashtextextended(tenant, 1)) >> 1,
            uuid_hash_extended(record_id, hashtextextended(tenant, 1)) >> 1, '[]'
        ) with =,
        int8range(from_seq, to_seq) with &&
    ),
    drop constraint membership_tenant_record_id_to_seq_key;
create index membership_of_entity on kempt.membership (tenant, entity_id, from_seq);

-- Where an id led at a position of the ledger (now, without one). Always one row: `state` says what the id was then,
-- and entity_id who stood for it; null for an id that nobody had.
create function kempt.resolve(id text, as_of bigint default null)
    returns table (entity_id text, state text, steps integer)
    stable language sql
begin atomic
    with recursive at as (select coalesce(as_of, 9223372036854775807) as seq),
    way as (
        select e.entity_id as found, 0 as step, array[e.entity_id] as passed
        from kempt.entity e, at where e.entity_id = resolve.id and e.born_seq <= at.seq
        union all
        select r.to_id, way.step + 1, way.passed || r.to_id
        from way, at, kempt.redirect r
        where r.from_id = way.found and r.from_seq <= at.seq and (r.to_seq is null or at.seq < r.to_seq)
            and r.to_id <> all (way.passed)
    ),
    last as (select way.found, way.step from way order by way.step desc limit 1)
    select last.found,
        case
            when last.found is null then 'unknown'
            when last.step > 0 then 'redirected'
            when exists (
                select from kempt.membership m, at
                where m.entity_id = last.found and m.from_seq <= at.seq and (m.to_seq is null or at.seq < m.to_seq)
            ) then 'active'
            else 'retired'
        end,
        coalesce(last.step, 0)
    from (values (1)) as always left join last on true;
end;

-- What became of ids, in the order in which it was told: for those who keep ids of ours. Page by seq.
create view kempt.identity_change with (security_invoker = true) as
    select event.tenant, event.seq, event.at,
        case event.type
            when 'entity_minted.v1' then 'minted' when 'entity_minted.v2' then 'minted'
            when 'entity_revived.v1' then 'revived' when 'entity_revived.v2' then 'revived'
            when 'entity_retired.v1' then 'retired' when 'entity_retired.v2' then 'retired'
            when 'entity_redirected.v1' then 'redirected' when 'entity_redirected.v2' then 'redirected'
            else 'members_changed'
        end as change,
        event.body::jsonb ->> 'entity_id' as entity_id,
        event.body::jsonb ->> 'entity_type' as entity_type,
        event.body::jsonb ->> 'redirect_to' as redirect_to,
        event.body::jsonb -> 'joined' as joined,
        event.body::jsonb -> 'left' as "left"
    from ledger.event
    where event.type like 'entity\_%';
create index identity_change_by_seq on ledger.event (tenant, seq) where type like 'entity\_%';

revoke execute on function kempt.resolve(text, bigint) from public;
grant execute on function kempt.resolve(text, bigint) to kempt_app;
grant select on kempt.identity_change to kempt_app;
