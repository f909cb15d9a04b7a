-- Items that only newer states have go back to the queue; withdrawn decisions are in force again.
drop trigger moves on kempt.review_item;
drop trigger moved on kempt.review_item;
drop function kempt.review_moves();
drop view kempt.review_basis, kempt.decision_in_force;
drop table kempt.proposal_step, kempt.withdrawal, kempt.member;
alter table kempt.review_item
    drop column version, drop column round, drop column why, drop column first_approval, drop column evidence_cipher,
    drop column evidence_at,
    drop constraint review_item_state_check;
update kempt.review_item set state = 'pending' where state = 'expired';
alter table kempt.review_item add constraint review_item_state_check
    check (state in ('pending', 'approved', 'rejected', 'deferred', 'applied', 'superseded'));
drop index kempt.one_steward_settles;
alter table kempt.decision drop column batch_id, drop column seen, drop column round;
alter table kempt.proposal drop column batch_id;
drop table kempt.agent_batch, kempt.agent_key;
create unique index one_steward_settles on kempt.decision (tenant, proposal_id)
    where decider_type = 'steward' and verdict <> 'review';
create view kempt.decision_in_force with (security_invoker = true) as
    select distinct on (tenant, proposal_id)
        tenant, decision_id, proposal_id, verdict, decider_type, decider, reasons, policy_version, note, decided_at,
        evidence_cipher
    from kempt.decision
    where decider_type = 'policy' or verdict <> 'review'
    order by tenant, proposal_id, decider_type = 'steward' desc, decided_at desc, decision_id;
grant select on kempt.decision_in_force to kempt_app;
