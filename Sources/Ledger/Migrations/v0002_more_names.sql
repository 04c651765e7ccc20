-- v0002_more_names.sql: the columns and tables that newer readers expect beside the ten old tables.
--
-- Virtual columns give old columns a second name. They cannot be written, and the Python application, which names its
-- columns, never sees them. An ALTER is skipped where the column exists: the migrator checks, SQLite cannot.

ALTER TABLE bots ADD COLUMN product_id VARCHAR(20) GENERATED ALWAYS AS (pair) VIRTUAL;
ALTER TABLE bots ADD COLUMN is_active BOOLEAN GENERATED ALWAYS AS (coalesce(status, '') = 'RUNNING') VIRTUAL;
ALTER TABLE bots ADD COLUMN last_evaluation DATETIME;
ALTER TABLE raw_trades ADD COLUMN coinbase_order_id VARCHAR(100) GENERATED ALWAYS AS (order_id) VIRTUAL;
ALTER TABLE raw_trades ADD COLUMN fill_fees FLOAT GENERATED ALWAYS AS (commission) VIRTUAL;
ALTER TABLE raw_trades ADD COLUMN status VARCHAR(20) GENERATED ALWAYS AS ('FILLED') VIRTUAL;

CREATE INDEX IF NOT EXISTS ix_bots_product_id ON bots (product_id);
CREATE INDEX IF NOT EXISTS ix_bot_signal_history_bot_time ON bot_signal_history (bot_id, timestamp);
CREATE INDEX IF NOT EXISTS ix_trades_bot_time ON trades (bot_id, created_at);

-- A copy of the market data cache for readers without Redis. Nothing trades on it.
CREATE TABLE IF NOT EXISTS cached_market_data (
    id INTEGER PRIMARY KEY,
    product_id VARCHAR(20) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    value TEXT NOT NULL,
    fetched_at DATETIME NOT NULL,
    expires_at DATETIME,
    UNIQUE (product_id, kind)
);

-- What went wrong, one row per event. `event_key` makes a report that is made twice one row.
CREATE TABLE IF NOT EXISTS error_log (
    id INTEGER PRIMARY KEY,
    event_key VARCHAR(200) UNIQUE,
    source VARCHAR(50) NOT NULL,
    error_type VARCHAR(100) NOT NULL,
    message TEXT NOT NULL,
    bot_id INTEGER,
    job_id VARCHAR(200),
    context TEXT,
    created_at DATETIME NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_error_log_created_at ON error_log (created_at);
CREATE INDEX IF NOT EXISTS ix_error_log_bot_time ON error_log (bot_id, created_at);

-- What is wrong and stays so until someone dismisses it.
CREATE TABLE IF NOT EXISTS system_errors (
    id INTEGER PRIMARY KEY,
    error_id VARCHAR(200) NOT NULL UNIQUE,
    bot_id INTEGER,
    bot_name VARCHAR(100),
    error_type VARCHAR(100) NOT NULL,
    message TEXT NOT NULL,
    timestamp DATETIME NOT NULL,
    resolved BOOLEAN NOT NULL DEFAULT 0,
    resolved_at DATETIME
);
CREATE INDEX IF NOT EXISTS ix_system_errors_resolved ON system_errors (resolved, timestamp);

CREATE TABLE IF NOT EXISTS trend_data (
    id INTEGER PRIMARY KEY,
    product_id VARCHAR(20) NOT NULL,
    timestamp DATETIME NOT NULL,
    trend_strength FLOAT,
    confidence FLOAT,
    regime VARCHAR(20),
    moving_average_alignment VARCHAR(20),
    volume_confirmation BOOLEAN,
    details TEXT,
    UNIQUE (product_id, timestamp)
);

CREATE TABLE IF NOT EXISTS intelligence_metrics (
    id INTEGER PRIMARY KEY,
    metric VARCHAR(100) NOT NULL,
    pair VARCHAR(20) NOT NULL DEFAULT '',
    bot_id INTEGER,
    value FLOAT,
    details TEXT,
    timestamp DATETIME NOT NULL,
    UNIQUE (metric, pair, timestamp)
);
