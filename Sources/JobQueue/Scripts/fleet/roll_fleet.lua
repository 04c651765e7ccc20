-- roll_fleet.lua: asks every host to restart its processes, one after the other.
-- KEYS[1]  string  number of rolling restarts that were asked for
-- Returns  the number of this one, from 1
-- Cost     O(1)
-- Atomic because it is one command; it is a script so that the operator log can be written in the same step.
return redis.call('INCR', KEYS[1])
