-- Each request asks for a return of another order, in another call. `scripts/bench` gives the token and a word of the round.
local round, count = "", 0

function init(arguments)
  wrk.method, round = "POST", arguments[2]
  wrk.headers["Authorization"] = "Bearer " .. arguments[1]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  local name = string.format("%s%07d", round, count)
  return wrk.format(nil, "/v1/returns", nil, '{"order_id":"ORD-' .. name .. '","customer_reference":"call-' .. name ..
    '","items":[{"sku":"SKU-12345","quantity":1,"reason_code":"DEFECTIVE"}],"notification_channel":"none"}')
end
