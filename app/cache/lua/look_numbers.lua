-- One look for the numbers of many people. ARGV: prefix, inner numbers with a space between
-- Answer: nothing without a generation; else generation, mark, done, a fact and when it was recorded ('120:1767225600000', or
-- false), and the numbers: one value or null for each ix, with a comma between.
local prefix = ARGV[1]
local generation = redis.call('GET', prefix .. ':gen')
if not generation then return {} end
local mark = redis.call('GET', prefix .. ':mark:' .. generation)
local done = redis.call('GET', prefix .. ':done:' .. generation)
if not mark or not done then return {} end
local found = {}
for ix in ARGV[2]:gmatch('%d+') do
  found[#found + 1] = redis.call('GET', prefix .. ':num:' .. generation .. ':' .. ix) or 'null'
end
return {generation, mark, done, redis.call('GET', prefix .. ':at:' .. generation), table.concat(found, ',')}
