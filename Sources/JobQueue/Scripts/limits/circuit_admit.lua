-- circuit_admit.lua: returns how many jobs may call a dependency now, and counts them while the circuit is not closed.
-- KEYS[1]  hash  the circuit; no phase means closed. phase (open, ramping), since, until, length (ms), next (length of
--                the next opening), reason, hand, openings, probe (when the last was admitted), ramp (when it began),
--                slot (second of the ramp), given (in it), failures (a line for each fingerprint, newest last: the
--                fingerprint, then time:job for each job)
-- ARGV[1]  now, unix ms
-- ARGV[2]  jobs at the most
-- ARGV[3]  time after which a probe without a report is forgotten, ms
-- ARGV[4]  how long the ramp takes, ms, at least 1
-- Returns  {jobs admitted, ms until it is worth asking again, 1 if reports of success matter now}
-- Cost     O(1)
-- Atomic because two workers could otherwise both send the one probe.
local key, now, most = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local patience, ramp = tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HMGET', key, 'phase', 'until', 'length', 'probe', 'ramp', 'slot', 'given', 'failures')
local phase = held[1]
if not phase then return { most, 0, held[8] and 1 or 0 } end
if phase == 'open' then
  local till, length, probe = tonumber(held[2]), tonumber(held[3]), tonumber(held[4])
  -- A clock that was set back does not make the opening longer.
  if till - now > length then
    till = now + length
    redis.call('HSET', key, 'until', string.format('%.0f', till))
  end
  if now < till then return { 0, till - now, 1 } end
  local age = probe and math.abs(now - probe) or patience
  -- The probe may report at any time, so the wait is at most a second.
  if age < patience then return { 0, math.min(patience - age, 1000), 1 } end
  if most < 1 then return { 0, 0, 1 } end
  redis.call('HSET', key, 'probe', ARGV[1])
  return { 1, 0, 1 }
end
local begun = tonumber(held[5])
if begun - now > 1000 then
  -- The clock was set back: the ramp begins again.
  begun = now
  redis.call('HSET', key, 'ramp', ARGV[1], 'slot', 0, 'given', 0)
  held[6], held[7] = '0', '0'
end
-- Six steps of the same length, 1 to 32 jobs a second.
local age = math.max(0, now - begun)
local step = math.floor(age * 6 / ramp)
if step >= 6 then
  redis.call('HDEL', key, 'phase', 'since', 'until', 'length', 'next', 'reason', 'hand', 'openings', 'probe', 'ramp',
    'slot', 'given')
  return { most, 0, held[8] and 1 or 0 }
end
local slot = math.floor(age / 1000)
local given = slot == tonumber(held[6] or '-1') and tonumber(held[7]) or 0
local admitted = math.max(0, math.min(most, 2 ^ step - given))
if admitted == 0 then return { 0, (slot + 1) * 1000 - age, 1 } end
redis.call('HSET', key, 'slot', slot, 'given', given + admitted)
return { admitted, 0, 1 }
