-- The authenticator app (RFC 6238) of an account: the shared secret, sealed; the last time
-- step whose code was used; when the app was added.
ALTER TABLE accounts ADD COLUMN app_sealed TEXT;
ALTER TABLE accounts ADD COLUMN app_step BIGINT;
ALTER TABLE accounts ADD COLUMN app_added_at BIGINT;

-- How many recovery codes are not used yet.
ALTER TABLE accounts ADD COLUMN recovery_codes_left BIGINT NOT NULL DEFAULT 0;

-- Recovery codes, hashed as passwords are. A used code is deleted.
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The digit with which the code begins.
    number BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (account_id, number)
);
