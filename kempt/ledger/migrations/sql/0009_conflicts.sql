-- What a person says of one field: a claim that no proposal asked for. `basis` names the records that she corrected,
-- and without a value she says that there is none.

alter table kempt.claim
    alter decision_id drop not null,
    add author text check (author <> ''),
    add reason_cipher bytea,
    add expires_at timestamptz,
    add is_empty boolean not null default false,
    add basis uuid[] not null default '{}',
    add ended_by text,
    add constraint somebody_answers_for_it check (num_nonnulls(decision_id, author) > 0),
    add constraint only_people_say_that_nothing_is_there check (not is_empty or kind = 'override');

grant update (ended_by) on kempt.claim to kempt_app;

-- Whom policy made the owner of an entity whose records name several, or one who left. The name itself is in the lake.
create table kempt.routing (
    tenant text not null,
    entity_id text not null,
    entity_type text not null check (entity_type in ('person', 'company')),
    owner_digest text not null,
    reason text not null,
    policy_version text not null,
    seq bigint not null,
    primary key (tenant, entity_id),
    foreign key (tenant, entity_id) references kempt.entity
);
alter table kempt.routing enable row level security, force row level security;
create policy of_tenant on kempt.routing using (tenant = (select kempt.tenant()))
    with check (tenant = (select kempt.tenant()));
grant select, insert, update, delete on kempt.routing to kempt_app;
