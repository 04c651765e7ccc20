-- json.lua: JSON objects whose fields keep their order: readers match how a record or an event begins.
-- Returns  nothing by itself
-- Cost     O(length of the text)
-- Atomic because it runs within the script that includes it.
-- A value as JSON; a slash stays as it is, which cjson would escape.
local function encode(value) return (string.gsub(cjson.encode(value), '\\/', '/')) end

-- Text that is JSON already, as a value for json_object.
local function json(text) return {json = text} end

-- One object. The arguments are names and values in turn; a nil value is left out, a number is written as a whole one.
local function json_object(...)
  local fields, parts = {...}, {}
  for i = 1, select('#', ...), 2 do
    local value = fields[i + 1]
    if value ~= nil then
      local text = type(value) == 'table' and value.json or type(value) == 'number' and string.format('%.0f', value)
        or encode(value)
      parts[#parts + 1] = encode(fields[i]) .. ':' .. text
    end
  end
  return '{' .. table.concat(parts, ',') .. '}'
end
