-- The syntax tree of one expression
--
-- The expression takes the place of `{expression}` between newlines, so that a comment in it ends there. A server takes one statement a
-- request, so a `;` gets it nowhere. ClickHouse gives the first FORMAT to
-- the SELECT that is explained, and only the next one to the answer (https://github.com/ClickHouse/ClickHouse/issues/28575).

EXPLAIN AST SELECT (
{expression}
)
FORMAT Null
