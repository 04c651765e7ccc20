-- trim_dead.lua: removes dead jobs that a retention policy has exported.
-- KEYS[1]  zset  dead jobs: job id -> time of death, unix ms
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- KEYS[3]  hash  the queue's counters and settings
-- ARGV[1]  number of jobs, 1 to 256; then two values for each: job id, the time of death that was exported, unix ms
-- Returns  the number of jobs removed; one that lives again, or has died again since, is left as it is
-- Cost     O(jobs log n)
-- Atomic because a crash between the two keys would leave a record in no state, and a job that dies again between the
--        look and the removal would be lost without its export.
local dead, jobs, meta = KEYS[1], KEYS[2], KEYS[3]
local removed = 0
for i = 1, tonumber(ARGV[1]) do
  local id, died = ARGV[2 * i], tonumber(ARGV[2 * i + 1])
  local score = redis.call('ZSCORE', dead, id)
  if score and tonumber(score) == died then
    redis.call('ZREM', dead, id)
    redis.call('HDEL', jobs, id)
    removed = removed + 1
  end
end
if removed > 0 then redis.call('HINCRBY', meta, 'discarded', removed) end
return removed
