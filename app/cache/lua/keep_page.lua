-- Keep a page, its version and its root's ix, unless a refresh began since the look. 1 when kept.
-- ARGV: prefix, generation, mark, tree, id, ix, shape, version, page, lifetime ms
local prefix, generation, mark, tree, id, ix, shape, version, page, life = unpack(ARGV)
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
if redis.call('GET', prefix .. ':mark:' .. generation) ~= mark then return 0 end
local version_key = prefix .. ':ver:' .. generation .. ':' .. tree .. ':' .. ix
local known = redis.call('GET', version_key)
if known and tonumber(known) > tonumber(version) then return 0 end
redis.call('SET', prefix .. ':ix:' .. generation .. ':' .. id, ix, 'PX', life)
redis.call('SET', version_key, version, 'PX', life)
redis.call('SET', prefix .. ':tree:' .. tree .. ':' .. ix .. ':' .. shape .. ':' .. generation .. ':' .. version, page, 'PX', life)
return 1
