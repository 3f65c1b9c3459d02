-- The client that told the customer number of a link; nothing where the client of the link
-- did, or none.
ALTER TABLE dealer_links ADD COLUMN numbered_by TEXT;
