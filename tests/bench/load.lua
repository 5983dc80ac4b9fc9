-- wrk's part of the gate benchmark: ARGS after "--" are API key, key prefix, count of licenses.
-- Requests are made beforehand: the load generator shares the machine with what it measures.
local requests = {}

local function build(secret, prefix, number, roll)
  local key, device = string.format("%s-%07d", prefix, number), string.format("hw-%07d", number)
  -- One request in twelve is bad: half unknown keys, half unknown devices.
  if roll <= 4 then key = "NOBODY-" .. number elseif roll <= 8 then device = "unknown" end
  local body = "api_key=" .. secret .. "&license_key=" .. key .. "&identifier=" .. device
  return wrk.format("POST", "/api/v1/verify", { ["Content-Type"] = "application/x-www-form-urlencoded" }, body)
end

function init(args)
  math.randomseed(os.time())
  if #args < 3 then requests[1] = wrk.format("GET", "/") end
  for number = 1, tonumber(args[3] or 0) do
    requests[number] = build(args[1], args[2], number, math.random(100))
  end
end

function request()
  return requests[math.random(#requests)]
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %.1f %.2f %.2f %.2f\nFAILED status %d, connect %d, read %d, timeout %d\n",
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    e.status, e.connect, e.read, e.timeout))
end
