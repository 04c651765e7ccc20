-- postpone.lua: gives a job back unfinished; no attempt is spent.
-- KEYS[1]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- KEYS[3]  list  ready jobs of ordinary priority, oldest first
-- KEYS[4]  zset  scheduled jobs: job id -> due time, unix ms
-- KEYS[5]  list  wake-up calls for idle workers
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  now, unix ms
-- ARGV[4]  due time, unix ms; not after now puts the job first in line
-- ARGV[5]  record
-- Returns  1 moved; 0 the claim had been lost and nothing changed; -1 the job is to be cancelled, nothing changed
-- Cost     O(log n) in the scheduled jobs
-- Atomic because a crash between giving up the claim and the new place would lose the job.
local running, jobs, ready, scheduled, wake = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, now, due = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local claim = redis.call('HGET', running, id)
if not claim or string.match(claim, '^%d+') ~= ARGV[2] then return 0 end
if string.sub(claim, -7) == ' cancel' then return -1 end
redis.call('HDEL', running, id)
redis.call('HSET', jobs, id, ARGV[5])
if due > now then
  redis.call('ZADD', scheduled, due, id)
else
  redis.call('LPUSH', ready, id)
  if redis.call('LLEN', wake) < 64 then
    redis.call('RPUSH', wake, '1')
    redis.call('PEXPIRE', wake, 60000)
  end
end
return 1
