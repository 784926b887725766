-- p50, p95 and p99 of a value, of which each counts as often as its weight says
--
-- `percentiles(value, weight)` is an array of the three. Without weights it is exact. With them values fall into bins as wide as the last
-- of 7 binary digits, so that a result is within 0.4 % of the exact one, and costs no more: keeping every value with its weight costs 10
-- times as much. Both are the nearest rank, which quantilesExact takes for levels a hair below: for 0.5 of 4 values it takes the third.
--
-- The engine adds weights up as UInt64: in units of 1/1024, and where all together are 2^53 or more in units of 2^20, of which
-- smaller weights are then 0, all of them together less than a 10,000th for a million spans.

(value, weight) -> if({weighted:UInt8},
  arrayMap(
    bin -> toUInt64(reinterpretAsFloat32(toUInt32(bin) * 65536 + 32768)),
    if(sum(weight) < 9007199254740992.,
      quantilesExactWeighted(0.5, 0.95, 0.99)(
        bitShiftRight(reinterpretAsUInt32(toFloat32(value)), 16),
        toUInt64(round(least(weight, 9007199254740992.) * 1024))),
      quantilesExactWeightedIf(0.5, 0.95, 0.99)(
        bitShiftRight(reinterpretAsUInt32(toFloat32(value)), 16),
        toUInt64(round(weight / 1048576)),
        weight >= 524288))),
  quantilesExact(0.4999999999, 0.9499999999, 0.9899999999)(toUInt64(value))) AS percentiles
