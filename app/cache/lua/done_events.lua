-- A consumer has done some events. Answers the number up to which the group has done all, 0 when there is no stream.
-- ARGV: prefix, group, then the numbers
local prefix, group = ARGV[1], ARGV[2]
local key = prefix .. ':events:' .. group
if redis.call('EXISTS', key) == 0 then return 0 end
for at = 3, #ARGV do
  local id = ARGV[at] .. '-0'
  -- Only what was given to somebody can have been done.
  if redis.call('XACK', key, 'g', id) == 1 then redis.call('XDEL', key, id) end
end
local first = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)
if #first > 0 then return tonumber(string.match(first[1][1], '^%d+')) - 1 end
local info = redis.call('XINFO', 'STREAM', key)
for at = 1, #info, 2 do
  if info[at] == 'last-generated-id' then return tonumber(string.match(info[at + 1], '^%d+')) end
end
return 0
