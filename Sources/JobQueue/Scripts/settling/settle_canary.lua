-- settle_canary.lua: settles a canary and notes when; it leaves no record and is counted nowhere.
-- Includes queue
-- KEYS[1...13]  the queue's keys, as in queue.lua; of meta: enqueued, canary_at
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  now, unix ms
-- Returns  1 settled; 0 the claim had been lost and nothing changed
-- Cost     O(1)
-- Atomic because a crash between giving up the claim and the record would leave a job in no place.
local q, running, id = queue_at(1), KEYS[14], ARGV[1]
if not holds(redis.call('HGET', running, id), ARGV[2]) then return 0 end
redis.call('HDEL', running, id)
redis.call('HDEL', q.jobs, id)
-- As if it had never been enqueued: the sums of the queue are of its users' jobs.
redis.call('HINCRBY', q.meta, 'enqueued', -1)
redis.call('HSET', q.meta, 'canary_at', ARGV[3])
return 1
