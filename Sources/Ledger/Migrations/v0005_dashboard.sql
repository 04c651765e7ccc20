-- v0005_dashboard.sql: what the pages show of each bot's newest evaluation, beside the score in `bots`.

-- One row for each bot, replaced in the transaction that records its evaluation. With bot_id, bot_created_at tells a bot
-- from a later one that was given the same id. signals: JSON object, signal -> what it said; sizing: JSON, NULL for a
-- bot that does not size its positions. The problems are sentences, NULL for none.
CREATE TABLE IF NOT EXISTS bot_evaluations (
    bot_id INTEGER NOT NULL PRIMARY KEY,
    bot_created_at VARCHAR(40) NOT NULL,
    job_id VARCHAR(200) NOT NULL,
    evaluated_at DATETIME NOT NULL,
    scoring VARCHAR(20) NOT NULL,
    action VARCHAR(10) NOT NULL,
    confidence FLOAT NOT NULL,
    gate VARCHAR(20) NOT NULL,
    is_blocked BOOLEAN NOT NULL DEFAULT 0,
    price FLOAT,
    balance_problem TEXT,
    price_step_problem TEXT,
    has_balance BOOLEAN,
    balance_message TEXT,
    signals TEXT,
    sizing TEXT
);
