-- The SDKs that sent the spans

SELECT DISTINCT
  concat(
    service, ': ', resource['telemetry.sdk.name'], ' ', resource['telemetry.sdk.language'], ' ',
    resource['telemetry.sdk.version']) AS sdk
FROM spans
ORDER BY sdk
LIMIT 100
