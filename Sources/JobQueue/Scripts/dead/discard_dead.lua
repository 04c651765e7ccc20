-- discard_dead.lua: removes dead jobs on request of an operator. They hold no locks afterwards.
-- Includes concurrency, bin
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1...]  job ids, 1 to 256
-- Returns  for each id 1 removed; 0 it was not dead, and nothing was changed
-- Cost     O(jobs log n)
-- Atomic because a crash between the keys would leave a record in no state, or a unique key of no job.
local q, answer, removed = queue_at(1), {}, 0
for i = 1, #ARGV do
  local died, record = redis.call('ZSCORE', q.dead, ARGV[i]), redis.call('HGET', q.jobs, ARGV[i])
  answer[i] = redis.call('ZREM', q.dead, ARGV[i])
  if answer[i] == 1 then
    note_move(q, ARGV[i], record, 'dead', died, 'none', {discarded = 1})
    release_deleted(q, ARGV[i], record)
    redis.call('HDEL', q.jobs, ARGV[i])
    removed = removed + 1
  end
end
if removed > 0 then redis.call('HINCRBY', q.meta, 'discarded', removed) end
return answer
