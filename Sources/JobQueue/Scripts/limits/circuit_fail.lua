-- circuit_fail.lua: counts a job that failed at a dependency, and opens the circuit when enough have failed alike.
-- KEYS[1]  hash  the circuit, as circuit_admit.lua keeps it
-- ARGV[1]  now, unix ms
-- ARGV[2]  fingerprint of the failure, without blanks
-- ARGV[3]  job id
-- ARGV[4]  when the attempt was started, unix ms
-- ARGV[5]  distinct jobs with one fingerprint that open it
-- ARGV[6]  how long a failure counts, ms
-- ARGV[7]  length of the first opening, ms
-- ARGV[8]  length of the longest, ms
-- Returns  0 not relevant in the present phase, 1 counted, 2 opened
-- Cost     O(1): at most 16 fingerprints with as many jobs as open it
-- Atomic because of two reports at once each could miss the other's, and neither would open it.
local key, now, fingerprint, job = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[3]
local started, needed, window = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local held = redis.call('HMGET', key, 'phase', 'until', 'next', 'probe', 'ramp', 'failures', 'since', 'openings')
local phase = held[1]

local function open(length, reason)
  redis.call('HDEL', key, 'hand', 'probe', 'ramp', 'slot', 'given', 'failures')
  redis.call('HSET', key, 'phase', 'open', 'since', held[7] or ARGV[1], 'until', string.format('%.0f', now + length),
    'length', length, 'next', math.min(2 * length, tonumber(ARGV[8])), 'reason', reason,
    'openings', tonumber(held[8] or '0') + 1)
  redis.call('PEXPIRE', key, length + 86400000)
  return 2
end

-- An attempt that started before the probe could start, less half a second for clock differences, is too old: its
-- failure does not show the present state of the dependency.
if phase == 'open' then
  local till = tonumber(held[2])
  if not held[4] or now < till or started < till - 500 then return 0 end
  return open(tonumber(held[3]), 'the probe failed with ' .. fingerprint)
end
if phase == 'ramping' and started < tonumber(held[5]) - 500 then return 0 end

local lines, own, distinct = {}, {}, 1
for name, list in string.gmatch(held[6] or '', '(%S+) ([^\n]+)') do
  local kept = {}
  for time, id in string.gmatch(list, '(%d+):(%S+)') do
    -- A time in the future was written before the clock was set back.
    local at = math.min(tonumber(time), now)
    local same = name == fingerprint and id == job
    if at > now - window and not same then kept[#kept + 1] = string.format('%.0f:%s', at, id) end
  end
  if name == fingerprint then
    own, distinct = kept, #kept + 1
  elseif #kept > 0 then
    lines[#lines + 1] = name .. ' ' .. table.concat(kept, ' ')
  end
end
if distinct >= needed then
  return open(tonumber(held[3] or ARGV[7]), string.format('%d jobs failed with %s', distinct, fingerprint))
end
own[#own + 1] = ARGV[1] .. ':' .. job
lines[#lines + 1] = fingerprint .. ' ' .. table.concat(own, ' ')
-- Drops the fingerprint without failures for the longest time.
if #lines > 16 then table.remove(lines, 1) end
redis.call('HSET', key, 'failures', table.concat(lines, '\n'))
if not phase then redis.call('PEXPIRE', key, window + 60000) end
return 1
