-- v0001_existing_tables.sql: the ten tables of the Python application, as SQLAlchemy creates them.
--
-- On that application's own file nothing happens here. Defaults such as bots.status are the application's, not
-- SQLite's.
-- DATETIME is text 'YYYY-MM-DD HH:MM:SS.ffffff' in UTC; BOOLEAN is 0 or 1; JSON is text.
-- Rule of this folder: every statement ends with ';' at the end of a line, and no other line ends with one.

CREATE TABLE IF NOT EXISTS bots (
    id INTEGER NOT NULL,
    name VARCHAR(100),
    description TEXT,
    pair VARCHAR(20),
    status VARCHAR(20),
    position_size_usd FLOAT,
    max_positions INTEGER,
    stop_loss_pct FLOAT,
    take_profit_pct FLOAT,
    confirmation_minutes INTEGER,
    trade_step_pct FLOAT,
    cooldown_minutes INTEGER,
    signal_config TEXT,
    skip_signals_on_low_balance BOOLEAN,
    use_trend_detection BOOLEAN,
    use_position_sizing BOOLEAN,
    current_position_size FLOAT,
    current_position_entry_price FLOAT,
    current_combined_score FLOAT,
    signal_confirmation_start DATETIME,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    updated_at DATETIME,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_bots_id ON bots (id);
CREATE UNIQUE INDEX IF NOT EXISTS ix_bots_name ON bots (name);
CREATE INDEX IF NOT EXISTS ix_bots_pair ON bots (pair);

CREATE TABLE IF NOT EXISTS market_data (
    id INTEGER NOT NULL,
    product_id VARCHAR(20),
    timestamp DATETIME,
    timeframe VARCHAR(10),
    open_price FLOAT,
    high_price FLOAT,
    low_price FLOAT,
    close_price FLOAT,
    volume FLOAT,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_market_data_timeframe ON market_data (timeframe);
CREATE INDEX IF NOT EXISTS ix_market_data_id ON market_data (id);
CREATE INDEX IF NOT EXISTS ix_market_data_product_id ON market_data (product_id);
CREATE INDEX IF NOT EXISTS ix_market_data_timestamp ON market_data (timestamp);

CREATE TABLE IF NOT EXISTS raw_trades (
    id INTEGER NOT NULL,
    fill_id VARCHAR(100) NOT NULL,
    order_id VARCHAR(100) NOT NULL,
    product_id VARCHAR(20) NOT NULL,
    side VARCHAR(10) NOT NULL,
    size FLOAT NOT NULL,
    size_in_quote BOOLEAN NOT NULL,
    price FLOAT NOT NULL,
    commission FLOAT,
    created_at VARCHAR(50) NOT NULL,
    synced_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_raw_trades_id ON raw_trades (id);
CREATE UNIQUE INDEX IF NOT EXISTS ix_raw_trades_fill_id ON raw_trades (fill_id);
CREATE INDEX IF NOT EXISTS ix_raw_trades_product_id ON raw_trades (product_id);
CREATE INDEX IF NOT EXISTS ix_raw_trades_order_id ON raw_trades (order_id);

CREATE TABLE IF NOT EXISTS notifications (
    id INTEGER NOT NULL,
    type VARCHAR(50) NOT NULL,
    title VARCHAR(200) NOT NULL,
    message TEXT NOT NULL,
    priority VARCHAR(20),
    data TEXT,
    read BOOLEAN,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_notifications_id ON notifications (id);

CREATE TABLE IF NOT EXISTS trading_pairs (
    id INTEGER NOT NULL,
    product_id VARCHAR(20) NOT NULL,
    base_currency_id VARCHAR(10) NOT NULL,
    quote_currency_id VARCHAR(10) NOT NULL,
    base_name VARCHAR(100),
    status VARCHAR(20),
    trading_disabled BOOLEAN,
    is_disabled BOOLEAN,
    first_seen DATETIME DEFAULT (CURRENT_TIMESTAMP),
    last_updated DATETIME DEFAULT (CURRENT_TIMESTAMP),
    is_new_listing BOOLEAN,
    initial_price FLOAT,
    initial_volume_24h FLOAT,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_trading_pairs_id ON trading_pairs (id);
CREATE UNIQUE INDEX IF NOT EXISTS ix_trading_pairs_product_id ON trading_pairs (product_id);

CREATE TABLE IF NOT EXISTS signal_performance_metrics (
    id INTEGER NOT NULL,
    pair VARCHAR(20),
    regime VARCHAR(20),
    signal_type VARCHAR(50),
    total_predictions INTEGER,
    accuracy FLOAT,
    precision FLOAT,
    recall FLOAT,
    avg_confidence FLOAT,
    avg_pnl_usd FLOAT,
    calculation_period_days INTEGER,
    last_updated DATETIME DEFAULT (CURRENT_TIMESTAMP),
    min_samples_required INTEGER,
    is_reliable BOOLEAN,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_signal_performance_metrics_regime ON signal_performance_metrics (regime);
CREATE INDEX IF NOT EXISTS ix_signal_performance_metrics_last_updated ON signal_performance_metrics (last_updated);
CREATE INDEX IF NOT EXISTS ix_signal_performance_metrics_id ON signal_performance_metrics (id);
CREATE INDEX IF NOT EXISTS ix_signal_performance_metrics_signal_type ON signal_performance_metrics (signal_type);
CREATE INDEX IF NOT EXISTS ix_signal_performance_metrics_pair ON signal_performance_metrics (pair);

CREATE TABLE IF NOT EXISTS bot_signal_history (
    id INTEGER NOT NULL,
    bot_id INTEGER,
    timestamp DATETIME,
    combined_score FLOAT,
    action VARCHAR(10),
    confidence FLOAT,
    signal_scores TEXT,
    evaluation_metadata TEXT,
    price FLOAT,
    PRIMARY KEY (id),
    FOREIGN KEY(bot_id) REFERENCES bots (id)
);
CREATE INDEX IF NOT EXISTS ix_bot_signal_history_id ON bot_signal_history (id);
CREATE INDEX IF NOT EXISTS ix_bot_signal_history_timestamp ON bot_signal_history (timestamp);

CREATE TABLE IF NOT EXISTS trades (
    id INTEGER NOT NULL,
    bot_id INTEGER,
    product_id VARCHAR(20),
    side VARCHAR(10),
    size FLOAT,
    price FLOAT,
    fee FLOAT,
    commission FLOAT,
    order_id VARCHAR(100),
    status VARCHAR(20),
    combined_signal_score FLOAT,
    signal_scores TEXT,
    position_tranches TEXT,
    average_entry_price NUMERIC(20, 8),
    tranche_number INTEGER,
    position_status VARCHAR(20),
    size_usd FLOAT,
    size_in_quote BOOLEAN,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    filled_at DATETIME,
    PRIMARY KEY (id),
    FOREIGN KEY(bot_id) REFERENCES bots (id),
    UNIQUE (order_id)
);
CREATE INDEX IF NOT EXISTS ix_trades_product_id ON trades (product_id);
CREATE INDEX IF NOT EXISTS ix_trades_id ON trades (id);

CREATE TABLE IF NOT EXISTS adaptive_signal_weights (
    id INTEGER NOT NULL,
    bot_id INTEGER,
    pair VARCHAR(20),
    regime VARCHAR(20),
    signal_weights JSON,
    default_weights JSON,
    weight_calculation_method VARCHAR(50),
    performance_period_days INTEGER,
    confidence_score FLOAT,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    last_used DATETIME,
    usage_count INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(bot_id) REFERENCES bots (id)
);
CREATE INDEX IF NOT EXISTS ix_adaptive_signal_weights_regime ON adaptive_signal_weights (regime);
CREATE INDEX IF NOT EXISTS ix_adaptive_signal_weights_id ON adaptive_signal_weights (id);
CREATE INDEX IF NOT EXISTS ix_adaptive_signal_weights_bot_id ON adaptive_signal_weights (bot_id);
CREATE INDEX IF NOT EXISTS ix_adaptive_signal_weights_pair ON adaptive_signal_weights (pair);

CREATE TABLE IF NOT EXISTS signal_predictions (
    id INTEGER NOT NULL,
    timestamp DATETIME DEFAULT (CURRENT_TIMESTAMP),
    pair VARCHAR(20),
    regime VARCHAR(20),
    signal_type VARCHAR(50),
    signal_score FLOAT,
    prediction VARCHAR(10),
    confidence FLOAT,
    actual_price_change_pct FLOAT,
    outcome VARCHAR(20),
    evaluation_timestamp DATETIME,
    trade_executed BOOLEAN,
    trade_id INTEGER,
    trade_pnl_usd FLOAT,
    evaluation_period_minutes INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(trade_id) REFERENCES trades (id)
);
CREATE INDEX IF NOT EXISTS ix_signal_predictions_signal_type ON signal_predictions (signal_type);
CREATE INDEX IF NOT EXISTS ix_signal_predictions_timestamp ON signal_predictions (timestamp);
CREATE INDEX IF NOT EXISTS ix_signal_predictions_pair ON signal_predictions (pair);
CREATE INDEX IF NOT EXISTS ix_signal_predictions_id ON signal_predictions (id);
CREATE INDEX IF NOT EXISTS ix_signal_predictions_regime ON signal_predictions (regime);
