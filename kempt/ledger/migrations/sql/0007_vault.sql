-- The vault: values of records, each record's under a data key of its own. Data keys are wrapped by a version of the
-- tenant's vault key, which is kept outside the database. A data key that is deleted can still be in a backup; once the
-- version that wrapped it is destroyed as well, nothing opens it.

create table kempt.vault_key (
    tenant text not null references kempt.tenant,
    version integer not null check (version > 0),
    fingerprint text not null,
    created_at timestamptz not null,
    destroyed_at timestamptz,
    primary key (tenant, version)
);
create unique index vault_key_now on kempt.vault_key (tenant) where destroyed_at is null;

create table kempt.record_key (
    tenant text not null,
    record_id uuid not null,
    key_version integer not null,
    wrapped_key bytea not null,
    primary key (tenant, record_id),
    foreign key (tenant, key_version) references kempt.vault_key
);

-- What a record said, a row for each time it said something else.
create table kempt.record_version (
    tenant text not null,
    record_id uuid not null,
    version integer not null check (version > 0),
    object_type text not null check (object_type in ('contact', 'company', 'lead')),
    observed_on date not null,
    content_digest text not null,
    sealed bytea not null,
    seq bigint not null,
    primary key (tenant, record_id, version),
    foreign key (tenant, record_id) references kempt.record_key
);

-- Records whose values were erased, or are being. `key_digest` recognizes their source key when it comes again.
create table kempt.erasure (
    tenant text not null,
    record_id uuid not null,
    key_digest text not null,
    requested_by text not null,
    reason_cipher bytea not null,
    requested_seq bigint not null,
    erased_seq bigint check (requested_seq < erased_seq),
    primary key (tenant, record_id)
);

alter table kempt.extract add erased bigint not null default 0;
alter table kempt.extract drop constraint every_row_is_accounted_for;
alter table kempt.extract add constraint every_row_is_accounted_for
    check (status <> 'landed' or rows = new + changed + unchanged + quarantined + erased);

-- Whom an answer is about: the records under whose keys it is sealed.
alter table kempt.provider_answer add about uuid[] not null default '{}';
create index answer_about on kempt.provider_answer using gin (about);

do $$
declare
    walled regclass;
begin
    foreach walled in array array['kempt.vault_key', 'kempt.record_key', 'kempt.record_version', 'kempt.erasure']::regclass[]
    loop
        execute format('alter table %s enable row level security, force row level security', walled);
        execute format(
            'create policy of_tenant on %s using (tenant = (select kempt.tenant())) '
            'with check (tenant = (select kempt.tenant()))', walled
        );
    end loop;
end $$;

-- The one way in which values are deleted: those of a record whose erasure is on record, and of no other.
create function kempt.forget(record uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from kempt.erasure e where e.tenant = kempt.tenant() and e.record_id = record) then
        raise exception 'record % is not to be erased', record using errcode = 'insufficient_privilege';
    end if;
    delete from kempt.record_version v where v.tenant = kempt.tenant() and v.record_id = record;
    delete from kempt.provider_answer a where a.tenant = kempt.tenant() and a.about @> array[record];
    delete from kempt.record_key k where k.tenant = kempt.tenant() and k.record_id = record;
end $$;

revoke execute on function kempt.forget(uuid) from public;
grant select, delete on kempt.record_version, kempt.provider_answer, kempt.record_key to kempt_writer;
grant select on kempt.erasure to kempt_writer;
grant create on schema kempt to kempt_writer;
alter function kempt.forget(uuid) owner to kempt_writer;
revoke create on schema kempt from kempt_writer;
grant execute on function kempt.forget(uuid) to kempt_app;

grant select, insert on kempt.record_version to kempt_app;
grant select, insert, update (destroyed_at) on kempt.vault_key to kempt_app;
grant select, insert, update (key_version, wrapped_key) on kempt.record_key to kempt_app;
grant select, insert, update (erased_seq) on kempt.erasure to kempt_app;
