-- take_maintenance.lua: takes or keeps the maintenance lease: its worker promotes, rescues and sweeps for the fleet.
-- KEYS[1]  string  the worker that has it; ends with its lease
-- ARGV[1]  worker
-- ARGV[2]  how long the lease holds, ms
-- Returns  1 the caller has it; 0 another worker does
-- Cost     O(1)
-- Atomic because two workers could otherwise take a free lease at once.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  -- A lease taken while the clock of Redis was ahead would outlast its worker by the difference.
  if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
