-- drop_completions.lua: deletes child completions that have been delivered.
-- KEYS[1]  list  children that finished, oldest first
-- ARGV[1...]  completions in their order, 1 to 64
-- Returns  the number dropped; those that another has dropped before are passed over
-- Cost     O(completions)
-- Atomic because of two that deliver at once one could drop what the other has not delivered.
local dropped = 0
for i = 1, #ARGV do
  if redis.call('LINDEX', KEYS[1], 0) == ARGV[i] then
    redis.call('LPOP', KEYS[1])
    dropped = dropped + 1
  end
end
return dropped
