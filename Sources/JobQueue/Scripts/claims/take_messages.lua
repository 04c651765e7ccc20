-- take_messages.lua: turns the next messages in the lists of another program into jobs that this worker has claimed.
-- Includes paused
-- KEYS[1...13]  the queue's keys, as in queue.lua; of meta: fence, enqueued, paused_until, paused_for
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[15] zset  leases: worker -> expiry, unix ms
-- KEYS[16] hash  the fuses of the queue, as in fuse.lua
-- KEYS[17...]  list  messages, the oldest at the tail; the first list first
-- ARGV[1]  worker
-- ARGV[2]  now, unix ms
-- ARGV[3]  how many jobs at the most, 1 to 256
-- ARGV[4]  the database of the lists; empty when it is that of the queue
-- ARGV[5]  the database of the queue
-- ARGV[6]  after so many bytes no further message is taken
-- ARGV[7]  the kind of a message that names none
-- ARGV[8]  the most bytes of a message that is taken as it is
-- ARGV[9]  a longer one is kept under this and the job's id, for a week
-- Returns  as fetch.lua: {'lost'} or {'paused'}; else the fence, then job id and record of each job
-- Cost     O(bytes)
-- Atomic because a crash between the pop and the claim would lose the message.
-- A message may have an object `headers` with the job's `id` and its kind as `task`. The arguments are the message; one
-- that is no JSON object becomes a JSON string, byte by byte as Latin-1; of one that is too long they are its size:
-- {"oversize": bytes, "id": its own id, "key": where it is kept}. While the queue has fuses, the jobs are made ready
-- instead of claimed, for fetch.lua to look at.
local q, running, now = queue_at(1), KEYS[14], tonumber(ARGV[2])
local expiry = redis.call('ZSCORE', KEYS[15], ARGV[1])
if not expiry or tonumber(expiry) <= now then return {'lost'} end
if is_paused(q, now) then return {'paused'} end

-- The oldest messages; the caller selects the database. Their size is known only when they are there: what is too much
-- goes back.
local function pop_messages()
  local messages, left, bytes, longest = {}, tonumber(ARGV[3]), tonumber(ARGV[6]), tonumber(ARGV[8])
  for i = 17, #KEYS do
    local taken = left > 0 and bytes > 0 and redis.call('RPOP', KEYS[i], left) or {}
    local used = 0
    while used < #taken and bytes > 0 do
      used = used + 1
      messages[#messages + 1] = taken[used]
      bytes = bytes - math.min(#taken[used], longest)
    end
    left = left - used
    for j = #taken, used + 1, -1 do redis.call('RPUSH', KEYS[i], taken[j]) end
  end
  return messages
end

local function popped()
  if ARGV[4] == '' then return pop_messages() end
  redis.call('SELECT', ARGV[4])
  local messages = pop_messages()
  redis.call('SELECT', ARGV[5])
  return messages
end

local function latin1(text)
  return cjson.encode((string.gsub(text, '[\128-\255]', function(byte)
    local code = string.byte(byte)
    return string.char(192 + math.floor(code / 64), 128 + code % 64)
  end)))
end

local function name_of(id)
  if type(id) == 'string' and #id <= 100 and #id > 0 and not string.find(id, '[^!-~]')
    and not string.find(id, '["\'\\]') then return id end
end

local function kind_of(name)
  local is_kind = type(name) == 'string' and #name <= 64 and string.find(name, '^[a-z0-9][a-z0-9._-]*$')
  return is_kind and name or ARGV[7]
end

-- The headers of a long message stand at its begin or end; it is not parsed.
local function glimpse(message, name)
  local pattern = string.format('"%s": ?"([^"\\]+)"', name)
  return string.match(string.sub(message, -65536), pattern) or string.match(string.sub(message, 1, 4096), pattern)
end

-- The name of the job, the kind, and the arguments that a message becomes; no arguments for one that is too long.
local function described(message)
  if #message > 1048576 and string.byte(message) == 123 then
    local id, kind = name_of(glimpse(message, 'id')), kind_of(glimpse(message, 'task'))
    return id, kind, #message <= tonumber(ARGV[8]) and message or nil
  end
  local fine, content = pcall(cjson.decode, message)
  if not fine or type(content) ~= 'table' or string.byte(message) ~= 123 then
    return nil, ARGV[7], #message <= tonumber(ARGV[8]) / 4 and latin1(message) or nil
  end
  local headers = type(content.headers) == 'table' and content.headers or {}
  return name_of(headers.id), kind_of(headers.task), message
end

-- Keeps a message that is too long, and returns what stands for it.
local function set_aside(message, job)
  local key = ARGV[9] .. job
  redis.call('SET', key, message, 'EX', 604800)
  return cjson.encode({oversize = #message, id = glimpse(message, 'id'), key = key})
end

local messages = popped()
if #messages == 0 then return {} end
local fence = redis.call('HINCRBY', q.meta, 'fence', 1)
local answer, records, claims, ids, ours = {fence}, {}, {}, {}, {}
local claim = fence .. ' ' .. ARGV[2]
for i = 1, #messages do
  local id, kind, payload = described(messages[i])
  if not id then id = 'message~' .. fence .. '.' .. i
  elseif ours[id] or redis.call('HEXISTS', q.jobs, id) == 1 then id = id .. '~' .. fence .. '.' .. i end
  ours[id] = true
  payload = payload or set_aside(messages[i], id)
  -- The layout is that of JobEnvelope.swift.
  local record = '1w0\t' .. kind .. '\t0\t0\t' .. ARGV[2] .. '\t\t\t\n\n\n\n' .. payload
  ids[i] = id
  records[2 * i - 1], records[2 * i] = id, record
  claims[2 * i - 1], claims[2 * i] = id, claim
  answer[2 * i], answer[2 * i + 1] = id, record
end
redis.call('HSET', q.jobs, unpack(records))
redis.call('HINCRBY', q.meta, 'enqueued', #messages)
if redis.call('HEXISTS', KEYS[16], '#kinds') == 1 then
  redis.call('RPUSH', q.ready, unpack(ids))
  notify_workers(q, #ids)
  return {}
end
redis.call('HSET', running, unpack(claims))
return answer
