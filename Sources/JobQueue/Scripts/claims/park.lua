-- park.lua: parks a job until a worker joins that can run it; no attempt is spent.
-- Includes concurrency
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  park reason, such as 'kind=report@2'
-- ARGV[4]  record
-- Returns  1 moved; 0 the claim had been lost and nothing changed; -1 the job is to be cancelled, nothing changed
-- Cost     O(log n) in the parked jobs
-- Atomic because a crash between giving up the claim and the new place would lose the job.
local q, running, id = queue_at(1), KEYS[14], ARGV[1]
local claim = redis.call('HGET', running, id)
if not holds(claim, ARGV[2]) then return 0 end
if string.sub(claim, -7) == ' cancel' then return -1 end
redis.call('HDEL', running, id)
redis.call('HSET', q.jobs, id, ARGV[4])
local options = locks_of(ARGV[4])
if options then stop_locks(q, id, options, true) end
park(q, id, ARGV[3])
return 1
