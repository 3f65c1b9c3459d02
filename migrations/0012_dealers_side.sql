-- The dealers' own systems: a client may speak for a dealer, list its customers
-- and be told of links and unlinks.

-- The dealer for whom a client speaks, out of its document: to find them by it.
ALTER TABLE clients ADD COLUMN dealer_code TEXT;

-- The header by which we prove ourselves to where its events go; sealed.
ALTER TABLE clients ADD COLUMN event_authorization TEXT;

CREATE INDEX clients_of_dealer ON clients (dealer_code) WHERE dealer_code IS NOT NULL;

-- The dealer's own name for the customer, as a service told it with the link.
ALTER TABLE dealer_links ADD COLUMN customer_number TEXT;

DROP INDEX dealer_links_with;
CREATE INDEX dealer_links_of_dealer ON dealer_links (dealer_code, linked_at, account_id);

-- Which services a person with a dealer link uses: days of Japan's calendar,
-- counted from 1970-01-01.
CREATE TABLE service_use (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL,
    first_used_on BIGINT NOT NULL,
    last_used_on BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

CREATE INDEX service_use_of_client ON service_use (client_id);

-- Messages to a system come in queues, one for each client, and leave in turn;
-- those to people have none.
ALTER TABLE outbox ADD COLUMN queue TEXT;
ALTER TABLE outbox ADD COLUMN position BIGINT;

-- The last position given in each queue. Its row is locked until what took the
-- position is committed, so positions are in the order of what happened.
CREATE TABLE event_queues (
    client_id TEXT PRIMARY KEY,
    last_position BIGINT NOT NULL
);

CREATE INDEX outbox_in_turn ON outbox (queue, position) WHERE queue IS NOT NULL AND sent_at IS NULL;

-- What waits in a queue is not due to people, however long the queue.
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (next_attempt_at, id) WHERE sent_at IS NULL AND queue IS NULL;
