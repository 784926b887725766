-- Calls that repeat more than `most` times in one trace under one span
--
-- A call is a client span or one of a database, but no housekeeping: transactions, connections, pings. Calls are equal
-- in service, name, kind, statement, and target: server, route or path, database, collection, queue, method, and the
-- services of the call's children. Literals and ids do not count. They repeat under the nearest ancestor, at most four
-- levels up, that has more than `most` children of one service and name on the way, since a loop often calls a
-- function, and the function the database; else under their parent. cli/trace/model/n-plus-one.ts finds the same
-- calls in one trace, and test/repeats.test.ts compares both.
--
-- Calls of no duration are marks in time. Only traces that may repeat a call often enough are joined with their
-- parents. A row for each loop: `spent` is the sum of the durations in ns, `busy` the time in which at least one call
-- runs.

WITH
  -- Literals, variables, settings, and what a server says of itself. Other functions may read a table.
  '(?:\\d+(?:[.]\\d+)?|''[^'']*''|[?]|[$:]\\w+|@@?[\\w.]+|null|true|false'
    || '|(?:pg_catalog[.])?(?:(?:current_(?:user|role|schema|catalog|date|time|timestamp)|session_user'
    || '|system_user|localtime|localtimestamp|sysdate)\\b(?:[(]\\s*\\d?[)])?'
    || '|(?:now|version|user|database|schema|current_database|connection_id|last_insert_id|row_count|found_rows'
    || '|lastval|pg_backend_pid|pg_is_in_recovery|inet_server_addr|(?:clock|statement|utc)_timestamp'
    || '|scope_identity|db_name|get(?:utc)?date|sysdatetime|sqlite_version|last_insert_rowid|changes'
    || '|current_version|currentdatabase|hostname|uptime|timezone)[(]\\s*\\d?[)]'
    || '|(?:set_config|current_setting)[(]\\s*[^()\\s][^()]*[)])'
    || '|cast[(]\\s*(?:''[^'']*''|[?])\\s+as\\s+\\w+(?:[(][\\d?]+[)])?\\s*[)])' AS of_no_table,
  of_no_table || '(?:\\s*[-+*/]\\s*' || of_no_table || ')*(?:\\s+(?:as\\s+)?["`]?\\w+["`]?)?' AS column_of_no_table,
  (text, system) -> if(match(system, '^(?:redis|valkey|memcached)'),
    match(text, '(?i)^\\s*(?:ping|select|auth|hello|client|command|config|cluster|info|readonly|echo|reset|multi|exec'
      || '|discard|watch|unwatch|quit)\\b'),
    match(text, '(?i)^(?:\\s|/\\*[^*]*(?:\\*+[^*/][^*]*)*\\*+/|--[^\\n]*\\n)*(?:(?:begin|commit|rollback|abort'
      || '|start\\s+transaction|savepoint|release|set|show|ping|fetch|close|deallocate|discard|reset|use|pragma'
      || '|unlisten|alter\\s+session)(?:$|[\\s;(])|end(?:\\s+(?:work|transaction))?\\s*(?:;\\s*)?$'
      || '|(?:;\\s*|--[^\\n]*(?:\\n\\s*)?)$'
      || '|(?:select|values)\\b\\s*[(]?' || column_of_no_table || '(?:\\s*,\\s*' || column_of_no_table
      || ')*[)]?(?:\\s+from\\s+dual)?(?:[\\s;]|/\\*[^*]*(?:\\*+[^*/][^*]*)*\\*+/|--[^\\n]*(?:\\n|$))*$)')
  ) AS housekeeping,
  text -> match(text, '(?i)^\\s*(?:mongo(?:db)?[.])?(?:\\{\\s*["''])?(?:getmore|hello|ismaster|ping|buildinfo'
      || '|endsessions|saslstart|saslcontinue|killcursors|committransaction|aborttransaction)\\b') AS looks_after,
  -- Without literals. Texts in double quotes are literals of some systems, and a key with an id is not a word.
  (text, system) -> multiIf(
    match(system, '^(?:redis|valkey|memcached)'),
    concat(extract(text, '^\\s*(\\S+)'), ' ',
      replaceRegexpAll(extract(text, '^\\s*\\S+\\s+(\\S+)'), '[^:/|.]*\\d[^:/|.]*', '?')),
    match(text, '^\\s*(?:\\w+\\s+)?[{\\[]'),
    concat(
      arrayStringConcat(
        extractAll(text, '"(?:find|aggregate|insert|update|delete|count|distinct)"\\s*:\\s*"\\w*"')),
      ' ',
      replaceRegexpAll(text, ':\\s*(?:"(?:[^"\\\\]|\\\\.)*"|-?\\d[\\w.+-]*|true|false)', ': ?')),
    -- A UUID of CQL has no quotes, and would be cut into words.
    normalizeQuery(replaceRegexpAll(
      replaceRegexpAll(
        if(match(system, '^(?:mysql|mariadb|bigquery|spanner)'), replaceAll(text, '"', ''''), text),
        '(?i)\\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b', '1'),
      '(?i)\\bin\\s*\\((?:\\s*(?:[?]|[$:@]\\w+|null|-?[\\d.]+|''[^'']*'')\\s*,?)+\\)', 'IN (1)'))) AS form,
  -- Equal for names that are statements of one form, and told by the name alone: attributes of all spans take longer.
  -- Two words of it, as in Redis a form has no more.
  name -> if(match(extract(name, '^\\s*(\\S+(?:\\s+\\S+)?)') AS start, '[^\\w./:\\s-]|[0-9]|--'),
    extract(start, '^([A-Za-z_]*)'), replaceRegexpAll(start, '\\s+', ' ')) AS coarse,
  -- A scalar is read once, a relation for each place that names it. Traces that may repeat a call.
  (
    SELECT groupUniqArray(candidate)
    FROM (
      -- One number as the key takes a third of the time and memory of three texts.
      SELECT min(cityHash64(trace_id)) AS candidate
      FROM (
        -- Two reads, each with an index of its own.
        SELECT trace_id, service, name
        FROM spans_narrow
        WHERE kind = 'client'
        UNION ALL
        SELECT trace_id, service, name
        FROM spans_narrow
        WHERE kind != 'client' AND may_be_database
      )
      GROUP BY cityHash64(trace_id, service, coarse(name))
      HAVING count() > {most:UInt32}
    )
  ) AS candidates,
  -- `many` is 1 for each of many siblings of one service and name. Different spans may share an id.
  siblings AS (
    SELECT
      trace_id,
      span_id,
      min(parent_id) AS above,
      min(own_service) AS service,
      min(own_name) AS name,
      max(repeated) AS many
    FROM (
      SELECT
        trace_id,
        span_id,
        parent_id,
        service AS own_service,
        name AS own_name,
        count() OVER (
          PARTITION BY trace_id, parent_id, service, if(name = db_query, form(name, db_system), name)
        ) > {most:UInt32} AS repeated
      FROM spans_narrow
      WHERE notEmpty(candidates) AND cityHash64(trace_id) IN (SELECT arrayJoin(candidates))
    )
    GROUP BY trace_id, span_id
  ),
  children AS (
    SELECT trace_id, parent_id, arraySort(groupUniqArray(service)) AS services
    FROM spans_narrow
    WHERE parent_id != '' AND notEmpty(candidates) AND cityHash64(trace_id) IN (SELECT arrayJoin(candidates))
    GROUP BY trace_id, parent_id
  ),
  calls AS (
    SELECT
      trace_id,
      span_id,
      parent_id,
      service,
      -- A name that is the statement differs by literals.
      if(name = db_query, form(name, db_system), name) AS common_name,
      count() OVER (PARTITION BY trace_id, parent_id, service, common_name) > {most:UInt32} AS many,
      duration,
      toUnixTimestamp64Nano(time) AS started,
      db_query AS query,
      db_system != '' OR db_query != '' AS is_database,
      if(attributes['url.full'] != '', attributes['url.full'], attributes['http.url']) AS url,
      concat(
        multiIf(
          attributes['server.address'] != '', attributes['server.address'],
          attributes['net.peer.name'] != '', attributes['net.peer.name'],
          attributes['http.host'] != '', attributes['http.host'],
          attributes['network.peer.address'] != '', attributes['network.peer.address'],
          attributes['net.sock.peer.addr']),
        ':',
        if(attributes['server.port'] != '', attributes['server.port'], attributes['net.peer.port'])) AS address,
      cityHash64(
        kind,
        form(db_query, db_system),
        if(url != '', extract(url, '^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#]+)'), address),
        multiIf(
          kind != 'client', '',
          attributes['url.template'] != '', attributes['url.template'],
          http_route != '', http_route,
          replaceRegexpAll(http_path, '[^/]*\\d[^/]*', '{}')),
        multiIf(
          db_namespace != '', db_namespace,
          attributes['db.redis.database_index'] != '', attributes['db.redis.database_index'],
          attributes['db.mssql.instance_name']),
        multiIf(
          db_collection != '', db_collection,
          attributes['db.cosmosdb.container'] != '', attributes['db.cosmosdb.container'],
          attributes['aws.dynamodb.table_names'] != '', attributes['aws.dynamodb.table_names'],
          attributes['aws.s3.bucket']),
        if(attributes['peer.service'] != '', attributes['peer.service'], attributes['service.peer.name']),
        messaging_destination,
        rpc_method) AS target
    FROM spans
    WHERE (db_system != '' OR db_query != '' OR kind = 'client')
      AND notEmpty(candidates) AND cityHash64(trace_id) IN (SELECT arrayJoin(candidates))
      AND NOT match(name, '(?i)^\\s*(?:[\\w.-]*[.-])?connect\\b')
      AND NOT ((db_system != '' OR db_query != '')
        AND (looks_after(name) OR looks_after(db_query)
          OR housekeeping(if(db_query = '', name, db_query), db_system)))
  )
SELECT
  trace_id,
  service,
  name,
  is_database,
  statement,
  place.1 AS loop,
  place.2 AS of_service,
  place.3 AS of_name,
  count() AS repeats,
  min(query) AS example,
  sum(duration) AS spent,
  intervalLengthSum(started, started + duration) AS busy
FROM (
  SELECT
    calls.trace_id AS trace_id,
    calls.service AS service,
    common_name AS name,
    is_database,
    cityHash64(target, arrayFilter(other -> other != calls.service, served.services)) AS statement,
    multiIf(
      calls.many, (calls.parent_id, first.service, first.name),
      first.many, (first.above, second.service, second.name),
      second.many, (second.above, third.service, third.name),
      third.many, (third.above, fourth.service, fourth.name),
      (calls.parent_id, first.service, first.name)) AS place,
    query,
    duration,
    started
  FROM calls
  LEFT JOIN siblings AS first ON first.trace_id = calls.trace_id AND first.span_id = calls.parent_id
  LEFT JOIN siblings AS second ON second.trace_id = calls.trace_id AND second.span_id = first.above
  LEFT JOIN siblings AS third ON third.trace_id = calls.trace_id AND third.span_id = second.above
  LEFT JOIN siblings AS fourth ON fourth.trace_id = calls.trace_id AND fourth.span_id = third.above
  LEFT JOIN children AS served ON served.trace_id = calls.trace_id AND served.parent_id = calls.span_id
)
GROUP BY trace_id, service, name, is_database, statement, place
HAVING repeats > {most:UInt32} AND max(duration) > 0
