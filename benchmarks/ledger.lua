-- A transaction or a look-up each, of customers drawn at random. `benchmarks/ledger.py` gives the token and the rest.
local what, keys, customers, nonce, base, count

function init(arguments)
  wrk.method = "POST"
  wrk.headers["Authorization"] = "Bearer " .. arguments[1]
  wrk.headers["Content-Type"] = "application/json"
  what, keys, customers, nonce = arguments[2], arguments[3], tonumber(arguments[4]), tonumber(arguments[5])
  base, count = os.time() * 1000, 0
  math.randomseed(nonce)
  if what == "lookup" then
    ready = {}
    for customer = 1, customers do
      ready[customer] = wrk.format(nil, "/v1/ledger/balance/lookup", nil, string.format('{"customer_id":"m%08d","channel":"voice"}', customer))
    end
  end
end

-- Begins with the time (RFC 9562, version 7), as clients are advised to make theirs, or is all random (version 4).
local function key()
  count = count + 1
  if keys == "v4" then
    return string.format("%08x-%04x-4%03x-8%03x-%06x%06x", math.random(0, 4294967295), math.random(0, 65535), math.random(0, 4095),
      math.random(0, 4095), math.random(0, 16777215), math.random(0, 16777215))
  end
  local time = base + math.floor(count / 10)
  return string.format("%08x-%04x-7%03x-8%03x-%04x%08x", math.floor(time / 65536), time % 65536, math.random(0, 4095),
    math.random(0, 4095), nonce % 65536, count)
end

function request()
  local customer = math.random(1, customers)
  if what == "lookup" then return ready[customer] end
  return wrk.format(nil, "/v1/ledger/transaction/process", nil,
    string.format('{"idempotency_key":"%s","type":"accrual","customer_id":"m%08d","points":10}', key(), customer))
end
