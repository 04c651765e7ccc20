-- lead.lua: takes or keeps the leadership over the schedule.
-- KEYS[1]  string  the leader: '<epoch> <holder> <until, unix ms>'; a minute after its end Redis forgets it
-- KEYS[2]  string  number of leaderships so far
-- ARGV[1]  holder
-- ARGV[2]  now, unix ms
-- ARGV[3]  how long the lease holds, ms
-- Returns  the epoch while the caller leads; 0 while another does
-- Cost     O(1)
-- Atomic because two schedulers could otherwise take the same free lease.
local leader, epochs, holder = KEYS[1], KEYS[2], ARGV[1]
local now, lease = tonumber(ARGV[2]), tonumber(ARGV[3])
local epoch, name, till = string.match(redis.call('GET', leader) or '', '^(%d+) (.*) (%d+)$')
if epoch and tonumber(till) > now then
  if name ~= holder then
    -- A clock that was set back must not keep a leader in office that may be dead for longer than its lease.
    if tonumber(till) > now + lease then
      redis.call('SET', leader, epoch .. ' ' .. name .. ' ' .. string.format('%.0f', now + lease))
      redis.call('PEXPIRE', leader, lease + 60000)
    end
    return 0
  end
else
  epoch = redis.call('INCR', epochs)
end
redis.call('SET', leader, epoch .. ' ' .. holder .. ' ' .. string.format('%.0f', now + lease))
redis.call('PEXPIRE', leader, lease + 60000)
return tonumber(epoch)
