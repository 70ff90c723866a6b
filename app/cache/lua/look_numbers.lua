-- One look for the numbers of many people. ARGV: prefix, inner numbers with a space between
-- Answer: nothing without a generation; else generation, mark, done, a fact and when it was recorded ('120:1767225600000', or
-- false), then one value or false for each ix.
local prefix = ARGV[1]
local generation = redis.call('GET', prefix .. ':gen')
if not generation then return {} end
local mark = redis.call('GET', prefix .. ':mark:' .. generation)
local done = redis.call('GET', prefix .. ':done:' .. generation)
if not mark or not done then return {} end
local answer = {generation, mark, done, redis.call('GET', prefix .. ':at:' .. generation)}
local at = #answer
for ix in ARGV[2]:gmatch('%d+') do
  at = at + 1
  answer[at] = redis.call('GET', prefix .. ':num:' .. generation .. ':' .. ix)
end
return answer
