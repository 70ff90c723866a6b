-- One look for a page. KEYS: none are fixed; all share the prefix's hash tag. ARGV: prefix, tree, id, shape.
-- Answer: nothing without a generation; generation, mark, done; then version and page as far as they are there.
local prefix, tree, id, shape = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local generation = redis.call('GET', prefix .. ':gen')
if not generation then return {} end
local mark = redis.call('GET', prefix .. ':mark:' .. generation)
local done = redis.call('GET', prefix .. ':done:' .. generation)
if not mark or not done then return {} end
local ix = redis.call('GET', prefix .. ':ix:' .. generation .. ':' .. id)
if not ix then return {generation, mark, done} end
local version = redis.call('GET', prefix .. ':ver:' .. generation .. ':' .. tree .. ':' .. ix)
if not version then return {generation, mark, done} end
local page = redis.call('GET', prefix .. ':tree:' .. tree .. ':' .. ix .. ':' .. shape .. ':' .. generation .. ':' .. version)
if not page then return {generation, mark, done} end
return {generation, mark, done, page}
