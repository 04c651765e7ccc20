-- gate.lua: the gate of orders, one hash that every step of an order reads.
--   buys:since, all:since  when operators halted buys, or all orders; absent while they do not; likewise ':until' (0
--                until resumed), ':for' (how long, ms; 0 until resumed), ':reason' and ':who'
--   buys_from, sells_from  decisions that were made before are not traded, unix ms
--   held_since, held_why  the hold after an unclean stop; absent while there is none
--   mark:<source>  the unclean stop for which this source held orders last
--   reconciled   begin of a reconciliation that came back clean after the last halt, unix ms
--   unclean      why the last reconciliation was not clean
-- Returns  nothing by itself
-- Cost     of each function O(1)
-- Atomic because it runs within the script that includes it.
local LEVELS = {'buys', 'all'}
local GATE_TIMES = {'buys:since', 'all:since', 'held_since', 'buys_from', 'sells_from', 'reconciled'}
-- Clocks of Redis that processes estimate differ by less.
local CLOCK_MARGIN = 1000

-- Raises the time before which no decision of this side is traded.
local function raise_time(gate, field, at)
  if at > (tonumber(redis.call('HGET', gate, field) or '') or 0) then
    redis.call('HSET', gate, field, string.format('%.0f', at))
  end
end

-- Ends a halt: none of the decisions that it covered and that were made before `at` is traded.
local function end_halt(gate, level, at)
  raise_time(gate, 'buys_from', at)
  if level == 'all' then raise_time(gate, 'sells_from', at) end
  redis.call('HDEL', gate, level .. ':since', level .. ':until', level .. ':for', level .. ':reason', level .. ':who')
end

-- Ends halts whose time is over, and corrects times that were written by a clock that has been set back since.
local function settle_gate(gate, now)
  local times = redis.call('HMGET', gate, unpack(GATE_TIMES))
  for i, field in ipairs(GATE_TIMES) do
    if times[i] and (tonumber(times[i]) or 0) > now + CLOCK_MARGIN then
      redis.call('HSET', gate, field, string.format('%.0f', now))
    end
  end
  for i, level in ipairs(LEVELS) do
    local till = times[i] and tonumber(redis.call('HGET', gate, level .. ':until') or '') or 0
    local length = till > 0 and tonumber(redis.call('HGET', gate, level .. ':for') or '') or 0
    if till > 0 and till <= now then end_halt(gate, level, till)
    -- The halt was set while the clock was ahead: it lasts its length from now on.
    elseif till > now + length + CLOCK_MARGIN then
      redis.call('HSET', gate, level .. ':until', string.format('%.0f', now + length))
    end
  end
end

-- What a reconciliation has to have seen for its result to count: the halts and the hold that are in force.
local function gate_stamp(gate)
  local times = redis.call('HMGET', gate, 'buys:since', 'all:since', 'held_since')
  return (times[1] or '-') .. ' ' .. (times[2] or '-') .. ' ' .. (times[3] or '-')
end
