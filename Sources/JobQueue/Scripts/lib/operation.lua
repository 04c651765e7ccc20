-- operation.lua: the operator log: what a person changed, written in the same step as the change. `Scripts.logged` puts
-- the body of a script into a function that `logged` calls. After the script's own keys come the two of the bin and the
-- log's; after its own arguments the number of jobs that the bin holds at the most (0: it keeps none), and the entry.
-- Includes json, bin
-- Returns  nothing by itself
-- Cost     O(1), and that of the script
-- Atomic because it runs within the script that includes it.
local LOG_LIMIT = 1000
local NO_CHANGE = {missing = true, finished = true, again = true, same = true, conflict = true, stale = true,
  duplicate = true, ahead = true, overlap = true, paused = true, skipped = true, ['queue-full'] = true,
  moved = true, gone = true}

local function dead_count() return redis.call('ZCARD', KEYS[6]) end
local function job_state() return string.sub(redis.call('HGET', KEYS[1], ARGV[1]) or '', 2, 2) end
local function stored_fuse()
  local fuse = redis.call('HMGET', KEYS[1], 'f:' .. ARGV[1], 't:' .. ARGV[1])
  return fuse[1] and {ARGV[1], fuse[1], fuse[2]}
end
local function whole_hash() return redis.call('HGETALL', KEYS[1]) end

local function restored_fields()
  if ARGV[3] ~= '0' then return whole_hash() end
  local names = {}
  for i = 1, tonumber(ARGV[4]) do names[i] = ARGV[4 * i + 1] end
  return redis.call('HMGET', KEYS[1], unpack(names))
end

-- What an operator would look at before and after, by script.
local SNAPSHOTS = {
  pause = function() return redis.call('HMGET', KEYS[1], 'paused_until', 'paused_reason', 'paused_for') end,
  purge = function()
    return redis.call('LLEN', KEYS[2]) + redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4])
      + redis.call('ZCARD', KEYS[5])
  end,
  cancel = job_state, forget_finished = job_state,
  requeue_dead = dead_count, discard_dead = dead_count, replace_dead = dead_count,
  add_fuse = stored_fuse, remove_fuse = stored_fuse, halt = whole_hash, resume_orders = whole_hash,
  scale = whole_hash, roll_fleet = function() return redis.call('GET', KEYS[1]) end,
  order_worker = function() return redis.call('HGET', KEYS[1], ARGV[1]) or 'run' end,
  pause_entry = function() return redis.call('HMGET', KEYS[1], 'p:' .. ARGV[1], 'f:' .. ARGV[1]) end,
  store_schedule = function() return redis.call('GET', KEYS[1]) end,
  set_limit = whole_hash, delete_setting = whole_hash, circuit_open = whole_hash, restore_setting = restored_fields,
  bulk_abort = function() return redis.call('HMGET', KEYS[1], 'aborted_by') end,
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

-- The operation that has undone this one and was not undone itself; nil when it stands. The log is read from the newest
-- entry on, so that what undid an operation comes before it.
local function undone_by(log, operation)
  local undone = {}
  for _, text in ipairs(redis.call('LRANGE', log, 0, -1)) do
    local undoes = string.match(text, '"undoes":"(op%-[^"]+)"')
    local own = undoes and string.match(text, '"id":"(op%-[^"]+)"')
    if own and not undone[own] then undone[undoes] = own end
  end
  return undone[operation]
end

-- Adds an entry to the log, and what was changed to the bin.
local function write_entry(log, bin, binned, most, entry, before, after)
  local fields = {'before', before, 'after', after}
  if #moves + moves_for_good > 0 then
    local kept, lost = fill_bin(bin, binned, string.match(entry, '"id":"(op%-[^"]+)"') or 'op-', most)
    fields[5], fields[6], fields[7], fields[8] = 'kept', kept, 'lost', lost
  end
  local seen = json_object(unpack(fields))
  redis.call('LPUSH', log, string.sub(entry, 1, -2) .. ',' .. string.sub(seen, 2))
  redis.call('LTRIM', log, 0, LOG_LIMIT - 1)
end

local function logged(name, change)
  local bin, binned, log = KEYS[#KEYS - 2], KEYS[#KEYS - 1], KEYS[#KEYS]
  local most, entry = tonumber(ARGV[#ARGV - 1]), ARGV[#ARGV]
  for _ = 1, 3 do KEYS[#KEYS] = nil end
  for _ = 1, 2 do ARGV[#ARGV] = nil end
  local undoes = string.match(entry, '"undoes":"(op%-[^"]+)"')
  local undoer = undoes and undone_by(log, undoes)
  if undoer then return {'undone', undoer} end
  local look = SNAPSHOTS[name]
  local before = look and look()
  local answer = change()
  local after = answer
  if look then after = look() end
  local texts = {value_text(before), value_text(after)}
  -- A text that replace_dead answers names the job that stands in its way.
  local is_refused = is_unchanged or name == 'replace_dead' and answer ~= 1
  if not is_refused and (is_change(answer) or look and texts[1] ~= texts[2]) then
    write_entry(log, bin, binned, most, entry, texts[1], texts[2])
  end
  return answer
end
