-- send_canary.lua: enqueues a canary, a job that only proves that the jobs of its queue are taken and settled.
-- Includes unique
-- KEYS[1...13]  the queue's keys, as in queue.lua; of meta: canary_sent (when the last one was sent), canary_id (its
--          id), canary_at (when one was settled last, or the first one sent), all times unix ms
-- ARGV[1]  now, unix ms
-- ARGV[2]  least time between two of them, ms
-- ARGV[3]  job id
-- ARGV[4]  record
-- Returns  1 sent; 0 the time has not come, or the one before is not settled yet
-- Cost     O(1)
-- Atomic because two workers that do maintenance at once would send two.
local q, now = queue_at(1), tonumber(ARGV[1])
local sent = redis.call('HMGET', q.meta, 'canary_sent', 'canary_id')
-- A time that lies ahead was written by a clock that has been set back.
if sent[1] and math.abs(now - tonumber(sent[1])) < tonumber(ARGV[2]) then return 0 end
if sent[2] and is_unfinished(state_code(redis.call('HGET', q.jobs, sent[2]))) then return 0 end
if accept(q, ARGV[3], ARGV[4], now) ~= 1 then return 0 end
redis.call('HSET', q.meta, 'canary_sent', ARGV[1], 'canary_id', ARGV[3])
redis.call('HSETNX', q.meta, 'canary_at', ARGV[1])
push_ready(q, ARGV[3], 0, false)
notify_worker(q)
return 1
