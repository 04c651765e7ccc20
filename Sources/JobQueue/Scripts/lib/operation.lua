-- operation.lua: the operator log: what a person changed, written in the same step as the change. `Scripts.logged` puts
-- the body of a script into a function that `logged` calls; the log's key and the entry come after the script's own
-- keys and arguments.
-- Includes json
-- Returns  nothing by itself
-- Cost     O(1), and that of the script
-- Atomic because it runs within the script that includes it.
local LOG_LIMIT = 1000
local NO_CHANGE = {missing = true, finished = true, again = true, same = true, conflict = true, stale = true,
  duplicate = true, ahead = true, overlap = true, paused = true, skipped = true, ['queue-full'] = true}

local function dead_count() return redis.call('ZCARD', KEYS[6]) end
local function job_state() return string.sub(redis.call('HGET', KEYS[1], ARGV[1]) or '', 2, 2) end
local function whole_hash() return redis.call('HGETALL', KEYS[1]) end

-- What an operator would look at before and after, by script.
local SNAPSHOTS = {
  pause = function() return redis.call('HMGET', KEYS[1], 'paused_until', 'paused_reason') end,
  purge = function()
    return redis.call('LLEN', KEYS[2]) + redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4])
      + redis.call('ZCARD', KEYS[5])
  end,
  cancel = job_state, forget_finished = job_state,
  requeue_dead = dead_count, discard_dead = dead_count, replace_dead = dead_count,
  pause_entry = function() return redis.call('HGET', KEYS[1], 'p:' .. ARGV[1]) end,
  store_schedule = function() return redis.call('GET', KEYS[1]) end,
  set_limit = whole_hash, delete_setting = whole_hash, circuit_open = whole_hash,
}

-- Whether an answer says that something was changed: the first word or number of it decides.
local function is_change(answer)
  if type(answer) ~= 'table' then return answer and answer ~= 0 and answer ~= -1 and not NO_CHANGE[answer] or false end
  if type(answer[1]) == 'string' then return not NO_CHANGE[answer[1]] end
  for _, value in ipairs(answer) do
    if value == true or type(value) == 'number' and value > 0 then return true end
  end
  return false
end

-- A value as JSON text.
local function value_text(value)
  if not value or type(value) == 'table' and #value == 0 then return 'null' end
  if type(value) == 'number' then return string.format('%.0f', value) end
  if type(value) ~= 'table' then return encode(value) end
  local parts = {}
  for i = 1, #value do parts[i] = value[i] or cjson.null end
  return encode(parts)
end

local function logged(name, change)
  local log, entry = KEYS[#KEYS], ARGV[#ARGV]
  KEYS[#KEYS], ARGV[#ARGV] = nil, nil
  local look = SNAPSHOTS[name]
  local before = look and look()
  local answer = change()
  local after = answer
  if look then after = look() end
  local texts = {value_text(before), value_text(after)}
  if is_change(answer) or look and texts[1] ~= texts[2] then
    local seen = json_object('before', texts[1], 'after', texts[2])
    redis.call('LPUSH', log, string.sub(entry, 1, -2) .. ',' .. string.sub(seen, 2))
    redis.call('LTRIM', log, 0, LOG_LIMIT - 1)
  end
  return answer
end
