-- set_last_run.lua: makes an entry's ticks count from a time on, without enqueueing jobs.
-- KEYS[1]  hash  the queue's counters and settings: epoch, last:<entry>, ahead:<entry>, begun:<entry> (the version of
--          the schedule whose ticks count from that time)
-- ARGV[1]  epoch of the scheduler's leadership
-- ARGV[2]  name of the schedule entry
-- ARGV[3]  unix ms; an earlier time than the one known changes nothing
-- ARGV[4]  version of the schedule that the entry begins with; 0 to leave that as it is
-- Returns  the time that counts now; -1 when stale epoch: a newer leader was elected
-- Cost     O(1)
-- Atomic because a scheduler that no longer leads could otherwise move the time past ticks that are due.
local meta, field, time = KEYS[1], 'last:' .. ARGV[2], tonumber(ARGV[3])
if tonumber(ARGV[1]) < tonumber(redis.call('HGET', meta, 'epoch') or '0') then return -1 end
if ARGV[4] ~= '0' then redis.call('HSET', meta, 'begun:' .. ARGV[2], ARGV[4]) end
local known = tonumber(redis.call('HGET', meta, field) or '-1')
-- A value that is no time was not written by a scheduler; the entry begins anew.
if not known or known ~= known or known > 9007199254740992 then known = -1 end
if time <= known then return known end
redis.call('HSET', meta, field, ARGV[3])
local ahead = redis.call('HGET', meta, 'ahead:' .. ARGV[2])
if ahead and tonumber(ahead) <= time then redis.call('HDEL', meta, 'ahead:' .. ARGV[2]) end
return time
