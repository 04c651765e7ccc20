-- restore_unacked.lua: puts a message back that a Celery worker took and did not acknowledge in time.
-- KEYS[1]  hash  unacked: delivery tag -> JSON [message, exchange, routing key]
-- KEYS[2]  zset  unacked_index: delivery tag -> when it was delivered, unix seconds
-- KEYS[3...]  list  the queues that the message goes to
-- ARGV[1]  delivery tag
-- ARGV[2]  what the hash held when it was read
-- ARGV[3]  delivered before this time, unix seconds
-- ARGV[4]  the message, marked as redelivered
-- Returns  1 put back; 0 it was acknowledged, restored or delivered anew meanwhile
-- Cost     O(bytes + log n)
-- Atomic because two that restore at once would run the task twice.
local at, done = redis.call('ZSCORE', KEYS[2], ARGV[1]), 0
if at and tonumber(at) < tonumber(ARGV[3]) and redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[1], ARGV[1])
  -- The tail is next in line.
  for i = 3, #KEYS do redis.call('RPUSH', KEYS[i], ARGV[4]) end
  done = 1
end
return done
