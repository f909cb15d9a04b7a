-- Back to one policy for all tenants, that of the files; what was decided stays.

drop view kempt.policy_stopped, kempt.policy_now;
drop table kempt.policy_corpus, kempt.shadow_seen, kempt.shadow_decision, kempt.audit_item, kempt.budget_use;
alter table kempt.decision
    drop constraint policy_says_from_what,
    drop column lost, drop column basis, drop column input_digest, drop column agent, drop column segment,
    drop column features;
drop table kempt.decision_basis, kempt.policy_switch, kempt.policy_state, kempt.policy_set;

drop policy of_tenant on kempt.policy_version;
alter table kempt.policy_version no force row level security, disable row level security;
alter table kempt.policy_version drop constraint policy_version_pkey;
delete from kempt.policy_version p using kempt.policy_version other
    where p.version = other.version and p.tenant > other.tenant;
alter table kempt.policy_version drop column tenant, add primary key (version);
