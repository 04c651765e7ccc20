-- rename_entry.lua: moves the state of a schedule entry to its new name or its new queue.
-- KEYS[1]  hash  counters of the old queue: last:<entry>, ran:<entry>
-- KEYS[2]  hash  entries of the old queue, as in tick.lua
-- KEYS[3]  list  history under the old name
-- KEYS[4]  hash  counters of the new queue: epoch, last:<entry>, ran:<entry>
-- KEYS[5]  hash  entries of the new queue
-- KEYS[6]  list  history under the new name
-- ARGV[1]  epoch of the scheduler's leadership
-- ARGV[2]  old name
-- ARGV[3]  new name
-- Returns  how many fields were moved; -1 when stale epoch: a newer leader was elected
-- Cost     O(fields of the old queue's entries)
-- Atomic because a pause under neither name would not hold between two steps.
local old, new = ARGV[2], ARGV[3]
if tonumber(ARGV[1]) < tonumber(redis.call('HGET', KEYS[4], 'epoch') or '0') then return -1 end
local carried = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  local kind, rest = string.sub(field, 1, 2), string.sub(field, 3)
  if rest == old or string.sub(rest, 1, #old + 1) == old .. '#' then
    -- Unfinished jobs of the old queue cannot be read through the keys of the new one.
    if kind ~= 'l:' or KEYS[2] == KEYS[5] then
      redis.call('HSETNX', KEYS[5], kind .. new .. string.sub(rest, #old + 1), redis.call('HGET', KEYS[2], field))
    end
    redis.call('HDEL', KEYS[2], field)
    carried = carried + 1
  end
end
for _, what in ipairs({'last:', 'ran:'}) do
  local time = redis.call('HGET', KEYS[1], what .. old)
  if time and tonumber(time) > tonumber(redis.call('HGET', KEYS[4], what .. new) or '0') then
    redis.call('HSET', KEYS[4], what .. new, time)
    carried = carried + 1
  end
end
if redis.call('EXISTS', KEYS[3]) == 1 and redis.call('EXISTS', KEYS[6]) == 0 then
  redis.call('RENAME', KEYS[3], KEYS[6])
  carried = carried + 1
end
return carried
