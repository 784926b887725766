-- What the collector knows about the spans of the window
--
-- Rows like those of `columns.sql`. The collector keeps flags for every service and five minutes: a flag of 0 is
-- certain. A service is `crossing` if no span by which work enters it is known to lie within the window. `partial` says
-- that parts of an earlier version, of the days of the window, lack collector/schema/additions_to_traces.sql. Traces
-- may be `extremes` alone if no ordinary root is known within a day of the window. `repeated` are the seconds of the
-- window in which spans start that were received again; the first and the last of all follow. `failures` says that the
-- table of failed spans, if there is one, has all those of the window, and of a day around it. `first_slot` and
-- `last_slot` are when the first and the last five minutes with spans of the window begin, and of the services if any
-- are given. A UNION takes the server half the time of scalar subqueries.

SELECT 'fact' AS what, '' AS database, '' AS table, fact.1 AS name, toString(fact.2) AS type, '' AS expression
FROM (
  SELECT arrayJoin([
    ('repeated', countIf(Second >= toDateTime({from:DateTime64(9, 'UTC')}) AND Second < {to:DateTime64(9, 'UTC')})),
    ('first_repeat', toUInt64(toUnixTimestamp(min(Second)))),
    ('last_repeat', toUInt64(toUnixTimestamp(max(Second))))
  ]) AS fact
  FROM otel.otel_traces_repeats
  UNION ALL
  SELECT arrayJoin([
    ('partial', toUInt64(countIf(
      partition >= toString(toDate({from:DateTime64(9, 'UTC')}))
        AND partition <= toString(toDate({to:DateTime64(9, 'UTC')}))) > 0)),
    ('failures', toUInt64(countIf(
      partition >= toString(toDate32({from:DateTime64(9, 'UTC')}) - 1)
        AND partition <= toString(toDate32({to:DateTime64(9, 'UTC')}) + 1)) = 0))
  ])
  FROM system.parts
  WHERE database = 'otel' AND table = 'otel_traces' AND active AND NOT has(projections, 'red')
  UNION ALL
  SELECT arrayJoin([
    ('sampled', toUInt64(max(sampled))), ('crossing', toUInt64(max(NOT entered))), ('bare_names', toUInt64(max(bare))),
    ('first_slot', toUInt64(toUnixTimestamp(minIf(first, chosen)))),
    ('last_slot', toUInt64(toUnixTimestamp(maxIf(last, chosen))))
  ])
  FROM (
    SELECT
      empty({services:Array(String)}) OR has({services:Array(String)}, ServiceName) AS chosen,
      min(Slot) AS first,
      max(Slot) AS last,
      max(Sampled) AS sampled,
      max(BareNames) AS bare,
      max(Entered AND Slot >= {from:DateTime64(9, 'UTC')} AND Slot + 300 <= {to:DateTime64(9, 'UTC')}) AS entered
    FROM otel.otel_traces_facts
    WHERE Slot > {from:DateTime64(9, 'UTC')} - toIntervalSecond(300) AND Slot < {to:DateTime64(9, 'UTC')}
    GROUP BY ServiceName
  )
  UNION ALL
  SELECT ('extremes', toUInt64(NOT max(Ordinary)))
  FROM otel.otel_traces_facts
  WHERE Slot > {from:DateTime64(9, 'UTC')} - toIntervalDay(1) AND Slot < {to:DateTime64(9, 'UTC')} + toIntervalDay(1)
)
