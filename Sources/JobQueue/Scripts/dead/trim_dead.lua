-- trim_dead.lua: removes dead jobs that a retention policy has exported. They hold no locks afterwards.
-- Includes concurrency
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1]  number of jobs, 1 to 256; then two values for each: job id, the time of death that was exported, unix ms
-- Returns  the number of jobs removed; one that is no longer dead, or has died again since, does not change
-- Cost     O(jobs log n)
-- Atomic because a crash between the keys would leave a record in no state, and a job that dies again between the
--        look and the removal would be lost without its export.
local q, removed = queue_at(1), 0
for i = 1, tonumber(ARGV[1]) do
  local id, died = ARGV[2 * i], tonumber(ARGV[2 * i + 1])
  local score = redis.call('ZSCORE', q.dead, id)
  if score and tonumber(score) == died then
    redis.call('ZREM', q.dead, id)
    release_deleted(q, id, redis.call('HGET', q.jobs, id))
    redis.call('HDEL', q.jobs, id)
    removed = removed + 1
  end
end
if removed > 0 then redis.call('HINCRBY', q.meta, 'discarded', removed) end
return removed
