-- postpone.lua: postpones a job: it is claimed again later, and no attempt is spent.
-- Includes concurrency, extension
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  now, unix ms
-- ARGV[4]  due time, unix ms; not after now puts the job first in the ready list
-- ARGV[5]  record
-- ARGV[6...]  words of an extension
-- Returns  1 moved; 0 the claim had been lost and nothing changed; -1 the job is to be cancelled, nothing changed
-- Cost     O(log n) in the scheduled jobs
-- Atomic because a crash between giving up the claim and the new place would lose the job.
local q, running, id = queue_at(1), KEYS[14], ARGV[1]
local now, due = tonumber(ARGV[3]), tonumber(ARGV[4])
local claim = redis.call('HGET', running, id)
if not holds(claim, ARGV[2]) then return 0 end
if string.sub(claim, -7) == ' cancel' then return -1 end
redis.call('HDEL', running, id)
redis.call('HSET', q.jobs, id, ARGV[5])
if due > now then
  redis.call('ZADD', q.scheduled, due, id)
else
  push_ready(q, id, priority_of(ARGV[5]), true)
  notify_worker(q)
end
local options = locks_of(ARGV[5])
if options then stop_locks(q, id, options, true) end
if ARGV[6] then extend(q, 6, #ARGV - 5, tonumber(ARGV[3])) end
return 1
