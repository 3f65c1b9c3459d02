-- A revocation of all tokens of one account and client: those that were issued before are
-- refused; nothing for the revocation of one grant or token.
ALTER TABLE revocations ADD COLUMN issued_before BIGINT;
