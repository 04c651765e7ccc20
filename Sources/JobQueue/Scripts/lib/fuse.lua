-- fuse.lua: fuses: jobs of a kind that operators keep from running are parked when they are fetched.
-- Includes concurrency
-- One hash holds the fuses of a queue:
--   f:<fuse id>  JSON: kind, match (names of arguments and their values; absent for all jobs of the kind), since, who,
--                reason
--   t:<fuse id>  '<until, unix ms> <for how long, ms>'
--   r:<fuse id>  the release of its jobs after its end: '<jobs of the next step> <last step, unix ms>'
--   #kinds       the kinds of all fuses, with a tab before and after each, as a record has one around its kind; absent
--                while there are none
-- Returns  nothing by itself
-- Cost     of each function O(fuses of the queue), unless it says less
-- Atomic because it runs within the script that includes it.
-- Until when a fuse parks jobs, unix ms; 0 for one that is unknown. One that was set while the clock was ahead lasts
-- its length from now on.
local function fuse_end(key, id, now)
  local till, length = string.match(redis.call('HGET', key, 't:' .. id) or '', '^(%d+) (%d+)$')
  if not till then return 0 end
  till, length = tonumber(till), tonumber(length)
  if till > now + length + 1000 then
    till = now + length
    redis.call('HSET', key, 't:' .. id, string.format('%.0f', till) .. ' ' .. string.format('%.0f', length))
  end
  return till
end

-- The ids and contents of all fuses; what cannot be read is left out.
local function all_fuses(key)
  local fields, found = redis.call('HGETALL', key), {}
  for i = 1, #fields, 2 do
    local id = string.match(fields[i], '^f:(%S+)$')
    local fine, fuse = pcall(cjson.decode, fields[i + 1])
    if id and fine and type(fuse) == 'table' and fuse.kind then
      found[#found + 1] = {id = id, kind = fuse.kind, match = fuse.match}
    end
  end
  return found
end

local function list_kinds(key)
  local kinds = '\t'
  for _, fuse in ipairs(all_fuses(key)) do
    if not string.find(kinds, '\t' .. fuse.kind .. '\t', 1, true) then kinds = kinds .. fuse.kind .. '\t' end
  end
  if kinds == '\t' then redis.call('HDEL', key, '#kinds') else redis.call('HSET', key, '#kinds', kinds) end
end

local function is_matched(match, record)
  if type(match) ~= 'table' then return true end
  local payload = string.match(record, '^[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*\n(.*)$')
  local fine, arguments = pcall(cjson.decode, payload or '')
  if not fine or type(arguments) ~= 'table' then return false end
  for name, wanted in pairs(match) do
    local value = arguments[name]
    if type(value) == 'number' then
      if tonumber(wanted) ~= value then return false end
    elseif type(value) ~= 'string' and type(value) ~= 'boolean' or tostring(value) ~= wanted then
      return false
    end
  end
  return true
end

-- Where the kind of a record ends, if it has no fuse; else nil. Records that are alike from their third character up to
-- there need no further look.
local function unfused_end(kinds, record)
  local _, last, kind = string.find(record, '^..%-?%d+(\t[^\t]*\t)')
  if last and not string.find(kinds, kind, 1, true) then return last end
end

-- By kind, the fuses that hold at the time of this call.
local fuses_of_kind = {}

local function fuses_of(key, record, now)
  local kind = string.match(record, '^..%-?%d+\t([^\t]*)\t') or ''
  if not fuses_of_kind[kind] then
    fuses_of_kind[kind] = {}
    for _, fuse in ipairs(all_fuses(key)) do
      if fuse.kind == kind and fuse_end(key, fuse.id, now) > now then table.insert(fuses_of_kind[kind], fuse) end
    end
  end
  return fuses_of_kind[kind]
end

-- Parks a job that is about to be claimed, if a fuse keeps it. `now` is text, unix ms. Returns whether it did.
local function park_fused(q, key, id, record, options, now)
  for _, fuse in ipairs(fuses_of(key, record, tonumber(now))) do
    if is_matched(fuse.match, record) then
      -- Another job of its concurrency key may take its turn.
      if options and options.cap then forget_next(q, id, options.cap) end
      redis.call('HSET', q.jobs, id, with_event(record, event_json(now, 'parked', 'detail', 'fuse=' .. fuse.id)))
      park(q, id, 'fuse=' .. fuse.id)
      return true
    end
  end
  return false
end
