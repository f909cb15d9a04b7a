-- Who may do what. Nobody gets anything by default.

revoke all on schema public from public;
revoke execute on all functions in schema kempt, ledger from public;

-- Walls between tenants: every table with a tenant shows and takes the rows of the tenant in context alone, its owner
-- included. Only the list of tenants is open.
do $$
declare
    walled regclass;
begin
    for walled in
        select c.oid from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace in ('kempt'::regnamespace, 'ledger'::regnamespace)
            and c.relkind = 'r' and a.attname = 'tenant' and c.oid <> 'kempt.tenant'::regclass
    loop
        execute format('alter table %s enable row level security, force row level security', walled);
        execute format(
            'create policy of_tenant on %s using (tenant = (select kempt.tenant())) '
            'with check (tenant = (select kempt.tenant()))', walled
        );
    end loop;
end $$;

grant usage on schema kempt, ledger to kempt_app, kempt_writer;
grant execute on function kempt.tenant() to kempt_app, kempt_writer;

-- Written once.
grant select on kempt.installation to kempt_app;
grant select, insert on
    kempt.tenant, kempt.tenant_key, kempt.policy_version, kempt.command, kempt.schema_approval,
    kempt.proposal, kempt.decision
    to kempt_app;

grant select on kempt.decision_in_force to kempt_app;

-- Rows that end: everything else about them stays as it was written.
grant select, insert, update (to_seq) on kempt.membership, kempt.redirect to kempt_app;
grant select, insert, update (superseded_by) on kempt.record_constraint to kempt_app;
grant select, insert, update (withdrawn_seq) on kempt.claim to kempt_app;
grant select, insert, update (cleared_at) on kempt.stale_flag to kempt_app;
grant select, insert, update (state) on kempt.entity to kempt_app;

-- Rows that live on.
grant select, insert, update on kempt.extract, kempt.review_item, kempt.provider_answer to kempt_app;

-- A projection: an entity without records has no golden record.
grant select, insert, update, delete on kempt.golden_record to kempt_app;

-- The ledger is read by the app and written by its functions, which belong to a role nobody can log in as. That role
-- writes behind the wall, and reads around it: its functions name the tenant themselves.
grant select on ledger.event, ledger.head to kempt_app;
grant select, insert on ledger.event to kempt_writer;
grant select, insert, update on ledger.head to kempt_writer;
create policy of_all on ledger.event for select to kempt_writer using (true);
grant execute on function
    ledger.leaf(text, bigint, uuid, text, timestamptz, text), ledger.genesis(text), ledger.link(bytea, bytea, bytea),
    ledger.chain(bytea, bytea), ledger.subjects(text)
    to kempt_writer;
grant create on schema ledger to kempt_writer;
alter function ledger.append(uuid[], text[], text[], timestamptz) owner to kempt_writer;
alter function ledger.mentioning(text) owner to kempt_writer;
revoke create on schema ledger from kempt_writer;
grant execute on function ledger.append(uuid[], text[], text[], timestamptz), ledger.mentioning(text) to kempt_app;
