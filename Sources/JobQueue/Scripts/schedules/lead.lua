-- lead.lua: takes or keeps the leadership over the schedule.
-- KEYS[1]  string  the leader: '<epoch> <holder> <until, unix ms>'; a minute after its end Redis forgets it
-- KEYS[2]  string  number of leaderships so far
-- KEYS[3]  string  number of the newest version of the schedule
-- KEYS[4]  hash    schedulers: holder -> '<last seen, unix ms> <its clock less Redis', ms>[ <state of its file,
--          JSON>]'; '#taken' -> the version that a leader runs
-- KEYS[5]  string  epoch of the last leadership that ended in order
-- ARGV[1]  holder
-- ARGV[2]  now, unix ms
-- ARGV[3]  how long the lease holds, ms
-- ARGV[4]  the holder's clock less that of Redis, ms
-- ARGV[5]  greatest difference with which a scheduler may lead, ms
-- ARGV[6]  version of the schedule that the holder runs, if it leads already; 0 otherwise
-- ARGV[7]  state of the holder's schedule file, JSON; empty when it is not known
-- Returns  {epoch while the caller leads, 0 while another does, -1 while its clock keeps it from leading; newest
--          version; version that a leader ran last; another leader, or empty; 1 while the caller leads after a leader
--          that did not resign, else 0}
-- Cost     O(schedulers)
-- Atomic because two schedulers could otherwise take the same free lease.
local leader, epochs, schedulers, holder = KEYS[1], KEYS[2], KEYS[4], ARGV[1]
local now, lease = tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('HSET', schedulers, holder, ARGV[2] .. ' ' .. ARGV[4] .. (ARGV[7] == '' and '' or ' ' .. ARGV[7]))
local all = redis.call('HGETALL', schedulers)
for i = 1, #all, 2 do
  local seen = all[i] ~= '#taken' and tonumber(string.match(all[i + 1], '^%d+'))
  -- A heartbeat in the future was written by a clock that has been set back.
  if seen and math.abs(now - seen) > 60000 then redis.call('HDEL', schedulers, all[i]) end
end
-- Whether the leadership before this one did not end in order.
local function follows_death(epoch) return epoch > 1 and tonumber(redis.call('GET', KEYS[5]) or '0') < epoch - 1 end

local function answer(epoch, other)
  local newest, taken = redis.call('GET', KEYS[3]), redis.call('HGET', schedulers, '#taken')
  return {epoch, tonumber(newest or '0'), tonumber(taken or '0'), other or '', follows_death(epoch) and 1 or 0}
end

-- A leader that goes on, or gives up by itself, has not died; but what it has not told of the one before it stays.
local function end_in_order(epoch)
  if not follows_death(epoch) then redis.call('SET', KEYS[5], string.format('%.0f', epoch)) end
end
local epoch, name, till = string.match(redis.call('GET', leader) or '', '^(%d+) (.*) (%d+)$')
if math.abs(tonumber(ARGV[4])) > tonumber(ARGV[5]) then
  if name == holder then
    redis.call('DEL', leader)
    end_in_order(tonumber(epoch))
  end
  return answer(-1, name ~= holder and name)
end
if epoch and tonumber(till) > now then
  if name ~= holder then
    -- A clock that was set back must not extend the leadership of a scheduler that may be dead.
    if tonumber(till) > now + lease then
      redis.call('SET', leader, epoch .. ' ' .. name .. ' ' .. string.format('%.0f', now + lease))
      redis.call('PEXPIRE', leader, lease + 60000)
    end
    return answer(0, name)
  end
  if ARGV[6] ~= '0' then redis.call('HSET', schedulers, '#taken', ARGV[6]) end
else
  if name == holder then end_in_order(tonumber(epoch)) end
  epoch = redis.call('INCR', epochs)
end
redis.call('SET', leader, epoch .. ' ' .. holder .. ' ' .. string.format('%.0f', now + lease))
redis.call('PEXPIRE', leader, lease + 60000)
return answer(tonumber(epoch))
