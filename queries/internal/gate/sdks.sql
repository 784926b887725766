-- The SDKs that sent the spans, and their runtimes

SELECT DISTINCT
  concat(
    service, ': ', resource['telemetry.sdk.name'], ' ', resource['telemetry.sdk.language'], ' ',
    resource['telemetry.sdk.version'],
    if(resource['process.runtime.version'] = '', '',
      concat(' on ', resource['process.runtime.name'], ' ', resource['process.runtime.version']))) AS sdk
FROM spans
ORDER BY sdk
LIMIT 100
