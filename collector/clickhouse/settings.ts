/** Settings that a client may send, and the limits on every statement. */
import { availableParallelism, totalmem } from 'node:os'
import { quote } from '../engine/engine.ts'
import { replaceCode } from './check/tokens.ts'
import { badRequest, RefusedStatementError, readOnly } from './errors.ts'
import { IGNORED, WITHOUT_EFFECT } from './request.ts'

/**
 * In bytes. `map` of a week takes most: of 5.7 million spans between 300 and 600 MB. So half of it would not do for 20
 * million.
 */
export const USUAL_MEMORY = 2 * 2 ** 30

/** A client may ask for up to half of the memory that this process can have. */
export const MOST_MEMORY = Math.max(
  USUAL_MEMORY,
  Math.floor(Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2),
)

/** Seconds that a client may ask for. */
export const MOST_SECONDS = 600

/** What a client may ask for beyond the usual limits. */
const MOST: Record<string, number> = {
  max_memory_usage: MOST_MEMORY,
  max_execution_time: MOST_SECONDS,
}

/** Limits of a client's statement: seconds, bytes, rows per block, threads, nodes. Clients may lower them. */
const LIMITS: Record<string, number> = {
  max_execution_time: 60,
  max_memory_usage: USUAL_MEMORY,
  max_result_bytes: 2 ** 30,
  // The engine checks limits between blocks. A quarter of the default size costs nothing (65 ms and 66 ms over 2 M
  // rows).
  max_block_size: 16_384,
  max_threads: availableParallelism(),
  // checkStatement() limits what is sent. What is run is longer: the engine's own print of it, and where answers go.
  max_query_size: 2 ** 26,
  max_ast_depth: 1000,
  max_ast_elements: 50_000,
}

/** Parts of a statement's memory that a sort or a group may take before it goes on in files. */
const IN_FILES = { max_bytes_before_external_sort: 4, max_bytes_before_external_group_by: 2 }
/** Bytes of these files for a statement: they are beside the answers, whose limit is the same. */
const MOST_IN_FILES = 4 * 2 ** 30

/** Full names and no prefixes: some format settings name files, programs and addresses. */
const SETTINGS = new Set(
  `
  max_rows_to_read max_bytes_to_read read_overflow_mode max_result_rows result_overflow_mode
  timeout_overflow_mode max_rows_to_group_by group_by_overflow_mode
  max_rows_to_sort sort_overflow_mode limit offset extremes session_timezone
  use_query_condition_cache use_statistics query_plan_direct_read_from_text_index optimize_move_to_prewhere optimize_functions_to_subcolumns join_use_nulls max_recursive_cte_evaluation_depth
  force_primary_key force_index_by_date short_circuit_function_evaluation distributed_product_mode
  prefer_column_name_to_alias union_default_mode final max_columns_to_read max_temporary_columns
  any_join_distinct_right_table_keys
  max_rows_in_join max_bytes_in_join join_overflow_mode max_rows_in_set max_bytes_in_set set_overflow_mode
  max_rows_in_distinct max_bytes_in_distinct distinct_overflow_mode max_partitions_to_read
  aggregate_functions_null_for_empty transform_null_in data_type_default_nullable cast_keep_nullable
  group_by_use_nulls enable_positional_arguments asterisk_include_alias_columns
  asterisk_include_materialized_columns describe_compact_output describe_include_subcolumns

  date_time_output_format interval_output_format bool_true_representation bool_false_representation
  enable_named_columns_in_function_tuple
  format_csv_delimiter format_csv_null_representation format_tsv_null_representation
  output_format_always_write_decimal_point_in_float_and_decimal output_format_decimal_trailing_zeros
  output_format_float_precision output_format_parallel_formatting output_format_trim_fixed_string
  output_format_write_statistics output_format_values_escape_quote_with_quote
  output_format_csv_crlf_end_of_line output_format_csv_header_serialize_tuple_into_separate_columns
  output_format_csv_serialize_tuple_into_separate_columns output_format_tsv_crlf_end_of_line
  output_format_json_array_of_rows output_format_json_escape_forward_slashes
  output_format_json_map_as_array_of_tuples output_format_json_named_tuples_as_objects
  output_format_json_pretty_print output_format_json_quote_64bit_floats output_format_json_quote_64bit_integers
  output_format_json_quote_decimals output_format_json_quote_denormals
  output_format_json_skip_null_value_in_named_tuples output_format_json_validate_utf8
  output_format_markdown_escape_special_characters
  output_format_binary_encode_types_in_binary_format output_format_binary_write_json_as_string
  output_format_native_encode_types_in_binary_format output_format_native_write_json_as_string
  output_format_native_use_flattened_dynamic_and_json_serialization
  output_format_arrow_compression_method output_format_arrow_date_as_uint16
  output_format_arrow_fixed_string_as_fixed_byte_array output_format_arrow_low_cardinality_as_dictionary
  output_format_arrow_string_as_string output_format_arrow_use_64_bit_indexes_for_dictionary
  output_format_arrow_use_signed_indexes_for_dictionary
  output_format_orc_compression_method output_format_orc_string_as_string
  output_format_parquet_compression_method output_format_parquet_fixed_string_as_fixed_byte_array
  output_format_parquet_string_as_string output_format_parquet_version
  output_format_pretty_color output_format_pretty_display_footer_column_names
  output_format_pretty_display_footer_column_names_min_rows output_format_pretty_fallback_to_vertical
  output_format_pretty_grid_charset output_format_pretty_highlight_digit_groups
  output_format_pretty_highlight_trailing_spaces output_format_pretty_max_column_pad_width
  output_format_pretty_max_rows output_format_pretty_max_value_width
  output_format_pretty_max_value_width_apply_for_single_value output_format_pretty_multiline_fields
  output_format_pretty_named_tuples_as_json output_format_pretty_row_numbers
  output_format_pretty_single_large_number_tip_threshold
  output_format_sql_insert_include_column_names output_format_sql_insert_max_batch_size
  output_format_sql_insert_quote_names output_format_sql_insert_table_name output_format_sql_insert_use_replace
  `
    .trim()
    .split(/\s+/),
)

/**
 * Settings of which only the values that describe this endpoint are taken: errors never come in the rows' format, and
 * statements are checked as the new analyzer reads them.
 */
const FIXED = new Map([
  ['http_write_exception_in_output_format', /^(?:0|false|DEFAULT)$/],
  ['enable_analyzer', /^(?:1|true|DEFAULT)$/],
  ['allow_experimental_analyzer', /^(?:1|true|DEFAULT)$/],
])

/**
 * The statement with `readonly` of system.settings as it is here. The engine says 1 for all of them, and
 * clients that ask first then refuse to send any.
 * @param text as the engine prints it
 */
export function withOurSettings(text: string): string {
  return replaceCode(text, /\bFROM system\.settings\b/g, () => {
    const names = [...SETTINGS, ...Object.keys(LIMITS), ...IGNORED, ...FIXED.keys()]
      .map(quote)
      .join(', ')
    return `FROM (SELECT * REPLACE (toUInt8(name NOT IN (${names})) AS readonly) FROM system.settings)`
  })
}

/**
 * Merges a client's settings with our limits: the smaller value wins. Memory and time alone may be more than by
 * default.
 * @param names the engine's settings, and its time zones, as it also accepts file paths
 * @param maps names of the settings whose values are maps: none of those that a client may send takes one
 * @throws RefusedStatementError for a setting that a client may not change, and for a limit that is not a number.
 */
export function settingsFor(
  sent: Record<string, string>,
  names: { settings: Set<string>; zones: Set<string> },
  maps: readonly string[] = [],
): Record<string, string | number> {
  const settings: Record<string, string | number> = {}
  const zone = sent.session_timezone ?? ''
  if (zone !== '' && !names.zones.has(zone))
    throw badRequest(`Setting session_timezone is not a known time zone: ${zone}`)
  for (const [name, value] of Object.entries(sent)) {
    const isKnown = SETTINGS.has(name) || Object.hasOwn(LIMITS, name)
    if (isKnown && maps.includes(name))
      throw badRequest(`Setting ${name} takes one value and not a map: ${value}`)
    if (WITHOUT_EFFECT.has(name) || FIXED.get(name)?.test(value)) continue
    if (!isKnown)
      throw names.settings.has(name)
        ? readOnly(`Cannot modify '${name}' setting in readonly mode`)
        : new RefusedStatementError(`Unknown setting '${name}'`, 115, 'UNKNOWN_SETTING')
    if (value !== 'DEFAULT') settings[name] = value
  }
  for (const [name, usual] of Object.entries(LIMITS)) {
    const asked = numberOf(name, settings[name])
    settings[name] = asked > 0 ? Math.min(asked, MOST[name] ?? usual) : usual
  }
  for (const [name, part] of Object.entries(IN_FILES))
    settings[name] = Math.floor(Number(settings.max_memory_usage) / part)
  settings.max_temporary_data_on_disk_size_for_query = MOST_IN_FILES
  return settings
}

const SUFFIXES = ['', 'k', 'm', 'g', 't']

/** A limit as ClickHouse reads it: `30`, `1.5`, `1e2`, `10G`, `10Gi`; threads also `auto`. @returns 0 without one */
function numberOf(name: string, value: string | number | undefined): number {
  const text = String(value ?? 0)
  if (name === 'max_threads' && text.startsWith('auto')) return 0
  const [, digits, suffix = '', binary] =
    /^[+]?(\d{1,20}(?:\.\d{1,20})?(?:e[+]?\d{1,3})?)([kmgt]?)(i?)$/i.exec(text) ?? []
  if (digits === undefined || (binary && suffix === '')) {
    throw new RefusedStatementError(
      `Cannot parse the number ${text} of setting ${name}`,
      72,
      'CANNOT_PARSE_NUMBER',
    )
  }
  return Number(digits) * (binary ? 1024 : 1000) ** SUFFIXES.indexOf(suffix.toLowerCase())
}
