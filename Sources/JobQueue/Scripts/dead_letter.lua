-- dead_letter.lua: gives a job up; it is kept until a person decides.
-- KEYS[1]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- KEYS[3]  zset  dead jobs: job id -> time of death, unix ms
-- KEYS[4]  hash  the queue's counters and settings
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  now, unix ms
-- ARGV[4]  final record with the reason in it
-- Returns  1 moved; 0 the claim had been lost and nothing changed
-- Cost     O(log n) in the dead jobs
-- Atomic because a crash between giving up the claim and the new place would lose the job.
local running, jobs, dead, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, now = ARGV[1], tonumber(ARGV[3])
local claim = redis.call('HGET', running, id)
if not claim or string.match(claim, '^%d+') ~= ARGV[2] then return 0 end
redis.call('HDEL', running, id)
redis.call('HSET', jobs, id, ARGV[4])
redis.call('ZADD', dead, now, id)
redis.call('HINCRBY', meta, 'died', 1)
local slot = math.floor(now / 10000)
local window = 'window:' .. slot % 8
local at, good, bad = string.match(redis.call('HGET', meta, window) or '', '^(%d+) (%d+) (%d+)$')
if tonumber(at) ~= slot then good, bad = 0, 0 end
redis.call('HSET', meta, window, slot .. ' ' .. good .. ' ' .. bad + 1)
return 1
