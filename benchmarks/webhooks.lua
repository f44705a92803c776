-- Sends each of the requests in the file that `scripts/bench` wrote once, and ends when there are no more.
local requests, sent = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for text in file:read("*a"):gmatch("[^\30]+") do requests[#requests + 1] = text end
  file:close()
end

function request()
  sent = math.min(sent + 1, #requests)
  if sent == #requests then wrk.thread:stop() end
  return requests[sent]
end
