-- What became of the items of a batch is read from the decisions of the moment at which it began.
alter table kempt.batch rename column done_at to begun_at;

-- Messages that left and links that are over may be forgotten, and no others: whoever deletes more deletes nothing.
create policy only_over on kempt.outbox as restrictive for delete
    using (coalesce(sent_at, dropped_at) < now() - interval '30 days');
create policy only_over on kempt.link_use as restrictive for delete using (expires_at < now() - interval '30 days');
grant delete on kempt.outbox, kempt.link_use to kempt_app;
