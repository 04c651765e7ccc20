-- discard_dead.lua: removes dead jobs because a person said so.
-- KEYS[1]  zset  dead jobs: job id -> time of death, unix ms
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- KEYS[3]  hash  the queue's counters and settings
-- ARGV[1...]  job ids, 1 to 256
-- Returns  the number of jobs removed
-- Cost     O(jobs log n)
-- Atomic because a crash between the two keys would leave a record in no state.
local dead, jobs, meta = KEYS[1], KEYS[2], KEYS[3]
local removed = 0
for i = 1, #ARGV do
  if redis.call('ZREM', dead, ARGV[i]) == 1 then
    redis.call('HDEL', jobs, ARGV[i])
    removed = removed + 1
  end
end
if removed > 0 then redis.call('HINCRBY', meta, 'discarded', removed) end
return removed
