-- Proof that Kempt wrote the end of a ledger: whoever appends leaves an HMAC over the new head, made with a key that the
-- database does not hold. A transaction that appends without one does not commit.
--
--     mac = hmac-sha256(attestation key of the tenant, 0x03 || length(tenant) tenant || seq || hash)

create table ledger.attestation (
    tenant text not null references kempt.tenant,
    seq bigint not null check (seq > 0),
    mac bytea not null check (octet_length(mac) = 32),
    primary key (tenant, seq)
);

create trigger only_grows before update or delete or truncate on ledger.attestation
    for each statement execute function ledger.refuse();
alter table ledger.attestation enable always trigger only_grows;

alter table ledger.attestation enable row level security, force row level security;
create policy of_tenant on ledger.attestation using (tenant = (select kempt.tenant()))
    with check (tenant = (select kempt.tenant()));
create policy of_all on ledger.attestation for select to kempt_writer using (true);
create policy of_all on ledger.head for select to kempt_writer using (true);

-- For the head of the tenant in context, and for nothing else.
create function ledger.attest(mac bytea) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    insert into ledger.attestation (tenant, seq, mac)
    select h.tenant, h.seq, attest.mac from ledger.head h where h.tenant = kempt.tenant();
end;

create function ledger.must_be_attested() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (
        select from ledger.head h join ledger.attestation a on a.tenant = h.tenant and a.seq = h.seq
        where h.tenant = new.tenant
    ) and new.seq > 0 then
        raise exception 'the ledger of % was appended to without an attestation', new.tenant
            using errcode = 'insufficient_privilege';
    end if;
    return null;
end $$;

create constraint trigger attested after insert or update on ledger.head
    deferrable initially deferred for each row execute function ledger.must_be_attested();
alter table ledger.head enable always trigger attested;

revoke execute on function ledger.attest(bytea), ledger.must_be_attested() from public;
grant select on ledger.attestation to kempt_app;
grant select, insert on ledger.attestation to kempt_writer;
grant create on schema ledger to kempt_writer;
alter function ledger.attest(bytea) owner to kempt_writer;
alter function ledger.must_be_attested() owner to kempt_writer;
revoke create on schema ledger from kempt_writer;
grant execute on function ledger.attest(bytea) to kempt_app;
