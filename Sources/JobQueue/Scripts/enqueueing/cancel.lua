-- cancel.lua: cancels a waiting job, or asks the worker that runs it to stop.
-- Includes batch, bin
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] hash  the job's batch, if it waits for its children
-- KEYS[15] zset  leases: worker -> expiry, unix ms
-- KEYS[16...]  hash  what each worker with a lease is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  job id
-- ARGV[2]  now, unix ms
-- ARGV[3]  channel of cancel messages to workers
-- ARGV[4]  the message: '<queue> <job id>'
-- ARGV[5...]  the workers whose claims are among the keys, in their order
-- Returns  'again': another worker has joined meanwhile, and nothing was changed; else 'cancelled', 'requested' (it is
--          running, and the script published a message to its worker), 'finished' or 'missing'
-- Cost     O(workers + log n in the waiting jobs); fetch.lua drops a cancelled id from the ready list when its
--          turn comes
-- Atomic because the job could start between looking and cancelling.
local q, id = queue_at(1), ARGV[1]
local known = {}
for i = 5, #ARGV do known[ARGV[i]] = true end
for _, worker in ipairs(redis.call('ZRANGE', KEYS[15], 0, -1)) do
  if not known[worker] then return 'again' end
end
local record = redis.call('HGET', q.jobs, id)
if not record then return 'missing' end
local state = state_code(record)
local claim, running
for i = 16, #KEYS do
  running = KEYS[i]
  claim = redis.call('HGET', running, id)
  if claim then break end
end
if claim and (state == LIVE or state == CANCELLED_IN_READY) then
  if state == CANCELLED_IN_READY then
    redis.call('HSET', q.jobs, id, with_state(record, LIVE))
    redis.call('HINCRBY', q.meta, 'tombstones', -1)
    redis.call('HINCRBY', q.meta, 'cancelled', -1)
  end
  request_cancel(running, id, ARGV[3], ARGV[4])
  return 'requested'
end
if state ~= LIVE and state ~= WAITING then
  note_unchanged()
  return state == CANCELLED_IN_READY and 'cancelled' or 'finished'
end
if state == LIVE then
  local place, at = waiting_place(q, id)
  local stays = place == 'ready' or place == 'ranked'
  note_move(q, id, record, place, at, stays and place or 'done', {cancelled = 1, tombstones = stays and 1 or nil})
else note_for_good() end
if cancel_waiting(q, id, record, ARGV[2]) == 'batch' then redis.call('DEL', KEYS[14]) end
return 'cancelled'
