-- When a closed account is erased: until then its owner may come back. Nothing for an account
-- in use, and for one that is erased.
ALTER TABLE accounts ADD COLUMN erase_at BIGINT;
CREATE INDEX accounts_to_erase ON accounts (erase_at);
