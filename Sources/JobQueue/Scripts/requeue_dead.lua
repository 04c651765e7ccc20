-- requeue_dead.lua: makes dead jobs ready again because a person said so.
-- KEYS[1]  zset  dead jobs: job id -> time of death, unix ms
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- KEYS[3]  list  ready jobs of ordinary priority, oldest first
-- KEYS[4]  hash  the queue's counters and settings
-- KEYS[5]  list  wake-up calls for idle workers
-- ARGV[1]  number of jobs, 1 to 256; then two values for each: job id, record with its attempts given back
-- Returns  the number of jobs made ready; one that was not dead any more is left as it is
-- Cost     O(jobs log n)
-- Atomic because a crash between the two places would lose the job.
local dead, jobs, ready, meta, wake = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local moved = 0
for i = 1, tonumber(ARGV[1]) do
  local id, record = ARGV[2 * i], ARGV[2 * i + 1]
  if redis.call('ZREM', dead, id) == 1 then
    redis.call('HSET', jobs, id, record)
    redis.call('RPUSH', ready, id)
    moved = moved + 1
  end
end
if moved > 0 then
  redis.call('HINCRBY', meta, 'requeued', moved)
  if redis.call('LLEN', wake) < 64 then
    redis.call('RPUSH', wake, '1')
    redis.call('PEXPIRE', wake, 60000)
  end
end
return moved
