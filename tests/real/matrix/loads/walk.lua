-- SPDX-License-Identifier: MIT
-- Tables, strings, closures, coroutines, errors, the collector in both of its modes.
local function hash(s)
	local h = 5381
	for i = 1, #s do h = (h * 33 + s:byte(i)) & 0xffffffff end
	return h
end

for _, mode in ipairs { "incremental", "generational" } do
	collectgarbage(mode)
	local words, list = {}, {}
	for i = 1, 100000 do
		local w = "w" .. i * 7919 % 10007
		words[w] = (words[w] or 0) + i
	end
	for k, v in pairs(words) do list[#list + 1] = k .. "=" .. v end
	table.sort(list)
	print(#list, hash(table.concat(list, ",")))
	local text = string.rep("name=value;", 30000)
	print(hash((text:gsub("(%w+)=(%w+)", "%2:%1"))))
	local co = coroutine.wrap(function() for i = 1, 20000 do coroutine.yield({ i, tostring(i) }) end end)
	local sum = 0
	for _ = 1, 20000 do local t = co(); sum = sum + t[1] + #t[2] end
	local caught = 0
	for i = 1, 2000 do if not pcall(error, { code = i }) then caught = caught + 1 end end
	print(sum, caught, #string.rep("x", 50000000))
	for _ = 1, 300 do local many = {} for j = 1, 300 do many[j] = coroutine.create(print) end end
	words, list = nil, nil
	collectgarbage()
	print(collectgarbage("count") < 20000)
end
