-- The vault holds what the index was made of: it is made again by the next run on the newer schema.
drop trigger forgets_tokens on kempt.record_key;
drop function kempt.forget_tokens();
drop function kempt.having_tokens(bigint[], integer);
drop table kempt.search_record;
drop function kempt.proposals_about(uuid[]);
drop policy of_all on kempt.proposal;
revoke select on kempt.proposal from kempt_writer;
drop index kempt.proposal_by_subject, kempt.redirect_by_target;
