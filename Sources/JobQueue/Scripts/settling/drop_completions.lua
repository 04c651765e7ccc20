-- drop_completions.lua: deletes child completions that have been delivered.
-- KEYS[1]  list  children that finished, oldest first
-- ARGV[1...]  completions in their order, 1 to 64
-- Returns  the number dropped; those that another worker has dropped are skipped
-- Cost     O(completions)
-- Atomic because when two workers deliver at once one could drop a completion that the other has not delivered.
local dropped = 0
for i = 1, #ARGV do
  if redis.call('LINDEX', KEYS[1], 0) == ARGV[i] then
    redis.call('LPOP', KEYS[1])
    dropped = dropped + 1
  end
end
return dropped
