revoke delete on kempt.outbox, kempt.link_use from kempt_app;
drop policy only_over on kempt.link_use;
drop policy only_over on kempt.outbox;
alter table kempt.batch rename column begun_at to done_at;
