-- purge.lua: removes waiting jobs of one queue on request of an operator; jobs that run, wait for their children or are
-- dead stay.
-- Includes batch, bin
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1]  how many at the most, 1 to 512
-- ARGV[2]  now, unix ms
-- Returns  {jobs removed, ids taken off the queue}; the second counts cancelled ones in the ready
--          list too, and is 0 at the end
-- Cost     O(jobs log n)
-- Atomic because a crash between the two keys would leave a record in no state.
local q, limit = queue_at(1), tonumber(ARGV[1])
local ids = redis.call('LPOP', q.ready, limit) or {}
local places, at = {}, {}
for i = 1, #ids do places[i], at[i] = 'ready', 'head' end
for _, place in ipairs({'ranked', 'scheduled', 'retrying'}) do
  if #ids < limit then
    local popped = redis.call('ZPOPMIN', q[place], limit - #ids)
    for i = 1, #popped, 2 do
      ids[#ids + 1] = popped[i]
      places[#ids], at[#ids] = place, popped[i + 1]
    end
  end
end
for _, reason in ipairs({'cap=', 'crash-open ', 'crashed ', 'fuse=', 'kind='}) do
  if #ids < limit then
    local members = redis.call('ZRANGEBYLEX', q.parked, '[' .. reason, '[' .. reason .. '\255',
      'LIMIT', 0, limit - #ids)
    for i = 1, #members do
      ids[#ids + 1] = string.match(members[i], ' (%S+)$')
      places[#ids], at[#ids] = 'parked', members[i]
      unpark(q, ids[#ids])
    end
  end
end
if #ids == 0 then return {0, 0} end
local records = redis.call('HMGET', q.jobs, unpack(ids))
local removed, tombstones = 0, 0
for i = 1, #ids do
  local state = records[i] and state_code(records[i])
  if state then
    local counts = state == LIVE and {purged = 1} or {tombstones = -1}
    note_move(q, ids[i], records[i], places[i], at[i], 'none', counts)
  end
  if state == LIVE then
    removed = removed + 1
    local options = locks_of(records[i])
    if options then finish_locks(q, ids[i], options, with_state(records[i], CANCELLED), tonumber(ARGV[2])) end
  elseif state then tombstones = tombstones + 1 end
  release_deleted(q, ids[i], records[i])
end
redis.call('HDEL', q.jobs, unpack(ids))
if removed > 0 then redis.call('HINCRBY', q.meta, 'purged', removed) end
if tombstones > 0 then redis.call('HINCRBY', q.meta, 'tombstones', -tombstones) end
return {removed, #ids}
