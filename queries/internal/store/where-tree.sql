-- Syntax tree of one expression
--
-- The expression goes between newlines, so that a comment in it ends. A server takes one statement per request, so a
-- `;` does no harm. ClickHouse gives the first FORMAT to the explained SELECT, and only the next one to the answer
-- (https://github.com/ClickHouse/ClickHouse/issues/28575).

EXPLAIN AST SELECT (
/*+ expression */1
)
FORMAT Null
