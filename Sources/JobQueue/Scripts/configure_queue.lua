-- configure_queue.lua: sets what a queue asks of its producers.
-- KEYS[1]  hash  the queue's counters and settings: max_waiting, when_full, durability, fresh_for
-- ARGV[1]  most jobs that wait; empty for no limit
-- ARGV[2]  'reject', 'drop-oldest' or 'coalesce'
-- ARGV[3]  'memory' or 'fsync'
-- ARGV[4]  how long after its time a job may start, ms; empty for ever
-- Returns  1
-- Cost     O(1)
-- Atomic because a limit without its policy would be another limit.
if ARGV[1] == '' then redis.call('HDEL', KEYS[1], 'max_waiting', 'when_full')
else redis.call('HSET', KEYS[1], 'max_waiting', ARGV[1], 'when_full', ARGV[2]) end
if ARGV[3] == 'memory' then redis.call('HDEL', KEYS[1], 'durability')
else redis.call('HSET', KEYS[1], 'durability', ARGV[3]) end
if ARGV[4] == '' then redis.call('HDEL', KEYS[1], 'fresh_for')
else redis.call('HSET', KEYS[1], 'fresh_for', ARGV[4]) end
return 1
