-- v0003_orders.sql: what makes an order happen once, and money exact.
--
-- Exact decimals are TEXT, plain, without exponent. The old FLOAT columns get the nearest double, for the Python
-- application. A fill that it wrote has no text: readers then take the shortest decimal of the FLOAT.

ALTER TABLE raw_trades ADD COLUMN size_text TEXT;
ALTER TABLE raw_trades ADD COLUMN price_text TEXT;
ALTER TABLE raw_trades ADD COLUMN commission_text TEXT;

-- One evaluation job leaves one history row; one event leaves one notification.
ALTER TABLE bot_signal_history ADD COLUMN job_id VARCHAR(200);
ALTER TABLE notifications ADD COLUMN event_key VARCHAR(200);
CREATE UNIQUE INDEX IF NOT EXISTS ix_bot_signal_history_job_id ON bot_signal_history (job_id);
CREATE UNIQUE INDEX IF NOT EXISTS ix_notifications_event_key ON notifications (event_key);

-- The highest lease number that has written for a job. A lower one is a worker that lost its lease.
CREATE TABLE IF NOT EXISTS job_fences (
    job_id VARCHAR(200) NOT NULL PRIMARY KEY,
    fence INTEGER NOT NULL
);

-- One row for each order we mean to place, written before it is sent. State: INTENT SENT UNKNOWN OPEN FILLED CANCELLED
-- EXPIRED FAILED.
CREATE TABLE IF NOT EXISTS order_intents (
    client_order_id VARCHAR(64) NOT NULL PRIMARY KEY,
    job_id VARCHAR(200) NOT NULL,
    bot_id INTEGER,
    product_id VARCHAR(40) NOT NULL,
    side VARCHAR(4) NOT NULL,
    leg VARCHAR(40) NOT NULL,
    attempt INTEGER NOT NULL,
    order_kind VARCHAR(40) NOT NULL,
    base_size TEXT NOT NULL,
    limit_price TEXT,
    state VARCHAR(20) NOT NULL,
    order_id VARCHAR(100),
    reason TEXT,
    signal_score FLOAT,
    signal_scores TEXT,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_order_intents_job_id ON order_intents (job_id, created_at);
CREATE INDEX IF NOT EXISTS ix_order_intents_order_id ON order_intents (order_id);
CREATE INDEX IF NOT EXISTS ix_order_intents_unsettled ON order_intents (created_at)
    WHERE state IN ('INTENT', 'SENT', 'UNKNOWN', 'OPEN');

-- Fills that have moved a bot's position. Separate from raw_trades, because the Python application may store one first.
CREATE TABLE IF NOT EXISTS applied_fills (
    fill_id VARCHAR(100) NOT NULL PRIMARY KEY,
    bot_id INTEGER NOT NULL,
    applied_at DATETIME NOT NULL
);
