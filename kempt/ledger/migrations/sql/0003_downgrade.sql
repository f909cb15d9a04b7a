create or replace function kempt.tenant() returns text
    stable parallel safe language sql security invoker
    return nullif(current_setting('kempt.tenant', true), '');
alter function kempt.tenant() reset all;
alter function kempt.tenant() owner to kempt_owner;
grant execute on function kempt.tenant() to kempt_app, kempt_writer;
drop table kempt.context_key;
