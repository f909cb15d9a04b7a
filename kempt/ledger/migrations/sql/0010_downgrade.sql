-- Members keep the roles that this state knows; accounts and sessions go.
drop table kempt.saved_view, kempt.batch, kempt.opinion, kempt.assignment;
drop trigger placed on kempt.review_item;
drop trigger placed_again on kempt.review_item;
drop function kempt.place_item();
drop function kempt.priority(jsonb, double precision);
drop index kempt.review_inbox, kempt.review_inbox_by_kind;
alter table kempt.review_item drop column kind, drop column entity_type, drop column attribute, drop column confidence,
    drop column origin, drop column rules, drop column priority, drop column apply_after;
alter table kempt.member no force row level security;
update kempt.member set roles = array(
    select role from unnest(roles) as role where role in ('steward', 'merge_authority', 'team_lead')
);
alter table kempt.member force row level security;
alter table kempt.member drop constraint known_roles, add constraint known_roles check (
    roles <@ array['steward', 'merge_authority', 'team_lead']
);
drop table kempt.sign_in_failure, kempt.api_token, kempt.sign_in_link, kempt.session, kempt.account_identity,
    kempt.account;
