-- Weight of a sampled span: how many spans it represents
--
-- W3C trace state `ot=th:<hex>` is a threshold of 56 bits without its trailing zeros; whitespace may surround the
-- commas. `threshold` is '' where there is none. The filters find sampled spans by the same function as the weight.
-- Part of every schema. A schema defines `attribute_present(key)`, `sample_rate` and the column `trace_state`.
--
-- @filter sampled-by-state (trace_state LIKE '%ot=%th:%' AND match(threshold(trace_state), '[1-9a-f]'))
-- @filter sampled-by-rate (attribute_present('SampleRate') AND sample_rate > 1 AND threshold(trace_state) = '')
-- @filter unsampled NOT (attribute_present('SampleRate')
--   OR (trace_state LIKE '%ot=%th:%' AND threshold(trace_state) != ''))

WITH
  state -> extract(state, '(?:^|,)\\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:;|\\s*(?:,|$))') AS threshold
SELECT
  if(/*+ weighted */1,
    -- A threshold T of 56 bits represents 2^56 / (2^56 - T) spans. Float64 would round the difference of the largest
    -- ones to 0.
    if(threshold(trace_state) != '',
      72057594037927936. / toFloat64(72057594037927936 - reinterpretAsUInt64(reverse(unhex(
        concat('00', rightPad(threshold(trace_state), 14, '0')))))),
      toFloat64(greatest(sample_rate, 1))),
    1.) AS weight
