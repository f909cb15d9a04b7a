-- Back to stays that the application alone keeps apart.

drop index ledger.identity_change_by_seq;
drop view kempt.identity_change;
drop function kempt.resolve(text, bigint);
drop index kempt.membership_of_entity;
alter table kempt.membership
    drop constraint a_record_stays_in_one_entity_at_a_time,
    add constraint membership_tenant_record_id_to_seq_key unique (tenant, record_id, to_seq);
