-- count_messages.lua: how many messages lie in the lists of another program.
-- KEYS[1...]  list  messages
-- ARGV[1]  the database of the lists; empty when it is that of this connection
-- ARGV[2]  the database of this connection
-- Returns  the number
-- Cost     O(lists)
-- Atomic because the other database must be left again.
local count = 0
if ARGV[1] ~= '' then redis.call('SELECT', ARGV[1]) end
for i = 1, #KEYS do
  local length = redis.pcall('LLEN', KEYS[i])
  if type(length) == 'number' then count = count + length end
end
if ARGV[1] ~= '' then redis.call('SELECT', ARGV[2]) end
return count
