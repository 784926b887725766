-- What a sampler left in the trace state
--
-- W3C trace state `ot=th:<hex>` is a threshold of 56 bits whose trailing zeros are dropped; whitespace may stand around the commas. ''
-- where there is none. Filters for what stands for more than itself ask the same function as the weight.

state -> extract(state, '(?:^|,)\\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:;|\\s*(?:,|$))') AS threshold
