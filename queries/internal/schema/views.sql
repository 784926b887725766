-- The views `spans` and `red`, which panels and people read, and the functions that panels call
--
-- `otrace schema --views` prints them with its flags in place of the marks.

CREATE DATABASE IF NOT EXISTS /*+ views */otrace/*+ on_cluster */;

CREATE OR REPLACE VIEW /*+ views */otrace.spans/*+ on_cluster */ AS
/*+ spans */'';

CREATE OR REPLACE VIEW /*+ views */otrace.red/*+ on_cluster */ AS
/*+ red */'';

/*+ functions */'';
