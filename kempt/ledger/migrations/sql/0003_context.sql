-- Who is in context is signed: `kempt.tenant` holds tenant|backend|HMAC, made with a key that only this function may read.
-- SQL that somebody smuggles in may set the variable as it likes, and cannot name another tenant.

-- HMAC-SHA-256 takes its key padded to a block and masked twice (RFC 2104).
create table kempt.context_key (
    one_row boolean primary key default true check (one_row),
    inner_pad bytea not null check (octet_length(inner_pad) = 64),
    outer_pad bytea not null check (octet_length(outer_pad) = 64)
);
grant select on kempt.context_key to kempt_writer;

-- Restricted, not safe: in a parallel worker the backend is another one.
create or replace function kempt.tenant() returns text
    stable parallel restricted language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    said constant text := pg_catalog.current_setting('kempt.tenant', true);
    part constant text[] := string_to_array(said, '|');
begin
    if coalesce(said, '') = '' then
        return null;
    end if;
    if part[2] = pg_backend_pid()::text and exists (
        select from kempt.context_key k
        where part[3] = encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(part[1] || '|' || part[2], 'UTF8'))), 'hex')
    ) then
        return part[1];
    end if;
    raise exception 'the tenant in context was not set by Kempt' using errcode = 'insufficient_privilege';
end $$;

grant create on schema kempt to kempt_writer;
alter function kempt.tenant() owner to kempt_writer;
revoke create on schema kempt from kempt_writer;
revoke execute on function kempt.tenant() from public;
grant execute on function kempt.tenant() to kempt_owner, kempt_app;
