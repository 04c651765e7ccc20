-- replace_dead.lua: puts a new job in the place of a dead one that an operator has edited.
-- Includes concurrency, bin
-- KEYS[1...13]  the keys of the dead job's queue, as in queue.lua
-- KEYS[14...26]  the keys of the queue that the new job goes to, as in queue.lua
-- ARGV[1]  now, unix ms
-- ARGV[2]  the dead job
-- ARGV[3]  the new one; then record, priority, due time in unix ms (0: now)
-- Returns  1 replaced: the dead job is finished as cancelled; 0 it is not dead any more; '<id>' a job with the new
--          one's id or unique key exists; nothing was changed in either case
-- Cost     O(log n) in the dead jobs
-- Atomic because a crash in between would leave both jobs to be run, or none.
local q, theirs, now, dead, id = queue_at(1), queue_at(14), tonumber(ARGV[1]), ARGV[2], ARGV[3]
local record = redis.call('HGET', q.jobs, dead)
local died = redis.call('ZSCORE', q.dead, dead)
if not record or not died then return 0 end
note_move(q, dead, record, 'dead', died, 'done', {requeued = 1, cancelled = 1})
local options = locks_of(ARGV[4])
local key = options and options.unique
-- A unique key that is kept past its job's end passes from the dead job to the new one.
if key and q.locks == theirs.locks and unique_holder(theirs, key) == dead
  and redis.call('HEXISTS', theirs.jobs, id) == 0 then redis.call('HDEL', theirs.locks, 'u:' .. key) end
local got = accept(theirs, id, ARGV[4], now, false)
if got ~= 1 then
  drop_moves()
  return got == 0 and id or got
end
schedule(theirs, id, tonumber(ARGV[5]), tonumber(ARGV[6]), now)
note_move(theirs, id, nil, 'none', nil, waiting_place(theirs, id), {enqueued = 1}, theirs.jobs ~= q.jobs or nil)
notify_worker(theirs)
release_deleted(q, dead, record)
redis.call('ZREM', q.dead, dead)
redis.call('HSET', q.jobs, dead,
  finish_record(record, CANCELLED, ARGV[1], event_json(ARGV[1], 'replaced', 'detail', 'by ' .. id)))
redis.call('LPUSH', q.done, dead)
redis.call('HINCRBY', q.meta, 'requeued', 1)
redis.call('HINCRBY', q.meta, 'cancelled', 1)
return 1
