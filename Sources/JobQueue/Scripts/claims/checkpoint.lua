-- checkpoint.lua: stores the progress that a handler reports, while its worker has the claim.
-- KEYS[1]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  record with the checkpoint in it
-- Returns  1 stored; 0 the claim had been lost and nothing changed
-- Cost     O(1)
-- Atomic because a worker that lost its lease must not overwrite the checkpoint of the next worker.
local claim = redis.call('HGET', KEYS[1], ARGV[1])
if not claim or string.match(claim, '^%d+') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 1
