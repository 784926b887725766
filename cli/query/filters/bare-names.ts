/** Span names that are empty or a method alone: these are shown with a route or target. */

const METHOD = '(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)'
const BARE = new RegExp(`^(?:(?:HTTP )?${METHOD}|HTTP)$`)
const TITLE = new RegExp(`^(?:(?:HTTP )?${METHOD}|HTTP|[(]no name[)]) \\S`)

/** What a span without a name is called. */
export const NO_NAME = '(no name)'

/** Whether a span is shown with its route, path, RPC method or destination, as `operation` of queries/spans/ is. */
export function isBareName(name: string, kind: string): boolean {
  return name === '' || (kind === 'server' && BARE.test(name))
}

/** Whether a name may be that of an operation, not of its spans. */
export function mayBeTitle(name: string): boolean {
  return name === NO_NAME || (TITLE.test(name) && !BARE.test(name))
}

/** A path with `{id}` for its ids and mail addresses, as in names of operations. */
export function withoutIds(path: string): string {
  return path.replace(/(?<=\/)(?:\d+|[\da-fA-F-]{16,}|[^/@]+(?:@|%40)[^/]*)(?=\/|$)/g, '{id}')
}
