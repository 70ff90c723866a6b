-- Put events into the stream of a group; one that was put in before is not put in again.
-- ARGV: prefix, group, the event after which the group begins where there is no stream yet, then number and contents by turns
local prefix, group, floor = ARGV[1], ARGV[2], ARGV[3]
local key = prefix .. ':events:' .. group
if redis.call('EXISTS', key) == 0 then redis.call('XGROUP', 'CREATE', key, 'g', floor .. '-0', 'MKSTREAM') end
for at = 4, #ARGV, 2 do
  redis.pcall('XADD', key, ARGV[at] .. '-0', 'e', ARGV[at + 1]) -- refused when a later one is there
end
return 1
