-- cancel.lua: keeps a job from running, or asks the worker that runs it to stop.
-- KEYS[1]  hash  the queue's jobs: job id -> record
-- KEYS[2]  zset  scheduled jobs: job id -> due time, unix ms
-- KEYS[3]  zset  retrying jobs: job id -> due time, unix ms
-- KEYS[4]  list  finished jobs, newest first
-- KEYS[5]  hash  the queue's counters and settings
-- KEYS[6...]  hash  what each worker with a lease is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  job id
-- ARGV[2]  now, unix ms
-- Returns  'cancelled', 'requested' (it is running and will be told), 'finished' or 'missing'
-- Cost     O(workers + log n in the waiting jobs); a ready job is dropped from its list when its turn comes
-- Atomic because the job could start between looking and marking.
local jobs, scheduled, retrying, done, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id = ARGV[1]
local record = redis.call('HGET', jobs, id)
if not record then return 'missing' end
local state = string.sub(record, 2, 2)
local claim, running
for i = 6, #KEYS do
  running = KEYS[i]
  claim = redis.call('HGET', running, id)
  if claim then break end
end
if claim and (state == 'w' or state == 'c') then
  if state == 'c' then
    redis.call('HSET', jobs, id, '1w' .. string.sub(record, 3))
    redis.call('HINCRBY', meta, 'tombstones', -1)
    redis.call('HINCRBY', meta, 'cancelled', -1)
  end
  if string.sub(claim, -7) ~= ' cancel' then redis.call('HSET', running, id, claim .. ' cancel') end
  return 'requested'
end
if state ~= 'w' then return state == 'c' and 'cancelled' or 'finished' end
local head, started, finished, tail = string.match(record, '^1.([^\t]*\t[^\t]*\t%d+\t%d+\t%d*)\t(%d*)\t(%d*)(\t.*)$')
local final = head .. '\t' .. started .. '\t' .. ARGV[2] .. tail
redis.call('HINCRBY', meta, 'cancelled', 1)
if redis.call('ZREM', scheduled, id) + redis.call('ZREM', retrying, id) > 0 then
  redis.call('HSET', jobs, id, '1C' .. final)
  redis.call('LPUSH', done, id)
else
  redis.call('HSET', jobs, id, '1c' .. final)
  redis.call('HINCRBY', meta, 'tombstones', 1)
end
return 'cancelled'
