-- bulk_abort.lua: asks the process that runs a bulk operation to stop after its present step.
-- KEYS[1]  hash  the bulk operation, as bulk_step.lua writes it
-- ARGV[1]  who aborts it
-- Returns  1 asked; 0 it is not running, or was asked already, and nothing was changed
-- Cost     O(1)
-- Atomic because it could end between the look and the write.
if redis.call('HGET', KEYS[1], 'state') ~= 'running' then return 0 end
if redis.call('HEXISTS', KEYS[1], 'aborted_by') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'aborted_by', ARGV[1])
return 1
