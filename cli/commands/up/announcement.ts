/** The addresses of a collector, and the variables that point an SDK at them. */
import type { Collector } from '../../../collector/main.ts'

/** What senders must show. */
interface Demands {
  password: boolean
  tls: boolean
  clientCertificate: boolean
}

/**
 * The text of `otrace up`; a password is not in it.
 * @param otrace how the program is typed
 */
export function announcement(
  { addresses }: Pick<Collector, 'addresses'>,
  dataDir: string,
  { password, tls, clientCertificate }: Demands,
  otrace = 'otrace',
): string {
  const header = `"authorization=Basic%20$(printf 'otrace:%s' "$OTRACE_PASSWORD" | base64 | tr -d '\\n')"`
  const variables = [
    `OTEL_EXPORTER_OTLP_ENDPOINT=${addresses.otlpHttp}`,
    'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    ...(password ? [`OTEL_EXPORTER_OTLP_HEADERS=${header}`] : []),
    ...(tls ? ['OTEL_EXPORTER_OTLP_CERTIFICATE=ca.pem'] : []),
    ...(clientCertificate
      ? [
          'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=client.pem',
          'OTEL_EXPORTER_OTLP_CLIENT_KEY=client.key',
        ]
      : []),
  ]
  return `otrace receives spans. Point an OpenTelemetry SDK here:

  ${variables.join(' \\\n  ')}

  OTLP over HTTP   ${addresses.otlpHttp}
  OTLP over gRPC   ${addresses.otlpGrpc}
  ClickHouse HTTP  ${addresses.clickhouse}
  data             ${dataDir}

${questions(otrace)}
Ctrl-C stops.
`
}

/** Commands to ask with, on a line as far as it has room. */
function questions(otrace: string): string {
  const typed = ['services', 'slow', 'trace --latest'].map((words) => `${otrace} ${words}`)
  const line = `Ask in another terminal: ${typed.join(', ')}.`
  return line.length <= 80 ? line : ['Ask in another terminal:', ...typed].join('\n  ')
}
