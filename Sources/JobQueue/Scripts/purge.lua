-- purge.lua: removes jobs that wait in one queue, because a person said so; those that run or are dead stay.
-- KEYS[1]  list  ready jobs of ordinary priority, oldest first
-- KEYS[2]  zset  ready jobs of another priority: job id -> minus priority
-- KEYS[3]  zset  scheduled jobs: job id -> due time, unix ms
-- KEYS[4]  zset  retrying jobs: job id -> due time, unix ms
-- KEYS[5]  hash  the queue's jobs: job id -> record
-- KEYS[6]  hash  the queue's counters and settings
-- ARGV[1]  how many at the most, 1 to 512
-- Returns  {jobs removed, ids taken off the queue}; the second counts cancelled ones in line too, and is 0 at the end
-- Cost     O(jobs log n)
-- Atomic because a crash between the two keys would leave a record in no state.
local ready, jobs, meta, limit = KEYS[1], KEYS[5], KEYS[6], tonumber(ARGV[1])
local ids = redis.call('LPOP', ready, limit) or {}
for place = 2, 4 do
  if #ids < limit then
    local popped = redis.call('ZPOPMIN', KEYS[place], limit - #ids)
    for i = 1, #popped, 2 do ids[#ids + 1] = popped[i] end
  end
end
if #ids == 0 then return {0, 0} end
local records = redis.call('HMGET', jobs, unpack(ids))
local removed, tombstones = 0, 0
for i = 1, #ids do
  local state = records[i] and string.sub(records[i], 2, 2)
  if state == 'w' then removed = removed + 1 elseif state then tombstones = tombstones + 1 end
end
redis.call('HDEL', jobs, unpack(ids))
if removed > 0 then redis.call('HINCRBY', meta, 'purged', removed) end
if tombstones > 0 then redis.call('HINCRBY', meta, 'tombstones', -tombstones) end
return {removed, #ids}
