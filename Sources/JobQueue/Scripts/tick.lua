-- tick.lua: enqueues what one tick of the schedule means, once, however many schedulers try.
-- KEYS[1...13]  the queue's keys, as in links.lua; of meta: epoch, last:<entry>, live:<entry>
-- KEYS[14] zset  ticks that were handled: tick id -> nominal time, unix ms
-- ARGV[1]  now, unix ms
-- ARGV[2]  epoch of the scheduler's leadership
-- ARGV[3]  tick id
-- ARGV[4]  name of the schedule entry
-- ARGV[5]  nominal time, unix ms
-- ARGV[6]  'skip' leaves out this tick while the job of the one before lives; 'allow' does not
-- ARGV[7]  how long handled ticks are remembered, ms
-- ARGV[8]  job id; an empty one only records the tick as skipped
-- ARGV[9]  record
-- ARGV[10] priority
-- ARGV[11] due time in unix ms (0: now)
-- Returns  'enqueued' (or a waiting job of its unique key does its work), 'duplicate' (the tick was handled before),
--          'stale' (a later leader has spoken), 'overlap' (skipped: the job before, or one of its unique key, still
--          lives), 'full' (skipped: the queue takes no more) or 'skipped'
-- Cost     O(log n) in the remembered ticks
-- Atomic because a crash between the push and the record of the tick would enqueue it twice, or never.
local q, ticks = queue_at(1), KEYS[14]
local now, epoch, tick, entry, nominal = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
local id, record, priority, due = ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local known = tonumber(redis.call('HGET', q.meta, 'epoch') or '0')
if epoch < known then return 'stale' end
if epoch > known then redis.call('HSET', q.meta, 'epoch', ARGV[2]) end
if redis.call('ZSCORE', ticks, tick) then return 'duplicate' end
local last = tonumber(redis.call('HGET', q.meta, 'last:' .. entry) or '0')
if nominal <= last then return 'duplicate' end
redis.call('ZADD', ticks, nominal, tick)
redis.call('ZREMRANGEBYSCORE', ticks, '-inf', now - tonumber(ARGV[7]))
redis.call('HSET', q.meta, 'last:' .. entry, ARGV[5])
local function skip(answer)
  redis.call('HINCRBY', q.meta, 'ticks_skipped', 1)
  return answer
end
if id == '' then return skip('skipped') end
if ARGV[6] == 'skip' then
  local before = redis.call('HGET', q.meta, 'live:' .. entry)
  local held = before and redis.call('HGET', q.jobs, before)
  local mark = held and string.sub(held, 2, 2)
  if mark == 'w' or mark == 'W' then return skip('overlap') end
end
local most = tonumber(redis.call('HGET', q.meta, 'max_waiting') or '')
if most and redis.call('HGET', q.meta, 'when_full') ~= 'drop-oldest' and redis.call('LLEN', q.ready)
  + redis.call('ZCARD', q.ranked) + redis.call('ZCARD', q.scheduled)
  - tonumber(redis.call('HGET', q.meta, 'tombstones') or '0') >= most then return skip('full') end
local got = accept(q, id, record, now)
if got == 0 then return 'duplicate' end
if got ~= 1 then
  local holder = string.match(got, '^(%S+) coalesced$')
  if not holder then return skip('overlap') end
  redis.call('HSET', q.meta, 'live:' .. entry, holder)
  return 'enqueued'
end
redis.call('HSET', q.meta, 'live:' .. entry, id)
place(q, id, priority, due, now)
if redis.call('LLEN', q.wake) < 1 then
  redis.call('RPUSH', q.wake, '1')
  redis.call('PEXPIRE', q.wake, 60000)
end
return 'enqueued'
