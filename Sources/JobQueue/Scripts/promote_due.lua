-- promote_due.lua: makes scheduled and retrying jobs ready whose time has come.
-- KEYS[1]  zset  scheduled jobs: job id -> due time, unix ms
-- KEYS[2]  zset  retrying jobs: job id -> due time, unix ms
-- KEYS[3]  hash  the queue's jobs: job id -> record
-- KEYS[4]  list  ready jobs of ordinary priority, oldest first
-- KEYS[5]  zset  ready jobs of another priority: job id -> minus priority
-- KEYS[6]  list  wake-up calls for idle workers
-- ARGV[1]  now, unix ms
-- ARGV[2]  how many at the most from each, 1 to 256
-- Returns  the number of jobs made ready
-- Cost     O(jobs log n)
-- Atomic because a crash between the two places would lose the job.
local jobs, ready, ranked, wake = KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local moved = 0
for place = 1, 2 do
  local due = redis.call('ZRANGEBYSCORE', KEYS[place], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
  if #due > 0 then
    redis.call('ZREM', KEYS[place], unpack(due))
    local records = redis.call('HMGET', jobs, unpack(due))
    local plain = {}
    for i = 1, #due do
      if records[i] then
        local priority = tonumber(string.match(records[i], '^1.(-?%d+)\t') or '0')
        if priority ~= 0 then redis.call('ZADD', ranked, -priority, due[i])
        else plain[#plain + 1] = due[i] end
        moved = moved + 1
      end
    end
    if #plain > 0 then redis.call('RPUSH', ready, unpack(plain)) end
  end
end
for _ = redis.call('LLEN', wake) + 1, math.min(moved, 64) do redis.call('RPUSH', wake, '1') end
if moved > 0 then redis.call('PEXPIRE', wake, 60000) end
return moved
