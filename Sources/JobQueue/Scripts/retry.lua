-- retry.lua: moves a failed job from running to retrying; one attempt is spent.
-- KEYS[1]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- KEYS[3]  zset  retrying jobs: job id -> due time, unix ms
-- KEYS[4]  hash  the queue's counters and settings
-- ARGV[1]  job id
-- ARGV[2]  fence handed out by fetch.lua
-- ARGV[3]  now, unix ms
-- ARGV[4]  due time, unix ms
-- ARGV[5]  record with the attempt and its error in it
-- Returns  1 moved; 0 the claim had been lost and nothing changed; -1 the job is to be cancelled, nothing changed
-- Cost     O(log n) in the retrying jobs
-- Atomic because a crash between giving up the claim and the new place would lose the job.
local running, jobs, retrying, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, now = ARGV[1], tonumber(ARGV[3])
local claim = redis.call('HGET', running, id)
if not claim or string.match(claim, '^%d+') ~= ARGV[2] then return 0 end
if string.sub(claim, -7) == ' cancel' then return -1 end
redis.call('HDEL', running, id)
redis.call('HSET', jobs, id, ARGV[5])
redis.call('ZADD', retrying, ARGV[4], id)
redis.call('HINCRBY', meta, 'failed_attempts', 1)
local slot = math.floor(now / 10000)
local window = 'window:' .. slot % 8
local at, good, bad = string.match(redis.call('HGET', meta, window) or '', '^(%d+) (%d+) (%d+)$')
if tonumber(at) ~= slot then good, bad = 0, 0 end
redis.call('HSET', meta, window, slot .. ' ' .. good .. ' ' .. bad + 1)
return 1
