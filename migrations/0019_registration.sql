-- Clients that registered themselves: when, by which token (its hash) they may change it,
-- and when one of them first came to us for anything.
ALTER TABLE clients ADD COLUMN registered_at BIGINT;
ALTER TABLE clients ADD COLUMN registration_token_hash TEXT;
ALTER TABLE clients ADD COLUMN first_used_at BIGINT;

CREATE INDEX clients_never_used ON clients (registered_at)
    WHERE registered_at IS NOT NULL AND first_used_at IS NULL;

-- Which picture people see in which language: a JSON object of names in client_logos.
ALTER TABLE clients ADD COLUMN logos TEXT;

-- Clients' logos, named by what they are (a hash), as base64: fetched once, shown by us.
CREATE TABLE client_logos (
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    image TEXT NOT NULL,
    PRIMARY KEY (client_id, name)
);

-- Who may register a client, as often as is left.
CREATE TABLE initial_access_tokens (
    token_hash TEXT PRIMARY KEY,
    uses_left BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX initial_access_tokens_by_expiry ON initial_access_tokens (expires_at);
