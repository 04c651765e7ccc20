-- restore_setting.lua: gives fields of a hash that operators set the values that they had before a change, if they
-- still have those that the change left.
-- KEYS[1]  hash  the setting
-- KEYS[2]  list  wake-ups for idle workers of the queue with the same tag
-- ARGV[1]  '1' when a worker is notified afterwards; else '0'
-- ARGV[2]  how long the hash lives from now on, ms; 0 for good
-- ARGV[3]  '1' when the hash must hold no other fields; '0' and '2' when it may: the log then gets these fields, or all
-- ARGV[4]  number of fields; then four values for each: its name; '1' when another value in it is an obstacle; what the
--          change left in it; what it gets. A value is '=' and its text; nothing for a field that is absent
-- Returns  {'restored', fields}; {'moved', the field, its value now}: there is an obstacle, and nothing was changed
-- Cost     O(fields)
-- Atomic because a change between the look and the write would be lost.
local key, wake, count = KEYS[1], KEYS[2], tonumber(ARGV[4])
local expected, writes = 0, {}
for i = 1, count do
  local name, guarded, left, wanted = ARGV[4 * i + 1], ARGV[4 * i + 2], ARGV[4 * i + 3], ARGV[4 * i + 4]
  local value = redis.call('HGET', key, name)
  local now = value and '=' .. value or ''
  if now == left then writes[#writes + 1] = {name, wanted}
  elseif guarded == '1' then return {'moved', name, value or ''} end
  if now ~= '' then expected = expected + 1 end
end
if ARGV[3] == '1' and redis.call('HLEN', key) ~= expected then return {'moved', '', ''} end
for _, write in ipairs(writes) do
  if write[2] == '' then redis.call('HDEL', key, write[1])
  else redis.call('HSET', key, write[1], string.sub(write[2], 2)) end
end
if ARGV[2] == '0' then redis.call('PERSIST', key) else redis.call('PEXPIRE', key, ARGV[2]) end
if ARGV[1] == '1' and redis.call('LLEN', wake) < 64 then
  redis.call('RPUSH', wake, '1')
  redis.call('PEXPIRE', wake, 60000)
end
return {'restored', #writes}
