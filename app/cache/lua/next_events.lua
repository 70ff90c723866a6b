-- What a consumer of a group holds: first what it was given and has not done, then what another gave up, then new ones.
-- ARGV: prefix, group, consumer, most, idle ms after which what another holds is taken over
-- Answers nothing when there is no such stream (it was never filled, or Redis forgot it), else the number of the last
-- event that was ever put in, and number and contents of each event by turns.
local prefix, group, consumer, most, idle = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local key = prefix .. ':events:' .. group
if redis.call('EXISTS', key) == 0 then return {} end
local found, seen = {}, {}
local function take(entries)
  for _, entry in ipairs(entries) do
    -- An entry that was done meanwhile has no contents.
    if entry and entry[2] and not seen[entry[1]] then
      seen[entry[1]] = true
      found[#found + 1] = string.match(entry[1], '^%d+')
      found[#found + 1] = entry[2][2]
    end
  end
end
local function left() return most - #found / 2 end
local mine = redis.call('XREADGROUP', 'GROUP', 'g', consumer, 'COUNT', most, 'STREAMS', key, '0')
if mine then take(mine[1][2]) end
if left() > 0 then take(redis.call('XAUTOCLAIM', key, 'g', consumer, idle, '0-0', 'COUNT', left())[2]) end
if left() > 0 then
  local new = redis.call('XREADGROUP', 'GROUP', 'g', consumer, 'COUNT', left(), 'STREAMS', key, '>')
  if new then take(new[1][2]) end
end
local info, last = redis.call('XINFO', 'STREAM', key), '0'
for at = 1, #info, 2 do
  if info[at] == 'last-generated-id' then last = string.match(info[at + 1], '^%d+') end
end
table.insert(found, 1, last)
return found
