-- wrk's part of the gate benchmark: ARGS after "--" are API key, key prefix, count of licenses.
local secret, prefix, count
function init(args)
  secret, prefix, count = args[1], args[2], tonumber(args[3])
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
end

local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
function request()
  if not secret or secret == "" then return wrk.format("GET", "/") end
  local number, roll = math.random(count), math.random(100)
  local key, device = string.format("%s-%07d", prefix, number), string.format("hw-%07d", number)
  -- One request in twelve is bad: half unknown keys, half unknown devices.
  if roll <= 4 then key = "NOBODY-" .. number elseif roll <= 8 then device = "unknown" end
  local body = "api_key=" .. secret .. "&license_key=" .. key .. "&identifier=" .. device
  return wrk.format("POST", "/api/v1/verify", headers, body)
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %.1f %.2f %.2f %.2f\nFAILED status %d, connect %d, read %d, timeout %d\n",
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    e.status, e.connect, e.read, e.timeout))
end
