-- People's passkeys (Web Authentication). What is binary is base64url; nothing
-- here lets anybody in, since private keys never leave their authenticators.
CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The host it was made on, and is good for.
    rp_id TEXT NOT NULL,
    -- The authenticator's name for it.
    credential_id TEXT NOT NULL UNIQUE,
    -- The name by which authenticators know its owner.
    user_handle TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    backup_eligible BOOLEAN NOT NULL,
    backed_up BOOLEAN NOT NULL,
    -- A list, as JSON.
    transports TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE INDEX passkeys_of_account ON passkeys (account_id);
