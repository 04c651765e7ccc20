-- v0004_portfolio.sql: what a portfolio is rebalanced by, one at a time and only with an operator's consent.

-- What an operator has looked at and agreed to, once for each subject; 'rebalance' is the only one so far. Terms are JSON:
-- arguments that count where a job does not say itself.
CREATE TABLE IF NOT EXISTS operator_consents (
    subject VARCHAR(100) NOT NULL PRIMARY KEY,
    seen_by VARCHAR(200),
    seen_at DATETIME,
    confirmed_by VARCHAR(200),
    confirmed_at DATETIME,
    terms TEXT
);

-- One row for each rebalance that began. While one is OPEN no other of the same portfolio begins: it is closed when it
-- came to no order, or by the next one, once all of its jobs and orders are over.
CREATE TABLE IF NOT EXISTS rebalances (
    rebalance_id VARCHAR(200) NOT NULL PRIMARY KEY,
    portfolio VARCHAR(40) NOT NULL,
    state VARCHAR(20) NOT NULL,
    report TEXT,
    begun_at DATETIME NOT NULL,
    ended_at DATETIME
);
CREATE UNIQUE INDEX IF NOT EXISTS ix_rebalances_open ON rebalances (portfolio) WHERE state = 'OPEN';
CREATE INDEX IF NOT EXISTS ix_rebalances_begun_at ON rebalances (begun_at);

-- The executions that a rebalance job planned, so that a second run of it enqueues the same ones.
CREATE TABLE IF NOT EXISTS rebalance_orders (
    job_id VARCHAR(200) NOT NULL PRIMARY KEY,
    rebalance_id VARCHAR(200) NOT NULL,
    planned_by VARCHAR(200) NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_rebalance_orders_rebalance ON rebalance_orders (rebalance_id);

-- What the account held when it was last valued: quotes of these are fetched too, bought by a bot or not.
CREATE TABLE IF NOT EXISTS held_products (
    product_id VARCHAR(40) NOT NULL PRIMARY KEY,
    seen_at DATETIME NOT NULL
);

-- Counts the orders whose fate became known. An order is planned on balances that were read before; when this has moved
-- meanwhile, what an order bought may be missing in them.
CREATE TABLE IF NOT EXISTS order_changes (
    id INTEGER NOT NULL PRIMARY KEY,
    settled INTEGER NOT NULL
);
INSERT OR IGNORE INTO order_changes (id, settled) VALUES (1, 0);

-- Bots that are in ERROR because of their product. When it can be traded, and the bot is still in ERROR, it runs again.
CREATE TABLE IF NOT EXISTS bot_faults (
    bot_id INTEGER NOT NULL PRIMARY KEY,
    bot_created_at VARCHAR(40) NOT NULL,
    reason TEXT NOT NULL,
    since DATETIME NOT NULL
);

-- With bot_id: whose order it is. The id of a deleted bot goes to the next one, which did not order it.
ALTER TABLE order_intents ADD COLUMN bot_created_at VARCHAR(40);

-- Whether a bot has ordered since it decided is asked before each order.
CREATE INDEX IF NOT EXISTS ix_order_intents_bot_time ON order_intents (bot_id, created_at);
