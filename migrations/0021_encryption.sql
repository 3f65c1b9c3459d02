-- The keys by which others encrypt to us: their turns are those of the signing keys,
-- but `next` is not published, only known to every node, and `retired` is no more.
CREATE TABLE encryption_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('next', 'current', 'retired')),
    sealed_private TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX encryption_keys_in_line ON encryption_keys (algorithm, state) WHERE state <> 'retired';

-- The secret itself, sealed, of a client that signs with it (client_secret_jwt); of
-- all others there is only the hash.
ALTER TABLE clients ADD COLUMN sealed_secret TEXT;
