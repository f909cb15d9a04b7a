-- Back to an empty database; the schema kempt stays, because it holds Alembic's own table.

drop schema ledger cascade;
drop table
    kempt.installation, kempt.tenant, kempt.tenant_key, kempt.policy_version, kempt.command,
    kempt.extract, kempt.schema_approval,
    kempt.proposal, kempt.decision, kempt.review_item,
    kempt.entity, kempt.membership, kempt.redirect, kempt.record_constraint,
    kempt.golden_record, kempt.claim, kempt.stale_flag, kempt.provider_answer
    cascade;
drop function kempt.tenant();
