-- tick.lua: enqueues what one tick of the schedule means, once, however many schedulers try.
-- KEYS[1]  hash  the queue's jobs: job id -> record
-- KEYS[2]  list  ready jobs of ordinary priority, oldest first
-- KEYS[3]  zset  ready jobs of another priority: job id -> minus priority
-- KEYS[4]  zset  scheduled jobs: job id -> due time, unix ms
-- KEYS[5]  list  wake-up calls for idle workers
-- KEYS[6]  hash  the queue's counters and settings: epoch, last:<entry>, live:<entry>
-- KEYS[7]  zset  ticks that were handled: tick id -> nominal time, unix ms
-- ARGV[1]  now, unix ms
-- ARGV[2]  epoch of the scheduler's leadership
-- ARGV[3]  tick id
-- ARGV[4]  name of the schedule entry
-- ARGV[5]  nominal time, unix ms
-- ARGV[6]  'skip' leaves out this tick while the job of the one before lives; 'allow' does not
-- ARGV[7]  how long handled ticks are remembered, ms
-- ARGV[8]  job id; then record, priority, due time in unix ms (0: now); an empty id only records the tick as skipped
-- Returns  'enqueued', 'duplicate' (the tick was handled before), 'stale' (a later leader has spoken),
--          'overlap' (skipped: the job before still lives) or 'skipped'
-- Cost     O(log n) in the remembered ticks
-- Atomic because a crash between the push and the record of the tick would enqueue it twice, or never.
local jobs, ready, ranked, scheduled, wake, meta, ticks =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local now, epoch, tick, entry, nominal = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
local id, record, priority, due = ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local known = tonumber(redis.call('HGET', meta, 'epoch') or '0')
if epoch < known then return 'stale' end
if epoch > known then redis.call('HSET', meta, 'epoch', ARGV[2]) end
if redis.call('ZSCORE', ticks, tick) then return 'duplicate' end
local last = tonumber(redis.call('HGET', meta, 'last:' .. entry) or '0')
if nominal <= last then return 'duplicate' end
redis.call('ZADD', ticks, nominal, tick)
redis.call('ZREMRANGEBYSCORE', ticks, '-inf', now - tonumber(ARGV[7]))
redis.call('HSET', meta, 'last:' .. entry, ARGV[5])
if id == '' then
  redis.call('HINCRBY', meta, 'ticks_skipped', 1)
  return 'skipped'
end
if ARGV[6] == 'skip' then
  local before = redis.call('HGET', meta, 'live:' .. entry)
  local held = before and redis.call('HGET', jobs, before)
  if held and string.sub(held, 2, 2) == 'w' then
    redis.call('HINCRBY', meta, 'ticks_skipped', 1)
    return 'overlap'
  end
end
if redis.call('HSETNX', jobs, id, record) == 0 then return 'duplicate' end
redis.call('HSET', meta, 'live:' .. entry, id)
redis.call('HINCRBY', meta, 'enqueued', 1)
if due > now then redis.call('ZADD', scheduled, due, id)
elseif priority ~= 0 then redis.call('ZADD', ranked, -priority, id)
else redis.call('RPUSH', ready, id) end
if redis.call('LLEN', wake) < 1 then
  redis.call('RPUSH', wake, '1')
  redis.call('PEXPIRE', wake, 60000)
end
return 'enqueued'
