-- The syntax tree of one expression
--
-- The expression takes the place of `{expression}` between newlines, so that it can neither end the parenthesis nor comment it out.

SELECT explain FROM (EXPLAIN AST SELECT (
{expression}
))
