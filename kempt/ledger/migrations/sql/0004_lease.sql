-- Who may commit for a tenant: each run that takes the tenant raises its epoch, and a run commits only while the epoch is
-- still its own. A lock alone vanishes with its connection, and the run that lost it does not know.

create table kempt.lease (
    tenant text primary key references kempt.tenant,
    epoch bigint not null check (epoch > 0)
);
alter table kempt.lease enable row level security, force row level security;
create policy of_tenant on kempt.lease using (tenant = (select kempt.tenant()))
    with check (tenant = (select kempt.tenant()));
grant select, insert, update (epoch) on kempt.lease to kempt_app;
