drop trigger attested on ledger.head;
drop function ledger.must_be_attested();
drop function ledger.attest(bytea);
drop policy of_all on ledger.head;
drop table ledger.attestation;
