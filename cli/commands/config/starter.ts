/** The text of a new configuration file. */

export const STARTER = `{
  // The configuration of otrace. \`otrace config\` shows what is set, and by what.
  // Flags and variables (OTRACE_URL …) replace what is set here. Comments are allowed.

  // Without a profile: the local store, or a server.
  // "url": "https://clickhouse.example:8443/otel",
  // "user": "reader",
  // "password_command": "pass show clickhouse",  // or "password_file": "~/.clickhouse"

  // An authority of your own, and a client certificate.
  // "tls_ca": "ca.pem",
  // "tls_cert": "client.pem",
  // "tls_key": "client.key",

  // Where spans are, if otrace does not find them: "database", "table", "schema".
  // The directory of the local store.
  // "data": "~/otrace",

  // Defaults of queries, and folders of your own ones.
  // "service": "shop",
  // "since": "15m",
  // "dashboard": "overview",
  // "queries": ["~/queries"],

  // Named connections with the same settings: otrace slow --profile prod
  // "profile": "prod",  // the default one
  "profiles": {
    // "prod": { "url": "https://clickhouse.example:8443/otel", "user": "reader" }
  }
}
`
