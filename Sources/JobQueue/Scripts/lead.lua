-- lead.lua: takes or keeps the leadership over the schedule.
-- KEYS[1]  string  the leader: '<epoch> <holder>', gone when its lease ends
-- KEYS[2]  string  number of leaderships so far
-- ARGV[1]  holder
-- ARGV[2]  how long the lease holds, ms
-- Returns  the epoch while the caller leads; 0 while another does
-- Cost     O(1)
-- Atomic because two schedulers could otherwise take the same free lease.
local leader, epochs, holder, lease = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local current = redis.call('GET', leader)
if current then
  local epoch, name = string.match(current, '^(%d+) (.*)$')
  if name ~= holder then return 0 end
  redis.call('PEXPIRE', leader, lease)
  return tonumber(epoch)
end
local epoch = redis.call('INCR', epochs)
redis.call('SET', leader, epoch .. ' ' .. holder, 'PX', lease)
return epoch
