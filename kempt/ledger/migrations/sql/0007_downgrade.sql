-- Claims and evidence are sealed under record keys: without them they are noise, so they are not thrown away. The owner
-- looks over the walls for a moment.
alter table kempt.claim no force row level security;
alter table kempt.proposal no force row level security;
alter table kempt.extract no force row level security;
do $$
begin
    if exists (select from kempt.claim) or exists (select from kempt.proposal) then
        raise exception 'claims or evidence are sealed under record keys: restore a backup from before the vault instead';
    end if;
end $$;

drop function kempt.forget(uuid);
alter table kempt.provider_answer drop column about;
alter table kempt.extract drop constraint every_row_is_accounted_for;
update kempt.extract set rows = rows - erased;
alter table kempt.extract drop column erased;
alter table kempt.extract add constraint every_row_is_accounted_for
    check (status <> 'landed' or rows = new + changed + unchanged + quarantined);
drop table kempt.erasure, kempt.record_version, kempt.record_key, kempt.vault_key;

alter table kempt.claim force row level security;
alter table kempt.proposal force row level security;
alter table kempt.extract force row level security;
