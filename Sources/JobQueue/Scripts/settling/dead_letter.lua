-- dead_letter.lua: makes a job dead; it is kept until an operator decides.
-- Includes batch, extension
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  now, unix ms
-- ARGV[4]  final record with the reason in it
-- ARGV[5...]  words of an extension
-- Returns  1 moved; 0 the claim had been lost and nothing changed
-- Cost     O(log n) in the dead jobs
-- Atomic because a crash between giving up the claim and the new place would lose the job.
local q, running, id, now = queue_at(1), KEYS[14], ARGV[1], tonumber(ARGV[3])
if not holds(redis.call('HGET', running, id), ARGV[2]) then return 0 end
redis.call('HDEL', running, id)
redis.call('HSET', q.jobs, id, ARGV[4])
redis.call('ZADD', q.dead, now, id)
redis.call('HINCRBY', q.meta, 'died', 1)
count_finished(q, now, 0, 1)
local options = locks_of(ARGV[4])
if options then
  stop_locks(q, id, options, false)
  finish_locks(q, id, options, ARGV[4], now)
end
if ARGV[5] then extend(q, 5, #ARGV - 4, now) end
return 1
