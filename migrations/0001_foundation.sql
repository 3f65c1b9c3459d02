-- The first schema, for SQLite and PostgreSQL alike: TEXT, BIGINT, BOOLEAN and
-- nothing else. Times are whole seconds since 1970 from our own clock; documents
-- are JSON in TEXT. Secrets come in hashed or sealed.

-- How often each thing changed that nodes keep in memory. Bumped in the
-- transaction of the change; every node polls it.
CREATE TABLE changes (
    topic TEXT PRIMARY KEY,
    counter BIGINT NOT NULL
);

INSERT INTO changes (topic, counter) VALUES ('clients', 0), ('dealers', 0), ('keys', 0);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('next', 'current', 'retired')),
    sealed_private TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- One current and one next key for each algorithm, whoever makes them.
CREATE UNIQUE INDEX signing_keys_in_line ON signing_keys (algorithm, state) WHERE state <> 'retired';

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    secret_hash TEXT
);

CREATE TABLE dealers (
    code TEXT PRIMARY KEY,
    document TEXT NOT NULL
);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    -- The address in ASCII lower case: what makes it one person's.
    email_key TEXT NOT NULL UNIQUE,
    email_verified BOOLEAN NOT NULL,
    mobile_phone TEXT,
    mobile_phone_verified BOOLEAN NOT NULL,
    -- The mobile number once its owner proved it and switched phone login on:
    -- unique only then, since families share numbers.
    login_phone TEXT UNIQUE,
    profile TEXT NOT NULL,
    brand TEXT NOT NULL,
    locale TEXT NOT NULL,
    status TEXT NOT NULL,
    terms_version TEXT,
    password_hash TEXT,
    -- When the password was last set here; nothing while it is as imported.
    password_changed_at BIGINT,
    -- The registration that made the account, so that it makes only one.
    registration_id TEXT UNIQUE,
    -- The name by which an import knows the account.
    external_id TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CHECK (login_phone IS NULL OR (mobile_phone_verified AND login_phone = mobile_phone))
);

-- Never updated and never deleted: the law wants the record kept.
CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    wording_version TEXT NOT NULL,
    wording_hash TEXT NOT NULL,
    locale TEXT NOT NULL,
    brand TEXT NOT NULL,
    client_id TEXT,
    recorded_at BIGINT NOT NULL,
    record TEXT NOT NULL
);

CREATE INDEX consents_of_account ON consents (account_id, recorded_at);

-- What is in force of the scope consents: the scopes a person granted a client.
CREATE TABLE scope_grants (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

CREATE INDEX scope_grants_to_client ON scope_grants (client_id);

-- What is in force of the dealer consents.
CREATE TABLE dealer_links (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    dealer_code TEXT NOT NULL REFERENCES dealers (code),
    linked_at BIGINT NOT NULL,
    -- Deferred, since the link decides whether its consents are written at all.
    consent_to_toyota TEXT NOT NULL REFERENCES consents (id) DEFERRABLE INITIALLY DEFERRED,
    consent_to_dealer TEXT NOT NULL REFERENCES consents (id) DEFERRABLE INITIALLY DEFERRED,
    client_id TEXT,
    PRIMARY KEY (account_id, dealer_code)
);

CREATE TABLE sessions (
    -- SHA-256 of the cookie's secret.
    secret_hash TEXT PRIMARY KEY,
    sid TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    brand TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_of_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Families of refresh tokens. The token is made of the id, the generation and a
-- MAC, so nothing in this table lets anybody in.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    sid TEXT,
    issuer TEXT NOT NULL,
    scope TEXT NOT NULL,
    authorization_details TEXT NOT NULL,
    claims TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    nonce TEXT,
    generation BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX grants_between ON grants (client_id, account_id);
CREATE INDEX grants_of_session ON grants (sid) WHERE sid IS NOT NULL;
CREATE INDEX grants_by_expiry ON grants (expires_at);

-- Grants and tokens ended before their time, until they would have ended anyway.
CREATE TABLE revocations (
    id TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

CREATE INDEX revocations_by_expiry ON revocations (expires_at);

-- Mails and SMS on their way; the payload is sealed.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    brand TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT
);

CREATE INDEX outbox_due ON outbox (next_attempt_at, id) WHERE sent_at IS NULL;
CREATE INDEX outbox_waiting_by_age ON outbox (created_at) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (id) WHERE sent_at IS NOT NULL;
