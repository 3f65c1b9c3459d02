-- When the owner of an account asked for two steps at every login; nothing if they did not.
ALTER TABLE accounts ADD COLUMN two_steps_at BIGINT;

-- The trusted device by which a session needed no second step.
ALTER TABLE sessions ADD COLUMN trusted_device TEXT;

-- Browsers in which a login of an account needs no second step for a while.
CREATE TABLE trusted_devices (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- SHA-256 of the secret in the browser's cookie, which all accounts that trust it share.
    secret_hash TEXT NOT NULL,
    brand TEXT NOT NULL,
    device TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX trusted_devices_of_account ON trusted_devices (account_id, secret_hash);
CREATE INDEX trusted_devices_by_expiry ON trusted_devices (expires_at);
