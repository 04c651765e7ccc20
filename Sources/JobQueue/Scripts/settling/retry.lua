-- retry.lua: moves a failed job from running to retrying; one attempt is spent.
-- Includes concurrency, extension
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  now, unix ms
-- ARGV[4]  due time, unix ms
-- ARGV[5]  record with the attempt and its error in it
-- ARGV[6...]  words of an extension
-- Returns  1 moved; 0 the claim had been lost and nothing changed; -1 the job is to be cancelled, nothing changed
-- Cost     O(log n) in the retrying jobs
-- Atomic because a crash between giving up the claim and the new place would lose the job.
local q, running, id = queue_at(1), KEYS[14], ARGV[1]
local claim = redis.call('HGET', running, id)
if not holds(claim, ARGV[2]) then return 0 end
if string.sub(claim, -7) == ' cancel' then return -1 end
redis.call('HDEL', running, id)
redis.call('HSET', q.jobs, id, ARGV[5])
redis.call('ZADD', q.retrying, ARGV[4], id)
redis.call('HINCRBY', q.meta, 'failed_attempts', 1)
count_finished(q, tonumber(ARGV[3]), 0, 1)
local options = locks_of(ARGV[5])
if options then stop_locks(q, id, options, true) end
if ARGV[6] then extend(q, 6, #ARGV - 5, tonumber(ARGV[3])) end
return 1
