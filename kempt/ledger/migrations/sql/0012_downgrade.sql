drop function ledger.page(bigint, integer, text[], text, text, bigint);
drop index ledger.event_by_actor, ledger.event_by_type, kempt.decision_by_people, kempt.decision_by_time;
drop function ledger.actor(text);
drop function ledger.is_bulk(text);
drop table kempt.identity_run, kempt.health_day, kempt.link_use, kempt.outbox, kempt.told, kempt.mailbox;
