-- extension.lua: what another module writes in the step that settles a job; see SettlementExtension. Its functions
-- replace this file in the scripts that it extends.
-- Returns  nothing by itself
-- Cost     of the function O(1); of an extension O(words)
-- Atomic because it runs within the script that includes it.
-- Writes the `words` values of ARGV that begin at `first`. `q` are the keys of the job's queue.
local function extend(q, first, words, now) return q, first, words, now end
