-- A user who may read spans, and nothing else
--
-- `otrace schema --reader` prints it with its flags in place of the marks. Limits are defaults that the user may lower.

CREATE SETTINGS PROFILE IF NOT EXISTS /*+ reader */otrace_reader/*+ on_cluster */ SETTINGS
  readonly = 2,
  max_execution_time = 60 MAX 600,
  max_memory_usage = 4000000000 MAX 16000000000;

CREATE QUOTA IF NOT EXISTS /*+ reader */otrace_reader/*+ on_cluster */
  FOR INTERVAL 1 hour MAX queries = 10000, execution_time = 7200;

CREATE USER IF NOT EXISTS /*+ reader */otrace_reader/*+ on_cluster */
  IDENTIFIED WITH sha256_password BY /*+ password */''
  SETTINGS PROFILE /*+ reader_text */'';

ALTER QUOTA /*+ reader */otrace_reader/*+ on_cluster */ TO /*+ reader */otrace_reader;

/*+ grants */'';
